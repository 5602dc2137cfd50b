//! Captures as archives hold them: gzip and zstd, told by their first bytes, decompressed as they are read.
//!
//! Memory is bounded whatever the input says: gzip looks back over 32 kB, zstd over what its header asks for, and a
//! header that asks for more than [`ZSTD_WINDOW_LOG`] is refused. What comes out is a stream like any other; its reader
//! believes no length field beyond its own limit, so that a bomb costs time and no memory.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

/// The largest look-back of zstd that is granted, as a power of two: what its own command line grants by default.
const ZSTD_WINDOW_LOG: u32 = 27;
/// Compressed bytes read at once.
const READ_SIZE: usize = 1 << 17;

/// What the first bytes of a file say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            // A frame, or one of the sixteen kinds of skippable frames that parallel compressors put first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }
}

/// Bytes taken from the compressed input so far; shared with the stream that takes them.
#[derive(Clone, Default)]
pub struct Taken(Arc<AtomicU64>);

impl Taken {
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The decompressed stream of `head` followed by `input`. Ends with [`io::ErrorKind::UnexpectedEof`] where the input was
/// cut short, after all that could be decompressed.
pub fn decompress(
    compression: Compression,
    head: &[u8],
    input: Box<dyn Read + Send>,
) -> io::Result<(Box<dyn Read + Send>, Taken)> {
    let taken = Taken::default();
    let counted = Counted { input: io::Cursor::new(head.to_vec()).chain(input), taken: taken.clone() };
    let buffered = BufReader::with_capacity(READ_SIZE, counted);
    let stream: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(buffered)),
        Compression::Zstd => {
            let mut decoder = Decoder::with_buffer(buffered)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    };
    Ok((stream, taken))
}

struct Counted<R> {
    input: R,
    taken: Taken,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(out)?;
        self.taken.0.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
