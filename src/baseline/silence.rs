//! Which deviations speak: what the hour adds, and what profile and permissions take out.

use super::model::{Baseline, Deviation, Verdict};
use super::policy::Spoken;
use crate::event::{Class, Event, EventKind, Habit};
use crate::inventory::{Address, LinkKey};

impl Baseline {
    /// What changes something is told where nobody works now.
    pub(super) fn off_hours(&self, event: &Event, verdict: &mut Verdict) {
        let EventKind::Operation(operation) = &event.kind else { return };
        let changes = operation.class == Class::Write || operation.class.always_crosses();
        if !changes || self.policy.zones.is_empty() || self.accepting.is_some() {
            return;
        }
        let key = LinkKey::of(&event.ends, event.service);
        let machines = [&key.client, &key.server];
        let guarded = machines
            .into_iter()
            .any(|machine| self.policy.zone_of(machine).is_some_and(|(_, zone)| !zone.hours.is_empty()));
        // It must be told again, for the hour may be another one then.
        verdict.watched |= guarded;
        if guarded && verdict.deviations.is_empty() && self.policy.is_off_hours(event.ts, machines) {
            verdict.deviations.push(Deviation::Hour);
            verdict.normal = false;
        }
    }

    /// Takes out what the profile leaves unsaid and what somebody permitted for now.
    pub(super) fn silence(&self, event: &Event, verdict: &mut Verdict) {
        let (client, server) = match &event.kind {
            EventKind::Sighting(sighting) => (Address::of(sighting.ip, sighting.mac), Address::Unknown),
            _ => {
                let key = LinkKey::of(&event.ends, event.service);
                (key.client, key.server)
            }
        };
        if self.policy.permits(event.ts, &client, &server, event.service) {
            verdict.deviations.clear();
            return;
        }
        let class = if let EventKind::Operation(operation) = &event.kind { Some(operation.class) } else { None };
        let is_volume = matches!(&event.kind, EventKind::Habit(habit) if matches!(**habit, Habit::Volume { .. }));
        let spoken = |deviation: &Deviation| if is_volume { Spoken::Volume } else { spoken(deviation) };
        verdict.deviations.retain(|deviation| self.policy.speaks(spoken(deviation), class));
    }
}

fn spoken(deviation: &Deviation) -> Spoken {
    match deviation {
        Deviation::Host | Deviation::Card { .. } | Deviation::Serves(_) => Spoken::Device,
        Deviation::Value(_) => Spoken::Value,
        Deviation::Habit => Spoken::Habit,
        _ => Spoken::Act,
    }
}
