//! Real messages, damaged at random: read without harm, whatever comes, and the next sound one is understood.
//!
//! The seeds are all OPC UA messages of the two stacks' capture. A run of ten million:
//!
//! ```text
//! FENGSUI_OPCUA_INPUTS=10000000 cargo test --lib opcua::tests::mutations
//! ```

use std::path::Path;

use super::super::wire;
use super::Line;
use super::encode::{self, results, write_request};
use crate::capture::file::FileReader;
use crate::decode::{self, Transport};
use crate::event::{Blame, Outcome, Side};

/// Inputs of an ordinary run.
const INPUTS: u64 = 20_000;
/// Inputs that one connection bears.
const A_CONNECTION: u64 = 500;

/// Marsaglia's xorshift64: the same damage in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

/// Who sent a segment, the client's port, and its bytes.
type Segment = (Side, u16, Vec<u8>);

/// All segments of the stacks' capture that carry anything.
fn segments() -> Vec<Segment> {
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/opcua-stacks.pcapng");
    let mut reader = FileReader::open(&capture, 0, 0).unwrap();
    let mut segments = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let packet = decode::decode(&frame);
        if let Transport::Tcp(tcp) = packet.transport
            && packet.payload.len() > 8
        {
            let is_request = (48400..=48410).contains(&tcp.destination);
            let (from, client) = if is_request { (Side::Client, tcp.source) } else { (Side::Server, tcp.destination) };
            segments.push((from, client, packet.payload.to_vec()));
        }
    }
    assert!(segments.len() > 200, "the stacks' capture is there");
    segments
}

/// Some bytes changed, some numbers made extreme, some bytes left out, doubled or put in from elsewhere.
fn damage(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    const EXTREMES: [u32; 8] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len());
        let end = (at + 1 + dice.roll(40)).min(bytes.len());
        match dice.roll(6) {
            0 | 1 => bytes[at] = dice.roll(256) as u8,
            2 => {
                let number = EXTREMES[dice.roll(EXTREMES.len())].to_le_bytes();
                bytes.iter_mut().skip(at).zip(number).for_each(|(byte, new)| *byte = new);
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let from = dice.roll(other.len());
                let strange = other.iter().skip(from).take(end - at).copied();
                bytes.splice(at..end, strange);
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// The size that the header says made true, so that damage lies within messages and not only between them.
fn resize(bytes: &mut [u8]) {
    let size = (bytes.len() as u32).to_le_bytes();
    bytes.iter_mut().skip(4).zip(size).for_each(|(byte, new)| *byte = new);
}

#[test]
fn damaged_messages_of_real_stacks_do_no_harm() {
    let inputs = std::env::var("FENGSUI_OPCUA_INPUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(INPUTS);
    let seeds = segments();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut line = Line::open();
    for input in 1..=inputs {
        let (from, _, mut bytes) = seeds[dice.roll(seeds.len())].clone();
        let (_, _, other) = &seeds[dice.roll(seeds.len())];
        damage(&mut bytes, other, &mut dice);
        if dice.roll(4) > 0 {
            resize(&mut bytes);
        }
        line.say(from, &bytes);
        if input % A_CONNECTION == 0 {
            understands(&mut line);
            line = Line::open();
        }
    }
}

/// A new channel is opened and read, once what was begun is over.
fn understands(line: &mut Line) {
    line.gap(Side::Client, 1);
    line.gap(Side::Server, 1);
    // None of the capture's own.
    let channel = 0x7fff_0001;
    line.say(Side::Client, &encode::open_request(1, 900, 1));
    line.say(Side::Server, &encode::open_response(channel, 1, 900));
    line.say(Side::Client, &encode::whole(channel, 2, 901, &write_request(&[("After", 1.0)])));
    line.say(Side::Server, &encode::whole(channel, 2, 901, &results(wire::WRITE + 3, &[0])));
    let write = line.heard.operation("write");
    assert_eq!((write.outcome, write.items.len()), (Outcome::Accepted, 1));
    line.end();
}

/// The connection of node-opcua's client: a session with a subscription and a message of three chunks.
fn connection() -> Vec<Segment> {
    let segments = segments();
    let bytes = |port: u16| -> usize {
        segments.iter().filter(|(_, client, _)| *client == port).map(|(.., bytes)| bytes.len()).sum()
    };
    let busiest = segments.iter().map(|(_, client, _)| *client).max_by_key(|port| bytes(*port)).unwrap();
    segments.into_iter().filter(|(_, client, _)| *client == busiest).collect()
}

fn hear(segments: &[Segment], lost: impl Fn(usize) -> bool) -> Line {
    let mut line = Line::new();
    for (number, (from, _, bytes)) in segments.iter().enumerate() {
        if lost(number) { line.gap(*from, bytes.len() as u64) } else { line.say(*from, bytes) }
    }
    line.end();
    line
}

#[test]
fn each_lost_segment_costs_no_more_than_its_own_messages() {
    let connection = connection();
    let whole = hear(&connection, |_| false);
    let told = whole.heard.operations().len();
    assert!(told > 15 && whole.heard.anomalies().is_empty(), "{told}");
    for lost in 0..connection.len() {
        let line = hear(&connection, |number| number == lost);
        // Half of a transaction is told too; a lost segment holds at most two whole ones.
        assert!(line.heard.operations().len() + 2 >= told, "segment {lost}: {}", line.heard.operations().len());
        assert!(
            line.heard.anomalies().iter().all(|anomaly| anomaly.blame == Blame::Capture),
            "segment {lost}: {:?}",
            line.heard.anomalies()
        );
    }
}

#[test]
fn a_capture_that_begins_anywhere_tells_the_rest() {
    let connection = connection();
    for start in 0..connection.len() {
        let rest = &connection[start..];
        let line = hear(rest, |_| false);
        let final_messages = rest.iter().filter(|(from, _, bytes)| *from == Side::Client && bytes.starts_with(b"MSGF"));
        let told = line.heard.operations().iter().filter(|operation| operation.request_seen).count();
        assert!(told >= final_messages.count(), "from segment {start}: {told}");
        assert!(
            line.heard.anomalies().iter().all(|anomaly| anomaly.blame == Blame::Capture),
            "from segment {start}: {:?}",
            line.heard.anomalies()
        );
    }
}
