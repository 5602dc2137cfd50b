//! Reporting to the next tier: enterprise → province → nation, by one open protocol.
//!
//! Off until a person turns it on. What leaves is masked here, can be looked at before, is stored exactly as sent, is
//! numbered without gaps, and is sent again until the far end acknowledged it. Process values, names, credentials and
//! program content never leave; the text of a report comes from the language files, never from traffic.

mod category;
mod envelope;
mod link;
mod mask;
mod messages;
mod outbox;
mod reporter;

pub use category::{CODE_SET, EventCategory, category_of};
pub use envelope::{Envelope, EnvelopeError, Header, MAX_BODY, open_body, seal};
pub use mask::Masker;
pub use messages::{
    AlertRecord, Answer, AnswerCode, BatchRequest, Enterprise, Heartbeat, Probe, Register, Registered, Rejection,
};
pub use outbox::{Outbox, Sent, SentState};
pub use reporter::{Reporter, ReporterOptions, ReporterStatus};
