//! Modbus Security (MODBUS/TCP Security V36): Modbus within TLS. What both sides say before they encrypt is told, the rest is
//! counted: metadata only.

use crate::event::{FrameRef, Protocol, Session, Side};
use crate::protocol::tls::{self, Hellos, MAX_RECORD};
use crate::protocol::{Assembled, Assembler, Output};

/// A secured connection.
#[derive(Default)]
pub struct Security {
    client: Assembler,
    server: Assembler,
    client_hellos: Hellos,
    server_hellos: Hellos,
}

impl Security {
    /// Whether bytes are the beginning of a TLS handshake.
    pub fn begins(bytes: &[u8]) -> bool {
        tls::begins(bytes)
    }

    /// Who says the first word of a handshake.
    pub fn role(bytes: &[u8]) -> Option<Side> {
        tls::speaker(bytes)
    }

    pub fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let (assembler, hellos) = match from {
            Side::Client => (&mut self.client, &mut self.client_hellos),
            Side::Server => (&mut self.server, &mut self.server_hellos),
        };
        assembler.push(at, bytes, MAX_RECORD, tls::frame, |piece| match piece {
            Assembled::Junk { bytes, .. } => out.undecoded(bytes.len()),
            Assembled::Message { bytes, first, last } => {
                if tls::is_encrypted(bytes) {
                    out.encrypted();
                }
                if let Some(hello) = hellos.take(bytes, from == Side::Server) {
                    out.session(Protocol::Modbus, Session::TlsHello(hello), &[first, last]);
                }
            }
        });
    }

    pub fn lose(&mut self, from: Side, _at: FrameRef, out: &mut Output<'_>) {
        let (assembler, hellos) = match from {
            Side::Client => (&mut self.client, &mut self.client_hellos),
            Side::Server => (&mut self.server, &mut self.server_hellos),
        };
        *hellos = Hellos::over();
        out.undecoded(assembler.lose());
    }
}
