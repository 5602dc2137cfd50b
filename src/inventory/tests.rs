//! Assets as they come about: who is one thing, who is a router, and what a person does about it.

use super::*;
use crate::event::{
    Endpoint, Ends, Event, EventKind, Evidence, Fact, FactKind, FlowReport, FlowState, MacAddr, Mention, MentionKind,
    Notice, Service, Side, Sighting, SightingKind, Timestamp, Transport, Travelled, Vlans,
};

#[derive(Default)]
struct Wire {
    inventory: Inventory,
    second: u64,
}

fn mac(last: u8) -> MacAddr {
    MacAddr([0, 0x1b, 0x1b, 0, 0, last])
}

fn ip(text: &str) -> std::net::IpAddr {
    text.parse().unwrap()
}

impl Wire {
    fn event(&mut self, kind: EventKind, client: Endpoint) -> Vec<Change> {
        self.second += 1;
        let server = Endpoint { ip: None, port: 0, mac: None };
        self.inventory.observe(&Event {
            ts: Timestamp::from_parts(self.second, 0),
            service: Service::Port(Transport::Ip, 0),
            flow: None,
            ends: Ends { vlans: Vlans::new(), client, server },
            kind,
            evidence: Evidence::default(),
        })
    }

    fn sees(&mut self, card: u8, address: &str) -> Vec<Change> {
        let (mac, ip) = (Some(mac(card)), Some(ip(address)));
        let sighting = Sighting { vlans: Vlans::new(), mac, ip, how: SightingKind::Unicast };
        self.event(EventKind::Sighting(sighting), Endpoint { ip, port: 0, mac })
    }

    fn hears(&mut self, address: &str, kind: FactKind, value: &str) -> Vec<Change> {
        let (value, source) = (value.to_owned(), "szl".into());
        let fact = Fact { about: Side::Client, kind, value, source, confidence: 90 };
        self.event(EventKind::Identity(Box::new(fact)), Endpoint { ip: Some(ip(address)), port: 0, mac: None })
    }

    fn mentions(&mut self, client: &str, server: &str, how: MentionKind, name: &str) {
        self.second += 1;
        let end = |text| Endpoint { ip: Some(ip(text)), port: 443, mac: None };
        self.inventory.observe(&Event {
            ts: Timestamp::from_parts(self.second, 0),
            service: Service::Port(Transport::Tcp, 443),
            flow: None,
            ends: Ends { vlans: Vlans::new(), client: end(client), server: end(server) },
            kind: EventKind::Notice(Notice::Mention(Mention { how, name: name.to_owned() })),
            evidence: Evidence::default(),
        });
    }

    /// A segment that opens a connection, with what is left of its time to live.
    fn travels(&mut self, card: u8, address: &str, ttl: u8) -> Vec<Change> {
        self.sees(card, address);
        let notice = Notice::Travelled(Travelled { by: Side::Client, ttl });
        self.event(EventKind::Notice(notice), Endpoint { ip: Some(ip(address)), port: 0, mac: Some(mac(card)) })
    }

    /// Says by ARP that this address is its own.
    fn claims(&mut self, card: u8, address: &str) -> Vec<Change> {
        self.sees(card, address);
        let report = FlowReport {
            state: FlowState::Ended,
            transport: Transport::Arp,
            answered: false,
            refused: false,
            identified: false,
            client_packets: 1,
            client_bytes: 60,
            server_packets: 0,
            server_bytes: 0,
        };
        self.event(EventKind::Flow(report), Endpoint { ip: Some(ip(address)), port: 0, mac: Some(mac(card)) })
    }

    fn hides_others(&self, address: &str) -> Option<(u8, &str)> {
        let fact = self.at(address).fact(FactKind::Translation)?;
        Some((fact.confidence, &fact.value))
    }

    fn at(&self, address: &str) -> &Asset {
        self.inventory.at(&Vlans::new(), &Address::Ip(ip(address))).unwrap()
    }

    fn count(&self) -> usize {
        self.inventory.assets().count()
    }
}

