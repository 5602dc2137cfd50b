//! HEL, ACK, ERR, RHE and OPN: how a connection and its channels begin.

use super::channel::Channel;
use super::codes;
use super::decoder::{Decoded, Decoder, Fault};
use super::message::{Frames, Message, Said};
use super::oddity::{anomaly, certificate_flaw, fault};
use super::opening::Answer;
use super::services::{OpenAnswer, OpenRequest};
use super::state::{Chunk, MAX_REASON, OpcUa};
use super::transport::{self, Asymmetric, ChunkType, Header, Sequence};
use super::types::StatusCode;
use super::{certificate, channel, chunks, facts, posture, wire};
use crate::event::{
    Fact, FactKind, FrameRef, OpcuaCertificate, OpcuaClose, OpcuaHello, OpcuaOpenChannel, OpcuaReverseHello, Protocol,
    ProtocolError, Session, Side, clean_text,
};
use crate::protocol::Output;

/// Longer URLs break the rule of OPC 10000-6 section 7.1.2.3.
const MAX_URL: usize = 4096;
/// Characters of a URL that are shown.
const MAX_SHOWN: usize = 512;

impl OpcUa {
    pub fn hello(&mut self, decoder: &mut Decoder<'_>, at: [FrameRef; 2], out: &mut Output<'_>) -> Decoded<()> {
        let (offered, url) = transport::hello(decoder)?;
        let url = url.unwrap_or_default();
        self.give_up_hello(None, None, out);
        if url.len() > MAX_URL {
            let detail = format!("{} bytes", url.len());
            out.anomaly(Protocol::OpcUa, anomaly("endpoint_url_too_long", 28, detail, Side::Client), &at);
        }
        decoder.finish();
        tell_oddity(decoder, "HEL", Side::Client, at, out);
        self.talk.learn_url(url);
        self.server.agreed =
            chunks::Agreed { message_bytes: offered.max_message_size, chunks: offered.max_chunk_count };
        let hello =
            OpcuaHello { offered: Some(offered), endpoint_url: clean_text(url, MAX_SHOWN), ..OpcuaHello::default() };
        self.handshake.hello = Some((hello, Frames::from_slice(&at)));
        Ok(())
    }

    pub fn acknowledge(&mut self, decoder: &mut Decoder<'_>, at: [FrameRef; 2], out: &mut Output<'_>) -> Decoded<()> {
        let granted = transport::limits(decoder)?;
        self.client.agreed =
            chunks::Agreed { message_bytes: granted.max_message_size, chunks: granted.max_chunk_count };
        let (hello, mut frames) = self.handshake.hello.take().unwrap_or_default();
        frames.extend(at);
        let hello = OpcuaHello { acknowledged: true, granted: Some(granted), ..hello };
        out.session(Protocol::OpcUa, Session::OpcuaHello(hello), &frames);
        Ok(())
    }

    /// The server ends the connection with an error (OPC 10000-6 section 7.1.5).
    pub fn error(&mut self, decoder: &mut Decoder<'_>, at: [FrameRef; 2], out: &mut Output<'_>) -> Decoded<()> {
        let (code, reason) = transport::error(decoder)?;
        let error = codes::error(code);
        let reason = clean_text(reason.unwrap_or_default(), MAX_REASON);
        if self.give_up_handshake(Some((&error, &reason)), Some(at), out) {
            return Ok(());
        }
        self.talk.refuse_all(StatusCode(code), out);
        let mut told = false;
        while let Some(closing) = self.talk.channels.next_open().and_then(Channel::close) {
            tell_error(closing, &error, &reason, at, out);
            told = true;
        }
        if !told {
            tell_error(OpcuaClose { channel: true, ..OpcuaClose::default() }, &error, &reason, at, out);
        }
        Ok(())
    }

