//! Conversations of real captures, cut short and cut apart at every byte: nothing panics, nothing is made up, Modbus is
//! understood alike wherever segments end, and after a lost byte the next whole messages are read.
//!
//! Taken are the beginnings of some connections of each capture, our own and, where they are at hand, those from public
//! repositories (see `shared_modbus.rs`). `FENGSUI_CUTS=all` takes every connection, which takes long.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use fengsui::capture::file::FileReader;
use fengsui::decode::{self, Ip, Net, Packet, Tcp, TcpFlags, Transport};
use fengsui::event::{EventKind, FrameRef, Operation, Protocol, Side, Timestamp};
use fengsui::flow::{Data, FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use fengsui::protocol::{Behaviour, Conversation, Sink, registry};

const MAX_FRAMES: usize = 3000;
const MAX_BYTES: usize = 1000;
const MAX_PIECES: usize = 16;
const CONVERSATIONS: usize = 3;

const SYN: u8 = 2;
const ACK: u8 = 16;

/// The beginning of a connection: who said what, by segments.
#[derive(Clone, Debug, Default)]
struct Script {
    port: u16,
    said: Vec<(Side, Vec<u8>)>,
}

/// Collects scripts out of a capture.
#[derive(Default)]
struct Collector {
    scripts: Vec<Script>,
}

impl FlowSink<Script> for Collector {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, _: &mut Script) {}

    fn piece(&mut self, flow: &mut FlowInfo, script: &mut Script, piece: Piece<'_>) {
        let bytes: usize = script.said.iter().map(|(_, bytes)| bytes.len()).sum();
        if let Data::Stream(said) = piece.data
            && script.said.len() < MAX_PIECES
            && bytes + said.len() < MAX_BYTES
        {
            script.port = flow.port(Side::Server);
            script.said.push((piece.from, said.to_vec()));
        }
    }

    fn ended(&mut self, _: &mut FlowInfo, script: &mut Script) {
        self.scripts.push(std::mem::take(script));
    }
}

fn scripts(capture: &Path) -> Vec<Script> {
    let Ok(mut reader) = FileReader::open(capture, 0, 0) else { return Vec::new() };
    let limits = FlowLimits { server_ports: registry::server_ports(), ..FlowLimits::default() };
    let mut table = FlowTable::new(limits);
    let mut collector = Collector::default();
    for _ in 0..MAX_FRAMES {
        let Ok(Some(frame)) = reader.next_frame() else { break };
        table.packet(&decode::decode(&frame), frame.at, frame.wire_len, &mut collector);
    }
    table.finish(&mut collector);
    let mut scripts = collector.scripts;
    scripts.retain(|script| script.said.len() > 1 && !hear(script).operations.is_empty());
    if std::env::var_os("FENGSUI_CUTS").is_none_or(|value| value != "all") {
        scripts.truncate(CONVERSATIONS);
    }
    scripts
}

fn captures() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || repository.join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let folders = ["modbus", "s7", "opcua"].map(|name| shared.join(name));
    let folders = [repository.join("pcaps")].into_iter().chain(folders);
    let files = folders.flat_map(|folder| folder.read_dir().into_iter().flatten().flatten());
    let captures: BTreeSet<PathBuf> = files.map(|entry| entry.path()).collect();
    captures.into_iter().filter(|path| path.to_string_lossy().contains(".pcap")).collect()
}

/// What was understood, with the segments each operation came from.
#[derive(Default)]
struct Heard {
    protocol: Option<Protocol>,
    operations: Vec<(Operation, Vec<u64>)>,
    undecoded: usize,
}

impl FlowSink<Conversation> for Heard {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, _: &mut Conversation) {}

    fn piece(&mut self, flow: &mut FlowInfo, conversation: &mut Conversation, piece: Piece<'_>) {
        conversation.piece(flow, &piece, self);
        self.protocol = conversation.protocol();
    }

    fn ended(&mut self, flow: &mut FlowInfo, conversation: &mut Conversation) {
        conversation.end(flow, self);
    }
}

impl Sink for Heard {
    fn known(&mut self, _: &FlowInfo, _: &Behaviour<'_>) -> bool {
        false
    }

    fn event(&mut self, _: &FlowInfo, _: Protocol, kind: EventKind, frames: &[FrameRef]) {
        if let EventKind::Operation(operation) = kind {
            let operation = Operation { latency_us: None, ..*operation };
            self.operations.push((operation, frames.iter().map(|frame| frame.number).collect()));
        }
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {}
}

/// A connection on which a script is said.
struct Wire {
    table: FlowTable<Conversation>,
    heard: Heard,
    port: u16,
    sequence: [u32; 2],
    time: u64,
}

impl Wire {
    fn new(port: u16) -> Self {
        let limits = FlowLimits { server_ports: registry::server_ports(), ..FlowLimits::default() };
        let table = FlowTable::new(limits);
        let mut wire = Wire { table, heard: Heard::default(), port, sequence: [1000, 5000], time: 0 };
        wire.say(Side::Client, SYN, &[], 0);
        wire.say(Side::Server, SYN | ACK, &[], 0);
        wire
    }

