use std::collections::BTreeSet;
use std::net::IpAddr;

use super::asset::{Asset, AssetId};
use super::edits::{Edit, Edits};
use super::guess;
use super::inside::Inside;
use super::link::{Address, LinkKey, LinkRecord};
use super::role::Role;
use super::travelled::Hops;
use crate::event::{
    Class, Endpoint, Event, EventKind, Evidence, Fact, FactKind, FlowReport, FlowState, FunctionKey, MacAddr, Map,
    Mention, MentionKind, Notice, Operation, Repeated, Session, Set, Side, Sighting, SightingKind, Timestamp,
    Transport, Unit, Vlans,
};

/// Assets that are kept; an attacker who invents addresses cannot fill memory.
const MAX_ASSETS: usize = 100_000;
/// Links that are kept.
const MAX_LINKS: usize = 100_000;
/// Functions kept of all links together.
const MAX_FUNCTIONS: usize = 500_000;
/// A MAC address with more IP addresses than this, none of which it claims by ARP, belongs to a router, and says nothing
/// about the machines behind it.
const ROUTER_ADDRESSES: usize = 4;
/// Pairs of addresses that ARP vouched for.
const MAX_VOUCHED: usize = 1 << 17;
/// Cards that said something before they were known, and what is kept of each.
const MAX_WAITING: usize = 1024;
const MAX_WAITING_FACTS: usize = 8;
/// A serial number shorter than this is none: devices that were never given one say 0 or 123456.
const LEAST_SERIAL: usize = 7;

/// All assets and links.
#[derive(Default)]
pub struct Inventory {
    pub(super) assets: Vec<Asset>,
    by_ip: Map<(Vlans, IpAddr), AssetId>,
    by_mac: Map<(Vlans, MacAddr), AssetId>,
    pub(super) by_serial: Map<String, AssetId>,
    /// IP addresses behind each MAC address, as far as it takes to know a router.
    behind: Map<(Vlans, MacAddr), Vec<IpAddr>>,
    /// Pairs that a machine itself claimed by ARP.
    pub(super) vouched: Set<(Vlans, MacAddr, IpAddr)>,
    /// How far segments of each card and address came.
    pub(super) hops: Map<(Vlans, MacAddr, IpAddr), Hops>,
    /// What cards said before they were known.
    waiting: Map<(Vlans, MacAddr), Vec<Heard>>,
    pub(super) links: Map<LinkKey, LinkRecord>,
    pub(super) functions: usize,
    ignored: u64,
    inside: Inside,
    pub(super) edits: Edits,
    /// How often an address went from one asset to another.
    pub(super) moves: u64,
}

/// A fact with when and where it was heard.
type Heard = (Fact, Timestamp, Evidence);

/// What an event changed in the inventory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    NewAsset(AssetId),
    NewFact(AssetId, FactKind),
    /// The same source says another thing than it always did: which kind, and what it said before.
    OtherFact(AssetId, FactKind, String),
    /// A known IP address speaks from another network card than the one it had.
    OtherCard {
        asset: AssetId,
        ip: IpAddr,
        before: MacAddr,
        now: MacAddr,
    },
    /// The second was found to be a part of the first.
    Merged(AssetId, AssetId),
}

impl Inventory {
    /// Takes an event in and says what it brought.
    pub fn observe(&mut self, event: &Event) -> Vec<Change> {
        let mut changes = Vec::new();
        match &event.kind {
            EventKind::Sighting(sighting) => self.sight(sighting, event.ts, &event.evidence, &mut changes),
            EventKind::Identity(fact) => self.fact(event, fact, &mut changes),
            EventKind::Flow(report) => self.flow(event, report, &mut changes),
            EventKind::Operation(operation) => self.operation(event, operation),
            EventKind::Session(session) => self.session(event, session),
            EventKind::Notice(Notice::Mention(mention)) => self.named(event, mention, &mut changes),
            EventKind::Notice(Notice::Travelled(travelled)) => self.travelled(event, *travelled, &mut changes),
            EventKind::Notice(_)
            | EventKind::Anomaly(_)
            | EventKind::Artifact(_)
            | EventKind::Habit(_)
            | EventKind::Capture(_) => {}
        }
        changes
    }

    /// Counts conversations on a known link that a worker did not send one by one.
    pub fn conversations(&mut self, key: &LinkKey, repeated: &Repeated) {
        let Repeated { first, last, count: conversations, packets, bytes, .. } = *repeated;
        self.count_link(key.clone(), &LinkRecord { conversations, packets, bytes, ..LinkRecord::new(first, last.ts) });
    }

