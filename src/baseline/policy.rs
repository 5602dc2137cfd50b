//! What a person decides about deviations: which speak, where, and when.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Class, Service, Timestamp};
use crate::inventory::{Address, Range};

/// Everything a person decided.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub profile: Profile,
    pub zones: Vec<Zone>,
    pub windows: Vec<Window>,
    pub permissions: Vec<Permission>,
    /// Minutes by which the plant's clocks are ahead of UTC, for working hours; this machine's clock where there are none.
    pub utc_offset: Option<i32>,
}

/// How much is said; each step says more than the one before.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// New devices, and new acts that change something.
    Low,
    /// Also new links, functions and objects of any kind, and written values that never were.
    #[default]
    Medium,
    /// Also read values that never were, and what comes in another rhythm or order.
    High,
    /// Also how much goes over a link at this time of the week.
    Paranoid,
}

/// A part of the plant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub name: String,
    #[schema(value_type = Vec<String>)]
    pub ranges: Vec<Range>,
    /// Machines that belong to it wherever their addresses lie.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub members: BTreeSet<Address>,
    #[serde(default)]
    pub mode: ZoneMode,
    /// Purdue level, 0 to 5.
    #[serde(default)]
    pub level: Option<u8>,
    /// When people work here; none means always.
    #[serde(default)]
    pub hours: Vec<Hours>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoneMode {
    /// What is normal on one link is normal on that link.
    #[default]
    Strict,
    /// What is normal on one link of the zone is normal on all of them.
    Adaptive,
}

/// Hours of some days of the week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 Monday to 7 Sunday.
    pub days: BTreeSet<u8>,
    /// Minutes after midnight, and the first minute that is outside again.
    pub from: u16,
    pub to: u16,
}

/// Work is announced: what is found meanwhile weighs less.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub name: String,
    /// A zone's name; everywhere where there is none.
    #[serde(default)]
    pub zone: Option<String>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Somebody may do what is not normal for a time, and nothing of it is learnt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    pub name: String,
    #[schema(value_type = String)]
    pub client: Address,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub server: Option<Address>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub service: Option<Service>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Zones, windows and permissions that there may be.
const MAX_ENTRIES: usize = 1000;
const MAX_NAME: usize = 100;
const MINUTES: u16 = 24 * 60;
/// Further ahead or behind is no place on earth.
const MOST_AHEAD: u32 = 18 * 60;

impl Policy {
    /// What is wrong with it: the key of a sentence.
    pub fn fault(&self) -> Option<&'static str> {
        let Policy { zones, windows, permissions, .. } = self;
        let names = zones.iter().map(|zone| &zone.name);
        let distinct: BTreeSet<_> = names.clone().collect();
        let other_names = windows.iter().map(|window| &window.name).chain(permissions.iter().map(|p| &p.name));
        if [zones.len(), windows.len(), permissions.len()].into_iter().any(|length| length > MAX_ENTRIES) {
            return Some("error.policy_size");
        }
        if distinct.len() < zones.len() || names.chain(other_names).any(|name| !is_name(name)) {
            return Some("error.policy_name");
        }
        let hours = zones.iter().flat_map(|zone| &zone.hours);
        let good_hours = |hours: &Hours| {
            hours.from < hours.to && hours.to <= MINUTES && hours.days.iter().all(|day| (1..=7).contains(day))
        };
        let spans = windows.iter().map(|w| (w.from, w.to)).chain(permissions.iter().map(|p| (p.from, p.to)));
        if !hours.into_iter().all(good_hours) || spans.into_iter().any(|(from, to)| from >= to) {
            return Some("error.policy_time");
        }
        let levels = zones.iter().filter_map(|zone| zone.level);
        let unknown_zone = |window: &&Window| window.zone.as_ref().is_some_and(|name| !distinct.contains(name));
        if self.utc_offset.is_some_and(|minutes| minutes.unsigned_abs() > MOST_AHEAD) {
            return Some("error.policy_time");
        }
        if levels.into_iter().any(|level| level > 5) || windows.iter().any(|window| unknown_zone(&window)) {
            return Some("error.policy_zone");
        }
        None
    }

    /// The zone of a machine: one that names it, or the narrowest range that holds it.
    pub fn zone_of(&self, address: &Address) -> Option<(usize, &Zone)> {
        let named = || self.zones.iter().enumerate().find(|(_, zone)| zone.members.contains(address));
        let Address::Ip(ip) = address else { return named() };
        let narrowest = |zone: &Zone| zone.ranges.iter().filter(|r| r.holds(*ip)).map(Range::bits).max();
        let by_range = || self.zones.iter().enumerate().filter_map(|(i, zone)| Some((narrowest(zone)?, i, zone)));
        named().or_else(|| by_range().max_by_key(|(bits, i, _)| (*bits, usize::MAX - i)).map(|(_, i, zone)| (i, zone)))
    }

    /// The zone in which what is normal on one link is normal on all, where both machines are in it.
    pub fn adaptive(&self, client: &Address, server: &Address) -> Option<usize> {
        if self.zones.iter().all(|zone| zone.mode == ZoneMode::Strict) {
            return None;
        }
        let (one, zone) = self.zone_of(client)?;
        let (other, _) = self.zone_of(server)?;
        (one == other && zone.mode == ZoneMode::Adaptive).then_some(one)
    }

    /// The announced work that covers one of these machines now.
    pub fn window(&self, ts: Timestamp, machines: [&Address; 2]) -> Option<&Window> {
        let covers = |window: &Window| {
            window.zone.as_ref().is_none_or(|name| {
                machines.iter().any(|machine| self.zone_of(machine).is_some_and(|(_, zone)| zone.name == *name))
            })
        };
        self.windows.iter().find(|window| (window.from..window.to).contains(&ts) && covers(window))
    }

    /// Somebody allowed this for now.
    pub fn permits(&self, ts: Timestamp, client: &Address, server: &Address, service: Service) -> bool {
        self.permission(ts, client, server, service).is_some()
    }

    /// What allows this for now.
    pub fn permission(
        &self,
        ts: Timestamp,
        client: &Address,
        server: &Address,
        service: Service,
    ) -> Option<&Permission> {
        self.permissions.iter().find(|permission| {
            (permission.from..permission.to).contains(&ts)
                && permission.client == *client
                && permission.server.is_none_or(|wanted| wanted == *server)
                && permission.service.is_none_or(|wanted| wanted == service)
        })
    }

    /// Nobody works now where one of these machines stands.
    pub fn is_off_hours(&self, ts: Timestamp, machines: [&Address; 2]) -> bool {
        let zones = machines.into_iter().filter_map(|machine| self.zone_of(machine));
        zones.into_iter().any(|(_, zone)| !zone.hours.is_empty() && !zone.hours.iter().any(|h| self.is_within(ts, h)))
    }

    /// Minutes by which the plant's clocks are ahead of UTC at this time.
    pub fn minutes_ahead(&self, ts: Timestamp) -> i32 {
        self.utc_offset.unwrap_or_else(|| ts.minutes_ahead_here())
    }

    fn is_within(&self, ts: Timestamp, hours: &Hours) -> bool {
        let minutes = self.minutes_ahead(ts);
        let ahead = Duration::from_secs(u64::from(minutes.unsigned_abs()) * 60);
        let local = if minutes < 0 { ts - ahead } else { ts + ahead };
        let minutes = local.seconds() / 60;
        // The first of January 1970 was a Thursday.
        let day = (minutes / u64::from(MINUTES) + 3) % 7 + 1;
        let minute = u16::try_from(minutes % u64::from(MINUTES)).unwrap_or(0);
        hours.days.iter().any(|wanted| u64::from(*wanted) == day) && (hours.from..hours.to).contains(&minute)
    }

    /// Whether the profile has a deviation of this kind and class of act speak.
    pub fn speaks(&self, kind: Spoken, class: Option<Class>) -> bool {
        let changes = matches!(class, Some(Class::Write | Class::Control | Class::Program | Class::Configure));
        let least = match kind {
            Spoken::Device => Profile::Low,
            Spoken::Act if changes => Profile::Low,
            Spoken::Act => Profile::Medium,
            Spoken::Value if changes => Profile::Medium,
            Spoken::Value | Spoken::Habit => Profile::High,
            Spoken::Volume => Profile::Paranoid,
        };
        self.profile >= least
    }
}

