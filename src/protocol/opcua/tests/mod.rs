mod attacks;
mod carriers;
mod conversation;
mod encode;
mod known;
mod mutations;
mod robustness;
mod values;

use smallvec::SmallVec;

use super::state::OpcUa;
use crate::capture::{Frame, LinkType};
use crate::decode;
use crate::event::{
    Anomaly, Class, EventKind, Fact, FrameRef, FunctionKey, ObjectKey, Operation, Protocol, Session, Set, Side,
    Timestamp,
};
use crate::flow::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use crate::protocol::{Behaviour, Output, Parser, Sink};

/// A connection from 10.0.0.1 to 10.0.0.2:4840, as the flow table makes it.
fn flow() -> FlowInfo {
    struct Catch(Option<FlowInfo>);
    impl FlowSink<()> for Catch {
        fn heard(&mut self, _: &FlowInfo, _: Side) {}
        fn changed(&mut self, flow: &mut FlowInfo, (): &mut ()) {
            self.0 = Some(flow.clone());
        }
        fn piece(&mut self, _: &mut FlowInfo, (): &mut (), _: Piece<'_>) {}
        fn ended(&mut self, _: &mut FlowInfo, (): &mut ()) {}
    }
    let mut bytes = Vec::new();
    let packet = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    packet.tcp(50_000, 4840, 1, 1024).syn().write(&mut bytes, &[]).unwrap();
    let wire_len = bytes.len() as u32;
    let frame = Frame { at: at(1), link: LinkType::ETHERNET, wire_len, vlan: None, bytes: &bytes };
    let mut catch = Catch(None);
    FlowTable::new(FlowLimits::default()).packet(&decode::decode(&frame), frame.at, wire_len, &mut catch);
    catch.0.unwrap()
}

/// One frame a millisecond.
fn at(number: u64) -> FrameRef {
    let ts = Timestamp::from_parts(1_767_254_400, 0) + std::time::Duration::from_millis(number);
    FrameRef { ts, number, ..FrameRef::default() }
}

/// Hears all that a parser finds.
#[derive(Default)]
struct Heard {
    events: Vec<(EventKind, SmallVec<[u64; 4]>)>,
    undecoded: usize,
    encrypted: usize,
    /// Behaviour that was called normal.
    known: Set<(FunctionKey, Vec<ObjectKey>)>,
    asked: Vec<(FunctionKey, Class, Vec<ObjectKey>)>,
}

impl Sink for Heard {
    fn known(&mut self, _: &FlowInfo, behaviour: &Behaviour<'_>) -> bool {
        let objects = behaviour.objects.to_vec();
        self.asked.push((behaviour.function, behaviour.class, objects.clone()));
        self.known.contains(&(behaviour.function, objects))
    }

    fn event(&mut self, _: &FlowInfo, protocol: Protocol, kind: EventKind, frames: &[FrameRef]) {
        assert_eq!(protocol, Protocol::OpcUa);
        self.events.push((kind, frames.iter().map(|frame| frame.number).collect()));
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {
        self.encrypted += 1;
    }
}

impl Heard {
    fn operations(&self) -> Vec<&Operation> {
        self.events
            .iter()
            .filter_map(|(kind, _)| if let EventKind::Operation(o) = kind { Some(&**o) } else { None })
            .collect()
    }

    /// The last operation of a name.
    fn operation(&self, name: &str) -> &Operation {
        self.operations().into_iter().rfind(|operation| operation.function.name == name).unwrap()
    }

    fn sessions(&self) -> Vec<&Session> {
        self.events
            .iter()
            .filter_map(|(kind, _)| if let EventKind::Session(s) = kind { Some(&**s) } else { None })
            .collect()
    }

    fn facts(&self) -> Vec<&Fact> {
        self.events
            .iter()
            .filter_map(|(kind, _)| if let EventKind::Identity(f) = kind { Some(&**f) } else { None })
            .collect()
    }

    fn anomalies(&self) -> Vec<&Anomaly> {
        self.events
            .iter()
            .filter_map(|(kind, _)| if let EventKind::Anomaly(a) = kind { Some(&**a) } else { None })
            .collect()
    }

    fn anomaly_names(&self) -> Vec<&str> {
        self.anomalies().into_iter().map(|anomaly| &*anomaly.name).collect()
    }

    /// Everything but the frames, for comparing what was understood.
    fn understood(&self) -> Vec<EventKind> {
        self.events.iter().map(|(kind, _)| kind.clone()).collect()
    }
}

/// A connection under test.
struct Line {
    parser: OpcUa,
    flow: FlowInfo,
    heard: Heard,
    frame: u64,
    /// Sequence numbers and request ids of the open channel.
    sequence: [u32; 2],
    request: u32,
}

const CHANNEL: u32 = 7;
const URL: &str = "opc.tcp://line1:4840";

impl Line {
    fn new() -> Self {
        let (flow, heard) = (flow(), Heard::default());
        Line { parser: OpcUa::default(), flow, heard, frame: 1, sequence: [1, 1], request: 1 }
    }

    /// HEL, ACK and OPN of policy None have gone by.
    fn open() -> Self {
        let mut line = Line::new();
        line.say(Side::Client, &encode::hello(URL));
        line.say(Side::Server, &encode::acknowledge());
        line.say(Side::Client, &encode::open_request(1, 1, 1));
        line.say(Side::Server, &encode::open_response(CHANNEL, 1, 1));
        line
    }

    fn say(&mut self, from: Side, bytes: &[u8]) {
        self.frame += 1;
        let at = at(self.frame);
        self.parser.data(from, at, bytes, &mut Output { flow: &self.flow, sink: &mut self.heard });
    }

    fn gap(&mut self, from: Side, missing: u64) {
        let at = at(self.frame);
        self.parser.gap(from, at, missing, &mut Output { flow: &self.flow, sink: &mut self.heard });
    }

    fn end(&mut self) {
        self.parser.end(&mut Output { flow: &self.flow, sink: &mut self.heard });
    }

    fn next(&mut self, from: Side) -> u32 {
        let number = &mut self.sequence[usize::from(from == Side::Server)];
        *number += 1;
        *number
    }

    /// A request in one chunk, not yet answered.
    fn ask(&mut self, body: &encode::Bytes) -> u32 {
        self.request += 1;
        let sequence = self.next(Side::Client);
        self.say(Side::Client, &encode::whole(CHANNEL, sequence, self.request, body));
        self.request
    }

    fn answer(&mut self, request: u32, body: &encode::Bytes) {
        let sequence = self.next(Side::Server);
        self.say(Side::Server, &encode::whole(CHANNEL, sequence, request, body));
    }

    /// A request and its answer.
    fn exchange(&mut self, request: &encode::Bytes, response: &encode::Bytes) {
        let id = self.ask(request);
        self.answer(id, response);
    }
}
