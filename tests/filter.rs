//! Our capture filters keep the frames that tcpdump's keep, on the lab's captures and, where they lie beside the checkout,
//! on many others.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fengsui::capture::file::FileReader;
use fengsui::capture::filter::{Filter, Sieve};

/// What tcpdump understands alike, tags aside.
const EXPRESSIONS: &[&str] = &[
    "tcp",
    "udp or icmp",
    "arp",
    "not arp",
    "ip6",
    "ip proto 6",
    "ip6 proto 17",
    "proto 1",
    "icmp6 or igmp",
    "sctp or esp or ah",
    "port 102",
    "tcp port 502 or 4840",
    "src port 102",
    "dst port 502 and not src port 502",
    "portrange 100-600",
    "udp portrange 1-1024",
    "src portrange 1024-65535",
    "host 10.20.0.72",
    "host 10.20.0.72 or 10.20.0.61",
    "src host 10.20.0.72 and dst port 102",
    "src or dst host 192.168.0.1",
    "src and dst host 127.0.0.1",
    "net 10.20.0.0/16",
    "net 10",
    "not net 192.168",
    "src net 10.0.0.0 mask 255.0.0.0",
    "dst net 224.0.0.0/4",
    "net 0.0.0.0/0",
    "ip host 10.20.0.72",
    "arp host 10.20.0.72",
    "ip6 net fe80::/10",
    "src host ::1 or net ff00::/8",
    "ether broadcast",
    "broadcast or multicast",
    "ether multicast and not ip multicast",
    "ip6 multicast",
    "ether proto 0x88cc",
    "ether proto 34962",
    "ether host 00:1b:1b:0a:0b:0c",
    "less 64",
    "greater 200 and tcp",
    "tcp and (port 102 or port 502) and not host 10.20.0.61",
    "tcp or udp and port 102",
    "!(tcp || udp) && ip",
];

/// On tagged frames tcpdump must be told to look behind each tag.
const TAGGED: &[&str] =
    &["tcp", "arp", "port 502", "host 10.20.0.72", "net 10.0.0.0/8", "ip6", "icmp", "udp portrange 1-5000"];

const PLANT: [&str; 2] = ["attack-s7-03.pcapng", "attack-net-10.pcapng"];

fn captures() -> Vec<PathBuf> {
    let mut folders = vec![common::repository().join("pcaps")];
    let shared = common::repository().parent().unwrap().join("shared/captures");
    folders.extend(["link", "modbus", "s7", "opcua"].map(|name| shared.join(name)));
    let mut captures: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending.to_string_lossy().contains("cap")))
        // Small ones of all kinds, and two of the plant at work.
        .filter(|path| path.metadata().unwrap().len() < 60_000 || PLANT.iter().any(|name| path.ends_with(name)))
        .collect();
    captures.sort();
    assert!(captures.len() >= PLANT.len());
    captures
}

fn tcpdump(file: &Path, expression: &str) -> Option<Vec<u8>> {
    let mut command = Command::new("tcpdump");
    command.arg("-r").arg(file).args(["-w", "-", expression]).stderr(Stdio::null());
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Bytes of all frames that pass.
fn frames(mut reader: FileReader, filter: Option<&str>) -> Vec<Vec<u8>> {
    let mut sieve = filter.map(|text| Sieve::new(Filter::parse(text).unwrap().unwrap()));
    let mut kept = Vec::new();
    while let Ok(Some(frame)) = reader.next_frame() {
        if sieve.as_mut().is_none_or(|sieve| sieve.passes(&frame)) {
            kept.push(frame.bytes.to_vec());
        }
    }
    kept
}

fn wanted(file: &Path, expression: &str) -> Option<Vec<Vec<u8>>> {
    let kept = tcpdump(file, expression)?;
    Some(frames(FileReader::new("tcpdump".into(), Box::new(std::io::Cursor::new(kept)), 0, 0).ok()?, None))
}

fn has_tags(file: &Path) -> bool {
    wanted(file, "vlan").is_none_or(|tagged| !tagged.is_empty())
}

fn check(file: &Path, ours: &str, theirs: &str) -> usize {
    let Some(wanted) = wanted(file, theirs) else { return 0 };
    let kept = frames(FileReader::open(file, 0, 0).unwrap(), Some(ours));
    assert_eq!(kept.len(), wanted.len(), "{}: {ours}", file.display());
    assert!(kept == wanted, "{}: {ours}: other frames", file.display());
    wanted.len()
}

#[test]
fn the_same_frames_pass_as_with_tcpdump() {
    if Command::new("tcpdump").arg("--version").output().is_err() {
        common::left_out("tcpdump is not installed");
        return;
    }
    let mut kept = 0;
    for file in captures() {
        // Some captures tcpdump cannot read at all, such as those of several link types.
        if tcpdump(&file, "").is_none() {
            continue;
        }
        if has_tags(&file) {
            for expression in TAGGED {
                let deeper = format!(" or (vlan and ({expression}))").repeat(3);
                let behind = format!("({expression}){deeper}");
                kept += check(&file, expression, &behind);
            }
            kept += check(&file, "vlan", "vlan");
        } else {
            kept += EXPRESSIONS.iter().map(|expression| check(&file, expression, expression)).sum::<usize>();
        }
    }
    assert!(kept > 20_000, "{kept} frames are too few to prove anything");
}

#[test]
fn a_wrong_filter_is_told_with_place_and_fix() {
    let told = |text: &str, parts: &[&str]| {
        let error = Filter::parse(text).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
    };
    told("tcp prot 80", &["'prot' at column 5", "'and' or 'or'"]);
    told("host", &["at its end", "10.1.1.5"]);
    told("host plc-1", &["'plc-1' at column 6", "names are not looked up"]);
    told("port http", &["'http'", "0 to 65535"]);
    told("port 70000", &["'70000'", "65535"]);
    told("portrange 9-3", &["smaller"]);
    told("(tcp or udp", &["at its end", "not closed"]);
    told("tcp)", &["')' at column 4", "never opened"]);
    told("net 10.1.2.3/16", &["'10.1.2.3/16'", "bits outside"]);
    told("ip6 host 10.1.1.1", &["other IP version"]);
    told("udp host 10.1.1.1", &["join others by 'and'"]);
    told("tcp and", &["at its end"]);
    told("vlan 5000", &["'5000'", "4095"]);
    told("icmp port 5", &["tcp, udp and sctp"]);
    told("tcp[13] & 2 != 0", &["'tcp[13]'", "no such word"]);
    told("烽燧 or tcp", &["'烽燧' at column 1"]);
    told(&"(".repeat(100), &["parentheses"]);
    told(&(vec!["host 2001:db8::1"; 400].join(" or ")), &["longer than the kernel takes"]);
    assert_eq!(Filter::parse("  ").unwrap(), None);
}

/// Jumps of more than 255 instructions.
#[test]
fn long_filters_mean_what_they_say() {
    let machines: Vec<String> = (0..120).map(|i| format!("10.77.{i}.1")).collect();
    let long = format!("host {} or 10.20.0.72", machines.join(" or "));
    let file = common::capture("benign.pcapng");
    let read = |filter: &str| frames(FileReader::open(&file, 0, 0).unwrap(), Some(filter));
    assert!(read(&long) == read("host 10.20.0.72"));
    assert!(!read(&long).is_empty());
    assert!(read(&format!("not ({long})")) == read("not host 10.20.0.72"));
}
