//! The part of a TLS handshake that goes in clear: the server's name that the client asks for, the shape of its offer, and
//! the certificate that the server shows (up to TLS 1.2).

use super::{ja4, named};
use crate::event::{Mention, MentionKind, Side, TlsHello};
use crate::protocol::Framing;
use crate::protocol::tls::{self, Hellos};

/// Bytes of one side that wait for the rest of their record.
const MAX_WAITING: usize = tls::MAX_RECORD;

#[derive(Default)]
pub struct Handshake {
    sides: [Half; 2],
}

#[derive(Default)]
struct Half {
    waiting: Vec<u8>,
    hellos: Hellos,
}

impl Handshake {
    /// Takes bytes in; true where nothing more can be read of either side.
    pub fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Mention)) -> bool {
        self.sides[usize::from(from == Side::Server)].take(from, bytes, tell);
        self.sides.iter().all(|half| half.hellos.is_over())
    }
}

impl Half {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Mention)) {
        if self.hellos.is_over() {
            return;
        }
        let room = MAX_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..bytes.len().min(room)]);
        while !self.hellos.is_over() {
            let length = match tls::frame(&self.waiting) {
                Framing::Message(length) if length <= MAX_WAITING => length,
                Framing::Need(_) => return,
                _ => return self.end(tell),
            };
            let Some(record) = self.waiting.get(..length) else { return };
            if let Some(hello) = tls::client_hello(record) {
                ja4::of(hello).and_then(|print| named(MentionKind::Ja4, &print)).into_iter().for_each(&mut *tell);
            }
            let told = self.hellos.take(record, from == Side::Server);
            self.waiting.drain(..length);
            told.iter().for_each(|hello| tell_hello(hello, tell));
        }
        self.waiting = Vec::new();
    }

    fn end(&mut self, tell: &mut dyn FnMut(Mention)) {
        self.waiting = Vec::new();
        self.hellos.end().iter().for_each(|hello| tell_hello(hello, tell));
    }
}

fn tell_hello(hello: &TlsHello, tell: &mut dyn FnMut(Mention)) {
    let name = hello.server_name.as_deref().and_then(|name| named(MentionKind::TlsServerName, name));
    let prints = hello.certificate.iter().flat_map(|certificate| {
        let sha256 = named(MentionKind::CertificateSha256, &certificate.sha256);
        let names = certificate.names.iter().filter_map(|name| named(MentionKind::CertificateName, name));
        sha256.into_iter().chain(named(MentionKind::CertificateSha1, &certificate.sha1)).chain(names)
    });
    name.into_iter().chain(prints).for_each(tell);
}
