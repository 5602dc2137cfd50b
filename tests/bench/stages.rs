//! The first steps of the road by themselves, for `tests/bench/bench`: what reading, decoding and following a packet cost
//! before anybody asks what was said.
//!
//!     cargo run --release --example stages -- flow capture.pcap
//!
//! Steps: `read` frames only, `decode` and from there to transport, `flow` and from there to ordered bytes.
//!
//!     cargo run --release --example stages -- transactions 2000000
//!
//! So many Modbus transactions (a request for ten registers and its response, both made here) that were learnt before, all the
//! way through a packet thread: what a known one costs.

#![allow(clippy::print_stdout, reason = "a tool of measurement prints")]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use fengsui::capture::file::FileReader;
use fengsui::capture::{Frame, LinkType};
use fengsui::decode;
use fengsui::event::{FrameRef, Side, Timestamp};
use fengsui::flow::{Data, FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use fengsui::pipeline::{Feedback, Item, Learnt, Worker, WorkerOptions};
use fengsui::protocol::registry;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [step, capture] = arguments.as_slice() else {
        return Err("usage: stages read|decode|flow CAPTURE, or stages transactions NUMBER".into());
    };
    if step == "transactions" {
        return transactions(capture.parse()?);
    }
    let mut reader = FileReader::open(Path::new(capture), 0, 0)?;
    let (mut frames, mut bytes) = (0u64, 0u64);
    match step.as_str() {
        "read" => {
            while let Some(frame) = reader.next_frame()? {
                frames += 1;
                bytes += black_box(&frame).bytes.len() as u64;
            }
        }
        "decode" => {
            while let Some(frame) = reader.next_frame()? {
                frames += 1;
                bytes += black_box(decode::decode(&frame)).payload.len() as u64;
            }
        }
        "flow" => {
            let limits = FlowLimits { server_ports: registry::server_ports(), ..FlowLimits::default() };
            let mut flows = FlowTable::new(limits);
            let mut count = Count::default();
            while let Some(frame) = reader.next_frame()? {
                frames += 1;
                if frames % 65_536 == 0 {
                    flows.sweep(frame.at.ts, &mut count);
                }
                flows.packet(&decode::decode(&frame), frame.at, frame.wire_len, &mut count);
            }
            flows.finish(&mut count);
            bytes = count.bytes;
        }
        other => return Err(format!("no step is called {other}; there are read, decode and flow").into()),
    }
    println!("{frames} frames, {bytes} bytes");
    Ok(())
}

const HEADERS: usize = 54;

/// Client and server, what each says, and how far each has come.
struct Plant {
    worker: Worker,
    frames: [Vec<u8>; 2],
    sequence: [u32; 2],
    number: u64,
}

fn transactions(wanted: u64) -> Result<(), Box<dyn Error>> {
    let request = [0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10];
    let response = [&[0, 0, 0, 0, 0, 23, 1, 3, 20][..], &[7; 20]].concat();
    let mut plant = Plant::new([&request, &response]);
    plant.transaction();
    let learnt = |(tally, item): (u32, Item)| match item {
        Item::Event { event, key } => Some(Learnt { key: key?, tally, slot: event.ts.slot() }),
        _ => None,
    };
    let told = plant.worker.take().into_iter().map(|sent| sent.item);
    let learnt = (0..).zip(told).filter_map(learnt).collect();
    plant.worker.hear(Feedback::Learn(learnt));
    for _ in 0..wanted {
        plant.transaction();
    }
    let told = plant.worker.take().iter().filter(|sent| matches!(sent.item, Item::Event { .. })).count();
    if told > 0 {
        return Err(format!("{told} transactions were told: they are not known").into());
    }
    println!("{wanted} transactions");
    Ok(())
}

impl Plant {
    fn new(said: [&[u8]; 2]) -> Self {
        let options = WorkerOptions {
            flows: FlowLimits::default(),
            rules: Arc::default(),
            evidence_window: None,
            every_operation: false,
            every_conversation: false,
            captures: Arc::new([Arc::from("made")]),
        };
        let frames = [0, 1].map(|end| frame(end, said[usize::from(end)]));
        Plant { worker: Worker::new(options), frames, sequence: [1, 1], number: 0 }
    }

    fn transaction(&mut self) {
        for end in [0, 1] {
            self.number += 1;
            let frame = &mut self.frames[end];
            frame[18..20].copy_from_slice(&(self.number as u16).to_be_bytes());
            frame[38..42].copy_from_slice(&self.sequence[end].to_be_bytes());
            frame[42..46].copy_from_slice(&self.sequence[1 - end].to_be_bytes());
            frame[HEADERS..HEADERS + 2].copy_from_slice(&(self.number.div_ceil(2) as u16).to_be_bytes());
            self.sequence[end] = self.sequence[end].wrapping_add((frame.len() - HEADERS) as u32);
            let ts = Timestamp::from_nanos(self.number * 1_000_000);
            let at = FrameRef { ts, number: self.number, ..FrameRef::default() };
            let wire_len = frame.len() as u32;
            self.worker.frame(&Frame { at, link: LinkType::ETHERNET, wire_len, vlan: None, bytes: frame });
        }
    }
}

/// Ethernet, IPv4 and TCP headers before what one end says.
fn frame(end: u8, said: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2 - end, 2, 0, 0, 0, 0, 1 + end, 8, 0, 0x45, 0];
    frame.extend((40 + said.len() as u16).to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1 + end, 10, 0, 0, 2 - end]);
    let ports = [40_000u16, 502];
    frame.extend(ports[usize::from(end)].to_be_bytes());
    frame.extend(ports[usize::from(1 - end)].to_be_bytes());
    frame.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x50, 16, 0xff, 0xff, 0, 0, 0, 0]);
    frame.extend(said);
    frame
}

/// Counts ordered bytes.
#[derive(Default)]
struct Count {
    bytes: u64,
}

impl FlowSink<()> for Count {
    fn heard(&mut self, _flow: &FlowInfo, _side: Side) {}

    fn changed(&mut self, _flow: &mut FlowInfo, _state: &mut ()) {}

    fn piece(&mut self, _flow: &mut FlowInfo, _state: &mut (), piece: Piece<'_>) {
        if let Data::Stream(bytes) | Data::Datagram(bytes) = piece.data {
            self.bytes += bytes.len() as u64;
        }
    }

    fn ended(&mut self, _flow: &mut FlowInfo, _state: &mut ()) {}
}
