//! Whether a conversation speaks S7. ISO on TCP alone does not tell: remote desktops, MMS and others use it too.

use super::cotp::{self, Connect, Tpdu};
use super::{parse, plus, userdata, wire};
use crate::event::{Side, Transport};
use crate::protocol::{Framing, Probe, Sample};

pub fn probe(sample: &Sample<'_>) -> Probe {
    if sample.transport != Transport::Tcp {
        return Probe::No;
    }
    let mut rest = sample.bytes;
    let mut found = Probe::No;
    // Whoever connects is the client, whichever side then asks the other.
    let mut connected = None;
    while !rest.is_empty() {
        let length = match cotp::frame(rest) {
            Framing::Message(length) if length <= cotp::MAX_TPKT => length,
            Framing::Need(_) => return stronger(found, Probe::More),
            Framing::Message(_) | Framing::Junk => {
                // The capture may begin in the midst of a packet.
                let next = (1..rest.len()).find(|i| cotp::frame(&rest[*i..]) != Framing::Junk);
                let Some(next) = next else { return found };
                rest = &rest[next..];
                continue;
            }
        };
        let Some(packet) = rest.get(..length) else { return stronger(found, Probe::More) };
        rest = &rest[length..];
        match packet_verdict(packet, &mut connected) {
            Probe::No => return Probe::No,
            Probe::Certain(role) => return Probe::Certain(connected.or(role)),
            other => found = stronger(found, other),
        }
    }
    found
}

fn stronger(one: Probe, other: Probe) -> Probe {
    match (one, other) {
        (Probe::Likely(role), _) | (_, Probe::Likely(role)) => Probe::Likely(role),
        (Probe::No, other) => other,
        (one, _) => one,
    }
}

fn packet_verdict(packet: &[u8], connected: &mut Option<Side>) -> Probe {
    match Tpdu::read(packet) {
        Some(Tpdu::ConnectRequest(connect)) => connect_verdict(&connect, Side::Client, connected),
        Some(Tpdu::ConnectConfirm(connect)) => connect_verdict(&connect, Side::Server, connected),
        Some(Tpdu::Data { last, bytes }) => data_verdict(bytes, last),
        Some(_) => Probe::More,
        None => Probe::No,
    }
}

fn connect_verdict(connect: &Connect<'_>, role: Side, connected: &mut Option<Side>) -> Probe {
    *connected = Some(role);
    if cotp::is_plus(connect.called_tsap) {
        return Probe::Certain(Some(role));
    }
    match cotp::tsap_meaning(connect.called_tsap).role {
        Some(_) => Probe::Likely(Some(role)),
        None => Probe::More,
    }
}

fn data_verdict(bytes: &[u8], last: bool) -> Probe {
    match bytes.first() {
        None => Probe::More,
        Some(&wire::PROTOCOL) if parse::is_plausible(bytes, !last) => Probe::Certain(comm_role(bytes)),
        Some(&plus::PROTOCOL) if plus::is_plausible(bytes) => Probe::Certain(plus_role(bytes)),
        Some(_) => Probe::No,
    }
}

/// Who sends such a message, where it tells.
fn comm_role(bytes: &[u8]) -> Option<Side> {
    let pdu = parse::Pdu::read(bytes)?;
    let asker = match pdu.rosctr {
        wire::USERDATA => {
            return match userdata::Userdata::read(&pdu)?.kind() {
                userdata::Kind::Request => Some(Side::Client),
                userdata::Kind::Response | userdata::Kind::Push => Some(Side::Server),
                userdata::Kind::Other => None,
            };
        }
        // The controller fetches what is loaded down to it.
        _ if matches!(pdu.function()?, wire::DOWNLOAD_BLOCK | wire::DOWNLOAD_ENDED) => Side::Server,
        _ => Side::Client,
    };
    Some(if pdu.rosctr == wire::JOB { asker } else { asker.other() })
}

fn plus_role(bytes: &[u8]) -> Option<Side> {
    match plus::opcode(bytes)? {
        plus::REQUEST => Some(Side::Client),
        plus::RESPONSE | plus::NOTIFICATION => Some(Side::Server),
        _ => None,
    }
}
