//! Capture on a real interface: a veth pair in a namespace of its own, so that only root can run these. Each test runs
//! itself again inside; see `common::space`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::process::{Running, until};
use common::space::{Sender, make_wire, run_inside, sent_by, sh};
use common::{capture, fengsui};
use fengsui::capture::fanout::Fanout;
use fengsui::capture::filter::{Filter, Sieve};
use fengsui::capture::{self, CaptureOptions, Engine, Frame, LinkType, Source, VlanTag};
use fengsui::decode;
use fengsui::event::FrameRef;
use serde_json::Value;

#[test]
fn frames_of_every_size_come_whole_and_what_we_send_does_not() {
    run_inside("inside_frames_of_every_size");
}

#[test]
fn the_kernel_runs_our_filters_as_we_do() {
    run_inside("inside_filters");
}

#[test]
fn both_directions_go_to_one_worker_with_and_without_tags() {
    run_inside("inside_directions");
}

#[test]
fn the_kernel_shares_frames_out_as_we_do() {
    run_inside("inside_fanout");
}

#[test]
fn two_workers_raise_the_same_alerts_as_one() {
    run_inside("inside_workers");
}

#[test]
fn an_interface_that_goes_down_away_and_comes_back_is_captured_on_again() {
    run_inside("inside_coming_and_going");
}

#[test]
fn the_right_to_capture_is_the_only_one_needed() {
    run_inside("inside_rights");
}

#[test]
fn a_full_disk_under_the_evidence_folder_is_told_and_capture_goes_on() {
    run_inside("inside_full_disk");
}

#[test]
fn the_doctor_listens_at_a_good_port_and_at_one_that_is_down() {
    run_inside("inside_doctor");
}

#[test]
fn several_interfaces_are_captured_on_at_once() {
    run_inside("inside_two_interfaces");
}

const ENGINES: [Engine; 2] = [Engine::Ring, Engine::Pnet];

fn options(engine: Engine, filter: &str) -> CaptureOptions {
    CaptureOptions { engine, memory: 16 << 20, filter: Filter::parse(filter).unwrap() }
}

fn open(engine: Engine, filter: &str) -> Box<dyn Source> {
    capture::open("cap0", &options(engine, filter), FrameRef::default(), None).unwrap()
}

/// A frame as an engine gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    number: u64,
    wire_len: u32,
    vlan: Option<VlanTag>,
    bytes: Vec<u8>,
}

/// Takes frames until so many have come and then nothing more.
fn take(source: &mut dyn Source, wanted: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut quiet = Instant::now();
    while seen.len() < wanted || quiet.elapsed() < Duration::from_millis(300) {
        let before = seen.len();
        let mut keep = |frame: &Frame<'_>| {
            let Frame { at, wire_len, vlan, bytes, .. } = *frame;
            seen.push(Seen { number: at.number, wire_len, vlan, bytes: bytes.to_vec() });
        };
        source.poll(Duration::from_millis(50), &mut keep).unwrap();
        if seen.len() > before {
            quiet = Instant::now();
        }
        assert!(quiet.elapsed() < Duration::from_secs(20), "{} of {wanted} frames came", seen.len());
    }
    seen
}