/// Kinds of deviations, as far as profiles tell them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spoken {
    Device,
    Act,
    Value,
    /// Rhythm and order.
    Habit,
    Volume,
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str, range: &str) -> Zone {
        Zone {
            name: name.to_owned(),
            ranges: vec![range.parse().unwrap()],
            members: BTreeSet::new(),
            mode: ZoneMode::Strict,
            level: None,
            hours: Vec::new(),
        }
    }

    fn ip(text: &str) -> Address {
        Address::Ip(text.parse().unwrap())
    }

    #[test]
    fn the_narrowest_zone_counts_and_a_named_member_before_all() {
        let mut policy =
            Policy { zones: vec![zone("plant", "10.0.0.0/8"), zone("cell", "10.1.1.0/24")], ..Policy::default() };
        let name = |policy: &Policy, text| policy.zone_of(&ip(text)).map(|(_, zone)| zone.name.clone());
        assert_eq!(name(&policy, "10.1.1.9").as_deref(), Some("cell"));
        assert_eq!(name(&policy, "10.2.1.9").as_deref(), Some("plant"));
        assert_eq!(name(&policy, "192.168.0.1"), None);
        policy.zones[0].members.insert(ip("10.1.1.9"));
        assert_eq!(name(&policy, "10.1.1.9").as_deref(), Some("plant"));
    }

    #[test]
    fn working_hours_are_those_of_the_plants_clocks() {
        let mut policy =
            Policy { zones: vec![zone("cell", "10.1.1.0/24")], utc_offset: Some(8 * 60), ..Policy::default() };
        policy.zones[0].hours = vec![Hours { days: (1..=5).collect(), from: 8 * 60, to: 18 * 60 }];
        let off = |time: &str| policy.is_off_hours(time.parse().unwrap(), [&ip("10.1.1.9"), &ip("10.9.9.9")]);
        // A Wednesday; 08:30 in Shanghai is 00:30 UTC.
        assert!(!off("2026-07-01T00:30:00Z") && off("2026-07-01T10:30:00Z"));
        assert!(off("2026-07-04T00:30:00Z"), "a Saturday");
        assert!(!policy.is_off_hours(Timestamp::ZERO, [&ip("10.9.9.8"), &ip("10.9.9.9")]), "no hours are set there");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let twice = Policy { zones: vec![zone("a", "10.0.0.0/8"), zone("a", "10.1.0.0/16")], ..Policy::default() };
        assert_eq!(twice.fault(), Some("error.policy_name"));
        let at = |n| Timestamp::from_parts(n, 0);
        let window = Window { name: "work".into(), zone: Some("none".into()), from: at(1), to: at(2) };
        let mut policy = Policy { windows: vec![window], ..Policy::default() };
        assert_eq!(policy.fault(), Some("error.policy_zone"));
        policy.windows[0].zone = None;
        assert_eq!(policy.fault(), None);
        policy.windows[0].to = at(1);
        assert_eq!(policy.fault(), Some("error.policy_time"));
    }
}