    /// The server calls its client (OPC 10000-6 section 7.1.2.6).
    pub fn reverse_hello(&mut self, decoder: &mut Decoder<'_>, at: [FrameRef; 2], out: &mut Output<'_>) -> Decoded<()> {
        let (server_uri, endpoint_url) = transport::reverse_hello(decoder)?;
        let shown = |text: Option<&[u8]>| clean_text(text.unwrap_or_default(), MAX_SHOWN);
        let step = OpcuaReverseHello { server_uri: shown(server_uri), endpoint_url: shown(endpoint_url) };
        self.talk.learn_url(endpoint_url.unwrap_or_default());
        let value = step.server_uri.clone();
        out.session(Protocol::OpcUa, Session::OpcuaReverseHello(step), &at);
        if !value.is_empty() {
            let source = "opcua reverse hello".into();
            let fact = Fact { about: Side::Server, kind: FactKind::ApplicationUri, value, source, confidence: 80 };
            out.identity(Protocol::OpcUa, fact, &at);
        }
        Ok(())
    }

    /// What waits of the handshake gets no other answer than `error`; true where anything waited.
    pub fn give_up_handshake(
        &mut self,
        error: Option<(&ProtocolError, &str)>,
        at: Option<[FrameRef; 2]>,
        out: &mut Output<'_>,
    ) -> bool {
        let mut waited = self.give_up_hello(error, at, out);
        while let Some((said, mut frames)) = self.openings.give_up() {
            waited = true;
            frames.extend(at.into_iter().flatten());
            tell_opening(
                OpcuaOpenChannel {
                    error: error.map(|(error, _)| error.clone()),
                    accepted: error.map(|_| false),
                    ..said
                },
                &frames,
                out,
            );
        }
        if waited && let Some((error, _)) = error {
            self.talk.refuse_all(StatusCode(error.code), out);
        }
        waited
    }

    fn give_up_hello(
        &mut self,
        error: Option<(&ProtocolError, &str)>,
        at: Option<[FrameRef; 2]>,
        out: &mut Output<'_>,
    ) -> bool {
        let Some((mut hello, mut frames)) = self.handshake.hello.take() else { return false };
        frames.extend(at.into_iter().flatten());
        hello.error = error.map(|(error, _)| error.clone());
        hello.reason = error.map(|(_, reason)| reason.to_owned());
        out.session(Protocol::OpcUa, Session::OpcuaHello(hello), &frames);
        true
    }

    /// OPN: readable with policy None, else metadata only (OPC 10000-6 section 6.7.2.3).
    pub fn open_chunk(
        &mut self,
        from: Side,
        header: Header,
        decoder: &mut Decoder<'_>,
        at: [FrameRef; 2],
        out: &mut Output<'_>,
    ) -> Decoded<()> {
        let security = Asymmetric::read(decoder)?;
        let rest = decoder.rest();
        let sequence = Sequence::read(decoder)?;
        let body = decoder.rest();
        let policy = String::from_utf8_lossy(security.policy_uri);
        let is_plain = wire::policy_name(&policy) == "None" || rest.len() > 8 && channel::looks_plain(body);
        if !is_plain {
            if header.chunk == ChunkType::Final {
                out.encrypted();
                self.opened_unreadably(from, &security, at, out);
            }
            return Ok(());
        }
        let [first, last] = at;
        let chunk = Chunk { from, header, channel: security.channel, sequence, body, first, last };
        self.check_sequence(&chunk, out);
        let Some(joined) = self.join(&chunk, out) else { return Ok(()) };
        let message = Message {
            opening: Some(wire::policy_name(&policy)),
            from,
            channel: security.channel,
            request: sequence.request,
            body: &joined.bytes,
            missing: joined.missing,
            is_exact: true,
            first: joined.first,
            last,
        };
        self.opened(&security, &message, out);
        self.talk.message(&message, out);
        Ok(())
    }

    fn opened_unreadably(&mut self, from: Side, security: &Asymmetric<'_>, at: [FrameRef; 2], out: &mut Output<'_>) {
        let frames = Frames::from_slice(&at);
        match from {
            Side::Client => self.ask(security, None, frames, out),
            Side::Server => {
                let certificate = sender(security, Side::Server, &frames, out);
                let (said, frames) = self.openings.answer(security, None, Answer::Unreadable, certificate, frames);
                self.agree(security, &said, at, out);
                tell_opening(said, &frames, out);
            }
        }
    }