#[test]
fn a_routers_card_does_not_swallow_the_far_network() {
    let mut wire = Wire::default();
    for last in 1..=20 {
        wire.sees(1, &format!("10.2.0.{last}"));
    }
    assert_eq!(wire.count(), 21, "twenty machines and the router");
    let router = wire.inventory.at(&Vlans::new(), &Address::Mac(mac(1))).unwrap();
    assert_eq!((router.role(), router.ips.len()), (Some(Role::Router), 0));
    assert!(wire.at("10.2.0.3").macs.is_empty() && wire.at("10.2.0.20").macs.is_empty());
}

#[test]
fn one_address_of_the_internet_makes_a_router_and_no_asset() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(1, "8.8.8.8");
    wire.sees(1, "10.9.0.7");
    assert_eq!(wire.count(), 3, "the router and two machines, and nobody at 8.8.8.8");
    wire.inventory.set_inside(Inside::new(vec!["8.8.8.0/24".parse().unwrap()]));
    wire.sees(2, "8.8.8.8");
    assert_eq!(wire.at("8.8.8.8").macs.len(), 1, "declared to be inside");
}

#[test]
fn who_passes_on_as_its_own_what_came_from_further_hides_others() {
    let mut wire = Wire::default();
    wire.travels(1, "10.1.0.1", 64);
    assert_eq!(wire.hides_others("10.1.0.1"), None, "a machine");
    let changes = wire.travels(1, "10.1.0.1", 63);
    assert_eq!(changes, [Change::NewFact(AssetId(0), FactKind::Translation)]);
    assert_eq!(wire.hides_others("10.1.0.1"), Some((80, "ttl 64, 63")));
    assert_eq!(wire.at("10.1.0.1").role(), Some(Role::Gateway));
    assert!(wire.travels(1, "10.1.0.1", 63).is_empty(), "told once");
    wire.claims(1, "10.1.0.1");
    assert_eq!(wire.hides_others("10.1.0.1"), Some((90, "ttl 64, 63")), "and the address is its own");
}

#[test]
fn an_address_whose_owner_stands_here_is_not_one_router_away() {
    let mut wire = Wire::default();
    wire.claims(1, "10.1.0.1");
    wire.travels(1, "10.1.0.1", 127);
    assert_eq!(wire.hides_others("10.1.0.1"), Some((75, "ttl 127")));
    wire.travels(1, "10.1.0.1", 63);
    assert_eq!(wire.hides_others("10.1.0.1"), Some((90, "ttl 63, 127")), "two systems");
}

#[test]
fn routers_without_translation_and_odd_senders_hide_nobody() {
    let mut wire = Wire::default();
    (1..=9).for_each(|last| _ = wire.travels(1, &format!("10.2.0.{last}"), 63));
    wire.travels(1, "10.2.0.1", 62);
    wire.travels(1, "10.2.0.1", 127);
    assert_eq!(wire.hides_others("10.2.0.1"), None, "far away, by several ways");
    wire.claims(2, "10.1.0.2");
    [64, 60, 255, 32, 1].into_iter().for_each(|ttl| _ = wire.travels(2, "10.1.0.2", ttl));
    assert_eq!(wire.hides_others("10.1.0.2"), None, "a machine whose programs choose for themselves");
    wire.claims(3, "10.1.0.3");
    wire.claims(4, "10.1.0.3");
    wire.travels(4, "10.1.0.3", 63);
    assert_eq!(wire.hides_others("10.1.0.3"), None, "somebody who says to be it, and stands between");
    ["10.3.0.1", "10.3.0.2", "10.3.0.3", "10.3.0.4"].into_iter().for_each(|far| _ = wire.claims(5, far));
    wire.travels(5, "10.3.0.1", 63);
    assert_eq!(wire.hides_others("10.3.0.1"), None, "answers ARP for a far network, and only routes");
}

#[test]
fn one_card_with_a_few_addresses_is_one_thing() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(1, "10.1.0.2");
    assert_eq!((wire.count(), wire.at("10.1.0.1").ips.len()), (1, 2));
}

#[test]
fn the_same_serial_number_is_the_same_thing() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(2, "10.1.0.2");
    wire.hears("10.1.0.1", FactKind::Serial, "S C-A1B2C3D4");
    let changes = wire.hears("10.1.0.2", FactKind::Serial, "S C-A1B2C3D4");
    assert!(changes.iter().any(|change| matches!(change, Change::Merged(..))), "{changes:?}");
    assert_eq!((wire.count(), wire.at("10.1.0.2").macs.len()), (1, 2));
    // Taken back by a person, no rule does it again.
    let number = wire.inventory.edits().next_back().unwrap().number;
    wire.inventory.undo(number).unwrap();
    assert_eq!(wire.count(), 2);
    wire.hears("10.1.0.2", FactKind::Serial, "S C-A1B2C3D4");
    assert_eq!(wire.count(), 2);
}

