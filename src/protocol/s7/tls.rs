//! What both sides of a TLS connection say before it is encrypted (RFC 8446 section 4.1, RFC 5246 section 7.4): the reader
//! of metadata that S7comm-plus hands its connection to.

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::tsdu::Sent;
use crate::event::{Side, TlsCertificate, TlsHello, clean_text, hex};
use crate::protocol::Reader;

const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER_SPEC: u8 = 20;
const APPLICATION_DATA: u8 = 23;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_NAME: u16 = 0;
const SUPPORTED_VERSIONS: u16 = 43;

/// Bytes of one side's handshake that are kept until they are read; chains of certificates take some KiB.
const MAX_HELD: usize = 64 << 10;
/// The most of anything listed in one hello that is told.
const MAX_LISTED: usize = 64;

/// Both sides of one TLS connection.
#[derive(Debug, Default)]
pub struct Tls {
    client: Way,
    server: Way,
}

#[derive(Debug, Default)]
struct Way {
    /// Records of which the end is missing.
    records: Vec<u8>,
    handshake: Vec<u8>,
    /// A server's hello, until its certificate comes or the encrypted part begins.
    hello: Option<(TlsHello, Sent)>,
    /// All that goes in clear was read, or cannot be read.
    done: bool,
}

/// A hello, with the messages that carried it.
pub type Heard = (TlsHello, Sent);

impl Tls {
    /// Takes bytes of a side in; gives the hello that they end.
    pub fn take(&mut self, bytes: &[u8], sent: Sent) -> Option<Heard> {
        self.way(sent.from).take(bytes, sent)
    }

    /// Bytes of a side were lost: what follows cannot be put together.
    pub fn lose(&mut self, from: Side) -> Option<Heard> {
        self.way(from).finish()
    }

    /// The connection is over: a server's hello whose certificate did not come.
    pub fn end(&mut self) -> Option<Heard> {
        self.server.finish()
    }

    fn way(&mut self, from: Side) -> &mut Way {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl Way {
    fn take(&mut self, bytes: &[u8], sent: Sent) -> Option<Heard> {
        if self.done {
            return None;
        }
        if self.records.len() + bytes.len() > MAX_HELD {
            return self.finish();
        }
        self.records.extend_from_slice(bytes);
        let records = std::mem::take(&mut self.records);
        let mut reader = Reader::new(&records);
        let mut heard = None;
        while let Some((kind, body)) = record(&mut reader) {
            match kind {
                HANDSHAKE if self.handshake.len() + body.len() <= MAX_HELD => self.handshake.extend_from_slice(body),
                // From here on both sides encrypt.
                CHANGE_CIPHER_SPEC | APPLICATION_DATA => return heard.or_else(|| self.finish()),
                _ => return self.finish(),
            }
            heard = heard.or_else(|| self.messages(sent));
            if self.done {
                return heard;
            }
        }
        self.records = reader.rest().to_vec();
        heard
    }

    /// Reads whole handshake messages.
    fn messages(&mut self, sent: Sent) -> Option<Heard> {
        let handshake = std::mem::take(&mut self.handshake);
        let mut reader = Reader::new(&handshake);
        let mut heard = None;
        while let Some((kind, body)) = message(&mut reader) {
            heard = heard.or_else(|| self.message(kind, body, sent));
        }
        self.handshake = reader.rest().to_vec();
        heard
    }

    fn message(&mut self, kind: u8, body: &[u8], sent: Sent) -> Option<Heard> {
        match kind {
            CLIENT_HELLO => {
                self.done = true;
                Some((client_hello(body)?, sent))
            }
            SERVER_HELLO => {
                self.hello = server_hello(body).map(|hello| (hello, sent));
                None
            }
            CERTIFICATE => {
                let (mut hello, begun) = self.hello.take()?;
                hello.certificate = certificate(body);
                self.done = true;
                Some((hello, Sent { first: begun.first, ..sent }))
            }
            _ => None,
        }
    }

    fn finish(&mut self) -> Option<Heard> {
        self.done = true;
        self.records = Vec::new();
        self.handshake = Vec::new();
        self.hello.take()
    }
}

/// One record: its kind and what it carries. Takes nothing where its end is missing.
fn record<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let mut ahead = *reader;
    let kind = ahead.u8()?;
    ahead.skip(2)?;
    let length = usize::from(ahead.be16()?);
    let body = ahead.take(length)?;
    *reader = ahead;
    Some((kind, body))
}

fn message<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let mut ahead = *reader;
    let kind = ahead.u8()?;
    let length = three_bytes(&mut ahead)?;
    let body = ahead.take(length)?;
    *reader = ahead;
    Some((kind, body))
}

