//! The numbers that a sender gives its IP packets (identification, RFC 791 section 3.1). Many stacks count them up, each
//! in its own way; who speaks in another's place seldom knows where that count stands.

/// A step that a counting sender makes, also one that counts for all its connections together.
const STEP: u16 = 1024;
/// How far the wire may swap packets.
const BACK: u16 = 64;
/// So many such steps in a row are no accident: by chance one packet in sixty is so near.
const SETTLED: u8 = 16;
/// After so many packets elsewhere and none near, the sender counts from there.
const MOVED: u8 = 8;

/// What a packet's number says of its sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// In the count, or there is none.
    On,
    /// Far off a count that was steady until now.
    Aside,
    /// The sender counts from here on.
    Anew,
}

/// How the packets of one direction are numbered.
#[derive(Debug, Default)]
pub(super) struct Trend {
    last: u16,
    steps: u8,
    elsewhere: u8,
}

impl Trend {
    /// Takes the next packet's number.
    pub fn next(&mut self, number: u16) -> Step {
        // Windows counts to 32767.
        let ahead = number.wrapping_sub(self.last) & 0x7fff;
        if ahead < STEP {
            self.last = number;
            self.steps = self.steps.saturating_add(1);
            self.elsewhere = 0;
            return Step::On;
        }
        if self.steps > 0 && 0x8000 - ahead <= BACK {
            return Step::On;
        }
        self.elsewhere += 1;
        if self.steps >= SETTLED && self.elsewhere < MOVED {
            return Step::Aside;
        }
        *self = Trend { last: number, ..Trend::default() };
        Step::Anew
    }

    /// Where the count stands.
    pub fn last(&self) -> u16 {
        self.last
    }
}
