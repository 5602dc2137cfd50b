//! What is known costs no memory: Modbus that was learnt goes by, and the packet thread allocates nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "only an allocator of its own can count, and its trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use fengsui::capture::{Frame, LinkType};
use fengsui::event::{FrameRef, Timestamp};
use fengsui::pipeline::{Feedback, Item, Learnt, Worker, WorkerOptions};

/// The system's allocator, and how often this thread asked it.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it is; counting touches a cell of this thread alone.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ASKED.try_with(|asked| asked.set(asked.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ASKED.try_with(|asked| asked.set(asked.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often something allocates.
fn counted(act: impl FnOnce()) -> u64 {
    let before = ASKED.get();
    act();
    ASKED.get() - before
}

/// One TCP connection from 10.0.0.1 to 10.0.0.2, heard by a packet thread.
struct Plant {
    worker: Worker,
    port: u16,
    sequence: [u32; 2],
    number: u64,
}

const SYN: u8 = 2;
const ACK: u8 = 16;

impl Plant {
    fn new(port: u16) -> Self {
        let options = WorkerOptions {
            flows: Default::default(),
            rules: Arc::default(),
            evidence_window: None,
            every_operation: false,
            every_conversation: false,
            captures: Arc::new([Arc::from("plant")]),
        };
        let mut plant = Plant { worker: Worker::new(options), port, sequence: [1000, 5000], number: 0 };
        plant.say(0, SYN, &[]);
        plant.say(1, SYN | ACK, &[]);
        plant
    }

    /// A segment of the client (0) or the server (1); says how often the packet thread allocated for it.
    fn say(&mut self, end: usize, flags: u8, payload: &[u8]) -> u64 {
        let bytes = self.frame(end, flags, payload);
        self.sequence[end] += payload.len() as u32 + u32::from(flags & SYN != 0);
        self.number += 1;
        let at =
            FrameRef { ts: Timestamp::from_nanos(self.number * 1_000_000), number: self.number, ..FrameRef::default() };
        let frame = Frame { at, link: LinkType::ETHERNET, wire_len: bytes.len() as u32, vlan: None, bytes: &bytes };
        let worker = &mut self.worker;
        counted(|| worker.frame(&frame))
    }

    fn frame(&self, end: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 2 - end as u8, 2, 0, 0, 0, 0, 1 + end as u8, 8, 0, 0x45, 0];
        frame.extend((40 + payload.len() as u16).to_be_bytes());
        frame.extend((self.number as u16).to_be_bytes());
        frame.extend([0, 0, 64, 6, 0, 0, 10, 0, 0, 1 + end as u8, 10, 0, 0, 2 - end as u8]);
        let ports = [40_000, self.port];
        frame.extend(ports[end].to_be_bytes());
        frame.extend(ports[1 - end].to_be_bytes());
        frame.extend(self.sequence[end].to_be_bytes());
        frame.extend(self.sequence[1 - end].to_be_bytes());
        frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(payload);
        frame
    }

    /// What the analyst does with all that is told: it calls it normal. Returns how much was told.
    fn learn(&mut self) -> usize {
        let events: Vec<_> = self.worker.take().into_iter().map(|sent| sent.item).collect();
        let learnt = |(tally, item): (u32, &Item)| match item {
            Item::Event { event, key } => Some(Learnt { key: (*key)?, tally, slot: event.ts.slot() }),
            _ => None,
        };
        self.worker.hear(Feedback::Learn((0..).zip(&events).filter_map(learnt).collect()));
        events.iter().filter(|item| matches!(item, Item::Event { .. })).count()
    }
}

fn mbap(transaction: u16, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    [&transaction.to_be_bytes()[..], &[0, 0], &length.to_be_bytes(), &[1], pdu].concat()
}

/// Modbus over Serial Line V1.02, section 6.2.2.
fn rtu(_: u16, pdu: &[u8]) -> Vec<u8> {
    let mut message = [&[1], pdu].concat();
    let mut crc = 0xffffu16;
    for byte in &message {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 };
        }
    }
    message.extend(crc.to_le_bytes());
    message
}

/// A poll of everything that clients of plants do, request and response.
fn poll() -> Vec<(Vec<u8>, Vec<u8>)> {
    let long = [&[16, 0, 0, 0, 100, 200][..], &[7; 200]].concat();
    let coils = [&[15, 0, 0, 3, 32, 100][..], &[0x55; 100]].concat();
    vec![
        (vec![1, 0, 0, 0, 16], vec![1, 2, 1, 2]),
        (vec![2, 0, 0, 0, 3], vec![2, 1, 5]),
        (vec![3, 0, 0, 0, 2], vec![3, 4, 0, 1, 0, 2]),
        (vec![4, 0, 9, 0, 1], vec![4, 2, 0, 1]),
        (vec![5, 0, 1, 0xff, 0], vec![5, 0, 1, 0xff, 0]),
        (vec![6, 0, 1, 0, 9], vec![6, 0, 1, 0, 9]),
        (vec![7], vec![7, 0]),
        (vec![8, 0, 11, 0, 0], vec![8, 0, 11, 0, 9]),
        (vec![11], vec![11, 0, 0, 0, 1]),
        (coils, vec![15, 0, 0, 3, 32]),
        (long, vec![16, 0, 0, 0, 100]),
        (vec![17], vec![17, 3, 1, 0xff, 2]),
        (vec![20, 7, 6, 0, 4, 0, 1, 0, 1], vec![20, 4, 3, 6, 0, 9]),
        (vec![22, 0, 4, 0, 1, 0, 2], vec![22, 0, 4, 0, 1, 0, 2]),
        (vec![23, 0, 3, 0, 1, 0, 14, 0, 1, 2, 0, 255], vec![23, 2, 0, 254]),
        (vec![24, 0, 9], vec![24, 0, 4, 0, 1, 0, 7]),
        (vec![43, 14, 1, 0], vec![43, 14, 1, 1, 0, 0, 1, 0, 2, b'A', b'B']),
        (vec![90, 0, 0x22, 1, 2, 3, 4, 1, 2, 51, 0, 1, 16, 0, 4], vec![90, 0, 0xfe, 1, 2]),
    ]
}

type Wrap = fn(u16, &[u8]) -> Vec<u8>;

#[test]
fn known_modbus_allocates_nothing() {
    for (name, wrap) in [("mbap", mbap as Wrap), ("rtu", rtu)] {
        let mut plant = Plant::new(if name == "mbap" { 502 } else { 4001 });
        let mut transaction = 0;
        let mut round = |plant: &mut Plant| {
            let mut allocations = 0;
            for (ask, answer) in poll().iter().filter(|(ask, _)| name == "mbap" || ask[0] != 90) {
                transaction += 1;
                let [ask, answer] = [wrap(transaction, ask), wrap(transaction, answer)];
                // The longer requests come in two segments.
                let (first, second) = ask.split_at(ask.len().min(60));
                allocations += plant.say(0, ACK, first);
                if !second.is_empty() {
                    allocations += plant.say(0, ACK, second);
                }
                allocations += plant.say(1, ACK, &answer);
            }
            allocations
        };
        assert!(round(&mut plant) > 100, "{name}: news allocate, or nothing was counted");
        assert!(plant.learn() >= poll().len() - 1, "{name}: everything was told");
        // Buffers grow to what they need.
        round(&mut plant);
        assert_eq!(plant.learn(), 0, "{name}: it is known");
        let allocations: u64 = (0..50).map(|_| round(&mut plant)).sum();
        assert_eq!(allocations, 0, "{name}");
        assert_eq!(plant.learn(), 0, "{name}: it stays known");
    }
}
