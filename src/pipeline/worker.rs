use std::sync::Arc;
use std::time::{Duration, Instant};

use super::behind::{self, Behind};
use super::desk::{Desk, Held, pair_of};
use super::known::{Course, Known};
use super::message::{Feedback, Item, Phase, Sent};
use super::notice;
use crate::capture::Frame;
use crate::capture::evidence::EvidenceRing;
use crate::decode::{self, Defragmenter, Duplicates, Net, Packet, Transport};
use crate::event::{CaptureReport, FrameRef, MacAddr, Map, Set, Timestamp};
use crate::flow::{FlowLimits, FlowTable};
use crate::protocol::s7::Told;
use crate::protocol::{self, HeldFiles, Shared};
use crate::signature::{Headers, Matcher, RuleSet, Segment};

/// The wall's clock against one that nobody sets: below that it may be the machine that was busy.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// What a worker must know before its first frame.
#[derive(Clone)]
pub struct WorkerOptions {
    pub flows: FlowLimits,
    pub rules: Arc<RuleSet>,
    /// Bytes of the capture's latest traffic that are kept for evidence; `None` keeps nothing.
    pub evidence_window: Option<u64>,
    /// Every operation becomes an event, known or not.
    pub every_operation: bool,
    /// Every conversation becomes an event when it ends, on a known link or not.
    pub every_conversation: bool,
    /// Names of the captures of this run, by [`FrameRef::capture`].
    pub captures: Arc<[Arc<str>]>,
}

/// One packet thread's work: frames in, events out. A conversation always goes to the same worker.
pub struct Worker {
    duplicates: Duplicates,
    defragmenter: Defragmenter,
    flows: FlowTable<Held>,
    desk: Desk,
    /// The wall's time at the latest tick of a live capture, and the same by a clock that nobody sets.
    clock: Option<(Timestamp, Instant)>,
}

impl Worker {
    pub fn new(options: WorkerOptions) -> Self {
        let mut limits = options.flows;
        limits.server_ports = protocol::registry::server_ports();
        limits.ether_types = protocol::registry::ether_types();
        Worker {
            duplicates: Duplicates::default(),
            defragmenter: Defragmenter::default(),
            flows: FlowTable::new(limits),
            clock: None,
            desk: Desk {
                known: Known::new(!options.every_operation, !options.every_conversation),
                matcher: Matcher::new(options.rules),
                ring: options.evidence_window.map(EvidenceRing::new),
                requests: Vec::new(),
                shared: Shared { s7: (!options.every_operation).then(Told::default), ..Shared::default() },
                hosts: Map::default(),
                odd: Set::default(),
                neighbours: Map::default(),
                notices: Set::default(),
                serving: Set::default(),
                open: Map::default(),
                captures: options.captures,
                report: CaptureReport::default(),
                out: Vec::new(),
                late: Vec::new(),
                held_files: HeldFiles::default(),
                asked: None,
                course: Course::default(),
                now: FrameRef::default(),
                headers: (FrameRef::default(), Headers::default()),
                behind: Behind::default(),
                clock: None,
                phase: Phase::Frame,
            },
        }
    }

    pub fn frame(&mut self, frame: &Frame<'_>) {
        let desk = &mut self.desk;
        desk.now = frame.at;
        desk.report.packets += 1;
        desk.report.bytes += u64::from(frame.wire_len);
        desk.report.truncated += u64::from(frame.wire_len as usize > frame.bytes.len());
        let mut packet = decode::decode(frame);
        desk.report.group_packets += u64::from(packet.destination_mac.is_some_and(MacAddr::is_group));
        desk.report.tagged_packets += u64::from(!packet.vlans.is_empty());
        if let Some(ring) = &mut desk.ring {
            ring.push(frame, pair_of(&packet.net));
        }
        if packet.net == Net::None {
            desk.sight((packet.source_mac, None, &packet.vlans), packet.destination_mac, None);
            desk.neighbour(&packet);
        }
        if self.duplicates.is_copy(&mut packet, frame.at.ts) {
            desk.report.duplicates += 1;
            return;
        }
        if let Some(notice) = notice::of(&packet) {
            self.desk.notice(&packet, notice);
        }
        self.packet(&packet, frame.at, frame.wire_len);
    }

