//! The first steps of the road by themselves, for `tests/bench/bench`: what reading, decoding and following a packet cost
//! before anybody asks what was said.
//!
//!     cargo run --release --example stages -- flow capture.pcap
//!
//! Steps: `read` frames only, `decode` and from there to transport, `flow` and from there to ordered bytes.

#![allow(clippy::print_stdout, reason = "a tool of measurement prints")]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use fengsui::capture::file::FileReader;
use fengsui::decode;
use fengsui::event::Side;
use fengsui::flow::{Data, FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use fengsui::protocol::registry;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [step, capture] = arguments.as_slice() else { return Err("usage: stages read|decode|flow CAPTURE".into()) };
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
