use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, AssetId};
use super::link::{Address, LinkKey, LinkRecord};
use super::role::Role;
use crate::event::{
    Class, Endpoint, Event, EventKind, Evidence, Fact, FactKind, FlowReport, FlowState, MacAddr, Map, Operation,
    Protocol, Repeated, Service, Session, Side, Sighting, SightingKind, Timestamp, Transport, Vlans,
};

/// Assets that are kept; an attacker who invents addresses cannot fill memory.
const MAX_ASSETS: usize = 100_000;
/// Links that are kept.
const MAX_LINKS: usize = 100_000;
/// A MAC address with more IP addresses than this belongs to a router, and says nothing about the machines behind it.
const ROUTER_ADDRESSES: usize = 4;

/// All assets and links.
#[derive(Default)]
pub struct Inventory {
    assets: Vec<Asset>,
    by_ip: Map<(Vlans, IpAddr), AssetId>,
    by_mac: Map<(Vlans, MacAddr), AssetId>,
    /// IP addresses behind each MAC address, as far as it takes to know a router.
    behind: Map<(Vlans, MacAddr), Vec<IpAddr>>,
    links: Map<LinkKey, LinkRecord>,
    ignored: u64,
}

/// What an event changed in the inventory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    NewAsset(AssetId),
    NewFact(AssetId, FactKind),
}

/// The inventory's stored form.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    assets: Vec<Asset>,
    links: Vec<(LinkKey, LinkRecord)>,
}

impl Inventory {
    /// Takes an event in and says what it brought.
    pub fn observe(&mut self, event: &Event) -> Vec<Change> {
        let mut changes = Vec::new();
        match &event.kind {
            EventKind::Sighting(sighting) => changes.extend(self.sight(sighting, event.ts, &event.evidence)),
            EventKind::Identity(fact) => {
                let id = self.end(event, fact.about);
                changes.extend(self.fact(id, fact, event.ts, &event.evidence));
            }
            EventKind::Flow(report) => self.flow(event, report),
            EventKind::Operation(operation) => self.operation(event, operation),
            EventKind::Session(session) => self.session(event, session),
            EventKind::Anomaly(_) | EventKind::Artifact(_) | EventKind::Notice(_) | EventKind::Capture(_) => {}
        }
        changes
    }

