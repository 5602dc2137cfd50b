//! The readable part of TLS (RFC 5246, RFC 8446): both hellos, and the server's certificate where it is not encrypted.

use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::{Framing, Reader};
use crate::event::{Side, TlsCertificate, TlsHello, clean_text, hex};

/// A record with its header; the protocol allows 2^14 bytes and some for encryption.
pub const MAX_RECORD: usize = HEADER + (1 << 14) + 2048;

const HEADER: usize = 5;
/// Record types.
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// Handshake messages.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
/// Extensions.
const SERVER_NAME: u16 = 0;
const APPLICATION_PROTOCOLS: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;

/// Handshake bytes that are kept of one side; certificate chains have a few KiB.
const MAX_HANDSHAKE: usize = 32 << 10;
const MAX_SUITES: usize = 64;
const MAX_NAME: usize = 512;
const MAX_PROTOCOLS: usize = 16;
const MAX_CERTIFICATE_NAMES: usize = 4;

/// Whether bytes begin with the record of a hello.
pub fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, CLIENT_HELLO | SERVER_HELLO, 0, ..])
}

pub fn speaker(bytes: &[u8]) -> Option<Side> {
    match bytes.get(HEADER) {
        Some(&CLIENT_HELLO) => Some(Side::Client),
        Some(&SERVER_HELLO) => Some(Side::Server),
        _ => None,
    }
}

/// The hello that bytes begin with; `None` where they do not hold all of it.
pub fn first_hello(bytes: &[u8]) -> Option<TlsHello> {
    let (kind, body) = message(bytes.get(HEADER..)?)?;
    hello(body, kind == SERVER_HELLO)
}

/// The body of the client's hello that a record holds whole.
pub fn client_hello(record: &[u8]) -> Option<&[u8]> {
    let (kind, body) = message(record.get(HEADER..).filter(|_| record.first() == Some(&HANDSHAKE))?)?;
    (kind == CLIENT_HELLO).then_some(body)
}

/// Where the next record ends.
pub fn frame(bytes: &[u8]) -> Framing {
    match *bytes {
        [kind, ..] if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA + 1).contains(&kind) => Framing::Junk,
        [_, major, ..] if major != 3 => Framing::Junk,
        [_, _, _, high, low, ..] => Framing::Message(HEADER + usize::from(u16::from_be_bytes([high, low]))),
        _ => Framing::Need(HEADER),
    }
}

pub fn is_encrypted(record: &[u8]) -> bool {
    record.first() == Some(&APPLICATION_DATA)
}

/// One side's handshake, as far as it can be read.
#[derive(Debug, Default)]
pub struct Hellos {
    handshake: Vec<u8>,
    hello: Option<TlsHello>,
    over: bool,
}

impl Hellos {
    /// Of a connection whose beginning was lost.
    pub fn over() -> Self {
        Hellos { over: true, ..Hellos::default() }
    }

    /// Takes a record in. A client's hello is told at once; a server's with its certificate, or when none can follow.
    pub fn take(&mut self, record: &[u8], from_server: bool) -> Option<TlsHello> {
        if self.over {
            return None;
        }
        if record.first() != Some(&HANDSHAKE) {
            return self.end();
        }
        self.handshake.extend_from_slice(record.get(HEADER..).unwrap_or_default());
        while let Some((kind, body)) = message(&self.handshake) {
            match kind {
                CLIENT_HELLO => self.hello = hello(body, false),
                SERVER_HELLO => self.hello = hello(body, true),
                CERTIFICATE => {
                    let certificate = certificate(body);
                    if let Some(hello) = &mut self.hello {
                        hello.certificate = certificate;
                    }
                }
                _ => {}
            }
            let used = 4 + body.len();
            self.handshake.drain(..used);
            if !from_server || kind == CERTIFICATE {
                return self.end();
            }
        }
        if self.handshake.len() > MAX_HANDSHAKE { self.end() } else { None }
    }

    /// All that goes in clear was read, or cannot be read.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Nothing more can be read; gives a server's hello whose certificate did not come.
    pub fn end(&mut self) -> Option<TlsHello> {
        self.over = true;
        self.handshake = Vec::new();
        self.hello.take()
    }
}

/// The first handshake message, once it is whole.
fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    let kind = reader.u8()?;
    let length = length24(&mut reader)?;
    Some((kind, reader.take(length)?))
}

