//! S7comm-plus hands its connection to TLS: records are put together here, and `protocol::tls` reads what goes in clear.

use super::tsdu::Sent;
use crate::event::{Side, TlsHello};
use crate::protocol::Framing;
use crate::protocol::tls::{self, Hellos};

/// Bytes of one side that are kept until their record is whole.
const MAX_HELD: usize = 64 << 10;

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
    hellos: Hellos,
    /// What carried the first of it.
    begun: Option<Sent>,
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
        self.way(from).end(None)
    }

    /// The connection is over: a server's hello whose certificate did not come.
    pub fn end(&mut self) -> Option<Heard> {
        self.server.end(None)
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
        if self.hellos.is_over() {
            return None;
        }
        if self.records.len() + bytes.len() > MAX_HELD {
            return self.end(Some(sent));
        }
        self.begun.get_or_insert(sent);
        self.records.extend_from_slice(bytes);
        loop {
            match tls::frame(&self.records) {
                Framing::Message(length) if length <= self.records.len() => {
                    let record: Vec<u8> = self.records.drain(..length).collect();
                    if let Some(hello) = self.hellos.take(&record, sent.from == Side::Server) {
                        return self.heard(hello, Some(sent));
                    }
                    if self.hellos.is_over() {
                        return None;
                    }
                }
                Framing::Message(_) | Framing::Need(_) => return None,
                Framing::Junk => return self.end(Some(sent)),
            }
        }
    }

    fn end(&mut self, sent: Option<Sent>) -> Option<Heard> {
        self.records = Vec::new();
        let hello = self.hellos.end()?;
        self.heard(hello, sent)
    }

    fn heard(&self, hello: TlsHello, last: Option<Sent>) -> Option<Heard> {
        let begun = self.begun?;
        Some((hello, Sent { first: begun.first, ..last.unwrap_or(begun) }))
    }
}
