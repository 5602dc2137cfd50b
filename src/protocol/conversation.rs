use super::entry::Entry;
use super::probe::{Probe, Sample};
use super::registry::REGISTRY;
use super::{Output, Parser, Sink};
use crate::event::{FrameRef, Protocol, Side};
use crate::flow::{Data, DirectionSource, FlowInfo, Piece, Worth};

/// Bytes kept while no protocol is sure yet, and in how many pieces; of smaller ones some count as one.
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
    /// It spoke this, and both sides said goodbye.
    Over(Protocol),
    Unknown,
}

#[derive(Default)]
struct Probing {
    /// What each end of the flow sent: the sides may turn once the protocol is known, the ends do not.
    unread: [Vec<u8>; 2],
    /// In which pieces it came: end, frame, and how many bytes.
    pieces: Vec<(usize, FrameRef, usize)>,
    misses: u8,
    suspect: Option<Suspect>,
}

/// A protocol that fitted before, without its port, and the bytes that it fitted.
#[derive(Clone, Copy)]
struct Suspect {
    protocol: Protocol,
    end: usize,
    len: usize,
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
            State::Over(protocol) => Some(*protocol),
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
            (State::Fresh | State::Probing(_) | State::Over(_), Data::Stream(bytes)) => {
                return self.probe(flow, piece.from, piece.at, bytes, sink);
            }
            (State::Probing(probing), Data::Gap(_)) => probing.forget(),
            (State::Fresh | State::Unknown | State::Over(_), Data::Gap(_)) | (State::Unknown, Data::Stream(_)) => {}
            (State::Speaking(parser), Data::Datagram(bytes)) => {
                parser.data(piece.from, piece.at, bytes, &mut Output { flow, sink });
            }
            (State::Unknown, Data::Datagram(_)) => {}
            // A datagram is whole: the first one tells or none does.
            (State::Fresh | State::Probing(_) | State::Over(_), Data::Datagram(bytes)) => {
                self.probe(flow, piece.from, piece.at, bytes, sink);
                if !matches!(self.state, State::Speaking(_)) {
                    self.state = State::Unknown;
                }
                return true;
            }
        }
        false
    }

    /// The conversation is over. Whoever goes on all the same begins another one.
    pub fn end(&mut self, flow: &FlowInfo, sink: &mut dyn Sink) {
        if let State::Speaking(parser) = &mut self.state {
            parser.end(&mut Output { flow, sink });
            self.state = State::Over(parser.protocol());
        }
    }

    fn probe(&mut self, flow: &mut FlowInfo, from: Side, at: FrameRef, bytes: &[u8], sink: &mut dyn Sink) -> bool {
        let end = flow.end_of(from);
        let (mut probing, mut verdict) = match std::mem::take(&mut self.state) {
            State::Probing(mut probing) => {
                probing.wait(end, at, bytes);
                let verdict = probing.judge(flow, from);
                (probing, verdict)
            }
            // Nearly all that is ours shows in its first message: nothing need wait then.
            _ => match judge(flow, from, bytes, None) {
                Verdict::Speaks(entry, role) => {
                    self.speak(flow, entry, from, role, bytes);
                    self.hear(flow, end, at, bytes, sink);
                    return true;
                }
                verdict => {
                    let mut probing: Box<Probing> = Box::default();
                    probing.wait(end, at, bytes);
                    (probing, verdict)
                }
            },
        };
        if matches!(verdict, Verdict::Nothing) && probing.pieces.len() > 1 {
            // What waited belongs to nothing; this piece may begin anew, but not at every byte of a long stream.
            probing.misses += 1;
            probing.forget();
            probing.wait(end, at, bytes);
            verdict = probing.judge(flow, from);
        }
        match verdict {
            Verdict::Speaks(entry, role) => {
                self.speak(flow, entry, from, role, &probing.unread[end]);
                self.catch_up(flow, &probing, sink);
                return true;
            }
            Verdict::Suspect(protocol) => {
                let len = probing.unread[end].len();
                if probing.suspect.is_none_or(|before| before.protocol != protocol) {
                    probing.suspect = Some(Suspect { protocol, end, len });
                }
            }
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

    fn speak(&mut self, flow: &mut FlowInfo, entry: &'static Entry, from: Side, role: Option<Side>, bytes: &[u8]) {
        flow.worth = flow.worth.max(Worth::Control);
        if let Some(role) = role {
            let client = if role == Side::Client { from } else { from.other() };
            flow.learn_client(client, DirectionSource::Content);
        }
        self.state = State::Speaking((entry.open)(&Sample { bytes, from, transport: flow.transport }));
    }

    /// Gives the parser what came while nobody was sure.
    fn catch_up(&mut self, flow: &FlowInfo, probing: &Probing, sink: &mut dyn Sink) {
        let mut rest = probing.unread.each_ref().map(Vec::as_slice);
        for (end, at, len) in &probing.pieces {
            let Some((bytes, later)) = rest[*end].split_at_checked(*len) else { return };
            rest[*end] = later;
            self.hear(flow, *end, *at, bytes, sink);
        }
    }

    fn hear(&mut self, flow: &FlowInfo, end: usize, at: FrameRef, bytes: &[u8], sink: &mut dyn Sink) {
        if let State::Speaking(parser) = &mut self.state {
            parser.data(flow.side_of(end), at, bytes, &mut Output { flow, sink });
        }
    }
}

impl Probing {
    fn wait(&mut self, end: usize, at: FrameRef, bytes: &[u8]) {
        self.unread[end].extend_from_slice(bytes);
        let many = self.pieces.len() >= MAX_WAITING_PIECES;
        match self.pieces.last_mut() {
            Some((last, _, len)) if *last == end && many => *len += bytes.len(),
            _ => self.pieces.push((end, at, bytes.len())),
        }
    }

    /// What the sender's bytes are, as far as they came.
    fn judge(&self, flow: &FlowInfo, from: Side) -> Verdict {
        let end = flow.end_of(from);
        let unread = &self.unread[end];
        // The same message with a few bytes more does not fit a second time; and what was not a protocol before, and may be
        // one byte by byte, fits by chance.
        let again =
            self.suspect.filter(|before| self.misses == 0 && (before.end != end || unread.len() >= 2 * before.len));
        judge(flow, from, unread, again.map(|before| before.protocol))
    }

    fn is_full(&self) -> bool {
        let bytes: usize = self.unread.iter().map(Vec::len).sum();
        bytes > MAX_WAITING_BYTES || self.pieces.len() > 2 * MAX_WAITING_PIECES
    }

    fn forget(&mut self) {
        self.unread.iter_mut().for_each(Vec::clear);
        self.pieces.clear();
    }
}

/// Asks every protocol; one whose port it is counts as sure where it only finds it likely.
fn judge(flow: &FlowInfo, from: Side, bytes: &[u8], suspect: Option<Protocol>) -> Verdict {
    if let Some(ether_type) = flow.ether_type {
        let claims = |entry: &&Entry| entry.ether_types.contains(&ether_type);
        return REGISTRY.iter().find(claims).map_or(Verdict::Nothing, |entry| Verdict::Speaks(entry, None));
    }
    let sample = Sample { bytes, from, transport: flow.transport };
    let mut verdict = Verdict::Nothing;
    for entry in REGISTRY {
        let hinted = entry.ports.contains(&flow.port(Side::Server)) || entry.ports.contains(&flow.port(Side::Client));
        match (entry.probe)(&sample) {
            Probe::Certain(role) => return Verdict::Speaks(entry, role),
            Probe::OnPort(role) if hinted => return Verdict::Speaks(entry, role),
            Probe::Likely(role) if hinted || suspect == Some(entry.protocol) => return Verdict::Speaks(entry, role),
            Probe::Likely(_) => verdict = Verdict::Suspect(entry.protocol),
            Probe::More if matches!(verdict, Verdict::Nothing) => verdict = Verdict::Wait,
            Probe::More | Probe::No | Probe::OnPort(_) => {}
        }
    }
    verdict
}
