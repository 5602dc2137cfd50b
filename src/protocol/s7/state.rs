//! One ISO-on-TCP connection: from TPKTs to the messages of S7comm and S7comm-plus.

use super::comm::Comm;
use super::cotp::{self, Connect, Tpdu};
use super::link::{Link, Settled};
use super::plus::{self, Plus};
use super::report::{Fault, Reporter};
use super::tls::{Heard, Tls};
use super::tsdu::{Joined, Joiner, Sent};
use super::wire;
use crate::event::{
    Blame, CotpConnect, CotpDisconnect, Fact, FactKind, FrameRef, Protocol, ProtocolError, Session, Side,
};
use crate::protocol::{Assembled, Assembler, Output, Parser};

/// One connection.
#[derive(Default)]
pub struct S7 {
    client: Way,
    server: Way,
    link: Link,
    comm: Comm,
    plus: Plus,
    tls: Tls,
    /// The content has shown S7comm-plus, last.
    speaks_plus: bool,
    /// A TLS record was seen: nothing is in clear from then on.
    encrypted: bool,
    anomalies: u16,
}

/// One direction of it.
#[derive(Default)]
struct Way {
    tpkts: Assembler,
    messages: Joiner,
    /// A packet was read since the capture's beginning or the last loss: what is junk now is the sender's.
    in_step: bool,
}

impl Parser for S7 {
    fn protocol(&self) -> Protocol {
        if self.speaks_plus { Protocol::S7commPlus } else { Protocol::S7comm }
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let mut tpkts = std::mem::take(&mut self.way(from).tpkts);
        tpkts.push(at, bytes, cotp::MAX_TPKT, cotp::frame, |piece| self.piece(from, &piece, out));
        self.way(from).tpkts = tpkts;
    }

    fn gap(&mut self, from: Side, _at: FrameRef, _missing: u64, out: &mut Output<'_>) {
        let way = self.way(from);
        way.in_step = false;
        out.undecoded(way.tpkts.lose() + way.messages.lose());
        self.comm.lose(from);
        tell_hello(self.tls.lose(from), out);
        self.with_plus(out, |plus, to| plus.lose(from, to));
    }

    fn end(&mut self, out: &mut Output<'_>) {
        let unread = [Side::Client, Side::Server].map(|side| {
            let way = self.way(side);
            way.tpkts.lose() + way.messages.lose()
        });
        out.undecoded(unread.iter().sum());
        if let Some(settled) = self.link.give_up() {
            self.tell_connect(settled, out);
        }
        tell_hello(self.tls.end(), out);
        self.with_comm(out, Comm::end);
        self.with_plus(out, Plus::end);
    }
}

