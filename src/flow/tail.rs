/// Bytes remembered: more than the largest Modbus message, and most S7 ones.
const LEN: usize = 512;

/// The latest bytes of a direction, so that a second copy of them can be compared. Takes memory only where it is wanted,
/// and no more than bytes have come: most connections are short.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Grows to [`LEN`] bytes, then goes round.
    ring: Vec<u8>,
    /// Where the next byte goes, and how many there are.
    at: u16,
    len: u16,
    wanted: bool,
}

impl Tail {
    /// From now on bytes are remembered.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// Gives its memory back.
    pub fn end(&mut self) {
        *self = Tail::default();
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if !self.wanted {
            return;
        }
        let bytes = &bytes[bytes.len().saturating_sub(LEN)..];
        let at = usize::from(self.at);
        let (first, second) = bytes.split_at(bytes.len().min(LEN - at));
        if self.ring.len() < LEN {
            self.ring.extend_from_slice(first);
        } else {
            self.ring[at..at + first.len()].copy_from_slice(first);
        }
        self.ring[..second.len()].copy_from_slice(second);
        self.at = ((at + bytes.len()) % LEN) as u16;
        self.len = (usize::from(self.len) + bytes.len()).min(LEN) as u16;
    }

    /// A copy of bytes that begin so far before the end differs from what is remembered of them.
    pub fn contradicts(&self, back: usize, copy: &[u8]) -> bool {
        let forgotten = back.saturating_sub(usize::from(self.len));
        let Some(copy) = copy.get(forgotten..) else { return false };
        let back = back.min(usize::from(self.len));
        let start = usize::from(self.at) + LEN - back;
        copy.iter().take(back).enumerate().any(|(i, byte)| self.ring[(start + i) % LEN] != *byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_compared_with_what_is_remembered_of_it() {
        let mut tail = Tail::default();
        tail.push(b"never seen");
        assert!(!tail.contradicts(4, b"xxxx"), "nothing is remembered before it is wanted");
        tail.want();
        tail.push(b"abcdef");
        assert!(!tail.contradicts(6, b"abcdef"));
        assert!(!tail.contradicts(3, b"defXYZ"), "what is beyond the end is new and no copy");
        assert!(tail.contradicts(3, b"dXf"));
        assert!(!tail.contradicts(10, b"....abcdef"), "the first four were never remembered");
    }

    #[test]
    fn the_latest_bytes_are_remembered_across_the_ring_s_end() {
        let mut tail = Tail::default();
        tail.want();
        let bytes: Vec<u8> = (0..2000u32).map(|i| (i % 251) as u8).collect();
        bytes.chunks(300).for_each(|chunk| tail.push(chunk));
        assert!(!tail.contradicts(LEN, &bytes[2000 - LEN..]));
        let mut copy = bytes[2000 - LEN..].to_vec();
        copy[200] ^= 1;
        assert!(tail.contradicts(LEN, &copy));
        tail.push(&bytes);
        assert!(!tail.contradicts(LEN, &bytes[2000 - LEN..]), "more at once than is remembered");
    }
}