#[test]
fn a_server_goes_by_the_names_that_clients_call_it_and_that_it_shows() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.1.5");
    wire.sees(2, "10.1.1.20");
    for (how, name) in [
        (MentionKind::TlsServerName, "hmi.plant.example"),
        (MentionKind::HttpHost, "panel.plant.example"),
        (MentionKind::CertificateName, "scada.plant.example"),
        (MentionKind::HttpHost, "10.1.1.20"),
        (MentionKind::DnsQuery, "elsewhere.example"),
    ] {
        wire.mentions("10.1.1.5", "10.1.1.20", how, name);
    }
    // Somewhere outside: no asset, and no name of anything.
    wire.mentions("10.1.1.5", "8.8.8.8", MentionKind::TlsServerName, "dns.example");
    let names: Vec<_> = wire.at("10.1.1.20").facts.iter().filter(|fact| fact.kind == FactKind::HostName).collect();
    let names: Vec<_> = names.iter().map(|fact| (fact.value.as_str(), fact.source.as_ref())).collect();
    let called = [("hmi.plant.example", "tls server name"), ("panel.plant.example", "http host")];
    assert_eq!(names, [called[0], called[1], ("scada.plant.example", "tls certificate")]);
    assert!(wire.at("10.1.1.5").facts.iter().all(|fact| fact.kind != FactKind::HostName));
    assert_eq!(wire.count(), 2);
}

#[test]
fn another_firmware_from_the_same_source_is_a_change_and_both_are_kept() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.hears("10.1.0.1", FactKind::Firmware, "V3.2");
    let changes = wire.hears("10.1.0.1", FactKind::Firmware, "V3.3");
    assert!(changes.contains(&Change::OtherFact(AssetId(0), FactKind::Firmware, "V3.2".into())), "{changes:?}");
    assert!(wire.at("10.1.0.1").is_contested(FactKind::Firmware));
    assert_eq!(wire.at("10.1.0.1").facts.iter().filter(|fact| fact.kind == FactKind::Firmware).count(), 2);
}

#[test]
fn a_known_address_on_another_card_is_told() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    let changes = wire.sees(9, "10.1.0.1");
    let wanted = Change::OtherCard { asset: AssetId(0), ip: ip("10.1.0.1"), before: mac(1), now: mac(9) };
    assert_eq!(changes, [wanted]);
}

#[test]
fn merging_and_splitting_by_hand_can_be_taken_back() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(2, "10.1.0.2");
    wire.hears("10.1.0.2", FactKind::Model, "CPU 315");
    let ts = Timestamp::from_parts(99, 0);
    let before = wire.inventory.table();
    let number = wire.inventory.merge(AssetId(0), AssetId(1), "wang", ts).unwrap();
    assert_eq!((wire.count(), wire.at("10.1.0.2").id), (1, AssetId(0)));
    assert!(wire.at("10.1.0.1").fact(FactKind::Model).is_some());
    assert_eq!(wire.inventory.merge(AssetId(0), AssetId(1), "wang", ts), Err(EditFault::Unknown), "it is merged");
    wire.inventory.undo(number).unwrap();
    assert_eq!(wire.inventory.table(), before);
    assert_eq!(wire.inventory.undo(number), Err(EditFault::Undone));

    wire.sees(1, "10.1.0.7");
    let parts = [Address::Ip(ip("10.1.0.7"))];
    let (new, number) = wire.inventory.split(AssetId(0), &parts, "wang", ts).unwrap();
    wire.sees(1, "10.1.0.7");
    assert_eq!((wire.at("10.1.0.7").id, wire.count()), (new, 3), "what a person split stays split");
    wire.inventory.undo(number).unwrap();
    assert_eq!((wire.at("10.1.0.7").id, wire.count()), (AssetId(0), 2));
}

