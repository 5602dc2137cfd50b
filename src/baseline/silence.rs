//! Which deviations speak: what the hour adds, and what profile and permissions take out.

use super::model::{Baseline, Deviation, LinkRow, Verdict};
use super::policy::{Profile, Spoken};
use crate::event::{Class, Event, EventKind, Habit, ObjectKey, Operation, Unit};
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
        if let EventKind::Operation(operation) = &event.kind
            && self.policy.profile < Profile::High
            && self.is_masters_first_write(&LinkKey::of(&event.ends, event.service), operation)
        {
            verdict.deviations.clear();
        }
        let is_volume = matches!(&event.kind, EventKind::Habit(habit) if matches!(**habit, Habit::Volume { .. }));
        let spoken = |deviation: &Deviation| if is_volume { Spoken::Volume } else { spoken(deviation) };
        verdict.deviations.retain(|deviation| self.policy.speaks(spoken(deviation), class));
    }

    /// Nobody ever wrote to this server, and now the only machine that ever spoke to it writes what it reads all the time:
    /// an operator's first act at his own screen. Who else writes later is none of its writers.
    fn is_masters_first_write(&self, key: &LinkKey, operation: &Operation) -> bool {
        let writes =
            |link: &LinkRow| link.functions.iter().any(|row| row.class.always_crosses() || row.class == Class::Write);
        let others = |link: &LinkRow| link.key.client != key.client || link.key.service != key.service || writes(link);
        let Some(link) = self.link(key).filter(|_| operation.class == Class::Write && !operation.items.is_empty())
        else {
            return false;
        };
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let reads = |object: ObjectKey| {
            let mut rows = link.functions.iter().filter(|row| row.unit == unit && row.class == Class::Read);
            rows.any(|row| {
                let space = row.spaces.get(object.space);
                space.is_some_and(|space| space.addresses.contains(object.start, object.length))
            })
        };
        let mut items = operation.items.iter();
        items.all(|item| item.object.as_ref().is_some_and(|object| reads(object.key())))
            && !self.links_to(key.server).any(others)
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