/// An Ethernet frame of UDP over IPv4 with these tags.
fn udp(source: [u8; 4], destination: [u8; 4], tags: &[u16], size: usize) -> Vec<u8> {
    let mut frame = vec![2, 0, source[0], source[1], source[2], source[3], 2, 0, 0, 0, 0, 1];
    for (place, tag) in tags.iter().enumerate() {
        frame.extend(if place + 1 < tags.len() { [0x88, 0xa8] } else { [0x81, 0x00] });
        frame.extend(tag.to_be_bytes());
    }
    frame.extend([0x08, 0x00]);
    let length = (size - frame.len()) as u16;
    frame.extend([0x45, 0]);
    frame.extend(length.to_be_bytes());
    frame.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    frame.extend(source);
    frame.extend(destination);
    let [from, to] = if source < destination { [40_000u16, 502] } else { [502, 40_000] };
    frame.extend(from.to_be_bytes());
    frame.extend(to.to_be_bytes());
    frame.extend((length - 20).to_be_bytes());
    frame.resize(size, 0x5a);
    frame
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_frames_of_every_size() {
    make_wire();
    let sizes = [60, 61, 1514, 4096, 4097, 9014, 60_000];
    for engine in ENGINES {
        let mut source = open(engine, "");
        let before = sent_by("cap0");
        let mut wire = Sender::on("src0");
        let mut own = Sender::on("cap0");
        for size in sizes {
            own.send(&udp([10, 9, 9, 9], [10, 9, 9, 1], &[], 77));
            wire.send(&udp([10, 1, 1, 1], [10, 1, 1, 2], &[], size));
        }
        let seen = take(&mut *source, sizes.len());
        assert_eq!(seen.iter().map(|frame| frame.bytes.len()).collect::<Vec<_>>(), sizes, "{engine:?}");
        assert!(seen.iter().all(|frame| frame.wire_len as usize == frame.bytes.len()), "{engine:?}");
        assert_eq!(seen.iter().map(|frame| frame.number).collect::<Vec<_>>(), (1..=7).collect::<Vec<u64>>());
        assert_eq!(source.drops().unwrap(), 0);
        assert_eq!(sent_by("cap0") - before, sizes.len() as u64, "what the test sent there, and nothing else");
    }
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_filters() {
    make_wire();
    let a = [10, 1, 1, 1];
    let frames: Vec<Vec<u8>> = [&[][..], &[10], &[0x600a], &[20, 10], &[30, 20, 10]]
        .iter()
        .flat_map(|tags| {
            [udp(a, [10, 1, 1, 2], tags, 90), udp([10, 1, 1, 3], a, tags, 90), udp([10, 2, 0, 1], a, tags, 300)]
        })
        .collect();
    for engine in ENGINES {
        for filter in [
            "host 10.1.1.2",
            "not net 10.1.0.0/16",
            "src net 10.2.0.0/16 or greater 200",
            "udp port 502 and not dst host 10.1.1.2",
            "vlan",
            "vlan 10",
            "vlan 20 and host 10.1.1.3",
            "not vlan",
            "arp",
        ] {
            // What the program says of the whole bytes of each frame, tag included.
            let mut sieve = Sieve::new(Filter::parse(filter).unwrap().unwrap());
            let mut passes = |bytes: &&Vec<u8>| {
                let wire_len = bytes.len() as u32;
                sieve.passes(&Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan: None, bytes })
            };
            let wanted = frames.iter().filter(&mut passes).count();
            let mut source = open(engine, filter);
            let mut wire = Sender::on("src0");
            frames.iter().for_each(|frame| wire.send(frame));
            let seen = take(&mut *source, wanted);
            assert_eq!(seen.len(), wanted, "{engine:?} {filter}");
        }
    }
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_directions() {
    make_wire();
    let mut source = open(Engine::Ring, "");
    let mut wire = Sender::on("src0");
    let mut sent = 0;
    for machine in 1..=250 {
        for tags in [&[][..], &[10], &[20, 10]] {
            let (a, b) = ([10, 1, 1, machine], [10, 7, machine, 9]);
            wire.send(&udp(a, b, tags, 90));
            wire.send(&udp(b, a, tags, 90));
            sent += 2;
        }
    }
    let seen = take(&mut *source, sent);
    assert_eq!(seen.len(), sent);
    assert_eq!(
        seen.iter().filter(|frame| frame.vlan.is_some()).count(),
        sent * 2 / 3,
        "the kernel took the outer tags"
    );
    for workers in [2, 3, 4, 8] {
        let mut places: BTreeMap<u8, BTreeSet<u64>> = BTreeMap::new();
        for frame in &seen {
            let Seen { wire_len, vlan, ref bytes, .. } = *frame;
            let inner = bytes.len() - (90 - 12 - if vlan.is_some() { 4 } else { 0 });
            assert_eq!(inner, 12);
            let frame = Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan, bytes };
            // Source and destination differ in which octet counts the machines.
            let at = bytes.windows(2).position(|w| w == [0x45, 0]).unwrap();
            let machine = if bytes[at + 13] == 1 { bytes[at + 15] } else { bytes[at + 14] };
            places.entry(machine).or_default().insert(u64::from(decode::shard(&frame)) % workers);
        }
        assert_eq!(places.len(), 250);
        assert!(places.values().all(|place| place.len() == 1), "{workers} workers: {places:?}");
        let used: BTreeSet<u64> = places.values().flatten().copied().collect();
        assert_eq!(used.len() as u64, workers, "all workers have work");
    }
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_fanout() {
    make_wire();
    for rings in 2..=4 {
        let fanout = Arc::new(Fanout::default());
        let open = |_| capture::open("cap0", &options(Engine::Ring, ""), FrameRef::default(), Some(&fanout)).unwrap();
        let mut sources: Vec<_> = (0..rings).map(open).collect();
        let mut wire = Sender::on("src0");
        let mut sent = 0;
        for machine in 1..=100 {
            // The kernel takes one tag out; a second one its program steps over.
            for tags in [&[][..], &[10], &[20, 10]] {
                let (a, b) = ([10, 1, 1, machine], [10, 7, machine, 9]);
                wire.send(&udp(a, b, tags, 90));
                wire.send(&udp(b, a, tags, 90));
                sent += 2;
            }
        }
        let mut numbers = BTreeSet::new();
        for (ring, source) in sources.iter_mut().enumerate() {
            for Seen { number, wire_len, vlan, bytes } in take(&mut **source, 1) {
                let (at, link) = (FrameRef::default(), LinkType::ETHERNET);
                let share = decode::shard(&Frame { at, link, wire_len, vlan, bytes: &bytes }) as usize % rings;
                assert_eq!(share, ring, "of {rings}: nothing is left to be handed on");
                numbers.insert(number);
            }
        }
        assert_eq!(numbers, (1..=sent).collect(), "each frame came to one of {rings}, under a number of its own");
    }
}

/// An appliance on `cap0` with these lines in its [capture] section.
fn appliance(folder: &Path, lines: &str) -> Running {
    Running::start(&["run", "--config", &config(folder, lines)])
}

fn config(folder: &Path, lines: &str) -> String {
    let text = format!(
        "[capture]\ninterfaces = [\"cap0\"]\n{lines}\n[data]\nfolder = \"{}\"\n[console]\nlisten = \"127.0.0.1:0\"\n\
         [log]\njson = true\n",
        folder.join("data").display()
    );
    let file = folder.join("fengsui.toml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_two_interfaces() {
    make_wire();
    sh("ip link add cap1 type veth peer name src1; ip link set cap1 arp off up; ip link set src1 arp off up");
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "workers = 2");
    let mut running = Running::start(&["run", "--config", &config, "-i", "cap0", "-i", "cap1"]);
    running.field("running", "console");
    let mut frames = Sender::on("src0").play(&capture("attack-s7-03.pcapng"));
    Sender::on("src1").play(&capture("attack-ua-05.pcapng"));
    for wanted in ["S7-03", "UA"] {
        until(wanted, || alerts(&running).iter().any(|alert| alert[0].starts_with(wanted)).then_some(()));
    }
    // One of two goes: the other is captured on.
    sh("ip link del cap1");
    running.line("capture stopped");
    frames += Sender::on("src0").play(&capture("attack-mb-01.pcapng"));
    sh("sleep 1");
    assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
    let ended = format!("\"message\":\"capture ended\",\"interface\":\"cap0\",\"frames\":{frames},\"kernel_drops\":0");
    assert!(running.log().contains(&ended), "{ended}\n{}", running.log());
}

/// Source, client and server of each alert in the log.
fn alerts(running: &Running) -> BTreeSet<[String; 3]> {
    let log = running.log();
    let fields = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).map(|v| v["fields"].clone());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    fields
        .filter(|fields| fields["message"] == "alert")
        .map(|fields| [text(&fields["source"]), text(&fields["client"]), text(&fields["server"])])
        .collect()
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_workers() {
    make_wire();
    let mut told = Vec::new();
    for (engine, workers) in [("ring", 1), ("ring", 2), ("ring", 4), ("pnet", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let mut running = appliance(folder.path(), &format!("engine = \"{engine}\"\nworkers = {workers}"));
        running.field("running", "console");
        let mut wire = Sender::on("src0");
        for attack in ["attack-s7-03.pcapng", "attack-mb-01.pcapng", "attack-ua-05.pcapng"] {
            wire.play(&capture(attack));
        }
        // All alerts are there when a second passes without another.
        let mut last = (0, Instant::now());
        until("alerts have come", || {
            let count = alerts(&running).len();
            if count != last.0 {
                last = (count, Instant::now());
            }
            (count > 0 && last.1.elapsed() > Duration::from_secs(3)).then_some(())
        });
        told.push(alerts(&running));
        assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
        assert!(!running.log().contains("panicked"), "{}", running.log());
    }
    assert!(told[0].iter().any(|alert| alert[0] == "S7-03"), "{:?}", told[0]);
    for other in &told[1..] {
        assert_eq!(*other, told[0]);
    }
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_coming_and_going() {
    for engine in ["ring", "pnet"] {
        let folder = tempfile::tempdir().unwrap();
        make_wire();
        let mut running = appliance(folder.path(), &format!("engine = \"{engine}\"\nworkers = 2"));
        running.field("running", "console");
        let goes_on = |running: &Running| running.log().matches("capture goes on").count();
        sh("ip link set cap0 down");
        running.line("capture stopped");
        sh("ip link set cap0 up");
        until("capture goes on", || (goes_on(&running) == 1).then_some(()));
        sh("ip link del cap0");
        until("it is noticed", || (running.log().matches("capture stopped").count() == 2).then_some(()));
        make_wire();
        until("capture goes on", || (goes_on(&running) == 2).then_some(()));
        Sender::on("src0").play(&capture("attack-s7-03.pcapng"));
        until("the attack is told", || alerts(&running).iter().any(|alert| alert[0] == "S7-03").then_some(()));
        assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
        sh("ip link del cap0");
    }
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_rights() {
    if Command::new("setpriv").arg("--version").output().is_err() {
        common::left_out("setpriv is not installed");
        return;
    }
    make_wire();
    let folder = tempfile::Builder::new().tempdir().unwrap();
    sh(&format!("chmod 0777 {}", folder.path().display()));
    // Somewhere that a user without rights may read.
    let binary = folder.path().join("fengsui");
    fs::copy(fengsui().get_program(), &binary).unwrap();
    let config = config(folder.path(), "");
    sh(&format!("chmod a+r {config}"));
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
    let with = |capability: &str| {
        let rights = ["--inh-caps", "--ambient-caps", "--bounding-set"].map(|set| format!("{set}=-all{capability}"));
        let mut command = Command::new("setpriv");
        command.args(user).args(rights).arg(&binary).args(["run", "--config", &config]);
        command
    };
    let refused = with("").output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("no right to capture") && text.contains("setcap"), "{text}");
    let mut running = Running::start_command(with(",+net_raw"));
    running.field("running", "console");
    Sender::on("src0").play(&capture("attack-s7-03.pcapng"));
    until("the attack is told", || alerts(&running).iter().any(|alert| alert[0] == "S7-03").then_some(()));
    assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    sh(&format!("mkdir -p {0}/evidence; mount -t tmpfs -o size=8k none {0}/evidence", data.display()));
    let attack = capture("attack-s7-03.pcapng");
    let replay = ["replay", attack.to_str().unwrap(), "--data", data.to_str().unwrap(), "--alerts", "-"];
    let lines = common::lines(&common::run(&replay));
    let proofs: Vec<&Value> = lines.iter().map(|alert| &alert["evidence"]).collect();
    let (kept, lost): (Vec<&Value>, Vec<&Value>) = proofs.iter().partition(|proof| proof["sha256"].is_string());
    assert!(!lost.is_empty() && lost.iter().all(|proof| proof["lost"] == "disk_full"), "{lost:?}");
    assert_eq!(fs::read_dir(data.join("evidence")).unwrap().count(), kept.len(), "no half files are left");

    make_wire();
    let mut running = appliance(folder.path(), "workers = 2");
    running.field("running", "console");
    let mut wire = Sender::on("src0");
    wire.play(&attack);
    running.line("evidence cannot be written");
    wire.play(&capture("attack-ua-05.pcapng"));
    until("the next attack is told", || alerts(&running).iter().any(|alert| alert[0].starts_with("UA")).then_some(()));
    assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
    assert!(!running.log().contains("panicked"), "{}", running.log());
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_doctor() {
    make_wire();
    let doctor = || {
        let mut command = fengsui();
        command.args(["doctor", "-i", "cap0", "--seconds", "4", "--json", "--data", "/"]).stdout(Stdio::piped());
        command
    };
    let running = doctor().spawn().unwrap();
    until("it listens", || promiscuous().then_some(()));
    let frames = Sender::on("src0").play(&capture("benign.pcapng"));
    let output = running.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let remark = |report: &Value, id: &str| report["remarks"].as_array().unwrap().iter().any(|r| r["id"] == id);
    assert_eq!(report["facts"]["frames"], frames);
    assert_eq!(report["interface"]["promiscuous"], true, "{report:#}");
    for right in ["unicast", "two_sided", "industrial", "link_up"] {
        assert!(remark(&report, right), "{right}: {report:#}");
    }
    for wrong in ["sends", "kernel_drops", "has_address", "ipv6_on"] {
        assert!(!remark(&report, wrong), "{wrong}: {report:#}");
    }
    sh("ip link set cap0 down");
    let output = doctor().output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), remark(&report, "link_down")), (Some(1), true), "{report:#}");
}

fn promiscuous() -> bool {
    let flags = fs::read_to_string("/sys/class/net/cap0/flags").unwrap();
    u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).unwrap() & 0x100 != 0
}