    /// `number` is that of the segment in the script, also for a part of it.
    fn say(&mut self, from: Side, flags: u8, payload: &[u8], number: u64) {
        let end = usize::from(from == Side::Server);
        let (address, port) = (|n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)), [40_000, self.port]);
        let [source, destination] = if end == 0 { [address(1), address(2)] } else { [address(2), address(1)] };
        let tcp = Tcp {
            source: port[end],
            destination: port[1 - end],
            sequence: self.sequence[end],
            acknowledgment: self.sequence[1 - end],
            flags: TcpFlags(flags),
            window: 8192,
        };
        self.lose(from, payload.len() + usize::from(flags & SYN != 0));
        let packet = Packet {
            ether_type: 0x0800,
            net: Net::Ip(Ip { source, destination, ttl: 64, identification: None, protocol: 6, fragment: None }),
            transport: Transport::Tcp(tcp),
            payload,
            ..Packet::default()
        };
        self.time += 1_000_000;
        let at = FrameRef { ts: Timestamp::from_nanos(self.time), number, ..FrameRef::default() };
        self.table.packet(&packet, at, payload.len() as u32 + 54, &mut self.heard);
    }

    fn lose(&mut self, from: Side, bytes: usize) {
        let end = usize::from(from == Side::Server);
        self.sequence[end] = self.sequence[end].wrapping_add(bytes as u32);
    }

    fn end(mut self) -> Heard {
        self.table.finish(&mut self.heard);
        self.heard
    }
}

/// Says a script, with something done to one byte of one segment.
fn perform(
    script: &Script,
    at: Option<(usize, usize)>,
    act: impl Fn(&mut Wire, Side, &[u8], usize, u64) -> bool,
) -> Heard {
    let mut wire = Wire::new(script.port);
    for (i, (from, bytes)) in script.said.iter().enumerate() {
        let number = i as u64 + 1;
        match at.filter(|(segment, _)| *segment == i) {
            Some((_, byte)) => {
                if !act(&mut wire, *from, bytes, byte, number) {
                    break;
                }
            }
            None => wire.say(*from, ACK, bytes, number),
        }
    }
    wire.end()
}

fn hear(script: &Script) -> Heard {
    perform(script, None, |_, _, _, _, _| true)
}

/// Every byte of a script.
fn bytes(script: &Script) -> impl Iterator<Item = (usize, usize)> {
    script.said.iter().enumerate().flat_map(|(i, (_, bytes))| (0..bytes.len()).map(move |byte| (i, byte)))
}

fn on_every_script(mut test: impl FnMut(&str, &Script, &Heard)) {
    let mut tested = 0;
    for capture in captures() {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        for script in scripts(&capture) {
            let whole = hear(&script);
            test(&name, &script, &whole);
            tested += 1;
        }
    }
    assert!(tested > 20, "{tested} conversations");
}

#[test]
fn a_conversation_may_end_at_any_byte() {
    on_every_script(|name, script, whole| {
        let sent: usize = script.said.iter().map(|(_, bytes)| bytes.len()).sum();
        for at in bytes(script) {
            let heard = perform(script, Some(at), |wire, from, bytes, byte, number| {
                wire.say(from, ACK, &bytes[..byte], number);
                false
            });
            assert!(heard.undecoded <= sent, "{name} {at:?}");
            // A request that lost its answer is told by itself, and so is an answer that lost its request.
            assert!(heard.operations.len() <= 2 * whole.operations.len() + 1, "{name} {at:?}");
        }
    });
}

#[test]
fn segments_may_end_at_any_byte() {
    on_every_script(|name, script, whole| {
        for at in bytes(script) {
            let heard = perform(script, Some(at), |wire, from, bytes, byte, number| {
                wire.say(from, ACK, &bytes[..byte], number);
                wire.say(from, ACK, &bytes[byte..], number);
                true
            });
            if whole.protocol == Some(Protocol::Modbus) {
                assert_eq!(heard.operations, whole.operations, "{name} {at:?}");
                assert_eq!(heard.undecoded, whole.undecoded, "{name} {at:?}");
            }
        }
    });
}

#[test]
fn after_a_lost_byte_the_next_whole_messages_are_read() {
    on_every_script(|name, script, whole| {
        if whole.protocol != Some(Protocol::Modbus) || whole.undecoded > 0 {
            return;
        }
        for at in bytes(script) {
            let heard = perform(script, Some(at), |wire, from, bytes, byte, number| {
                wire.say(from, ACK, &bytes[..byte], number);
                wire.lose(from, 1);
                wire.say(from, ACK, &bytes[byte + 1..], number);
                true
            });
            let damaged = at.0 as u64 + 1;
            // Points are guessed from what came before.
            let told = |heard: &Heard| -> Vec<String> {
                let later = heard.operations.iter().filter(|(_, frames)| frames.iter().all(|frame| *frame > damaged));
                later.map(|(operation, _)| format!("{:?} {:?}", operation.transaction, operation.function)).collect()
            };
            let (have, want) = (told(&heard), told(whole));
            let missing: Vec<&String> = want.iter().filter(|line| !have.contains(line)).collect();
            assert!(
                missing.is_empty(),
                "{name} {at:?}: {missing:?} in {:?}, script {:02x?}",
                told(&heard),
                script.said
            );
        }
    });
}
