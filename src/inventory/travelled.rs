//! Addresses from which several machines speak: a router that translates addresses (NAT) passes on as its own what has come
//! from further than itself.

use std::net::IpAddr;

use super::asset::Asset;
use super::book::{Change, Inventory};
use super::link::Address;
use crate::event::{Endpoint, Event, Fact, FactKind, MacAddr, Side, Travelled};

/// Where senders let their packets begin, and how many routers further machines behind an address are looked for.
const INITIAL: [u8; 3] = [64, 128, 255];
const MAX_HOPS: u8 = 3;
/// Cards and addresses of which it is known how far their segments came.
const MAX_KNOWN: usize = 1 << 17;
/// A card that answers for so many addresses speaks for others, and translates none.
const PROXY_ADDRESSES: usize = 4;

/// How far segments came: each distance in one bit, by where they began and how many routers lay between.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Hops(u16);

impl Hops {
    fn add(&mut self, ttl: u8) {
        let begun = INITIAL.iter().position(|initial| *initial >= ttl && initial - ttl <= MAX_HOPS);
        if let Some(begun) = begun {
            self.0 |= 1 << (begun * 4 + usize::from(INITIAL[begun] - ttl));
        }
    }

    fn ttls(self) -> impl Iterator<Item = (u8, u8)> {
        let all = INITIAL.into_iter().zip(0..);
        let of = move |(initial, row): (u8, u16)| {
            (0..=MAX_HOPS)
                .filter(move |hops| self.0 & 1 << (row * 4 + u16::from(*hops)) != 0)
                .map(move |hops| (initial, hops))
        };
        all.flat_map(of)
    }

    /// How sure it is that others stand behind whoever sent these, and what shows it. `own`: it owns the address on this link,
    /// so what it says itself has passed no router.
    fn proof(self, own: bool) -> Option<(u8, String)> {
        let near = self.ttls().any(|(_, hops)| hops == 0);
        let far: Vec<u8> = self.ttls().filter(|(_, hops)| *hops > 0).map(|(initial, _)| initial).collect();
        let several = far.first() != far.last();
        let confidence = match (near || several, own) {
            _ if far.is_empty() => return None,
            (true, true) => 90,
            (false, true) => 75,
            // From far away: other ways to it would explain a part, never one that is no way at all.
            (true, false) if near => 80,
            (_, false) => return None,
        };
        let ttls: Vec<String> = self.ttls().map(|(initial, hops)| (initial - hops).to_string()).collect();
        Some((confidence, format!("ttl {}", ttls.join(", "))))
    }
}

impl Inventory {
    /// A sender's segments came from another distance than before.
    pub(super) fn travelled(&mut self, event: &Event, travelled: Travelled, changes: &mut Vec<Change>) {
        let Some((mac, ip)) = pair(event, travelled.by) else { return };
        let key = (event.ends.vlans.clone(), mac, ip);
        if self.hops.len() >= MAX_KNOWN && !self.hops.contains_key(&key) {
            return;
        }
        self.hops.entry(key).or_default().add(travelled.ttl);
        self.comes_too_far(event, travelled.by, changes);
    }

    /// Whether what came from an end of an event came from further than the end itself is.
    pub(super) fn comes_too_far(&mut self, event: &Event, side: Side, changes: &mut Vec<Change>) {
        let Some((mac, ip)) = pair(event, side) else { return };
        let vlans = &event.ends.vlans;
        let Some(hops) = self.hops.get(&(vlans.clone(), mac, ip)) else { return };
        let Some(asset) = self.at(vlans, &Address::Ip(ip)).filter(|asset| is_alone(asset, mac)) else { return };
        let own = self.vouched.contains(&(vlans.clone(), mac, ip)) && asset.ips.len() < PROXY_ADDRESSES;
        let Some((confidence, value)) = hops.proof(own) else { return };
        if is_known(asset, ip, confidence) {
            return;
        }
        let source = "ip ttl".into();
        self.fact(event, &Fact { about: side, kind: FactKind::Translation, value, source, confidence }, changes);
    }
}

/// Where another card speaks for the same address too, somebody stands between, and what he passes on is no translation.
fn is_alone(asset: &Asset, mac: MacAddr) -> bool {
    asset.macs.iter().all(|card| *card == mac)
}

fn is_known(asset: &Asset, ip: IpAddr, confidence: u8) -> bool {
    let at = Some(Address::Ip(ip));
    let mut known = asset.facts.iter().filter(|fact| fact.kind == FactKind::Translation && fact.at == at);
    known.any(|fact| fact.source == "ip ttl" && fact.confidence >= confidence)
}

fn pair(event: &Event, side: Side) -> Option<(MacAddr, IpAddr)> {
    let end: &Endpoint = match side {
        Side::Client => &event.ends.client,
        Side::Server => &event.ends.server,
    };
    end.mac.filter(|mac| mac.is_host()).zip(end.ip)
}
