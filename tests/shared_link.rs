//! Tunnels, tags and the packets in them, frame by frame, against what tshark shows: captures from public repositories,
//! and the frames that our own tests are made of.
//!
//! Without tshark the tests say so and pass; likewise without the captures, which are not part of the project (the folder
//! that `FENGSUI_SHARED_CAPTURES` names, or `shared/captures` beside the checkout).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fengsui::capture::file::FileReader;
use fengsui::decode::{Defragmenter, Net, Packet, Transport, TunnelKind, decode};

/// What is compared of one frame.
#[derive(PartialEq, Eq, Debug, Default)]
struct Seen {
    /// In ascending order: tshark tells tags of 802.1Q and 802.1ad apart, not which of them came first.
    vlans: Vec<u16>,
    labels: Vec<u32>,
    /// Names of tunnels other than MPLS, from the outermost inwards.
    tunnels: Vec<&'static str>,
    ips: Option<(IpAddr, IpAddr)>,
    ports: Option<(u16, u16)>,
}

impl Seen {
    fn by_us(packet: &Packet<'_>) -> Self {
        let labels = packet.tunnels.iter().filter(|tunnel| tunnel.kind == TunnelKind::Mpls).map(|tunnel| tunnel.id);
        let tunnels = packet.tunnels.iter().filter(|tunnel| tunnel.kind != TunnelKind::Mpls);
        let mut vlans = packet.vlans.to_vec();
        vlans.sort_unstable();
        Seen {
            vlans,
            labels: labels.collect(),
            tunnels: tunnels.map(|tunnel| tunnel.kind.name().trim_start_matches("nv")).collect(),
            ips: match packet.net {
                Net::Ip(ip) => Some((ip.source, ip.destination)),
                _ => None,
            },
            ports: match packet.transport {
                Transport::Tcp(tcp) => Some((tcp.source, tcp.destination)),
                Transport::Udp { source, destination } => Some((source, destination)),
                _ => None,
            },
        }
    }

    /// One line of tshark's: the protocols of the frame, then all values of each field.
    fn by_tshark(line: &str) -> Self {
        let mut columns = line.split('\t').map(|column| column.split(',').filter(|value| !value.is_empty()));
        let mut column = || columns.next().into_iter().flatten().collect::<Vec<&str>>();
        let protocols = column().join(",");
        let protocols: Vec<&str> = protocols.split(':').collect();
        // An ICMP error quotes the packet that it is about.
        let quoting = protocols.iter().position(|layer| layer.starts_with("icmp")).unwrap_or(protocols.len());
        let layers = &protocols[..quoting];
        let (mut vlans, service, taken_off) = (column(), column(), column());
        vlans.extend(service);
        // The switch that mirrors by ERSPAN may take a frame's tag off and tell it beside.
        if vlans.is_empty() {
            vlans = taken_off;
        }
        let mut vlans: Vec<u16> = vlans.iter().map(|vlan| number(vlan) as u16).collect();
        vlans.sort_unstable();
        let labels = column();
        let ips = [column(), column()].map(|source_or_destination| last_ip(layers, &source_or_destination));
        let [v6_source, v6_destination] =
            [column(), column()].map(|values| values.last().map(|ip| ip.parse().unwrap()));
        let last_is_v6 = layers.iter().rfind(|layer| matches!(**layer, "ip" | "ipv6")) == Some(&"ipv6");
        let ips = if last_is_v6 { v6_source.zip(v6_destination) } else { ips[0].zip(ips[1]) };
        let ports = [column(), column(), column(), column()];
        let port = |values: &[&str]| values.last().map(|port| port.parse().unwrap());
        let ports = match layers.iter().rfind(|layer| matches!(**layer, "tcp" | "udp" | "ip" | "ipv6")) {
            Some(&"tcp") => port(&ports[0]).zip(port(&ports[1])),
            Some(&"udp") => port(&ports[2]).zip(port(&ports[3])),
            _ => None,
        };
        Seen { vlans, labels: labels.iter().map(|label| number(label)).collect(), tunnels: tunnels(layers), ips, ports }
    }
}