    /// Fragments wait for each other. A datagram put together may hold a tunnel with fragments in it: no deeper than
    /// tunnels are opened.
    fn packet(&mut self, packet: &Packet<'_>, at: FrameRef, wire_len: u32) {
        if let Some(flaw) = packet.flaw.filter(|flaw| flaw.layer == "depth") {
            self.desk.odd(packet, "too_deep", flaw.offset);
        }
        if !packet.is_fragment() {
            self.desk.headers = (at, headers(packet));
            if matches!(packet.transport, Transport::Tcp(tcp) if tcp.flags.syn()) {
                self.desk.clock = behind::timestamp(packet.datagram);
            }
            return self.flows.packet(packet, at, wire_len, &mut self.desk);
        }
        let taken = self.defragmenter.take(packet, at.ts, wire_len);
        if let Some(fault) = taken.fault {
            self.desk.odd(packet, fault, 0);
        }
        if let Some(datagram) = taken.whole {
            self.packet(&datagram.packet(at), at, datagram.wire_len);
        }
    }

    /// A second of packet time is over, noticed at frame `at` before it is taken in.
    pub fn tick(&mut self, at: FrameRef) {
        self.desk.now = at;
        self.desk.phase = Phase::Tick;
        self.defragmenter.sweep(at.ts);
        self.flows.sweep(at.ts, &mut self.desk);
        self.close_tick();
        self.desk.phase = Phase::Frame;
    }

    /// A second of time is over on a wire; there may have been no frame in it.
    pub fn tick_now(&mut self, ts: Timestamp) {
        let now = Instant::now();
        let (before, then) = self.clock.replace((ts, now)).unwrap_or((ts, now));
        let expected = before + now.duration_since(then);
        let step = ts.since(expected).max(expected.since(ts));
        if step >= CLOCK_STEP {
            self.desk.report.clock_step_ms += u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
        }
        self.tick(FrameRef { ts, ..self.desk.now });
    }

    /// The kernel dropped frames before we could read them.
    pub fn count_drops(&mut self, drops: u64) {
        self.desk.report.kernel_drops += drops;
    }

    /// Drops single events beyond so many items, oldest first, and counts them.
    pub fn shed(&mut self, most: usize) {
        let before = self.desk.out.len();
        let mut excess = before.saturating_sub(most);
        self.desk.out.retain(|sent| {
            let drop = excess > 0 && matches!(sent.item, Item::Event { .. });
            excess -= usize::from(drop);
            !drop
        });
        self.desk.report.dropped_events += (before - self.desk.out.len()) as u64;
    }

    /// The input is over.
    pub fn finish(&mut self) {
        self.desk.phase = Phase::End;
        self.defragmenter.finish();
        self.flows.finish(&mut self.desk);
        self.close_tick();
    }

    fn close_tick(&mut self) {
        self.desk.answer_requests();
        self.desk.report_known();
        self.desk.odd.clear();
        self.desk.notices.clear();
        self.desk.report.broken_datagrams += self.defragmenter.take_given_up();
        self.desk.report_capture(&mut self.flows);
        self.desk.send(Item::Tick(self.desk.now.ts));
    }

    /// Does what the analyst says.
    pub fn hear(&mut self, feedback: Feedback) {
        match feedback {
            Feedback::Learn(learnt) => learnt.iter().for_each(|learnt| self.desk.known.learn(learnt)),
            Feedback::Forget => {
                self.desk.report_known();
                self.desk.known.forget();
                self.desk.hosts.clear();
                self.desk.serving.clear();
            }
            Feedback::Rules(rules) => self.desk.matcher = Matcher::new(rules),
            Feedback::Evidence(request) => {
                self.desk.requests.push(request);
                self.desk.answer_requests();
            }
        }
    }

    pub fn pending(&self) -> usize {
        self.desk.out.len()
    }

    pub fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.desk.out)
    }
}

/// What rules may ask of a packet beside its bytes.
fn headers(packet: &Packet<'_>) -> Headers {
    let ttl = if let Net::Ip(ip) = &packet.net { ip.ttl } else { 0 };
    let (tcp, icmp) = match packet.transport {
        Transport::Tcp(tcp) => (Some(tcp), None),
        Transport::Icmp(icmp) => (None, Some((icmp.kind, icmp.code))),
        _ => (None, None),
    };
    let segment = |tcp: crate::decode::Tcp| Segment {
        flags: tcp.flags.0,
        sequence: tcp.sequence,
        acknowledgment: tcp.acknowledgment,
        window: tcp.window,
    };
    Headers { ttl, tcp: tcp.map(segment), icmp }
}
