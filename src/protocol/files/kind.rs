//! Whether bytes are the beginning of a file that is worth a look.

/// Programs, archives, documents that hold programs, and scripts, by their first bytes.
const KNOWN: [&[u8]; 10] = [
    b"MZ",
    b"\x7fELF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x1f\x8b\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\xfd7zXZ\0",
    b"\xca\xfe\xba\xbe",
    b"#!/",
];
const PICTURES: [&[u8]; 6] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOF", b"\0\0\x01\0"];
/// Bytes by which text is told from other things.
const LOOK: usize = 64;

/// It is one of those that are told by their first bytes.
pub fn is_known(bytes: &[u8]) -> bool {
    KNOWN.iter().any(|start| bytes.starts_with(start))
}

/// It is one of those, or neither text nor picture.
pub fn is_file(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(LOOK)];
    let is_text = head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..));
    is_known(bytes) || (!is_text && !PICTURES.iter().any(|start| bytes.starts_with(start)))
}
