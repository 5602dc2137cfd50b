//! What a machine asks of a name server (RFC 1035 section 4.1).

use super::named;
use crate::event::{Mention, MentionKind};
use crate::protocol::hosts;
use crate::protocol::reader::Reader;

/// Of the flags: an answer, and what kind of question it is; 0 is an ordinary one.
const ANSWER_OR_KIND: u16 = 0xf800;

/// Tells the name of the first question.
pub fn question(message: &[u8], tell: &mut dyn FnMut(Mention)) {
    if let Some(question) = first(message) {
        tell(question);
    }
}

fn first(message: &[u8]) -> Option<Mention> {
    let mut reader = Reader::new(message);
    reader.skip(2)?;
    if reader.be16()? & ANSWER_OR_KIND != 0 || reader.be16()? == 0 {
        return None;
    }
    reader.skip(6)?;
    let name = hosts::name(message, &mut reader)?;
    named(MentionKind::DnsQuery, &name)
}
