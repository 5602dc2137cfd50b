//! What is said beside control traffic, as far as detectors need it: who logs on and how, which files go by, which orders one
//! machine gives another.
//!
//! Every conversation that is none of ours is looked at once: what its first bytes or its server's port say decides who
//! reads it, or that nobody does. Readers keep a few hundred bytes of a conversation and nothing of its secrets.

mod cargo;
mod ftp;
mod http;
mod message;
mod rpc;
mod secret;
pub mod serving;
mod smb;
mod snmp;
mod telnet;
mod tftp;
mod vnc;

use crate::event::{Cargo, Carried, Notice, Side};
use crate::flow::{Data, FlowInfo, Piece};

/// Reads one conversation.
trait Listener: Send {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice));
}

/// What one conversation beside control traffic is.
#[derive(Default)]
pub struct Beside {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Fresh,
    Read(Box<dyn Listener>),
    Unread,
}

impl Beside {
    /// Takes a piece in, and tells what detectors should know.
    pub fn piece(&mut self, flow: &FlowInfo, piece: &Piece<'_>, tell: &mut dyn FnMut(Notice)) {
        let bytes = match piece.data {
            Data::Stream(bytes) | Data::Datagram(bytes) => bytes,
            // Without its middle a conversation proves nothing more.
            Data::Gap(_) => return self.state = State::Unread,
        };
        if matches!(self.state, State::Fresh) {
            let is_stream = matches!(piece.data, Data::Stream(_));
            self.state = begin(flow.port(Side::Server), piece.from, bytes, is_stream, tell);
        }
        if let State::Read(reader) = &mut self.state {
            reader.take(piece.from, bytes, tell);
        }
    }
}

fn begin(port: u16, from: Side, bytes: &[u8], is_stream: bool, tell: &mut dyn FnMut(Notice)) -> State {
    if !is_stream {
        return match port {
            69 => State::Read(Box::new(tftp::Tftp)),
            161 => State::Read(Box::<snmp::Snmp>::default()),
            _ => State::Unread,
        };
    }
    match (port, from) {
        (21, _) => State::Read(Box::<ftp::Ftp>::default()),
        (23, _) => State::Read(Box::<telnet::Telnet>::default()),
        (139 | 445, _) => State::Read(Box::<smb::Smb>::default()),
        (_, Side::Server) if bytes.starts_with(b"RFB 00") => State::Read(Box::<vnc::Vnc>::default()),
        _ if http::begins(bytes) => State::Read(Box::<http::Http>::default()),
        _ => {
            let order = rpc::order(bytes).map(|name| (name.to_owned(), Cargo::RemoteOrder, "dcerpc"));
            let file = || cargo::by_content(bytes).map(|kind| (String::new(), kind, "tcp"));
            if let Some((name, kind, service)) = order.or_else(file) {
                let to_server = from == Side::Client;
                tell(Notice::Carried(Carried { service: service.into(), name, kind, to_server }));
            }
            State::Unread
        }
    }
}

#[cfg(test)]
mod tests;