    /// Counts uses of a known function that a worker did not send one by one.
    pub fn operations(&mut self, key: &LinkKey, unit: u64, function: FunctionKey, repeated: &Repeated) {
        let Some(link) = self.links.get_mut(key) else { return };
        link.last = link.last.max(repeated.last.ts);
        if let Some(known) = link.function(unit, function) {
            known.count += repeated.count;
            known.last = known.last.max(repeated.last.ts);
        }
    }

    /// Every asset there ever was, by its number; those merged into another one too.
    pub fn all(&self) -> &[Asset] {
        &self.assets
    }

    /// The assets of the plant.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.iter().filter(|asset| asset.merged_into.is_none())
    }

    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(id.0 as usize)
    }

    pub fn links(&self) -> impl Iterator<Item = (&LinkKey, &LinkRecord)> {
        self.links.iter()
    }

    /// What was done to assets by hand and by rule, oldest first.
    pub fn edits(&self) -> impl DoubleEndedIterator<Item = &Edit> {
        self.edits.iter()
    }

    /// The asset behind an endpoint.
    pub fn find(&self, vlans: &Vlans, end: &Endpoint) -> Option<&Asset> {
        let by_ip = || self.at(vlans, &Address::Ip(end.ip?));
        let by_mac = || self.at(vlans, &Address::Mac(end.mac?));
        by_ip().or_else(by_mac)
    }

    /// The asset that has an address.
    pub fn at(&self, vlans: &Vlans, address: &Address) -> Option<&Asset> {
        self.holder(vlans, address).and_then(|id| self.asset(id))
    }

    pub(super) fn holder(&self, vlans: &Vlans, address: &Address) -> Option<AssetId> {
        match address {
            Address::Ip(ip) => self.by_ip.get(&(vlans.clone(), *ip)).copied(),
            Address::Mac(mac) => self.by_mac.get(&(vlans.clone(), *mac)).copied(),
            Address::Unknown => None,
        }
    }

    /// Addresses not taken in because the inventory was full.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    pub fn inside(&self) -> &Inside {
        &self.inside
    }

    /// Which addresses are the plant's.
    pub fn set_inside(&mut self, inside: Inside) {
        self.inside = inside;
    }

    fn sight(&mut self, sighting: &Sighting, ts: Timestamp, evidence: &Evidence, changes: &mut Vec<Change>) {
        let Sighting { vlans, mac, ip, how } = sighting;
        let inside = ip.filter(|ip| self.inside.holds(&Address::Ip(*ip)));
        if let (Some(ip), Some(mac)) = (ip, mac)
            && self.speaks_for_others(vlans, *mac, *ip, inside.is_none())
        {
            self.make_router(vlans, *mac, ts, evidence);
        }
        // Whoever only shouts to all (a starting DHCP client) is not yet part of the plant.
        let shouts = *how == SightingKind::Broadcast && ip.is_none();
        if shouts || (ip.is_some() && inside.is_none()) {
            return;
        }
        let mac = mac.filter(|mac| inside.is_none_or(|ip| self.is_own(vlans, *mac, ip)));
        let by_ip = inside.and_then(|ip| self.holder(vlans, &Address::Ip(ip)));
        let by_mac = mac.and_then(|mac| self.holder(vlans, &Address::Mac(mac)));
        let id = match (by_ip, by_mac) {
            (Some(one), Some(other)) if one != other => {
                self.meet(one, other, sighting, changes);
                one
            }
            (Some(id), None) => {
                changes.extend(self.other_card(id, inside, mac));
                id
            }
            (Some(id), _) => id,
            // One card may have several addresses.
            (None, Some(id)) => id,
            (None, None) => {
                let Some(id) = self.start(vlans, ts) else { return };
                changes.push(Change::NewAsset(id));
                id
            }
        };
        self.bind(id, mac, inside, ts, evidence);
    }

    /// An IP address and a card that belonged to two assets are seen together.
    fn meet(&mut self, one: AssetId, other: AssetId, sighting: &Sighting, changes: &mut Vec<Change>) {
        let Some(card_only) = self.asset(other).map(|asset| asset.ips.is_empty()) else { return };
        let apart = self.asset(one).is_some_and(|asset| asset.apart.contains(&other));
        if card_only && !apart {
            changes.extend(self.join(one, other, None, Timestamp::ZERO).map(|_| Change::Merged(one, other)));
        } else if !apart {
            changes.extend(self.other_card(one, sighting.ip, sighting.mac));
        }
    }

    fn other_card(&self, id: AssetId, ip: Option<IpAddr>, mac: Option<MacAddr>) -> Option<Change> {
        let (asset, ip, now) = (self.asset(id)?, ip?, mac?);
        let before = asset.macs.iter().next_back().copied().filter(|_| !asset.macs.contains(&now))?;
        Some(Change::OtherCard { asset: id, ip, before, now })
    }

    pub(super) fn start(&mut self, vlans: &Vlans, ts: Timestamp) -> Option<AssetId> {
        if self.assets.len() >= MAX_ASSETS {
            self.ignored += 1;
            return None;
        }
        let id = AssetId(u32::try_from(self.assets.len()).unwrap_or(u32::MAX));
        self.assets.push(Asset::new(id, vlans.clone(), ts));
        Some(id)
    }

    /// From now on whoever has this address is that asset.
    pub(super) fn index(&mut self, vlans: Vlans, address: Address, id: AssetId) {
        match address {
            Address::Ip(ip) => _ = self.by_ip.insert((vlans, ip), id),
            Address::Mac(mac) => _ = self.by_mac.insert((vlans, mac), id),
            Address::Unknown => {}
        }
    }

    fn bind(&mut self, id: AssetId, mac: Option<MacAddr>, ip: Option<IpAddr>, ts: Timestamp, evidence: &Evidence) {
        let Some(asset) = self.assets.get_mut(id.0 as usize) else { return };
        asset.last = asset.last.max(ts);
        let vlans = asset.vlans.clone();
        if let Some(ip) = ip
            && asset.ips.insert(ip)
        {
            self.by_ip.insert((vlans.clone(), ip), id);
        }
        let Some(mac) = mac else { return };
        if asset.macs.insert(mac) {
            if let Some(vendor) = vendor(mac) {
                let value = vendor.to_owned();
                let source = "ieee oui".into();
                let fact = Fact { about: Side::Server, kind: FactKind::Vendor, value, source, confidence: 70 };
                asset.learn(&fact, Some(Address::Mac(mac)), ts, evidence);
                guess::by_vendor(asset, vendor);
            }
            for (fact, ts, evidence) in self.waiting.remove(&(vlans.clone(), mac)).unwrap_or_default() {
                asset.learn(&fact, Some(Address::Mac(mac)), ts, &evidence);
            }
            // Where the card has another IP address elsewhere too, it stays with whom it was first.
            self.by_mac.entry((vlans, mac)).or_insert(id);
        }
    }

    /// Remembers which addresses a MAC address speaks for. True where it is clear that it belongs to a router.
    fn speaks_for_others(&mut self, vlans: &Vlans, mac: MacAddr, ip: IpAddr, is_outside: bool) -> bool {
        if self.vouched.contains(&(vlans.clone(), mac, ip)) || !Address::Ip(ip).is_machine() {
            return false;
        }
        let behind = self.behind.entry((vlans.clone(), mac)).or_default();
        if behind.len() >= ROUTER_ADDRESSES {
            return false;
        }
        if is_outside {
            // One address of the internet says it all.
            behind.resize(ROUTER_ADDRESSES, ip);
        } else if !behind.contains(&ip) {
            behind.push(ip);
        }
        behind.len() >= ROUTER_ADDRESSES
    }

    fn is_router(&self, vlans: &Vlans, mac: MacAddr) -> bool {
        self.behind.get(&(vlans.clone(), mac)).is_some_and(|behind| behind.len() >= ROUTER_ADDRESSES)
    }

    /// The card is this address's own, and not that of a router on the way to it.
    fn is_own(&self, vlans: &Vlans, mac: MacAddr, ip: IpAddr) -> bool {
        !self.is_router(vlans, mac) || self.vouched.contains(&(vlans.clone(), mac, ip))
    }

    /// What was taken for one machine with several addresses was a router and those behind it.
    fn make_router(&mut self, vlans: &Vlans, mac: MacAddr, ts: Timestamp, evidence: &Evidence) {
        let holder = self.holder(vlans, &Address::Mac(mac));
        let own = |ip: &IpAddr| self.vouched.contains(&(vlans.clone(), mac, *ip));
        let swallowed: Vec<IpAddr> = holder
            .and_then(|id| self.asset(id))
            .map(|asset| asset.ips.iter().filter(|ip| !own(ip)).copied().collect())
            .unwrap_or_default();
        let mut parted = BTreeSet::new();
        for ip in swallowed {
            let Some((from, into)) = holder.zip(self.start(vlans, ts)) else { break };
            self.hand_over(from, into, &[(vlans.clone(), Address::Ip(ip))]);
            parted.insert(into);
        }
        if !parted.is_empty() {
            self.relearn_services(&parted);
        }
        let Some(id) = holder.or_else(|| self.start(vlans, ts)) else { return };
        self.bind(id, Some(mac), None, ts, evidence);
        self.with(Some(id), |asset| {
            asset.roles.clear();
            asset.play(Role::Router, 80, "role.speaks_for_far_networks");
        });
    }

    /// A machine said by ARP which address is its own.
    fn vouch(&mut self, event: &Event, side: Side, changes: &mut Vec<Change>) {
        let end = match side {
            Side::Client => &event.ends.client,
            Side::Server => &event.ends.server,
        };
        let Some((mac, ip)) = end.mac.filter(|mac| mac.is_host()).zip(end.ip) else { return };
        let vlans = &event.ends.vlans;
        let pair = (vlans.clone(), mac, ip);
        if self.vouched.len() >= MAX_VOUCHED || !Address::Ip(ip).is_machine() || !self.vouched.insert(pair) {
            return;
        }
        if let Some(behind) = self.behind.get_mut(&(vlans.clone(), mac))
            && behind.len() < ROUTER_ADDRESSES
        {
            behind.retain(|other| *other != ip);
        }
        // A router's own address and its card are one thing.
        let (card, address) = (self.holder(vlans, &Address::Mac(mac)), self.holder(vlans, &Address::Ip(ip)));
        if let (Some(card), Some(address)) = (card, address)
            && card != address
            && self.asset(card).is_some_and(|asset| asset.ips.is_empty() && !asset.apart.contains(&address))
        {
            self.join(address, card, None, event.ts);
        }
        self.comes_too_far(event, side, changes);
    }

    fn end(&self, event: &Event, side: Side) -> Option<AssetId> {
        let end = match side {
            Side::Client => &event.ends.client,
            Side::Server => &event.ends.server,
        };
        self.find(&event.ends.vlans, end).map(|asset| asset.id)
    }

    pub(super) fn with(&mut self, id: Option<AssetId>, change: impl FnOnce(&mut Asset)) {
        if let Some(asset) = id.and_then(|id| self.assets.get_mut(id.0 as usize)) {
            change(asset);
        }
    }

    pub(super) fn fact(&mut self, event: &Event, fact: &Fact, changes: &mut Vec<Change>) {
        let end = match fact.about {
            Side::Client => &event.ends.client,
            Side::Server => &event.ends.server,
        };
        let at = Some(Address::of(end.ip, end.mac));
        let id = self.end(event, fact.about).or_else(|| self.waits(event, fact, end, changes));
        let Some(asset) = id.and_then(|id| self.assets.get_mut(id.0 as usize)) else { return };
        let other = asset.told_before(fact, at).map(|before| before.value.clone());
        let id = asset.id;
        if !asset.learn(fact, at, event.ts, &event.evidence) {
            return;
        }
        guess::by_fact(asset, fact);
        changes.push(Change::NewFact(id, fact.kind));
        changes.extend(other.map(|before| Change::OtherFact(id, fact.kind, before)));
        if fact.kind == FactKind::Serial && fact.confidence >= 80 && is_serial(&fact.value) {
            changes.extend(self.same_serial(id, &fact.value, event.ts));
        }
    }

    /// Of a machine that is not known yet: a switch that names itself to its neighbours is one, and what others say waits
    /// until they are.
    fn waits(&mut self, event: &Event, fact: &Fact, end: &Endpoint, changes: &mut Vec<Change>) -> Option<AssetId> {
        let mac = end.mac.filter(|mac| mac.is_host())?;
        let vlans = &event.ends.vlans;
        if fact.source.starts_with("lldp") || fact.source.starts_with("cdp") {
            let id = self.start(vlans, event.ts)?;
            self.bind(id, Some(mac), None, event.ts, &event.evidence);
            changes.push(Change::NewAsset(id));
            return Some(id);
        }
        // A router's card speaks for others: their facts are not its own.
        let waiting = self.waiting.entry((vlans.clone(), mac)).or_default();
        if waiting.len() < MAX_WAITING_FACTS && end.ip.is_none_or(|ip| ip.is_unspecified()) {
            waiting.push((fact.clone(), event.ts, event.evidence.clone()));
        }
        if self.waiting.len() > MAX_WAITING {
            self.waiting.clear();
        }
        None
    }

    /// Two addresses that tell the same serial number are one thing.
    fn same_serial(&mut self, id: AssetId, serial: &str, ts: Timestamp) -> Option<Change> {
        let known = *self.by_serial.entry(serial.to_owned()).or_insert(id);
        let (one, other) = (self.asset(known)?, self.asset(id)?);
        let merged = one.merged_into.is_some() || other.merged_into.is_some();
        if known == id || merged || one.vlans != other.vlans || one.apart.contains(&id) {
            return None;
        }
        self.join(known, id, None, ts).map(|_| Change::Merged(known, id))
    }

    /// A client calls a server by a name that the server goes by.
    fn named(&mut self, event: &Event, mention: &Mention, changes: &mut Vec<Change>) {
        let (source, confidence) = match mention.how {
            MentionKind::TlsServerName => ("tls server name", 55),
            MentionKind::HttpHost => ("http host", 55),
            // What the server shows of itself.
            MentionKind::CertificateName => ("tls certificate", 60),
            _ => return,
        };
        let value = mention.name.clone();
        if value.parse::<IpAddr>().is_err() && self.end(event, Side::Server).is_some() {
            let kind = FactKind::HostName;
            self.fact(event, &Fact { about: Side::Server, kind, value, source: source.into(), confidence }, changes);
        }
    }

    fn flow(&mut self, event: &Event, report: &FlowReport, changes: &mut Vec<Change>) {
        if report.transport == Transport::Arp {
            self.vouch(event, Side::Client, changes);
            if report.answered {
                self.vouch(event, Side::Server, changes);
            }
            return;
        }
        if event.ends.server.mac.is_some_and(MacAddr::is_group) {
            return;
        }
        if report.settles() {
            let (client, server) = (self.end(event, Side::Client), self.end(event, Side::Server));
            self.with(client, |asset| asset.use_service(event.service));
            self.with(server, |asset| {
                asset.serve(event.service);
                guess::by_service(asset, event.service);
            });
            // A connection that never ends is a link all the same.
            self.count_link(LinkKey::of(&event.ends, event.service), &LinkRecord::new(event.ts, event.ts));
        }
        // A connection that was refused or never answered links nobody; one-way datagrams do.
        if report.state == FlowState::Ended && (report.answered || report.transport != Transport::Tcp) {
            let (packets, bytes) = report.both_sides();
            let seen = LinkRecord { conversations: 1, packets, bytes, ..LinkRecord::new(event.ts, event.ts) };
            self.count_link(LinkKey::of(&event.ends, event.service), &seen);
        }
    }

    fn count_link(&mut self, key: LinkKey, seen: &LinkRecord) {
        if let Some(link) = self.links.get_mut(&key) {
            link.add(seen);
        } else if key.is_between_machines() && self.links.len() < MAX_LINKS {
            self.links.insert(key, seen.clone());
        }
    }

    fn operation(&mut self, event: &Event, operation: &Operation) {
        let key = LinkKey::of(&event.ends, event.service);
        if let Some(link) = self.links.get_mut(&key) {
            let room = self.functions < MAX_FUNCTIONS;
            let unit = operation.unit.as_ref().map_or(0, Unit::key);
            self.functions += usize::from(link.operation(unit, operation, event.ts, room));
        }
        let client = self.end(event, Side::Client);
        self.with(client, |asset| {
            match operation.class {
                Class::Write => asset.play(Role::Hmi, 75, "role.writes_values"),
                Class::Read | Class::Subscribe => asset.play(Role::Hmi, 55, "role.reads_values"),
                Class::Program => asset.play(Role::EngineeringStation, 85, "role.moves_programs"),
                Class::Control => asset.play(Role::EngineeringStation, 60, "role.controls"),
                Class::Identify | Class::Diagnose | Class::Configure | Class::Session => {}
            };
            let reads_system_lists = operation.function.szl_id.is_some();
            if reads_system_lists {
                asset.play(Role::EngineeringStation, 80, "role.reads_system_lists");
            }
        });
    }

    fn session(&mut self, event: &Event, session: &Session) {
        if let Session::CotpConnect(connect) = session
            && connect.role.as_deref() == Some("pg")
        {
            let client = self.end(event, Side::Client);
            self.with(client, |asset| asset.play(Role::EngineeringStation, 65, "role.connects_as_programmer"));
        }
    }
}

/// Long enough to name one thing, and not one character all through.
pub(super) fn is_serial(text: &str) -> bool {
    text.len() >= LEAST_SERIAL && text.chars().any(|c| !text.starts_with(c))
}

/// The vendor by the IEEE's registry of address blocks.
pub fn vendor(mac: MacAddr) -> Option<&'static str> {
    if mac.is_local() {
        return None;
    }
    oui_data::lookup(&mac.to_string()).map(oui_data::OuiData::organization)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_comes_from_the_ieee_registry() {
        assert_eq!(vendor("00:1b:1b:00:00:01".parse().unwrap()), Some("Siemens AG,"));
        assert_eq!(vendor("02:00:00:00:00:01".parse().unwrap()), None, "locally administered");
    }
}
