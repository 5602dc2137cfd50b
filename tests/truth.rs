//! What the sensor says of itself, of its mirror, and of whoever sits between two machines: each finding on a capture made
//! from the plant at work, and none on the plant at work itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "common/recording.rs"]
mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fengsui::capture::LinkType;
use fengsui::event::{FactKind, FindingSource, Timestamp};
use fengsui::inventory::{Asset, Role};
use recording::{Layout, Recording, Taken};

/// A MAC address of nobody in the plant.
const STRANGER: [u8; 6] = [0x02, 0x66, 0x66, 0x66, 0x66, 0x66];
const OURS: [&str; 5] = ["SEN-01", "SEN-03", "SEN-04", "NET-05", "NET-17"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn plant() -> Recording {
    Recording::read(&root().join("pcaps/benign.pcapng"))
}

/// Detections of this test's subject, each with its keys of reasons.
fn found(recording: &Recording) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for alert in recording.alerts() {
        if let FindingSource::Detection { id } = &alert.source
            && OURS.contains(&&**id)
        {
            found.extend(alert.reasons.iter().map(|reason| (id.to_string(), reason.key.to_string())));
        }
    }
    found
}

fn only(id: &str, reasons: &[&str]) -> BTreeSet<(String, String)> {
    reasons.iter().map(|reason| (id.to_owned(), format!("reason.{reason}"))).collect()
}

/// Every frame, as something else or as several.
fn each(recording: &Recording, change: impl FnMut(&Taken) -> Vec<Taken>) -> Recording {
    Recording { frames: recording.frames.iter().flat_map(change).collect() }
}

fn middle(recording: &Recording) -> u64 {
    recording.frames[recording.frames.len() / 2].number
}

/// A Modbus client's segment with data.
fn is_modbus_request(taken: &Taken) -> bool {
    taken.layout().is_some_and(|layout| taken.ports(&layout)[1] == 502 && !taken.payload(&layout).is_empty())
}

fn later(taken: &Taken, micros: u64) -> Taken {
    Taken { ts: taken.ts + Duration::from_micros(micros), ..taken.clone() }
}

#[test]
fn the_plant_at_work_gives_no_cause() {
    assert_eq!(found(&plant()), BTreeSet::new());
}

/// Public captures in which it is so: tshark finds 926 repeated segments among 4901 frames, and overlaps with different
/// bytes ("illegal segments") in what a fuzzer sent. The last one has bits turned over in its headers.
const TRULY: &[(&str, &str)] = &[
    ("modbus_test_2.pcap", "reason.duplicates"),
    ("boofuzz_nova--opcua.pcap", "reason.overlap_conflict"),
    ("fuzz-72.pcap", "reason.second_sender"),
    ("fuzz-72.pcap", "reason.overlap_conflict"),
];

