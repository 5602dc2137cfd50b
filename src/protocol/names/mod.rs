//! Which names and thumbprints a conversation beside control traffic tells: what is asked of a name server, and whom an HTTP
//! request or the beginning of a TLS connection names.
//!
//! Of a stream only its first bytes decide who reads it, or that nobody does; of TLS no more than the handshake is read.

mod dns;
mod handshake;
mod http;
mod ja4;

use handshake::Handshake;

use super::tls;
use crate::event::{Mention, MentionKind, Side};
use crate::flow::{Data, FlowInfo, Piece};

const DNS: u16 = 53;
/// Characters of a name that are kept.
const MAX_NAME: usize = 512;

/// What one conversation named so far.
#[derive(Default)]
pub struct Names(State);

#[derive(Default)]
enum State {
    #[default]
    Fresh,
    Tls(Box<Handshake>),
    Http,
    Over,
}

impl Names {
    /// Takes a piece in and tells what it names.
    pub fn piece(&mut self, flow: &FlowInfo, piece: &Piece<'_>, tell: &mut dyn FnMut(Mention)) {
        self.take(flow.port(Side::Server), piece.from, piece.data, tell);
    }

    fn take(&mut self, port: u16, from: Side, data: Data<'_>, tell: &mut dyn FnMut(Mention)) {
        let bytes = match data {
            Data::Stream(bytes) => bytes,
            Data::Datagram(bytes) if port == DNS && from == Side::Client => return dns::question(bytes, tell),
            Data::Datagram(_) => return,
            Data::Gap(_) => return self.gap(),
        };
        if matches!(self.0, State::Fresh) {
            self.0 = begin(port, from, bytes, tell);
        }
        let over = match &mut self.0 {
            State::Tls(handshake) => handshake.take(from, bytes, tell),
            State::Http if from == Side::Client => {
                http::request(bytes, tell);
                false
            }
            _ => false,
        };
        if over {
            self.0 = State::Over;
        }
    }

    /// A request of HTTP begins anew somewhere behind it; a handshake does not.
    fn gap(&mut self) {
        if !matches!(self.0, State::Http) {
            self.0 = State::Over;
        }
    }
}

fn begin(port: u16, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Mention)) -> State {
    if tls::begins(bytes) {
        return State::Tls(Box::default());
    }
    if http::begins(bytes) {
        return State::Http;
    }
    if port == DNS && from == Side::Client {
        // Over TCP a message stands behind its length.
        dns::question(bytes.get(2..).unwrap_or_default(), tell);
    }
    State::Over
}

fn named(how: MentionKind, name: &str) -> Option<Mention> {
    let name = name.trim_end_matches('.');
    (!name.is_empty()).then(|| Mention { how, name: name.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests;
