use super::entry::Entry;
use super::probe::{Probe, Sample};
use super::registry::REGISTRY;
use super::{Output, Parser, Sink};
use crate::event::{FrameRef, Protocol, Side};
use crate::flow::{Data, DirectionSource, FlowInfo, Piece, Worth};

/// Bytes kept while no protocol is sure yet.
const MAX_WAITING_BYTES: usize = 4096;
const MAX_WAITING_PIECES: usize = 128;
/// Samples in a row that fit no protocol before a conversation counts as unknown. A capture that begins in the midst
/// of a message needs a second chance; a file transfer must not cost a probe for each segment.
const MAX_MISSES: u8 = 6;

/// What one conversation of the flow table speaks.
#[derive(Default)]
pub struct Conversation {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Fresh,
    Probing(Box<Probing>),
    Speaking(Box<dyn Parser>),
    Unknown,
}

#[derive(Default)]
struct Probing {
    /// Which end of the flow sent what: the sides may turn once the protocol is known, the ends do not.
    waiting: Vec<(usize, FrameRef, Vec<u8>)>,
    bytes: usize,
    misses: u8,
    /// A protocol that fitted before, without its port.
    suspect: Option<Protocol>,
}

enum Verdict {
    Speaks(&'static Entry, Option<Side>),
    /// Fits one protocol, but only once and on no port of its.
    Suspect(Protocol),
    Wait,
    Nothing,
}

impl Conversation {
    /// The protocol, once known.
    pub fn protocol(&self) -> Option<Protocol> {
        match &self.state {
            State::Speaking(parser) => Some(parser.protocol()),
            _ => None,
        }
    }

    /// Takes a piece of the conversation in. True where this piece settled what is spoken, or that it is none of ours.
    pub fn piece(&mut self, flow: &mut FlowInfo, piece: &Piece<'_>, sink: &mut dyn Sink) -> bool {
        match (&mut self.state, piece.data) {
            (State::Speaking(parser), Data::Stream(bytes)) => {
                parser.data(piece.from, piece.at, bytes, &mut Output { flow, sink });
            }
            (State::Speaking(parser), Data::Gap(missing)) => {
                parser.gap(piece.from, piece.at, missing, &mut Output { flow, sink });
            }
            (State::Fresh | State::Probing(_), Data::Stream(bytes)) => {
                return self.probe(flow, piece.from, piece.at, bytes, sink);
            }
            (State::Probing(probing), Data::Gap(_)) => probing.forget(),
            (State::Fresh | State::Unknown, Data::Gap(_)) | (State::Unknown, Data::Stream(_)) => {}
            // No protocol of ours runs over UDP yet.
            (State::Unknown, Data::Datagram(_)) => {}
            (_, Data::Datagram(_)) => {
                self.state = State::Unknown;
                return true;
            }
        }
        false
    }

    /// The conversation is over.
    pub fn end(&mut self, flow: &FlowInfo, sink: &mut dyn Sink) {
        if let State::Speaking(parser) = &mut self.state {
            parser.end(&mut Output { flow, sink });
        }
    }

    fn probe(&mut self, flow: &mut FlowInfo, from: Side, at: FrameRef, bytes: &[u8], sink: &mut dyn Sink) -> bool {
        let mut probing = match std::mem::take(&mut self.state) {
            State::Probing(probing) => probing,
            _ => Box::default(),
        };
        let end = flow.end_of(from);
        probing.wait(end, at, bytes);
        match judge(flow, from, &probing.unread(end), probing.suspect) {
            Verdict::Speaks(entry, role) => {
                self.speak(flow, entry, from, role);
                self.catch_up(flow, probing.waiting, sink);
                return true;
            }
            Verdict::Suspect(protocol) => probing.suspect = Some(protocol),
            Verdict::Wait => {}
            Verdict::Nothing => {
                probing.misses += 1;
                probing.forget();
            }
        }
        let hopeless = probing.misses >= MAX_MISSES || probing.is_full();
        self.state = if hopeless { State::Unknown } else { State::Probing(probing) };
        hopeless
    }

    fn speak(&mut self, flow: &mut FlowInfo, entry: &'static Entry, from: Side, role: Option<Side>) {
        flow.worth = flow.worth.max(Worth::Control);
        if let Some(role) = role {
            let client = if role == Side::Client { from } else { from.other() };
            flow.learn_client(client, DirectionSource::Content);
        }
        self.state = State::Speaking((entry.open)());
    }

    /// Gives the parser what came while nobody was sure.
    fn catch_up(&mut self, flow: &FlowInfo, waiting: Vec<(usize, FrameRef, Vec<u8>)>, sink: &mut dyn Sink) {
        let State::Speaking(parser) = &mut self.state else { return };
        for (end, at, bytes) in waiting {
            parser.data(flow.side_of(end), at, &bytes, &mut Output { flow, sink });
        }
    }
}

impl Probing {
    /// Bytes of one direction that no message was found in yet.
    fn unread(&self, end: usize) -> Vec<u8> {
        self.waiting.iter().filter(|(from, ..)| *from == end).flat_map(|(.., bytes)| bytes).copied().collect()
    }

    fn wait(&mut self, end: usize, at: FrameRef, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.waiting.push((end, at, bytes.to_vec()));
    }

    fn is_full(&self) -> bool {
        self.bytes > MAX_WAITING_BYTES || self.waiting.len() > MAX_WAITING_PIECES
    }

    fn forget(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }
}

/// Asks every protocol; one whose port it is counts as sure where it only finds it likely.
fn judge(flow: &FlowInfo, from: Side, bytes: &[u8], suspect: Option<Protocol>) -> Verdict {
    let sample = Sample { bytes, from, transport: flow.transport };
    let mut verdict = Verdict::Nothing;
    for entry in REGISTRY {
        let hinted = entry.ports.contains(&flow.port(Side::Server)) || entry.ports.contains(&flow.port(Side::Client));
        match (entry.probe)(&sample) {
            Probe::Certain(role) => return Verdict::Speaks(entry, role),
            Probe::Likely(role) if hinted || suspect == Some(entry.protocol) => return Verdict::Speaks(entry, role),
            Probe::Likely(_) => verdict = Verdict::Suspect(entry.protocol),
            Probe::More if matches!(verdict, Verdict::Nothing) => verdict = Verdict::Wait,
            Probe::More | Probe::No => {}
        }
    }
    verdict
}