fn length24(reader: &mut Reader<'_>) -> Option<usize> {
    reader.array().map(|[a, b, c]: [u8; 3]| usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
}

/// A client offers suites and versions, a server chooses one of each.
fn hello(body: &[u8], from_server: bool) -> Option<TlsHello> {
    let mut reader = Reader::new(body);
    let mut version = reader.be16()?;
    reader.skip(32)?;
    let session = reader.u8()?;
    reader.skip(session.into())?;
    let suites = if from_server {
        reader.take(2)?
    } else {
        let length = reader.be16()?;
        reader.take(length.into())?
    };
    let methods = if from_server { 1 } else { usize::from(reader.u8()?) };
    reader.skip(methods)?;
    let mut server_name = None;
    let mut application_protocols = Vec::new();
    reader.be16();
    while let Some((kind, data)) = extension(&mut reader) {
        match kind {
            SERVER_NAME => server_name = data.get(5..).map(|name| clean_text(name, MAX_NAME)),
            APPLICATION_PROTOCOLS => application_protocols = protocols(data),
            SUPPORTED_VERSIONS => version = highest_version(data, from_server).unwrap_or(version),
            _ => {}
        }
    }
    let numbers = suites.chunks_exact(2).map(|suite| u16::from_be_bytes([suite[0], suite[1]]));
    // Numbers of the form 0x?A?A are no suites (RFC 8701).
    let real = numbers.filter(|number| number & 0x0f0f != 0x0a0a);
    Some(TlsHello {
        from_server,
        version: version_name(version),
        cipher_suites: real.take(MAX_SUITES).map(|number| format!("0x{number:04x}")).collect(),
        server_name: server_name.filter(|name| !name.is_empty()),
        application_protocols,
        certificate: None,
    })
}

/// ProtocolNameList (RFC 7301 section 3.1).
fn protocols(data: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(data.get(2..).unwrap_or_default());
    let names = std::iter::from_fn(|| {
        let length = reader.u8()?;
        reader.take(length.into())
    });
    names.take(MAX_PROTOCOLS).map(|name| clean_text(name, MAX_NAME)).collect()
}

fn extension<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let (kind, length) = (reader.be16()?, reader.be16()?);
    Some((kind, reader.take(length.into())?))
}

fn highest_version(data: &[u8], from_server: bool) -> Option<u16> {
    let list = if from_server { data } else { data.get(1..)? };
    let versions = list.chunks_exact(2).map(|version| u16::from_be_bytes([version[0], version[1]]));
    versions.filter(|version| version >> 8 == 3).max()
}

fn version_name(version: u16) -> String {
    match version {
        0x0301..=0x0304 => format!("1.{}", version - 0x0301),
        0x0300 => "3.0".to_owned(),
        other => format!("0x{other:04x}"),
    }
}

/// The first certificate of a chain: the server's own.
fn certificate(body: &[u8]) -> Option<TlsCertificate> {
    let mut reader = Reader::new(body);
    length24(&mut reader)?;
    let length = length24(&mut reader)?;
    let bytes = reader.take(length)?;
    let (_, read) = X509Certificate::from_der(bytes).ok()?;
    let name = |text: String| clean_text(text.as_bytes(), MAX_NAME);
    let time = |seconds| jiff::Timestamp::from_second(seconds).map_or_else(|_| String::new(), |time| time.to_string());
    Some(TlsCertificate {
        subject: name(read.subject().to_string()),
        issuer: name(read.issuer().to_string()),
        serial: read.raw_serial_as_string(),
        not_before: time(read.validity().not_before.timestamp()),
        not_after: time(read.validity().not_after.timestamp()),
        sha256: hex(&Sha256::digest(bytes)),
        sha1: hex(&sha1::Sha1::digest(bytes)),
        names: machine_names(&read),
    })
}

/// The machine's own names: alternative ones, or where there are none the common one (RFC 6125 section 6.4.4).
fn machine_names(read: &X509Certificate<'_>) -> Vec<String> {
    let alternative = read.subject_alternative_name().ok().flatten();
    let listed = alternative.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    });
    let mut names: Vec<&str> = listed.collect();
    if names.is_empty() {
        names.extend(read.subject().iter_common_name().filter_map(|name| name.as_str().ok()));
    }
    let one_machine = |name: &&&str| !name.contains(['*', ' ', '@']);
    let names = names.iter().filter(one_machine).take(MAX_CERTIFICATE_NAMES);
    names.map(|name| clean_text(name.as_bytes(), MAX_NAME)).filter(|name| !name.is_empty()).collect()
}