const FIELDS: [&str; 13] = [
    "frame.protocols",
    "vlan.id",
    "ieee8021ad.id",
    "erspan.vlan",
    "mpls.label",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
];

/// IPv4 addresses of the innermost packet, not of one that ICMP quotes.
fn last_ip(layers: &[&str], addresses: &[&str]) -> Option<IpAddr> {
    let count = layers.iter().filter(|layer| **layer == "ip").count();
    addresses.get(count.checked_sub(1)?).map(|ip| ip.parse().unwrap())
}

fn number(text: &str) -> u32 {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |hex| u32::from_str_radix(hex, 16)).unwrap()
}

/// Our names for tshark's layers.
fn tunnels(layers: &[&str]) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut in_ip = false;
    for layer in layers {
        let name = match *layer {
            "vntag" => Some("vntag"),
            "pppoes" => Some("pppoe"),
            "ppp" => Some("ppp"),
            "gre" => Some("gre"),
            "ip" if in_ip => Some("ip_in_ip"),
            "ipv6" if in_ip => Some("ipv6_in_ip"),
            "vxlan" => Some("vxlan"),
            "geneve" => Some("geneve"),
            "gtp" => Some("gtp"),
            "tzsp" => Some("tzsp"),
            // Always in GRE, so that we name it alone.
            "erspan" => {
                found.pop();
                Some("erspan")
            }
            _ => None,
        };
        found.extend(name);
        in_ip = matches!(*layer, "ip" | "ipv6");
    }
    found
}

/// Every frame as tshark sees it, each for itself; `None` without tshark.
fn tshark(capture: &Path) -> Option<Vec<Seen>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields"]);
    // tshark knows Linux' port for VXLAN only when told.
    command.args(["-d", "udp.port==8472,vxlan"]);
    FIELDS.iter().for_each(|field| {
        command.args(["-e", field]);
    });
    let output = command.arg("-r").arg(capture).output().ok()?;
    assert!(!output.stdout.is_empty(), "{}: {}", capture.display(), String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(Seen::by_tshark).collect())
}

/// And whether it is a fragment: of a first one tshark reads the ports at once, we when the datagram is whole.
fn ours(capture: &Path) -> Vec<(Seen, bool)> {
    let mut reader = FileReader::open(capture, 0, 0).unwrap();
    let mut seen = Vec::new();
    while let Ok(Some(frame)) = reader.next_frame() {
        let packet = decode(&frame);
        seen.push((Seen::by_us(&packet), packet.is_fragment()));
    }
    seen
}

