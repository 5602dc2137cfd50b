//! A machine against those that are known: its addresses, its cards, and what it does for the network.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::host::HostRow;
use super::model::{Baseline, CardRow, Deviation, Verdict};
use super::row::RowId;
use super::stage::Scenario;
use crate::event::{Event, MacAddr, NetworkService, Sighting, SightingKind};
use crate::inventory::Address;

/// Hosts that are kept.
const MAX_HOSTS: usize = 100_000;
/// Cards of one IP address: a router pair, a team of cards.
const MAX_CARDS: usize = 8;

impl Baseline {
    pub(super) fn sighting(&mut self, sighting: &Sighting, event: &Event) -> Verdict {
        let address = Address::of(sighting.ip, sighting.mac);
        if !self.inside.holds(&address) || sighting.how == SightingKind::Broadcast {
            return Verdict::default();
        }
        let known = self.hosts.contains_key(&address);
        let mut result = Verdict { normal: known, ..Verdict::default() };
        if !known {
            let room = self.hosts.len() < MAX_HOSTS;
            let learns = room && self.learns(Scenario::Hosts, event.ts, [&address; 2]);
            if learns || (room && self.rule.trusts_new) {
                self.hosts.insert(address, HostRow::new(event));
                self.note(RowId::Host(address), event.ts, address);
            }
            if !learns && room && self.rule.trusts_new {
                self.begin_late(address, event.ts);
            }
            result = Verdict::of(learns, Deviation::Host);
        }
        if let (Some(ip), Some(mac)) = (sighting.ip, sighting.mac) {
            let deviates = self.card(sighting, (ip, mac), event);
            // A new device has been told as such.
            result.learnt |= deviates == Some(None);
            result.deviations.extend(deviates.flatten().filter(|_| known));
            result.normal &= deviates.is_none_or(|deviation| deviation.is_none());
        }
        result
    }

    /// What a machine does for the whole network is a habit of that machine. Any machine answers for its own name.
    pub(super) fn serves(&mut self, event: &Event, what: NetworkService) -> Verdict {
        let client = &event.ends.client;
        let address = Address::of(client.ip, client.mac);
        if what == NetworkService::Name || !self.inside.holds(&address) {
            return Verdict::default();
        }
        if self.hosts.get(&address).is_some_and(|row| row.serves.contains(&what)) {
            return Verdict { normal: true, ..Verdict::default() };
        }
        let room = self.hosts.contains_key(&address) || self.hosts.len() < MAX_HOSTS;
        let learns = room && self.learns(Scenario::Hosts, event.ts, [&address; 2]);
        if learns {
            self.hosts.entry(address).or_insert_with(|| HostRow::new(event)).serves.insert(what);
            self.note(RowId::Host(address), event.ts, address);
        }
        Verdict::of(learns, Deviation::Serves(what))
    }

    /// `None` where the pair is known, `Some(None)` where it was learnt.
    fn card(&mut self, sighting: &Sighting, (ip, mac): (IpAddr, MacAddr), event: &Event) -> Option<Option<Deviation>> {
        let key = (sighting.vlans.clone(), ip);
        let address = Address::Ip(ip);
        let row = self.cards.get(&key);
        if row.is_some_and(|row| row.macs.contains(&mac)) {
            return None;
        }
        let before = row.and_then(|row| row.macs.last().copied());
        let has_room = row.map_or(self.cards.len() < MAX_HOSTS, |row| row.macs.len() < MAX_CARDS && !row.host.locked);
        // Whose first card it is belongs to whether the device is known at all.
        let first = before.is_none() && self.hosts.contains_key(&address);
        if has_room && (first || self.learns(Scenario::Addresses, event.ts, [&address; 2])) {
            let new = || CardRow { macs: SmallVec::new(), host: HostRow::new(event) };
            self.cards.entry(key).or_insert_with(new).macs.push(mac);
            self.note(RowId::Cards(sighting.vlans.clone(), ip), event.ts, address);
            return Some(None);
        }
        Some(before.map(|before| Deviation::Card { before }))
    }
}