    /// The session event of an OPN that can be read; its operation is told as any other.
    fn opened(&mut self, security: &Asymmetric<'_>, message: &Message<'_>, out: &mut Output<'_>) {
        match message.read() {
            Ok(Said::Request(asked)) if asked.code == wire::OPEN_CHANNEL => {
                let Ok(open) = OpenRequest::read(&mut message.fields(asked.fields)) else { return };
                self.ask(security, Some((message.request, open)), message.frames(), out);
            }
            Ok(Said::Answer(answered)) => {
                let answer = if answered.is_fault() || answered.header.result.is_bad() {
                    Answer::Refused(codes::error(answered.header.result.0))
                } else {
                    match OpenAnswer::read(&mut message.fields(answered.fields)) {
                        Ok(opened) => Answer::Opened(opened),
                        Err(_) => return,
                    }
                };
                let certificate = sender(security, Side::Server, &message.frames(), out);
                let request = Some(message.request);
                let (said, frames) = self.openings.answer(security, request, answer, certificate, message.frames());
                if said.accepted == Some(true) {
                    self.agree(security, &said, [message.first, message.last], out);
                }
                tell_opening(said, &frames, out);
            }
            // Another service in an OPN, or a broken header: told where messages are read.
            Ok(Said::Request(_)) | Err(_) => {}
        }
    }

    fn ask(
        &mut self,
        security: &Asymmetric<'_>,
        readable: Option<(u32, OpenRequest)>,
        frames: Frames,
        out: &mut Output<'_>,
    ) {
        let certificate = sender(security, Side::Client, &frames, out);
        if let Some((said, frames)) = self.openings.ask(security, readable, certificate, frames) {
            tell_opening(said, &frames, out);
        }
    }

    /// Both sides agreed on a channel's protection.
    fn agree(&mut self, security: &Asymmetric<'_>, said: &OpcuaOpenChannel, at: [FrameRef; 2], out: &mut Output<'_>) {
        let policy = String::from_utf8_lossy(security.policy_uri);
        let (channel, pushed_out) = self.talk.channels.find_or_add(said.channel_id);
        channel.agree(&policy, said.mode.clone());
        if let Some(oldest) = pushed_out {
            self.crowded(oldest, at, out);
        }
    }
}

/// The sender's certificate; what is wrong with it, and whose it is, is told.
fn sender(
    security: &Asymmetric<'_>,
    from: Side,
    frames: &[FrameRef],
    out: &mut Output<'_>,
) -> Option<Box<OpcuaCertificate>> {
    let (certificate, flaw) = certificate::read(security.sender_certificate);
    if let Some(flaw) = flaw {
        out.anomaly(Protocol::OpcUa, certificate_flaw(flaw, "OPN", from), frames);
    }
    for part in certificate.iter().flat_map(|certificate| posture::certificate_traits(certificate)) {
        out.identity(Protocol::OpcUa, facts::fact(from, part, "opcua certificate in OPN".to_owned(), 90), frames);
    }
    certificate
}

fn tell_opening(said: OpcuaOpenChannel, frames: &[FrameRef], out: &mut Output<'_>) {
    out.session(Protocol::OpcUa, Session::OpcuaOpenChannel(said), frames);
}

fn tell_error(closing: OpcuaClose, error: &ProtocolError, reason: &str, at: [FrameRef; 2], out: &mut Output<'_>) {
    let closing = OpcuaClose { error: Some(error.clone()), reason: Some(reason.to_owned()), ..closing };
    out.session(Protocol::OpcUa, Session::OpcuaClose(closing), &at);
}

fn tell_oddity(decoder: &Decoder<'_>, what: &str, from: Side, at: [FrameRef; 2], out: &mut Output<'_>) {
    let why: Option<Fault> = decoder.oddity();
    if let Some(why) = why {
        out.anomaly(Protocol::OpcUa, fault(why, what, from), &at);
    }
}