fn captures() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let folder = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    folder.join("link").is_dir().then(|| folder.join("link"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn public_captures_decode_with_the_tunnels_and_tags_that_tshark_shows() {
    let Some(folder) = captures() else { return eprintln!("skipped: no shared captures") };
    let mut wrong = Vec::new();
    let mut kinds = BTreeSet::new();
    for capture in files(&folder) {
        let Some(theirs) = tshark(&capture) else { return eprintln!("skipped: no tshark") };
        let ours = ours(&capture);
        assert_eq!(ours.len(), theirs.len(), "{}", capture.display());
        for (number, ((ours, is_fragment), mut theirs)) in ours.into_iter().zip(theirs).enumerate() {
            theirs.ports = theirs.ports.filter(|_| !is_fragment);
            kinds.extend(ours.tunnels.iter().copied());
            kinds.extend(ours.labels.first().map(|_| "mpls"));
            kinds.extend(ours.vlans.get(2).map(|_| "three tags"));
            if ours != theirs {
                wrong.push(format!("{}: frame {}: {ours:?}, tshark {theirs:?}", capture.display(), number + 1));
            }
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The test would pass on plain frames alone.
    let expected = BTreeSet::from(["gre", "mpls", "ppp", "three tags", "vntag"]);
    assert!(expected.is_subset(&kinds), "{kinds:?}");
}

/// The fragments among them become whole: tshark says in which frame, and which ports the whole has.
#[test]
fn public_captures_fragments_become_whole_where_tshark_says() {
    let Some(folder) = captures() else { return eprintln!("skipped: no shared captures") };
    let mut datagrams = 0;
    for capture in files(&folder) {
        let mut command = Command::new("tshark");
        command.args(["-n", "-Y", "ip.reassembled_in || ipv6.reassembled.in || ip.fragments || ipv6.fragments"]);
        command.args(["-T", "fields", "-e", "frame.number", "-e", "tcp.dstport", "-e", "udp.dstport"]);
        command.args(["-e", "ip.reassembled_in", "-e", "ipv6.reassembled.in"]);
        let Ok(output) = command.arg("-r").arg(&capture).output() else { return eprintln!("skipped: no tshark") };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // Lines with a frame number and a port, and not waiting for another frame.
        let theirs: Vec<(u64, u16)> = text
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|columns| columns[3].is_empty() && columns[4].is_empty())
            .filter_map(|columns| {
                let port = columns[1..3].iter().find(|port| !port.is_empty())?;
                Some((columns[0].parse().unwrap(), port.parse().unwrap()))
            })
            .collect();
        let mut reader = FileReader::open(&capture, 0, 0).unwrap();
        let mut defragmenter = Defragmenter::default();
        let mut ours = Vec::new();
        while let Ok(Some(frame)) = reader.next_frame() {
            let taken = defragmenter.take(&decode(&frame), frame.at.ts, frame.wire_len);
            let Some(datagram) = taken.whole else { continue };
            match datagram.packet(frame.at).transport {
                Transport::Tcp(tcp) => ours.push((frame.at.number, tcp.destination)),
                Transport::Udp { destination, .. } => ours.push((frame.at.number, destination)),
                _ => {}
            }
        }
        assert_eq!(ours, theirs, "{}", capture.display());
        datagrams += ours.len();
    }
    assert!(datagrams >= 6, "{datagrams}");
}

/// A pcap file of frames, a second apart.
fn write_pcap(path: &Path, frames: &[Vec<u8>]) {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65_535, 1] {
        bytes.extend(word.to_le_bytes());
    }
    for (second, frame) in frames.iter().enumerate() {
        let length = u32::try_from(frame.len()).unwrap();
        for word in [u32::try_from(second).unwrap(), 0, length, length] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend_from_slice(frame);
    }
    fs::write(path, bytes).unwrap();
}

/// What tshark 4.0 does not open: Ethernet in MPLS without a control word (a setting, or read as something else), and
/// ERSPAN III that says it carries bare IP.
const BEYOND_TSHARK: [&str; 3] = [
    "pseudowire-without-control-word",
    "pseudowire-of-a-station-whose-address-begins-with-4",
    "erspan-iii-with-the-platform-s-header-and-bare-ip",
];

/// Frames of our own tests: built by us, so that somebody else must say that they are what we think.
#[test]
fn our_own_frames_decode_with_the_tunnels_and_tags_that_tshark_shows() {
    let mut seeds = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/decode"));
    // A seed is a link type, a length and a frame; some have further frames.
    let mut frames = Vec::new();
    seeds.retain(|seed| {
        let bytes = fs::read(seed).unwrap();
        let alone = bytes.len() == 3 + usize::from(u16::from_be_bytes([bytes[1], bytes[2]]));
        frames.extend(alone.then(|| bytes[3..].to_vec()));
        alone
    });
    assert!(frames.len() > 30);
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("frames.pcap");
    write_pcap(&capture, &frames);
    let Some(theirs) = tshark(&capture) else { return eprintln!("skipped: no tshark") };
    let mut wrong = Vec::new();
    for ((seed, (ours, _)), theirs) in seeds.iter().zip(ours(&capture)).zip(theirs) {
        let name = seed.file_name().unwrap().to_string_lossy().into_owned();
        if ours != theirs && !BEYOND_TSHARK.contains(&&*name) {
            wrong.push(format!("{name}: {ours:?}, tshark {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