#[test]
fn public_captures_give_no_cause_but_where_it_is_so() {
    let beside = || root().join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let mut wrong = Vec::new();
    for folder in ["modbus", "s7", "opcua"] {
        for entry in shared.join(folder).read_dir().into_iter().flatten() {
            let path = entry.unwrap().path();
            let original = Recording::read(&path);
            let plain = original.frames.iter().all(|taken| taken.link == LinkType::ETHERNET && taken.vlan.is_none());
            if !plain || original.frames.len() > 20_000 {
                continue;
            }
            let mut found = found(&original);
            // Most are short and hold a few acts with long pauses.
            found.retain(|(id, reason)| {
                id != "SEN-01"
                    && !TRULY.iter().any(|(name, known)| path.to_string_lossy().ends_with(name) && known == reason)
            });
            wrong.extend(found.into_iter().map(|found| format!("{}: {found:?}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_address_behind_which_several_machines_hide_is_told_from_a_routers_and_from_a_machines() {
    let analyst = Recording::read(&root().join("pcaps/nat.pcapng")).analyst();
    let told = |asset: &Asset| {
        let fact = asset.fact(FactKind::Translation)?;
        Some((asset.ips.first()?.to_string(), asset.role()?, fact.value.clone(), fact.confidence))
    };
    let found: Vec<_> = analyst.inventory().assets().filter_map(told).collect();
    assert_eq!(found, [("10.40.0.1".to_owned(), Role::Gateway, "ttl 63, 127".to_owned(), 90)]);
}

#[test]
fn two_minutes_without_a_frame_are_silence() {
    let plant = plant();
    let start = plant.frames[plant.frames.len() / 2].ts;
    let silent = |taken: &Taken| taken.ts >= start && taken.ts < start + Duration::from_secs(120);
    let quiet = each(&plant, |taken| if silent(taken) { vec![] } else { vec![taken.clone()] });
    assert_eq!(found(&quiet), only("SEN-01", &["silent"]));
}

#[test]
fn two_minutes_of_broadcast_alone_are_silence_too() {
    let plant = plant();
    let start = plant.frames[plant.frames.len() / 2].ts;
    let quiet = each(&plant, |taken| {
        let mut taken = taken.clone();
        if taken.ts >= start && taken.ts < start + Duration::from_secs(120) {
            // Somebody's announcement, that leads nowhere.
            taken.bytes.truncate(60);
            taken.bytes[..6].fill(0xff);
            taken.bytes[12..14].copy_from_slice(&[0x88, 0xb5]);
            taken.wire_len = taken.bytes.len() as u32;
        }
        vec![taken]
    });
    assert_eq!(found(&quiet), only("SEN-01", &["silent", "only_broadcast"]));
}

#[test]
fn a_mirror_of_one_direction_is_noticed() {
    let answers =
        |taken: &Taken| taken.layout().is_some_and(|layout| [102, 502, 4840].contains(&taken.ports(&layout)[0]));
    let one_sided = each(&plant(), |taken| if answers(taken) { vec![] } else { vec![taken.clone()] });
    assert_eq!(found(&one_sided), only("SEN-03", &["one_direction"]));
}

#[test]
fn a_mirror_that_gives_everything_twice_is_noticed() {
    assert_eq!(found(&plant().doubled()), only("SEN-03", &["duplicates"]));
}

#[test]
fn tags_that_come_or_go_are_noticed() {
    let plant = plant();
    let middle = middle(&plant);
    let tag = |taken: &Taken| {
        let mut taken = taken.clone();
        taken.bytes.splice(12..12, [0x81, 0x00, 0x00, 0x0a]);
        taken.wire_len += 4;
        taken
    };
    let vanish = each(&plant, |taken| vec![if taken.number < middle { tag(taken) } else { taken.clone() }]);
    assert_eq!(found(&vanish), only("SEN-03", &["tags_vanished"]));
    let appear = each(&plant, |taken| vec![if taken.number < middle { taken.clone() } else { tag(taken) }]);
    assert_eq!(found(&appear), only("SEN-03", &["tags_appeared"]));
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let plant = plant();
    let middle = middle(&plant);
    let stepped = each(&plant, |taken| {
        let mut taken = taken.clone();
        if taken.number >= middle {
            taken.ts = Timestamp::from_nanos(taken.ts.nanos() - 10_000_000_000);
        }
        vec![taken]
    });
    assert_eq!(found(&stepped), only("SEN-04", &["clock_step"]));
}

/// Each segment between a Modbus client and its server goes through the stranger, who may change the first write's value.
fn relayed(plant: &Recording, change: bool) -> Recording {
    let mut changes = u32::from(change);
    each(plant, |taken| {
        let Some(layout) = taken.layout().filter(|layout| taken.ports(layout).contains(&502)) else {
            return vec![taken.clone()];
        };
        let (mut there, mut on) = (taken.clone(), later(taken, 200));
        there.bytes[..6].copy_from_slice(&STRANGER);
        on.bytes[6..12].copy_from_slice(&STRANGER);
        // One hop.
        on.bytes[layout.ip + 8] -= 1;
        let is_write = taken.ports(&layout)[1] == 502 && taken.payload(&layout).get(7) == Some(&6);
        if is_write && changes > 0 {
            changes -= 1;
            on.bytes[layout.end - 1] ^= 1;
        }
        vec![there, on]
    })
}

#[test]
fn somebody_who_passes_on_what_two_neighbours_say_is_noticed() {
    let plant = plant();
    assert_eq!(found(&relayed(&plant, false)), only("NET-05", &["relayed"]));
    assert_eq!(found(&relayed(&plant, true)), only("NET-05", &["relayed", "relayed_changed"]));
}

#[test]
fn a_router_whose_both_sides_are_mirrored_is_nobody_in_between() {
    // The clients are moved to another network.
    let routed = each(&relayed(&plant(), false), |taken| {
        let mut taken = taken.clone();
        if let Some(layout) = taken.layout() {
            let client = if taken.ports(&layout)[1] == 502 { layout.ip + 12 } else { layout.ip + 16 };
            if taken.ports(&layout).contains(&502) {
                taken.bytes[client + 1] = 99;
            }
        }
        vec![taken]
    });
    assert_eq!(found(&routed), BTreeSet::new());
}

#[test]
fn a_request_that_was_raced_by_another_one_is_noticed() {
    let plant = plant();
    let middle = middle(&plant);
    let target = plant.frames.iter().find(|taken| taken.number > middle && is_modbus_request(taken)).unwrap().number;
    let raced = each(&plant, |taken| {
        if taken.number != target {
            return vec![taken.clone()];
        }
        let mut injected = taken.clone();
        *injected.bytes.last_mut().unwrap() ^= 0x55;
        vec![injected, later(taken, 100)]
    });
    assert_eq!(found(&raced), only("NET-17", &["overlap_conflict"]));
}

#[test]
fn a_reset_that_somebody_else_sent_is_noticed() {
    let from_elsewhere = reset(|injected, _| injected.bytes[6..12].copy_from_slice(&STRANGER));
    assert_eq!(found(&from_elsewhere), only("NET-17", &["second_sender"]));
    // Whoever forges the MAC address, too, seldom knows how far the sender has counted its packets.
    let forged = reset(|injected, layout| injected.bytes[layout.ip + 4] ^= 0x55);
    assert_eq!(found(&forged), only("NET-17", &["second_sender"]));
}

/// A request that is the fortieth of its connection.
fn in_a_long_connection(plant: &Recording) -> u64 {
    let mut requests: BTreeMap<u16, usize> = BTreeMap::new();
    let long = plant.frames.iter().filter(|taken| is_modbus_request(taken)).find(|taken| {
        let count = requests.entry(taken.ports(&taken.layout().unwrap())[0]).or_default();
        *count += 1;
        *count == 40
    });
    long.unwrap().number
}

/// The plant with a reset before one of a client's requests, as `forge` leaves it.
fn reset(forge: impl Fn(&mut Taken, &Layout)) -> Recording {
    let plant = plant();
    let target = in_a_long_connection(&plant);
    each(&plant, |taken| {
        if taken.number != target {
            return vec![taken.clone()];
        }
        let layout = taken.layout().unwrap();
        let mut injected = taken.piece(&layout, layout.payload..layout.payload);
        injected.bytes[layout.tcp + 13] = 4;
        forge(&mut injected, &layout);
        vec![injected, taken.clone()]
    })
}
