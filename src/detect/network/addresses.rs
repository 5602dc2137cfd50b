//! NET-02, NET-03, NET-04, NET-12, NET-15, NET-27: what frames below IP say about who is who.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::detect::catalogue::{ARP_FLOOD, ARP_TARGETS, SPOOFED_ANSWERS};
use crate::detect::memory::Memory;
use crate::detect::window::{Spread, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{Arp, Endpoint, EventKind, Finding, MacAddr, Notice, Reason, Severity, Timestamp, Vlans};
use crate::inventory::vendor;

const MAX_ADDRESSES: usize = 50_000;
const MAX_CARDS: usize = 10_000;
/// An answer so long after its question was still asked for.
const ASKED: Duration = Duration::from_secs(5);
/// Two cards that claim one address within so long both have it.
const CONFLICT: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);
const SWEEP: Duration = Duration::from_secs(360);
const REQUEST: u16 = 1;
const ANSWER: u16 = 2;

pub struct Addresses {
    holders: Memory<(Vlans, Ipv4Addr), Holder>,
    asked: Memory<(Vlans, Ipv4Addr, Ipv4Addr), Timestamp>,
    targets: Memory<MacAddr, Spread>,
    spoofed: Memory<MacAddr, Tally>,
    floods: Memory<MacAddr, Tally>,
}

/// The card that an address belongs to.
struct Holder {
    mac: MacAddr,
    heard: Timestamp,
    /// The card that had it before, and when that one last said so.
    before: Option<(MacAddr, Timestamp)>,
}

impl Default for Addresses {
    fn default() -> Self {
        Addresses {
            holders: Memory::new(MAX_ADDRESSES),
            asked: Memory::new(MAX_ADDRESSES),
            targets: Memory::new(MAX_CARDS),
            spoofed: Memory::new(MAX_CARDS),
            floods: Memory::new(MAX_CARDS),
        }
    }
}

impl Detector for Addresses {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Notice(Notice::Arp(arp)) => {
                found.extend(self.flood(scene, arp));
                self.arp(scene, arp, found);
            }
            EventKind::Notice(Notice::DcpSet { options }) => found.push(dcp_set(scene, options)),
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.holders.evicted()
            + self.asked.evicted()
            + self.targets.evicted()
            + self.spoofed.evicted()
            + self.floods.evicted()
    }
}

fn dcp_set(scene: &Scene<'_>, options: &str) -> Finding {
    let mut finding = scene.finding("NET-27", "dcp_set");
    finding.reasons.push(Reason::new("reason.dcp_set").with("options", options));
    finding
}

impl Addresses {
    fn arp(&mut self, scene: &Scene<'_>, arp: &Arp, found: &mut Vec<Finding>) {
        let (ts, vlans) = (scene.event.ts, &scene.event.ends.vlans);
        let announces = arp.sender_ip == arp.target_ip;
        if arp.operation == REQUEST && !announces {
            self.asked.insert((vlans.clone(), arp.sender_ip, arp.target_ip), ts);
            found.extend(self.sweep(scene, arp));
        }
        if arp.sender_ip.is_unspecified() || !arp.sender_mac.is_host() {
            return;
        }
        let asked = self.asked.get(&(vlans.clone(), arp.target_ip, arp.sender_ip));
        let solicited = asked.is_some_and(|then| ts.since(*then) <= ASKED);
        let unasked = arp.operation == ANSWER && !announces && !solicited;
        let count = if unasked { self.count_unasked(scene, arp) } else { 0 };
        let key = (vlans.clone(), arp.sender_ip);
        let holder = self.holders.entry(key, || Holder { mac: arp.sender_mac, heard: ts, before: None });
        if holder.mac == arp.sender_mac {
            holder.heard = ts;
            if count >= SPOOFED_ANSWERS.value as usize {
                found.push(spoof(scene, arp, holder.before.map(|(mac, _)| mac), count));
            }
            return;
        }
        // The one before says so again: both have it.
        let both = holder.before.is_some_and(|(mac, then)| mac == arp.sender_mac && ts.since(then) <= CONFLICT);
        let before = (holder.mac, holder.heard);
        *holder = Holder { mac: arp.sender_mac, heard: ts, before: Some(before) };
        if unasked {
            found.push(spoof(scene, arp, Some(before.0), count));
        }
        let mut finding = about(scene, arp, if both { "NET-03" } else { "NET-02" }, "address");
        let vendor = vendor(arp.sender_mac).unwrap_or("-");
        let reason = Reason::new("reason.other_card").with("address", arp.sender_ip).with("before", before.0);
        finding.reasons.push(reason.with("now", arp.sender_mac).with("vendor", vendor));
        found.push(finding);
    }

    fn count_unasked(&mut self, scene: &Scene<'_>, arp: &Arp) -> usize {
        let tally = self.spoofed.entry(arp.sender_mac, || Tally::new(MINUTE, 4 * SPOOFED_ANSWERS.value as usize));
        tally.add(scene.event.ts)
    }

    /// The same message within a second was told once: a storm shows by how many seconds and targets it has.
    fn flood(&mut self, scene: &Scene<'_>, arp: &Arp) -> Option<Finding> {
        let most = ARP_FLOOD.value as usize;
        let card = scene.event.ends.client.mac.unwrap_or(arp.sender_mac);
        let count = self.floods.entry(card, || Tally::new(MINUTE, 2 * most)).add(scene.event.ts);
        if count < most {
            return None;
        }
        let mut finding = scene.counted("NET-15", "arp_flood", "reason.arp_messages", count);
        finding.ends.client = Endpoint { ip: None, port: 0, mac: Some(card) };
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        Some(finding)
    }

    fn sweep(&mut self, scene: &Scene<'_>, arp: &Arp) -> Option<Finding> {
        let most = ARP_TARGETS.value as usize;
        let spread = self.targets.entry(arp.sender_mac, || Spread::new(SWEEP, most));
        let count = spread.add(scene.event.ts, u64::from(arp.target_ip.to_bits()))?;
        let mut finding = scene.counted("NET-12", "arp_sweep", "reason.arp_targets", count);
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        Some(finding)
    }
}

/// An answer that nobody asked for gives an address to another card, or there are very many of them.
fn spoof(scene: &Scene<'_>, arp: &Arp, before: Option<MacAddr>, count: usize) -> Finding {
    let mut finding = about(scene, arp, "NET-04", "arp_spoof");
    if count >= SPOOFED_ANSWERS.value as usize {
        finding.severity = Severity::Critical;
    }
    let before = before.map_or_else(String::new, |mac| mac.to_string());
    let reason = Reason::new("reason.unasked_answer").with("address", arp.sender_ip);
    finding.reasons.push(reason.with("before", before).with("now", arp.sender_mac));
    finding.reasons.push(Reason::new("reason.unasked_answers").with("count", count));
    finding
}

/// About the address that is claimed, and by which card.
fn about(scene: &Scene<'_>, arp: &Arp, id: &'static str, act: &str) -> Finding {
    let mut finding = scene.finding(id, format!("{act} {}", arp.sender_ip));
    finding.ends.client = Endpoint { ip: None, port: 0, mac: Some(arp.sender_mac) };
    finding.ends.server = Endpoint { ip: Some(arp.sender_ip.into()), port: 0, mac: None };
    finding
}