#[test]
fn tables_come_in_as_they_went_out() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(2, "fe80::2");
    wire.hears("10.1.0.1", FactKind::Model, "=cmd|' /C calc'!A0");
    let said = Said {
        name: Some("-press, \"left\"".into()),
        level: Some(1),
        flags: [Flag::RedundantPair, Flag::AuthorisedScanner].into(),
        identifier_code: Some("88.100.1/42".into()),
        ..Said::default()
    };
    wire.inventory.say(AssetId(0), said, "wang", Timestamp::ZERO).unwrap();
    let rows = wire.inventory.table();
    let csv = table::to_csv(&rows).unwrap();
    let text = String::from_utf8(csv.clone()).unwrap();
    assert!(text.contains(",'=cmd") && text.contains("\"'-press, \"\"left\"\"\""), "{text}");
    let json = table::to_json(&rows).unwrap();
    for read in [table::from_csv(&csv).unwrap(), table::from_json(&json).unwrap()] {
        let mut other = Inventory::default();
        let imported = other.take_table(&read, "li", Timestamp::from_parts(500, 0));
        assert_eq!((imported.added, imported.refused.len()), (2, 0), "{imported:?}");
        assert_eq!(other.table(), rows);
        assert_eq!(other.take_table(&read, "li", Timestamp::ZERO).changed, 2, "the same once more");
        assert_eq!(other.table(), rows);
    }
}

#[test]
fn rows_without_a_machine_are_refused_one_by_one() {
    let mut inventory = Inventory::default();
    let row = |address: &str| table::AssetEntry { ips: vec![address.to_owned()], ..table::AssetEntry::default() };
    let rows = [row("10.1.0.1"), row("224.0.0.1"), row("x"), table::AssetEntry::default()].map(Ok);
    let imported = inventory.take_table(&rows, "li", Timestamp::ZERO);
    assert_eq!((imported.added, imported.refused.iter().map(|r| r.row).collect::<Vec<_>>()), (1, vec![2, 3, 4]));
}

#[test]
fn what_is_wrong_with_a_row_does_no_harm_to_the_others() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(2, "10.1.0.2");
    let csv = b"ips,level,role,vlan\n10.1.0.3,1,plc,\n10.1.0.4,high,,\n10.1.0.5,,planet,\n10.1.0.6,,,,,more\n10.1.0.1 10.1.0.2,,,\n\
        10.1.0.7,,,4097x\n\xd6\xc6,,,\n10.1.0.8\n";
    let imported = wire.inventory.take_table(&table::from_csv(csv).unwrap(), "li", Timestamp::ZERO);
    let refused: Vec<_> = imported.refused.iter().map(|refused| refused.row).collect();
    assert_eq!((imported.added, refused), (2, vec![2, 3, 4, 5, 6, 7]), "{:?}", imported.refused);
    let why = |row: usize| &imported.refused.iter().find(|refused| refused.row == row).unwrap().reason;
    assert!(why(3).contains("planet") && why(5).contains("10.1.0.2") && why(7).contains("UTF-8"), "{imported:?}");

    let json = br#"[{"ips": ["10.1.0.9"]}, {"ips": "10.1.0.10"}, 7, {"planet": 1}]"#;
    let imported = wire.inventory.take_table(&table::from_json(json).unwrap(), "li", Timestamp::ZERO);
    assert_eq!((imported.added, imported.refused.len()), (1, 3), "{imported:?}");
    assert!(table::from_csv(b"ips,planet\n10.1.0.9,mars\n").unwrap_err().to_string().contains("planet"));
    assert!(table::from_json(b"{}").is_err());
}

#[test]
fn a_restart_keeps_everything() {
    let mut wire = Wire::default();
    wire.sees(1, "10.1.0.1");
    wire.sees(2, "10.1.0.2");
    let number = wire.inventory.merge(AssetId(0), AssetId(1), "wang", Timestamp::ZERO).unwrap();
    let bytes = wire.inventory.export().unwrap();
    wire.inventory = Inventory::import(&bytes).unwrap();
    assert_eq!(wire.inventory.export().unwrap(), bytes);
    assert_eq!(wire.at("10.1.0.2").id, AssetId(0));
    wire.inventory.undo(number).unwrap();
    assert_eq!(wire.at("10.1.0.2").id, AssetId(1));
}
