//! One connection: bytes to chunks, chunks to messages, with whatever loss and junk lies between.

use super::channel::{self, Channel, SequenceFault};
use super::chunks::{Agreed, Joiner, Key, Passed};
use super::decoder::Decoder;
use super::facts;
use super::message::{Frames, Message};
use super::oddity::{anomaly, fault};
use super::opening::Openings;
use super::talk::Talk;
use super::transport::{self, ChunkType, HEADER, Header, Kind, MAX_CHUNK, Sequence};
use crate::event::{Anomaly, Blame, FrameRef, OpcuaClose, OpcuaHello, Protocol, Session, Side, clean_text};
use crate::protocol::{Assembled, Assembler, Output, Parser};

/// Characters of a reason that came with an error.
pub const MAX_REASON: usize = 256;

/// One OPC UA connection.
#[derive(Default)]
pub struct OpcUa {
    pub client: Way,
    pub server: Way,
    pub handshake: Handshake,
    pub openings: Openings,
    pub talk: Talk,
}

/// A HEL that waits for its answer.
#[derive(Default)]
pub struct Handshake {
    pub hello: Option<(OpcuaHello, Frames)>,
}

/// One direction of the connection.
#[derive(Default)]
pub struct Way {
    assembler: Assembler,
    joiner: Joiner,
    /// What both sides agreed on for this direction.
    pub agreed: Agreed,
    junk: Option<Junk>,
    /// Bytes were lost, or the capture began in the midst: what comes first may be the rest of something.
    after_loss: bool,
    /// Anything of this direction was understood.
    spoke: bool,
    /// Nothing is missing before the next chunk: it begins a message or goes on with one that is known.
    is_in_step: bool,
}

/// A run of bytes that begin no message.
struct Junk {
    bytes: usize,
    /// The run's first bytes looked like a message of impossible size.
    header: Option<Header>,
    at: FrameRef,
}

/// A chunk that could be read.
#[derive(Clone, Copy)]
pub struct Chunk<'a> {
    pub from: Side,
    pub header: Header,
    pub channel: u32,
    pub sequence: Sequence,
    pub body: &'a [u8],
    pub first: FrameRef,
    pub last: FrameRef,
}

impl Chunk<'_> {
    const fn key(&self) -> Key {
        Key { kind: self.header.kind, channel: self.channel, request: self.sequence.request }
    }

    pub fn frames(&self) -> Frames {
        Frames::from_slice(&[self.first, self.last])
    }
}

impl Parser for OpcUa {
    fn protocol(&self) -> Protocol {
        Protocol::OpcUa
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        self.talk.exchange_server(out);
        let mut assembler = std::mem::take(&mut self.way(from).assembler);
        assembler.push(at, bytes, MAX_CHUNK, transport::frame, |piece| self.piece(from, &piece, out));
        self.way(from).assembler = assembler;
        self.talk.exchange_server(out);
    }

    fn gap(&mut self, from: Side, _at: FrameRef, _missing: u64, out: &mut Output<'_>) {
        self.flush_junk(from, out);
        let way = self.way(from);
        let lost = way.assembler.lose() + way.joiner.lose();
        way.after_loss = true;
        way.is_in_step = false;
        out.undecoded(lost);
        self.talk.channels.lose(from);
        self.talk.lose(from);
    }

    fn end(&mut self, out: &mut Output<'_>) {
        self.talk.exchange_server(out);
        for side in [Side::Client, Side::Server] {
            self.flush_junk(side, out);
            let way = self.way(side);
            out.undecoded(way.assembler.lose() + way.joiner.lose());
        }
        self.give_up_handshake(None, None, out);
        self.talk.end(None, out);
        while let Some(closing) = self.talk.channels.next_open().and_then(Channel::close) {
            out.session(Protocol::OpcUa, Session::OpcuaClose(closing), &[out.flow.last]);
        }
        self.talk.exchange_server(out);
    }
}