impl S7 {
    fn way(&mut self, from: Side) -> &mut Way {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn with_comm(&mut self, out: &mut Output<'_>, act: impl FnOnce(&mut Comm, &mut Reporter<'_, '_>)) {
        let (unit, role, anomalies) = (self.link.unit(), self.link.role(), &mut self.anomalies);
        act(&mut self.comm, &mut Reporter { protocol: Protocol::S7comm, unit, role, anomalies, out });
    }

    fn with_plus(&mut self, out: &mut Output<'_>, act: impl FnOnce(&mut Plus, &mut Reporter<'_, '_>)) {
        let (unit, role, anomalies) = (self.link.unit(), self.link.role(), &mut self.anomalies);
        act(&mut self.plus, &mut Reporter { protocol: Protocol::S7commPlus, unit, role, anomalies, out });
    }

    fn anomaly(&mut self, blame: Blame, fault: Fault, sent: Sent, out: &mut Output<'_>) {
        let protocol = self.protocol();
        let (unit, role, anomalies) = (self.link.unit(), self.link.role(), &mut self.anomalies);
        Reporter { protocol, unit, role, anomalies, out }.anomaly_by(blame, fault, sent);
    }

    fn piece(&mut self, from: Side, piece: &Assembled<'_>, out: &mut Output<'_>) {
        match *piece {
            Assembled::Junk { bytes, at } => {
                out.undecoded(bytes.len());
                let blame = if self.way(from).in_step { from.into() } else { Blame::Capture };
                self.anomaly(blame, no_tpkt(bytes.len()), Sent { from, first: at, last: at }, out);
            }
            Assembled::Message { bytes, first, last } => {
                let sent = Sent { from, first, last };
                self.way(from).in_step = true;
                match Tpdu::read(bytes) {
                    Some(tpdu) => self.tpdu(tpdu, sent, out),
                    None => {
                        out.undecoded(bytes.len());
                        self.anomaly(sent.from.into(), bad_tpdu(bytes.len()), sent, out);
                    }
                }
            }
        }
    }

    fn tpdu(&mut self, tpdu: Tpdu<'_>, sent: Sent, out: &mut Output<'_>) {
        match tpdu {
            Tpdu::Data { last, bytes } => self.part(bytes, last, sent, out),
            Tpdu::Expedited(bytes) => self.message(bytes, sent, out),
            Tpdu::ConnectRequest(request) => self.connect(&request, sent, out),
            Tpdu::ConnectConfirm(confirm) => {
                let settled = self.link.confirm(&confirm, sent);
                self.tell_connect(settled, out);
            }
            Tpdu::DisconnectRequest { reason } => match self.link.disconnect(reason, sent) {
                Some(refused) => self.tell_connect(refused, out),
                None => self.tell_disconnect(reason, sent, out),
            },
            Tpdu::Error { cause } => self.anomaly(sent.from.other().into(), tpdu_error(cause), sent, out),
            Tpdu::Other(_) => {}
        }
    }

    fn connect(&mut self, request: &Connect<'_>, sent: Sent, out: &mut Output<'_>) {
        self.speaks_plus |= cotp::is_plus(request.called_tsap);
        if let Some(unanswered) = self.link.request(request, sent) {
            self.tell_connect(unanswered, out);
        }
    }

    fn tell_connect(&self, settled: Settled, out: &mut Output<'_>) {
        let place = place(&settled.connect);
        out.session(self.protocol(), Session::CotpConnect(settled.connect), &settled.frames);
        if let Some(place) = place {
            out.identity(self.protocol(), place, &settled.frames);
        }
    }

    fn tell_disconnect(&self, reason: u8, sent: Sent, out: &mut Output<'_>) {
        let reason = ProtocolError::new(u32::from(reason), cotp::disconnect_reason(reason));
        let disconnect = CotpDisconnect { from_server: sent.from == Side::Server, reason };
        out.session(self.protocol(), Session::CotpDisconnect(disconnect), &[sent.first, sent.last]);
    }

    fn part(&mut self, bytes: &[u8], last: bool, sent: Sent, out: &mut Output<'_>) {
        match self.way(sent.from).messages.push(bytes, last, sent) {
            Joined::Message(message, sent) => self.message(&message, sent, out),
            Joined::Unfinished => {}
            Joined::TooLong(dropped) => {
                out.undecoded(dropped);
                self.anomaly(sent.from.into(), too_long(dropped), sent, out);
            }
        }
    }

    fn encrypted(&mut self, bytes: &[u8], sent: Sent, out: &mut Output<'_>) {
        (self.speaks_plus, self.encrypted) = (true, true);
        out.encrypted();
        let heard = self.tls.take(bytes, sent);
        tell_hello(heard, out);
    }

    fn message(&mut self, bytes: &[u8], sent: Sent, out: &mut Output<'_>) {
        match bytes.first() {
            // Empty data: S7-1200 and their clients acknowledge so.
            None => {}
            Some(_) if self.encrypted || is_tls(bytes) => self.encrypted(bytes, sent, out),
            // Some agree on TLS and go on in clear.
            Some(&wire::PROTOCOL) => {
                self.speaks_plus = false;
                self.with_comm(out, |comm, to| comm.message(bytes, sent, to));
            }
            Some(&plus::PROTOCOL) => {
                self.speaks_plus = true;
                self.with_plus(out, |plus, to| plus.frame(bytes, sent, to));
            }
            Some(_) if self.plus.agreed_on_tls() => self.encrypted(bytes, sent, out),
            Some(&identifier) => {
                out.undecoded(bytes.len());
                self.anomaly(sent.from.into(), not_s7(identifier, bytes.len()), sent, out);
            }
        }
    }
}

/// Where the controller sits, as it accepted to be called there.
fn place(connect: &CotpConnect) -> Option<Fact> {
    let (rack, slot) = connect.rack.zip(connect.slot).filter(|_| connect.accepted == Some(true))?;
    // Of a configured connection the two numbers may be of another kind.
    let confidence = if connect.role.is_some() { 70 } else { 40 };
    let (value, source) = (format!("rack {rack} slot {slot}"), "called TSAP".into());
    Some(Fact { about: Side::Server, kind: FactKind::Place, value, source, confidence })
}

fn tell_hello(heard: Option<Heard>, out: &mut Output<'_>) {
    if let Some((hello, sent)) = heard {
        out.session(Protocol::S7commPlus, Session::TlsHello(hello), &[sent.first, sent.last]);
    }
}

/// A TLS record, of handshake or data: the agreement on TLS was not seen.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

fn no_tpkt(length: usize) -> Fault {
    Fault::new(
        "tpkt",
        "no_tpkt_header",
        0,
        format!("no packet begins in {length} bytes"),
        "at the next plausible header",
    )
}

fn bad_tpdu(length: usize) -> Fault {
    Fault::new(
        "cotp",
        "header_cut_short",
        4,
        format!("a packet of {length} bytes holds no whole transport header"),
        "packet skipped",
    )
}

fn tpdu_error(cause: u8) -> Fault {
    let cause = match cause {
        0 => "no reason given",
        1 => "invalid parameter code",
        2 => "invalid type",
        3 => "invalid parameter value",
        _ => "unknown cause",
    };
    Fault::new("cotp", "tpdu_error", 5, format!("the other side's packet was rejected: {cause}"), "connection goes on")
}

fn too_long(dropped: usize) -> Fault {
    Fault::new(
        "cotp",
        "message_too_long",
        0,
        format!("{dropped} bytes of a message over our bound"),
        "after the message's end",
    )
}

fn not_s7(identifier: u8, length: usize) -> Fault {
    Fault::new(
        "s7comm",
        "unknown_protocol_id",
        0,
        format!("{length} bytes begin with 0x{identifier:02x}, which is neither S7comm nor S7comm-plus"),
        "message skipped",
    )
}
