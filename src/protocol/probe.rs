use crate::event::{Side, Transport};

/// The first bytes of a conversation, or later ones where the first told nothing.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    pub bytes: &'a [u8],
    pub from: Side,
    pub transport: Transport,
}

/// How sure a protocol is that a sample is its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probe {
    No,
    /// Too few bytes to tell, none against.
    More,
    /// Fits, but so might chance; believed where the port agrees or a second sample fits too.
    Likely(Option<Side>),
    /// Fits, but so does what others speak too, as TLS: believed on its own port, and nowhere else.
    OnPort(Option<Side>),
    /// Fits so well that chance is out. The side is the role of whoever sent the sample, where the content tells.
    Certain(Option<Side>),
}
