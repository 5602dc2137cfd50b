use crate::event::FrameRef;

/// What stands at the front of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// A message of so many bytes, header included, begins here.
    Message(usize),
    /// A message may begin here, but at least so many bytes are needed to tell or to have it whole.
    Need(usize),
    /// No message begins here.
    Junk,
}

/// A message, or bytes that belong to none.
#[derive(Clone, Copy, Debug)]
pub enum Assembled<'a> {
    Message {
        bytes: &'a [u8],
        /// Frames that carried its first and last byte.
        first: FrameRef,
        last: FrameRef,
    },
    Junk {
        bytes: &'a [u8],
        at: FrameRef,
    },
}

/// Cuts one direction's bytes into messages, whatever way TCP cut them, and finds the next message after junk or loss.
///
/// A message that lies whole in one piece is never copied.
#[derive(Debug, Default)]
pub struct Assembler {
    held: Vec<u8>,
    first: FrameRef,
}

impl Assembler {
    /// Takes bytes in and hands on each message and each run of junk. `frame` must not ask for more than `max` bytes.
    pub fn push(
        &mut self,
        at: FrameRef,
        bytes: &[u8],
        max: usize,
        frame: impl Fn(&[u8]) -> Framing,
        mut take: impl FnMut(Assembled<'_>),
    ) {
        let bounded = |bytes: &[u8]| match frame(bytes) {
            Framing::Message(n) | Framing::Need(n) if n > max => Framing::Junk,
            Framing::Message(n) if n > bytes.len() => Framing::Need(n),
            other => other,
        };
        if self.held.is_empty() {
            let used = cut(bytes, at, at, &bounded, &mut take);
            self.hold(&bytes[used..], at);
            return;
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let used = cut(&held, self.first, at, &bounded, &mut take);
        if used > 0 {
            held.drain(..used);
            self.first = at;
        }
        self.held = held;
    }

    /// Forgets a message in progress, as its rest was lost; says how many bytes of it were held.
    pub fn lose(&mut self) -> usize {
        let lost = self.held.len();
        self.held.clear();
        lost
    }

    /// Bytes of an unfinished message.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    pub fn held_bytes(&self) -> &[u8] {
        &self.held
    }

    fn hold(&mut self, rest: &[u8], at: FrameRef) {
        self.first = at;
        self.held.extend_from_slice(rest);
    }
}

/// Cuts as many messages as are whole; says how many bytes they and the junk took.
fn cut(
    bytes: &[u8],
    first: FrameRef,
    last: FrameRef,
    frame: &impl Fn(&[u8]) -> Framing,
    take: &mut impl FnMut(Assembled<'_>),
) -> usize {
    let mut start = 0;
    // Only the first message can have begun in an earlier frame.
    let mut begun = first;
    while start < bytes.len() {
        let rest = &bytes[start..];
        match frame(rest) {
            Framing::Need(_) => break,
            Framing::Message(len) => {
                let len = len.max(1);
                take(Assembled::Message { bytes: &rest[..len], first: begun, last });
                start += len;
            }
            Framing::Junk => {
                let junk = (1..rest.len()).find(|i| frame(&rest[*i..]) != Framing::Junk).unwrap_or(rest.len());
                take(Assembled::Junk { bytes: &rest[..junk], at: last });
                start += junk;
            }
        }
        begun = last;
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A toy protocol: 0xA5, a length byte, then so many bytes.
    fn toy(bytes: &[u8]) -> Framing {
        match bytes {
            [0xa5] => Framing::Need(2),
            [0xa5, n, ..] => Framing::Message(2 + *n as usize),
            _ => Framing::Junk,
        }
    }

    fn messages(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, usize) {
        let mut assembler = Assembler::default();
        let (mut messages, mut junk) = (Vec::new(), 0);
        for (i, piece) in pieces.iter().enumerate() {
            let at = FrameRef { number: i as u64 + 1, ..FrameRef::default() };
            assembler.push(at, piece, 64, toy, |a| match a {
                Assembled::Message { bytes, .. } => messages.push(bytes.to_vec()),
                Assembled::Junk { bytes, .. } => junk += bytes.len(),
            });
        }
        (messages, junk)
    }

    #[test]
    fn a_message_over_three_frames_names_its_first_and_last() {
        let mut assembler = Assembler::default();
        let mut seen = Vec::new();
        for (number, piece) in [(7, &[0xa5][..]), (8, &[2, 1]), (9, &[1, 0xa5, 0])] {
            let at = FrameRef { number, ..FrameRef::default() };
            assembler.push(at, piece, 64, toy, |a| {
                if let Assembled::Message { first, last, .. } = a {
                    seen.push((first.number, last.number));
                }
            });
        }
        assert_eq!(seen, [(7, 9), (9, 9)]);
    }

    #[test]
    fn junk_is_skipped_up_to_the_next_message_and_counted() {
        assert_eq!(messages(&[&[1, 2, 3, 0xa5, 1, 9, 4]]), (vec![vec![0xa5, 1, 9]], 4));
    }

    #[test]
    fn a_length_over_the_bound_is_junk() {
        assert_eq!(messages(&[&[0xa5, 200, 0, 0]]), (vec![], 4));
    }

    proptest! {
        #[test]
        fn cutting_the_stream_anywhere_gives_the_same_messages(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
            cuts in prop::collection::vec(0usize..200, 0..20),
        ) {
            let stream: Vec<u8> =
                bodies.iter().flat_map(|b| [&[0xa5, b.len() as u8][..], b].concat()).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &stream[w[0]..w[1]]).collect();
            prop_assert_eq!(messages(&pieces), messages(&[&stream]));
        }
    }
}