fn three_bytes(reader: &mut Reader<'_>) -> Option<usize> {
    let [high, middle, low] = reader.array()?;
    usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()
}

fn client_hello(body: &[u8]) -> Option<TlsHello> {
    let mut reader = Reader::new(body);
    let version = reader.be16()?;
    reader.skip(32)?;
    let session = usize::from(reader.u8()?);
    reader.skip(session)?;
    let length = usize::from(reader.be16()?);
    let suites = reader.take(length)?.chunks_exact(2).take(MAX_LISTED);
    let cipher_suites = suites.map(|suite| format!("0x{}", hex(suite))).collect();
    let mut hello = TlsHello { version: version_name(version), cipher_suites, ..TlsHello::default() };
    let methods = reader.u8().map_or(0, usize::from);
    let _ = reader.skip(methods);
    for (kind, body) in extensions(&mut reader) {
        match kind {
            SERVER_NAME => hello.server_name = server_name(body),
            SUPPORTED_VERSIONS => {
                let best = body.get(1..).unwrap_or_default().chunks_exact(2).map(|v| u16::from_be_bytes([v[0], v[1]]));
                // Numbers made up so that nobody relies on a fixed list (RFC 8701) are none of the protocol's.
                let best = best.filter(|version| version & 0x0f0f != 0x0a0a).max();
                hello.version = best.map_or(hello.version, version_name);
            }
            _ => {}
        }
    }
    Some(hello)
}

fn server_hello(body: &[u8]) -> Option<TlsHello> {
    let mut reader = Reader::new(body);
    let version = reader.be16()?;
    reader.skip(32)?;
    let session = usize::from(reader.u8()?);
    reader.skip(session)?;
    let suite = format!("0x{:04x}", reader.be16()?);
    let version = version_name(version);
    let mut hello = TlsHello { from_server: true, version, cipher_suites: vec![suite], ..TlsHello::default() };
    let _ = reader.skip(1);
    let chosen = extensions(&mut reader).find(|(kind, _)| *kind == SUPPORTED_VERSIONS);
    if let Some(&[high, low]) = chosen.map(|(_, body)| body) {
        hello.version = version_name(u16::from_be_bytes([high, low]));
    }
    Some(hello)
}

/// Kind and content of each extension.
fn extensions<'a>(reader: &mut Reader<'a>) -> impl Iterator<Item = (u16, &'a [u8])> {
    let length = reader.be16().map_or(0, usize::from);
    let mut list = Reader::new(reader.take(length).unwrap_or_default());
    std::iter::from_fn(move || {
        let kind = list.be16()?;
        let length = usize::from(list.be16()?);
        Some((kind, list.take(length)?))
    })
    .take(MAX_LISTED)
}

/// A list's length, the kind of name, and its length and characters (RFC 6066 section 3).
fn server_name(body: &[u8]) -> Option<String> {
    let mut reader = Reader::new(body);
    reader.skip(3)?;
    let length = usize::from(reader.be16()?);
    Some(clean_text(reader.take(length)?, 255))
}

fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301..=0x0304 => format!("1.{}", version - 0x0301),
        other => format!("0x{other:04x}"),
    }
}

/// The first of a chain: the server's own (TLS 1.2).
fn certificate(body: &[u8]) -> Option<TlsCertificate> {
    use sha2::Digest;
    let mut reader = Reader::new(body);
    reader.skip(3)?;
    let length = three_bytes(&mut reader)?;
    let bytes = reader.take(length)?;
    let (_, read) = X509Certificate::from_der(bytes).ok()?;
    let name = |text: String| clean_text(text.as_bytes(), 256);
    let time = |seconds: i64| jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default();
    Some(TlsCertificate {
        subject: name(read.subject().to_string()),
        issuer: name(read.issuer().to_string()),
        serial: hex(read.raw_serial().get(..32).unwrap_or(read.raw_serial())),
        not_before: time(read.validity().not_before.timestamp()),
        not_after: time(read.validity().not_after.timestamp()),
        sha256: hex(&sha2::Sha256::digest(bytes)),
    })
}
