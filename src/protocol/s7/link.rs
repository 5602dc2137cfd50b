//! The transport connection: connect requests with their answers.

use smallvec::{SmallVec, smallvec};

use super::cotp::{self, Connect};
use super::tsdu::Sent;
use crate::event::{CotpConnect, FrameRef, ProtocolError, Unit};

#[derive(Debug, Default)]
pub struct Link {
    pending: Option<Settled>,
    unit: Option<Unit>,
    role: Option<&'static str>,
}

/// A connect request with what became of it.
#[derive(Debug)]
pub struct Settled {
    pub connect: CotpConnect,
    pub frames: SmallVec<[FrameRef; 4]>,
}

impl Link {
    /// The rack and slot called, where the connect was seen.
    pub fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }

    /// Whom the client called, where the connect was seen.
    pub fn role(&self) -> Option<&'static str> {
        self.role
    }

    /// Takes a connect request in; gives the one before it, should that still be open: it was never answered.
    pub fn request(&mut self, request: &Connect<'_>, sent: Sent) -> Option<Settled> {
        self.learn_unit(request);
        self.pending.replace(Settled { connect: report(request), frames: smallvec![sent.first, sent.last] })
    }

    pub fn confirm(&mut self, confirm: &Connect<'_>, sent: Sent) -> Settled {
        let mut settled = self.pending.take().unwrap_or_else(|| {
            self.learn_unit(confirm);
            // The confirm repeats the TSAPs, but its reference is the server's.
            Settled { connect: CotpConnect { source_reference: 0, ..report(confirm) }, frames: SmallVec::new() }
        });
        settled.frames.extend([sent.first, sent.last]);
        settled.connect.tpdu_size = confirm.tpdu_size.or(settled.connect.tpdu_size);
        settled.connect.accepted = Some(true);
        settled
    }

    /// A disconnect request: refuses the open connect request, if there is one.
    pub fn disconnect(&mut self, reason: u8, sent: Sent) -> Option<Settled> {
        let mut settled = self.pending.take()?;
        settled.frames.extend([sent.first, sent.last]);
        settled.connect.accepted = Some(false);
        settled.connect.error = Some(ProtocolError::new(u32::from(reason), cotp::disconnect_reason(reason)));
        Some(settled)
    }

    /// The conversation is over, or goes on without the answer having been seen.
    pub fn give_up(&mut self) -> Option<Settled> {
        self.pending.take()
    }

    fn learn_unit(&mut self, connect: &Connect<'_>) {
        let meaning = cotp::tsap_meaning(connect.called_tsap);
        self.role = meaning.role;
        self.unit = meaning.rack_slot.map(|(rack, slot)| Unit::RackSlot { rack, slot });
    }
}

fn report(connect: &Connect<'_>) -> CotpConnect {
    let meaning = cotp::tsap_meaning(connect.called_tsap);
    CotpConnect {
        source_tsap: cotp::tsap_text(connect.calling_tsap),
        destination_tsap: cotp::tsap_text(connect.called_tsap),
        role: meaning.role.map(Into::into),
        rack: meaning.rack_slot.map(|(rack, _)| rack),
        slot: meaning.rack_slot.map(|(_, slot)| slot),
        tpdu_size: connect.tpdu_size,
        source_reference: connect.source_reference,
        class: connect.class,
        accepted: None,
        error: None,
    }
}
