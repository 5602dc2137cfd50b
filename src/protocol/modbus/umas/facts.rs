//! What a call and its answer say of the controller and of the engineering station.

use super::fields::{Greeting, Identity, Reservation, card};
use super::{Call, Reply, wire};
use crate::event::{Fact, FactKind, Side, clean_text};
use crate::protocol::Reader;

/// A project's name is found among other bytes: no shorter text is one.
const MIN_NAME: usize = 3;
const MAX_NAME: usize = 64;

/// Facts of an answered call; of a reservation also where it was refused, for the station's name is its own.
pub fn facts(call: &Call<'_>, reply: Option<&Reply<'_>>) -> Vec<Fact> {
    let data = reply.filter(|reply| reply.status == wire::OK).map(|reply| reply.data);
    let facts = match (call.function, data) {
        (wire::TAKE_RESERVATION, _) => reservation(call.data),
        (wire::INIT_COMM, Some(data)) => greeting(data),
        (wire::READ_ID, Some(data)) => identity(data),
        (wire::READ_CARD_INFO, Some(data)) => {
            card(data).map(|card| vec![about(FactKind::Module, format!("memory card {card}"), 70)])
        }
        (wire::READ_PROJECT_INFO, Some(data)) => {
            longest_text(data).map(|name| vec![about(FactKind::Project, name, 50)])
        }
        (wire::READ_PLC_INFO, Some(data)) => project_checksum(data),
        _ => None,
    };
    let source = || format!("umas 0x{:02x}", call.function).into();
    facts.unwrap_or_default().into_iter().map(|fact| Fact { source: source(), ..fact }).collect()
}

fn about(kind: FactKind, value: String, confidence: u8) -> Fact {
    Fact { about: Side::Server, kind, value, source: "".into(), confidence }
}

fn reservation(data: &[u8]) -> Option<Vec<Fact>> {
    let station = Reservation::read(data)?.station;
    let fact = Fact { about: Side::Client, ..about(FactKind::Name, station, 80) };
    Some(vec![fact]).filter(|facts| !facts[0].value.is_empty())
}

fn greeting(data: &[u8]) -> Option<Vec<Fact>> {
    let greeting = Greeting::read(data)?;
    let mut facts = vec![about(FactKind::Firmware, version(greeting.firmware), 60)];
    if !greeting.host.is_empty() {
        facts.push(about(FactKind::Name, greeting.host, 70));
    }
    Some(facts)
}

fn identity(data: &[u8]) -> Option<Vec<Fact>> {
    let id = Identity::read(data)?;
    let mut facts = vec![
        about(FactKind::Vendor, "Schneider Electric".to_owned(), 80),
        about(FactKind::Firmware, version(id.internal_version), 60),
        about(FactKind::Hardware, version(id.hardware_version), 60),
    ];
    if !id.name.is_empty() {
        facts.push(about(FactKind::Product, id.name, 90));
    }
    Some(facts)
}

/// As the maker writes it: two digits a byte.
fn version(number: u16) -> String {
    format!("{:x}.{:02x}", number >> 8, number & 0xff)
}

/// The fourth block of numbers changes with every build of the project.
fn project_checksum(data: &[u8]) -> Option<Vec<Fact>> {
    let mut reader = Reader::new(data);
    reader.skip(3)?;
    let count = reader.u8()?;
    reader.skip(12)?;
    let checksum = reader.le32().filter(|_| count > 3)?;
    Some(vec![about(FactKind::Project, format!("checksum {checksum:08x}"), 50)])
}

fn longest_text(data: &[u8]) -> Option<String> {
    let runs = data.split(|byte| !(0x20..0x7f).contains(byte));
    let longest = runs.max_by_key(|run| run.len()).filter(|run| run.len() >= MIN_NAME)?;
    Some(clean_text(longest.trim_ascii(), MAX_NAME))
}
