/// Bytes remembered: more than the largest Modbus message, and most S7 ones.
const LEN: usize = 512;

/// The latest bytes of a direction, so that a second copy of them can be compared. Takes memory only where it is wanted.
#[derive(Debug, Default)]
pub(super) struct Tail {
    ring: Option<Box<[u8; LEN]>>,
    /// Where the next byte goes, and how many there are.
    at: usize,
    len: usize,
}

impl Tail {
    /// From now on bytes are remembered.
    pub fn want(&mut self) {
        if self.ring.is_none() {
            self.ring = Some(Box::new([0; LEN]));
        }
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let Some(ring) = &mut self.ring else { return };
        let bytes = &bytes[bytes.len().saturating_sub(LEN)..];
        let (first, second) = bytes.split_at(bytes.len().min(LEN - self.at));
        ring[self.at..self.at + first.len()].copy_from_slice(first);
        ring[..second.len()].copy_from_slice(second);
        self.at = (self.at + bytes.len()) % LEN;
        self.len = (self.len + bytes.len()).min(LEN);
    }

    /// A copy of bytes that begin so far before the end differs from what is remembered of them.
    pub fn contradicts(&self, back: usize, copy: &[u8]) -> bool {
        let Some(ring) = &self.ring else { return false };
        let forgotten = back.saturating_sub(self.len);
        let Some(copy) = copy.get(forgotten..) else { return false };
        let back = back.min(self.len);
        let start = self.at + LEN - back;
        copy.iter().take(back).enumerate().any(|(i, byte)| ring[(start + i) % LEN] != *byte)
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
