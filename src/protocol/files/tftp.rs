//! TFTP's data packets (RFC 1350): a file goes between two ports that were made up for it, so that its first block is all
//! that tells it.

use super::{Carved, Carving, kind};
use crate::event::Side;
use crate::flow::Piece;

const DATA: u8 = 3;
const ACKNOWLEDGEMENT: u8 = 4;
/// Bytes of a block where nothing else was agreed on.
const BLOCK: usize = 512;

pub enum Begin {
    /// Whoever writes waits for an acknowledgement of nothing before.
    Wait,
    Data(Box<Blocks>),
}

/// The blocks of one file.
pub struct Blocks {
    carving: Carving,
    from: Side,
    next: u16,
    block: Option<usize>,
}

pub fn begin(piece: &Piece<'_>, datagram: &[u8]) -> Option<Begin> {
    match datagram {
        [0, ACKNOWLEDGEMENT, 0, 0] => Some(Begin::Wait),
        [0, DATA, 0, 1, data @ ..] if kind::is_file(data) && (data.len() >= BLOCK || kind::is_known(data)) => {
            let carving = Carving::new("tftp_file", String::new(), piece.from, piece.at);
            Some(Begin::Data(Box::new(Blocks { carving, from: piece.from, next: 1, block: None })))
        }
        _ => None,
    }
}

impl Blocks {
    /// Takes a datagram in; a block shorter than the first is the last.
    pub fn take(&mut self, piece: &Piece<'_>, datagram: &[u8], room: usize) -> Option<Carved> {
        let [0, DATA, high, low, data @ ..] = datagram else { return None };
        let number = u16::from_be_bytes([*high, *low]);
        if piece.from != self.from || number.wrapping_add(1) == self.next {
            return None;
        }
        let block = *self.block.get_or_insert(data.len().max(BLOCK));
        if number != self.next {
            self.carving.lose(u64::from(number.wrapping_sub(self.next)) * block as u64);
        }
        self.next = number.wrapping_add(1);
        self.carving.push(data, piece.at, room);
        (data.len() < block).then(|| self.finish(true))
    }

    pub fn held(&self) -> usize {
        self.carving.bytes.len()
    }

    pub fn end(mut self, give: &mut dyn FnMut(Carved)) {
        give(self.finish(false));
    }

    fn finish(&mut self, ended: bool) -> Carved {
        let empty = Carving::new("tftp_file", String::new(), self.from, self.carving.frames[1]);
        std::mem::replace(&mut self.carving, empty).finish(ended)
    }
}