impl OpcUa {
    pub fn way(&mut self, from: Side) -> &mut Way {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn piece(&mut self, from: Side, piece: &Assembled<'_>, out: &mut Output<'_>) {
        match *piece {
            Assembled::Junk { bytes, at } => {
                out.undecoded(bytes.len());
                let junk = self.way(from).junk.get_or_insert(Junk { bytes: 0, header: Header::read(bytes), at });
                junk.bytes += bytes.len();
            }
            Assembled::Message { bytes, first, last } => {
                self.flush_junk(from, out);
                let way = self.way(from);
                way.spoke = true;
                if let Some(header) = Header::read(bytes) {
                    way.is_in_step |= header.kind != Kind::Message;
                    self.one(from, header, bytes, [first, last], out);
                }
            }
        }
    }

    /// Tells a run of junk once, when the next message ends it.
    fn flush_junk(&mut self, from: Side, out: &mut Output<'_>) {
        let way = self.way(from);
        let is_rest = std::mem::take(&mut way.after_loss) || !way.spoke;
        let Some(junk) = way.junk.take() else { return };
        way.is_in_step = false;
        // Whatever it was, messages may have been in it.
        self.talk.channels.lose(from);
        self.talk.lose(from);
        let blame = if is_rest && junk.header.is_none() { Blame::Capture } else { from.into() };
        let (name, detail) = match junk.header {
            Some(header) => ("chunk_size_implausible", format!("a {:?} chunk of {} bytes", header.kind, header.size)),
            None => ("no_opcua_header", "no message begins here".to_owned()),
        };
        let detail = format!("{detail}; {} bytes passed over", junk.bytes);
        let told = Anomaly { resumed: "at the next plausible header".into(), ..anomaly(name, 0, detail, blame) };
        out.anomaly(Protocol::OpcUa, told, &[junk.at]);
    }

    /// One message of the connection protocol, or one chunk of a secure channel.
    fn one(&mut self, from: Side, header: Header, bytes: &[u8], at: [FrameRef; 2], out: &mut Output<'_>) {
        let body = bytes.get(HEADER..).unwrap_or_default();
        let mut decoder = Decoder::new(body).based_at(HEADER);
        let done = match header.kind {
            Kind::Hello => self.hello(&mut decoder, at, out),
            Kind::Acknowledge => self.acknowledge(&mut decoder, at, out),
            Kind::Error => self.error(&mut decoder, at, out),
            Kind::ReverseHello => self.reverse_hello(&mut decoder, at, out),
            Kind::Open => self.open_chunk(from, header, &mut decoder, at, out),
            Kind::Message | Kind::Close => self.symmetric(from, header, &mut decoder, at, out),
        };
        if let Err(why) = done {
            out.undecoded(decoder.remaining());
            let what = format!("a {:?} message", header.kind);
            out.anomaly(Protocol::OpcUa, fault(why, &what, from), &at);
        }
    }

    /// A chunk of a channel that is open (OPC 10000-6 section 6.7.2.3).
    fn symmetric(
        &mut self,
        from: Side,
        header: Header,
        decoder: &mut Decoder<'_>,
        at: [FrameRef; 2],
        out: &mut Output<'_>,
    ) -> super::decoder::Decoded<()> {
        let (id, _token) = (decoder.u32()?, decoder.u32()?);
        let rest = decoder.rest();
        self.make_channel(id, at, out);
        let joiner = match from {
            Side::Client => &self.client.joiner,
            Side::Server => &self.server.joiner,
        };
        let Some(channel) = self.talk.channels.find(id) else { return Ok(()) };
        if header.kind == Kind::Message {
            channel.count(from, header.chunk, header.size, at[1].ts);
        }
        let goes_on = |request| joiner.has(Key { kind: header.kind, channel: id, request });
        let opened = channel.open(rest, goes_on);
        if let Some(used) = channel.take_use() {
            out.identity(Protocol::OpcUa, facts::fact(Side::Server, used, "opcua channel".to_owned(), 100), &at);
        }
        match opened {
            Some((sequence, body)) => {
                let [first, last] = at;
                let chunk = Chunk { from, header, channel: id, sequence, body, first, last };
                self.readable(&chunk, out);
            }
            None => {
                if header.kind == Kind::Message && header.chunk == ChunkType::Final {
                    out.encrypted();
                    channel.count_unreadable(from);
                }
            }
        }
        if header.kind == Kind::Close && header.chunk == ChunkType::Final {
            self.close(id, at, out);
        }
        Ok(())
    }

    /// A channel that was not seen to open takes what its client asked for, if that was seen.
    fn make_channel(&mut self, id: u32, at: [FrameRef; 2], out: &mut Output<'_>) {
        let (channel, pushed_out) = self.talk.channels.find_or_add(id);
        if !channel.is_known()
            && let Some(asked) = self.openings.asked()
        {
            channel.agree(&asked.policy_uri, asked.mode.clone());
        }
        if let Some(oldest) = pushed_out {
            self.crowded(oldest, at, out);
        }
    }

    pub fn crowded(&mut self, mut oldest: Channel, at: [FrameRef; 2], out: &mut Output<'_>) {
        let detail = format!("channel {} is forgotten to make room", oldest.id);
        out.anomaly(Protocol::OpcUa, anomaly("too_many_channels", HEADER, detail, Side::Client), &at);
        self.talk.end(Some(oldest.id), out);
        if let Some(closing) = oldest.close() {
            out.session(Protocol::OpcUa, Session::OpcuaClose(closing), &at);
        }
    }

    /// A chunk whose sequence header and body can be read.
    fn readable(&mut self, chunk: &Chunk<'_>, out: &mut Output<'_>) {
        self.check_sequence(chunk, out);
        if let Some(message) = self.join(chunk, out) {
            let body = &*message.bytes;
            let is_exact = self.talk.channels.find(chunk.channel).is_some_and(|channel| channel.is_known());
            let message = Message {
                opening: None,
                from: chunk.from,
                channel: chunk.channel,
                request: chunk.sequence.request,
                body,
                missing: message.missing,
                is_exact,
                first: message.first,
                last: chunk.last,
            };
            self.talk.message(&message, out);
        }
    }

    pub fn check_sequence(&mut self, chunk: &Chunk<'_>, out: &mut Output<'_>) {
        let number = chunk.sequence.number;
        let channel = self.talk.channels.find(chunk.channel);
        let Some(why) = channel.and_then(|channel| channel.follow(chunk.from, number)) else { return };
        let (name, detail) = match why {
            SequenceFault::Repeated => ("sequence_number_repeated", format!("sequence number {number} again")),
            SequenceFault::Gap { expected } => {
                ("sequence_number_gap", format!("sequence number {number} where {expected} was due"))
            }
        };
        let told = Anomaly { resumed: "message kept".into(), ..anomaly(name, HEADER + 8, detail, chunk.from) };
        out.anomaly(Protocol::OpcUa, told, &chunk.frames());
    }

    /// Puts a chunk to its message; gives the message when it is whole.
    pub fn join<'a>(&mut self, chunk: &Chunk<'a>, out: &mut Output<'_>) -> Option<super::chunks::Joined<'a>> {
        let way = self.way(chunk.from);
        let (agreed, key) = (way.agreed, chunk.key());
        let (joined, passed) = match chunk.header.chunk {
            ChunkType::Intermediate => (None, way.joiner.add(key, chunk.body, chunk.first, agreed)),
            ChunkType::Final => {
                let (joined, passed) = way.joiner.finish(key, chunk.body, chunk.first, agreed);
                (Some(joined), passed)
            }
            ChunkType::Abort => {
                let lost = way.joiner.abort(key);
                out.undecoded(lost);
                self.aborted(chunk, lost, out);
                (None, None)
            }
        };
        if let Some(passed) = passed {
            tell_passed(passed, chunk, out);
        }
        out.undecoded(joined.as_ref().map_or(0, |joined| joined.missing));
        joined.filter(|joined| self.is_whole(chunk.from, &joined.bytes, out))
    }

    /// Whether a message that came to its end has its beginning too: its first chunks may have been lost.
    fn is_whole(&mut self, from: Side, body: &[u8], out: &mut Output<'_>) -> bool {
        let was_in_step = std::mem::replace(&mut self.way(from).is_in_step, true);
        let is_whole = was_in_step || channel::looks_plain(body);
        out.undecoded(if is_whole { 0 } else { body.len() });
        is_whole
    }

    /// The sender gave a message up (OPC 10000-6 section 6.7.3).
    fn aborted(&mut self, chunk: &Chunk<'_>, lost: usize, out: &mut Output<'_>) {
        let why = transport::error(&mut Decoder::new(chunk.body)).ok();
        let (code, reason) =
            why.map_or((0, String::new()), |(code, reason)| (code, clean_text(reason.unwrap_or_default(), MAX_REASON)));
        let detail = format!("{}: {reason}; {lost} bytes of it came before", super::codes::status_name(code));
        out.anomaly(Protocol::OpcUa, anomaly("message_aborted", HEADER, detail, chunk.from), &chunk.frames());
        if chunk.from == Side::Server {
            self.talk.abandon(chunk.channel, chunk.sequence.request, out);
        }
    }

    /// CLO. What still waits may be answered yet, and is.
    fn close(&mut self, id: u32, at: [FrameRef; 2], out: &mut Output<'_>) {
        if let Some(closing) = self.talk.channels.find(id).and_then(Channel::close) {
            let closing = OpcuaClose { announced: true, ..closing };
            out.session(Protocol::OpcUa, Session::OpcuaClose(closing), &at);
        }
    }
}

fn tell_passed(passed: Passed, chunk: &Chunk<'_>, out: &mut Output<'_>) {
    let detail = format!("request {} on channel {}", chunk.sequence.request, chunk.channel);
    let told = anomaly(passed.name(), HEADER, detail, chunk.from);
    let resumed = match passed {
        Passed::AgreedBytes | Passed::AgreedChunks => "message kept",
        Passed::Bytes | Passed::Chunks => "the message's first part is read",
        Passed::Messages => "the oldest unfinished message dropped",
    };
    out.anomaly(Protocol::OpcUa, Anomaly { resumed: resumed.into(), ..told }, &chunk.frames());
}