    /// Counts conversations on a known link that a worker did not send one by one.
    pub fn conversations(&mut self, key: &LinkKey, repeated: &Repeated) {
        let Repeated { first, last, count: conversations, packets, bytes, .. } = *repeated;
        self.count_link(key.clone(), LinkRecord { first, last, conversations, packets, bytes });
    }

    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(id.0 as usize)
    }

    pub fn links(&self) -> impl Iterator<Item = (&LinkKey, &LinkRecord)> {
        self.links.iter()
    }

    /// The asset behind an endpoint.
    pub fn find(&self, vlans: &Vlans, end: &Endpoint) -> Option<&Asset> {
        let by_ip = || end.ip.and_then(|ip| self.by_ip.get(&(vlans.clone(), ip)));
        let by_mac = || end.mac.and_then(|mac| self.by_mac.get(&(vlans.clone(), mac)));
        by_ip().or_else(by_mac).and_then(|id| self.asset(*id))
    }

    /// Addresses not taken in because the inventory was full.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Stored form; sorted, so that equal inventories are equal bytes.
    pub fn export(&self) -> serde_json::Result<Vec<u8>> {
        let mut links: Vec<_> = self.links.iter().map(|(key, record)| (key.clone(), record.clone())).collect();
        links.sort_by(|a, b| a.0.cmp(&b.0));
        serde_json::to_vec(&Snapshot { assets: self.assets.clone(), links })
    }

    pub fn import(bytes: &[u8]) -> serde_json::Result<Self> {
        let snapshot: Snapshot = serde_json::from_slice(bytes)?;
        let mut inventory = Inventory { links: snapshot.links.into_iter().collect(), ..Inventory::default() };
        for (index, mut asset) in snapshot.assets.into_iter().enumerate() {
            asset.id = AssetId(u32::try_from(index).unwrap_or(u32::MAX));
            let keys = (asset.vlans.clone(), asset.id);
            inventory.by_ip.extend(asset.ips.iter().map(|ip| ((keys.0.clone(), *ip), keys.1)));
            inventory.by_mac.extend(asset.macs.iter().map(|mac| ((keys.0.clone(), *mac), keys.1)));
            inventory.assets.push(asset);
        }
        Ok(inventory)
    }

    fn sight(&mut self, sighting: &Sighting, ts: Timestamp, evidence: &Evidence) -> Option<Change> {
        let ip = sighting.ip.filter(|ip| Address::Ip(*ip).is_inside());
        if sighting.ip.is_some() && ip.is_none() {
            return None;
        }
        // Whoever only shouts to all (a starting DHCP client) is not yet part of the plant.
        if sighting.how == SightingKind::Broadcast && ip.is_none() {
            return None;
        }
        let router = self.is_router(&sighting.vlans, sighting.mac, ip);
        let mac = sighting.mac.filter(|_| !router);
        let known = ip
            .and_then(|ip| self.by_ip.get(&(sighting.vlans.clone(), ip)).copied())
            .or_else(|| mac.and_then(|mac| self.by_mac.get(&(sighting.vlans.clone(), mac)).copied()));
        let id = match known {
            Some(id) => id,
            None => self.start(&sighting.vlans, ts)?,
        };
        self.bind(id, mac, ip, ts, evidence);
        known.is_none().then_some(Change::NewAsset(id))
    }

    fn start(&mut self, vlans: &Vlans, ts: Timestamp) -> Option<AssetId> {
        if self.assets.len() >= MAX_ASSETS {
            self.ignored += 1;
            return None;
        }
        let id = AssetId(u32::try_from(self.assets.len()).unwrap_or(u32::MAX));
        self.assets.push(Asset::new(id, vlans.clone(), ts));
        Some(id)
    }

    fn bind(&mut self, id: AssetId, mac: Option<MacAddr>, ip: Option<IpAddr>, ts: Timestamp, evidence: &Evidence) {
        let Some(asset) = self.assets.get_mut(id.0 as usize) else { return };
        asset.last = asset.last.max(ts);
        if let Some(ip) = ip {
            asset.ips.insert(ip);
            self.by_ip.insert((asset.vlans.clone(), ip), id);
        }
        let Some(mac) = mac else { return };
        self.by_mac.insert((asset.vlans.clone(), mac), id);
        if asset.macs.insert(mac)
            && let Some(vendor) = vendor(mac)
        {
            let value = vendor.to_owned();
            let fact =
                Fact { about: Side::Server, kind: FactKind::Vendor, value, source: "ieee oui".into(), confidence: 70 };
            asset.learn(&fact, ts, evidence);
        }
    }

    /// Remembers which addresses a MAC address speaks for.
    fn is_router(&mut self, vlans: &Vlans, mac: Option<MacAddr>, ip: Option<IpAddr>) -> bool {
        let Some((mac, ip)) = mac.zip(ip) else { return false };
        let behind = self.behind.entry((vlans.clone(), mac)).or_default();
        if !behind.contains(&ip) && behind.len() < ROUTER_ADDRESSES {
            behind.push(ip);
        }
        behind.len() >= ROUTER_ADDRESSES
    }

    fn end(&self, event: &Event, side: Side) -> Option<AssetId> {
        let end = match side {
            Side::Client => &event.ends.client,
            Side::Server => &event.ends.server,
        };
        self.find(&event.ends.vlans, end).map(|asset| asset.id)
    }

    fn with(&mut self, id: Option<AssetId>, change: impl FnOnce(&mut Asset)) {
        if let Some(asset) = id.and_then(|id| self.assets.get_mut(id.0 as usize)) {
            change(asset);
        }
    }

    fn fact(&mut self, id: Option<AssetId>, fact: &Fact, ts: Timestamp, evidence: &Evidence) -> Option<Change> {
        let asset = self.assets.get_mut(id?.0 as usize)?;
        asset.learn(fact, ts, evidence).then_some(Change::NewFact(asset.id, fact.kind))
    }

    fn flow(&mut self, event: &Event, report: &FlowReport) {
        if report.transport == Transport::Arp {
            return;
        }
        if report.settles() {
            let (client, server) = (self.end(event, Side::Client), self.end(event, Side::Server));
            self.with(client, |asset| asset.use_service(event.service));
            self.with(server, |asset| asset.serve(event.service));
            self.with(server, |asset| serve_role(asset, event.service));
        }
        // A connection that was refused or never answered links nobody; one-way datagrams do.
        if report.state == FlowState::Ended && (report.answered || report.transport != Transport::Tcp) {
            let (packets, bytes) = report.both_sides();
            let seen = LinkRecord { first: event.ts, last: event.ts, conversations: 1, packets, bytes };
            self.count_link(LinkKey::of(&event.ends, event.service), seen);
        }
    }

    fn count_link(&mut self, key: LinkKey, seen: LinkRecord) {
        if let Some(link) = self.links.get_mut(&key) {
            link.add(&seen);
        } else if key.is_between_machines() && self.links.len() < MAX_LINKS {
            self.links.insert(key, seen);
        }
    }

    fn operation(&mut self, event: &Event, operation: &Operation) {
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

fn serve_role(asset: &mut Asset, service: Service) {
    match service.protocol() {
        Some(Protocol::S7comm | Protocol::S7commPlus) => asset.play(Role::Plc, 90, "role.serves_s7"),
        Some(Protocol::Modbus) => asset.play(Role::Plc, 80, "role.serves_modbus"),
        Some(Protocol::OpcUa) => asset.play(Role::Server, 80, "role.serves_opcua"),
        None => {}
    }
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
