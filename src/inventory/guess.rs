//! What a thing probably is, by what it offers, who made it and what it says of itself.

use super::asset::Asset;
use super::role::Role;
use crate::event::{Fact, FactKind, Protocol, Service, Transport};

/// By what it answers to.
pub fn by_service(asset: &mut Asset, service: Service) {
    let (role, confidence, reason) = match service {
        Service::App(Protocol::S7comm | Protocol::S7commPlus) => (Role::Plc, 90, "role.serves_s7"),
        Service::App(Protocol::Modbus) => (Role::Plc, 80, "role.serves_modbus"),
        Service::App(Protocol::OpcUa) => (Role::Server, 80, "role.serves_opcua"),
        Service::Port(Transport::Tcp | Transport::Udp, port) => match by_port(port) {
            Some((role, confidence)) => (role, confidence, "role.serves_port"),
            None => return,
        },
        Service::Port(..) => return,
    };
    asset.play(role, confidence, reason);
}

/// Ports by IANA's registry and makers' manuals: a hint, no more.
fn by_port(port: u16) -> Option<(Role, u8)> {
    let guess = match port {
        44818 | 2404 | 20000 | 9600 | 5006 | 5007 | 1962 | 789 => (Role::Plc, 45),
        8193 | 19000 => (Role::Cnc, 45),
        29999..=30004 => (Role::Robot, 45),
        554 | 8554 | 37777 => (Role::Camera, 45),
        515 | 631 | 9100 => (Role::Printer, 50),
        1433 | 1521 | 3306 | 5432 | 8086 => (Role::Server, 45),
        5450 => (Role::Historian, 55),
        3389 | 5900 => (Role::Pc, 40),
        5060 => (Role::Phone, 40),
        _ => return None,
    };
    Some(guess)
}

/// Words in the names of makers that make one kind of thing above all.
const MAKERS: [(&str, Role); 14] = [
    ("hikvision", Role::Camera),
    ("dahua", Role::Camera),
    ("axis communications", Role::Camera),
    ("fanuc", Role::Cnc),
    ("kuka", Role::Robot),
    ("universal robots", Role::Robot),
    ("danfoss", Role::Drive),
    ("sew-eurodrive", Role::Drive),
    ("hirschmann", Role::Switch),
    ("ruijie", Role::Switch),
    ("cisco", Role::Switch),
    ("moxa", Role::Gateway),
    ("yealink", Role::Phone),
    ("zebra", Role::Printer),
];

/// By who made its network card.
pub fn by_vendor(asset: &mut Asset, vendor: &str) {
    let vendor = vendor.to_lowercase();
    if let Some((_, role)) = MAKERS.iter().find(|(maker, _)| vendor.contains(maker)) {
        asset.play(*role, 35, "role.made_by");
    }
}

/// How Siemens order numbers of one family begin.
const ORDER_NUMBERS: [(&str, Role); 9] = [
    ("6ES7 3", Role::Plc),
    ("6ES7 4", Role::Plc),
    ("6ES7 2", Role::Plc),
    ("6ES7 5", Role::Plc),
    ("6ES7 1", Role::Plc),
    ("6AV", Role::Hmi),
    ("6SL", Role::Drive),
    ("6GK5", Role::Switch),
    ("6FC", Role::Cnc),
];

/// By what it says of itself.
pub fn by_fact(asset: &mut Asset, fact: &Fact) {
    let value = fact.value.to_lowercase();
    match fact.kind {
        FactKind::OrderNumber => {
            if let Some((_, role)) = ORDER_NUMBERS.iter().find(|(start, _)| fact.value.starts_with(start)) {
                asset.play(*role, 92, "role.order_number");
            }
        }
        FactKind::Product | FactKind::Model | FactKind::Name => {
            let words = [("historian", Role::Historian), ("wincc", Role::Scada), ("scada", Role::Scada)];
            if let Some((_, role)) = words.iter().find(|(word, _)| value.contains(word)) {
                asset.play(*role, 70, "role.says_so");
            }
        }
        FactKind::Translation => asset.play(Role::Gateway, fact.confidence, "role.machines_behind"),
        _ => {}
    }
}
