//! Capture files of any kind, compressed or not, whole or damaged.
//!
//! Whatever the bytes are, nothing panics, frames count from one, and each lies behind the one before it.

use std::io::Cursor;

use fengsui::capture::file::FileReader;

/// A few bytes can become gigabytes: that is a matter of time and not of memory, and is enough of it.
const MOST_FRAMES: u64 = 20_000;

pub fn run(input: &[u8]) {
    let file = Box::new(Cursor::new(input.to_vec()));
    let Ok(mut reader) = FileReader::new("fuzz".into(), file, 3, 1000) else { return };
    let (mut frames, mut position) = (0, 1000);
    while let Ok(Some(frame)) = reader.next_frame() {
        frames += 1;
        assert_eq!((frame.at.number, frame.at.capture), (frames, 3));
        assert!(frame.at.position > position && frame.at.position - position >= frame.bytes.len() as u64);
        position = frame.at.position;
        if frames >= MOST_FRAMES {
            return;
        }
    }
    assert!(reader.consumed() <= input.len() as u64);
}
