//! OPC UA within HTTP and TLS (OPC 10000-6 sections 7.4 and 7.5), recognised: by the HTTP header of a request or of the
//! upgrade to WebSockets where it is plain; within TLS by what its client wants to speak inside, and else on the port of
//! OPC UA over TLS alone.

use crate::event::{FrameRef, OpcuaTransport, Protocol, Session, Side, TlsHello, clean_text};
use crate::protocol::tls::{self, Hellos, MAX_RECORD};
use crate::protocol::{Assembled, Assembler, Output, Parser, Probe};

/// Bytes of an HTTP header.
const MAX_HEAD: usize = 4096;
/// Characters of what is told.
const MAX_TEXT: usize = 512;
/// Subprotocols and content types of OPC UA begin or go on with this.
const OURS: &str = "opcua+";
const POLICY: &str = "opcua-securitypolicy";
/// Protocols within TLS that are OPC UA begin with this.
const NAME: &str = "opc";
/// A hello is waited for until it is whole, but no longer.
const MAX_HELLO: usize = 4000;

/// A connection that began with HTTP.
#[derive(Default)]
pub struct Web {
    heads: [Vec<u8>; 2],
    frames: Vec<FrameRef>,
    is_told: bool,
}

/// A connection within TLS.
#[derive(Default)]
pub struct Tls {
    ways: [(Assembler, Hellos); 2],
}

/// Whether a side's first words are HTTP that carries OPC UA.
pub fn probe(bytes: &[u8]) -> Probe {
    const BEGINS: [(&[u8], Side); 3] =
        [(b"GET /", Side::Client), (b"POST /", Side::Client), (b"HTTP/1.1 101", Side::Server)];
    let fits = |begin: &[u8]| begin.iter().zip(bytes).all(|(wanted, byte)| wanted == byte);
    let Some((begin, side)) = BEGINS.into_iter().find(|(begin, _)| fits(begin)) else { return Probe::No };
    if bytes.len() < begin.len() {
        return Probe::More;
    }
    match Head::read(bytes) {
        Some(head) if head.is_ours() => Probe::Certain(Some(side)),
        None if bytes.len() < MAX_HEAD => Probe::More,
        _ => Probe::No,
    }
}

/// Whether a side's first words are TLS that says to carry OPC UA.
pub fn probe_tls(bytes: &[u8]) -> Probe {
    let speaker = tls::speaker(bytes);
    match tls::first_hello(bytes) {
        Some(hello) if inside(&hello).is_some() => Probe::Certain(speaker),
        None if speaker == Some(Side::Client) && bytes.len() < MAX_HELLO => Probe::More,
        _ => Probe::OnPort(speaker),
    }
}

/// The protocol of OPC UA that a hello names.
fn inside(hello: &TlsHello) -> Option<&str> {
    hello.application_protocols.iter().find(|name| name.starts_with(NAME)).map(String::as_str)
}

/// A whole HTTP header.
struct Head<'a> {
    first: &'a str,
    rest: &'a str,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let size = bytes.windows(4).take(MAX_HEAD).position(|end| end == b"\r\n\r\n")?;
        let text = std::str::from_utf8(bytes.get(..size)?).ok()?;
        let (first, rest) = text.split_once("\r\n").unwrap_or((text, ""));
        Some(Head { first, rest })
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        let fields = self.rest.split("\r\n").filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn protocol(&self) -> Option<&'a str> {
        self.field("sec-websocket-protocol").filter(|value| value.contains(OURS))
    }

    fn is_ours(&self) -> bool {
        let is_content = self.field("content-type").is_some_and(|value| value.contains(OURS));
        self.protocol().is_some() || is_content || self.field(POLICY).is_some()
    }

    fn transport(&self) -> OpcuaTransport {
        let shown = |text: Option<&str>| clean_text(text.unwrap_or_default().as_bytes(), MAX_TEXT);
        let path = self.first.split(' ').nth(1);
        let is_websocket = self.protocol().is_some();
        OpcuaTransport {
            transport: if is_websocket { "websocket" } else { "http" }.into(),
            url: shown(self.field("host")) + &shown(path.filter(|path| path.starts_with('/'))),
            encoding: shown(self.protocol().or_else(|| self.field("content-type"))),
            policy_uri: shown(self.field(POLICY)),
            accepted: None,
            encrypted: false,
        }
    }

    /// Whether the server went along.
    fn agrees(&self) -> bool {
        matches!(self.first.split(' ').nth(1), Some("101" | "200"))
    }
}

impl Web {
    fn tell(&mut self, out: &mut Output<'_>) {
        let [asked, answered] = self.heads.each_ref().map(|bytes| Head::read(bytes));
        let Some(head) = asked.as_ref().or(answered.as_ref()) else { return };
        let accepted = answered.as_ref().map(Head::agrees);
        let transport = OpcuaTransport { accepted, ..head.transport() };
        out.session(Protocol::OpcUa, Session::OpcuaTransport(transport), &self.frames);
        self.is_told = true;
        self.heads = Default::default();
    }
}

impl Parser for Web {
    fn protocol(&self) -> Protocol {
        Protocol::OpcUa
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let head = &mut self.heads[usize::from(from == Side::Server)];
        if self.is_told || head.len() > MAX_HEAD {
            return;
        }
        if head.is_empty() {
            self.frames.push(at);
        }
        head.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD)]);
        if from == Side::Server && Head::read(head).is_some() {
            self.tell(out);
        }
    }

    fn gap(&mut self, _: Side, _: FrameRef, _: u64, _: &mut Output<'_>) {}

    fn end(&mut self, out: &mut Output<'_>) {
        if !self.is_told {
            self.tell(out);
        }
    }
}

impl Parser for Tls {
    fn protocol(&self) -> Protocol {
        Protocol::OpcUa
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let (assembler, hellos) = &mut self.ways[usize::from(from == Side::Server)];
        assembler.push(at, bytes, MAX_RECORD, tls::frame, |piece| match piece {
            Assembled::Junk { bytes, .. } => out.undecoded(bytes.len()),
            Assembled::Message { bytes, first, last } => {
                if tls::is_encrypted(bytes) {
                    out.encrypted();
                }
                let Some(hello) = hellos.take(bytes, from == Side::Server) else { return };
                if from == Side::Client {
                    let transport = OpcuaTransport {
                        transport: "tls".into(),
                        url: hello.server_name.clone().unwrap_or_default(),
                        encoding: inside(&hello).unwrap_or_default().to_owned(),
                        encrypted: true,
                        ..OpcuaTransport::default()
                    };
                    out.session(Protocol::OpcUa, Session::OpcuaTransport(transport), &[first, last]);
                }
                out.session(Protocol::OpcUa, Session::TlsHello(hello), &[first, last]);
            }
        });
    }

    fn gap(&mut self, from: Side, _: FrameRef, _: u64, out: &mut Output<'_>) {
        let (assembler, hellos) = &mut self.ways[usize::from(from == Side::Server)];
        *hellos = Hellos::over();
        out.undecoded(assembler.lose());
    }

    fn end(&mut self, _: &mut Output<'_>) {}
}
