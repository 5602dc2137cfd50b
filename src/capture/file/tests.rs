use std::io::{Cursor, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use zstd::stream::raw::CParameter;
use zstd::stream::write::Encoder;

use super::*;

/// A pcap file of so many frames of 100 bytes that no compressor makes smaller.
fn pcap(frames: u32) -> Vec<u8> {
    let mut file = header();
    let mut noise: u32 = 1;
    for number in 1..=frames {
        file.extend(record(number, 100, 100));
        file.extend((0..100).map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        }));
    }
    file
}

fn header() -> Vec<u8> {
    [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0xff, 0xff, 0, 0, 1, 0, 0, 0]].concat()
}

fn record(second: u32, captured: u32, length: u32) -> Vec<u8> {
    [second, 0, captured, length].iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Frames that could be read, and how it ended.
fn read(file: Vec<u8>) -> (u64, Result<(), FileError>) {
    let mut reader = match FileReader::new("f".into(), Box::new(Cursor::new(file)), 0, 0) {
        Ok(reader) => reader,
        Err(error) => return (0, Err(error)),
    };
    let mut frames = 0;
    loop {
        match reader.next_frame() {
            Ok(Some(_)) => frames += 1,
            Ok(None) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
        }
    }
}

#[test]
fn compressed_captures_are_told_by_their_first_bytes() {
    let plain = pcap(1000);
    let (one, two) = plain.split_at(5000);
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(&plain)].concat();
    for file in [
        plain.clone(),
        gzip(&plain),
        zstd(&plain),
        [gzip(one), gzip(two)].concat(),
        [zstd(one), zstd(two)].concat(),
        skippable,
    ] {
        let (frames, end) = read(file);
        assert_eq!((frames, end.is_ok()), (1000, true));
    }
}

#[test]
fn a_compressed_capture_that_was_cut_gives_all_that_was_before_the_cut() {
    let plain = pcap(10_000);
    for file in [gzip(&plain), zstd(&plain)] {
        let whole = file.len();
        for (cut, least) in [(whole - 1, 8000), (whole / 2, 3500), (30, 0), (5, 0)] {
            let (frames, end) = read(file[..cut].to_vec());
            let error = end.unwrap_err();
            assert!(matches!(error, FileError::Truncated { place: Place { inside: true, .. }, .. }), "{cut}: {error}");
            // A block of 128 kB that is not whole cannot be decompressed.
            assert!((least..=10_000).contains(&frames), "{frames} frames of {cut} bytes of {whole}");
            let offset = if frames == 0 { 0 } else { 24 + frames * 116 };
            assert!(error.to_string().contains(&format!("at byte {offset} of its decompressed")), "{error}");
        }
    }
}

#[test]
fn a_compressed_capture_that_was_changed_is_damaged() {
    let plain = pcap(1000);
    let mut file = gzip(&plain);
    let checksum = file.len() - 8;
    file[checksum] ^= 1;
    let (frames, end) = read(file);
    assert_eq!(frames, 1000, "the checksum stands behind all frames");
    assert!(matches!(end, Err(FileError::Damaged { .. })), "{end:?}");

    let mut wide = Encoder::new(Vec::new(), 3).unwrap();
    wide.set_parameter(CParameter::WindowLog(28)).unwrap();
    wide.write_all(&plain).unwrap();
    let (_, end) = read(wide.finish().unwrap());
    assert!(end.unwrap_err().to_string().contains("cannot be decompressed"), "it asks for 256 MB to look back");
}

/// A few kB that become 500 MB.
#[test]
fn a_bomb_costs_no_memory() {
    let mut bomb = Encoder::new(Vec::new(), 1).unwrap();
    bomb.write_all(&header()).unwrap();
    let zeros = vec![0; 32 << 20];
    for second in 0..16 {
        bomb.write_all(&record(second, 32 << 20, 32 << 20)).unwrap();
        bomb.write_all(&zeros).unwrap();
    }
    let mut reader = FileReader::new("f".into(), Box::new(Cursor::new(bomb.finish().unwrap())), 0, 0).unwrap();
    let mut frames = 0;
    while reader.next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 16);
    assert!(reader.window.buffer.len() <= MAX_BLOCK, "{}", reader.window.buffer.len());
    assert!(reader.consumed() < 1 << 20, "progress goes by what lies on the disk");
}

/// On a file with holes, which takes no room.
#[test]
fn places_beyond_4_gb_are_right() {
    const RECORD: u64 = 63 << 20;
    const RECORDS: u64 = 70;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.pcap");
    let mut file = File::create(&path).unwrap();
    file.write_all(&header()).unwrap();
    for second in 0..RECORDS {
        std::io::Seek::seek(&mut file, io::SeekFrom::Start(24 + second * (RECORD + 16))).unwrap();
        file.write_all(&record(second as u32, RECORD as u32, RECORD as u32)).unwrap();
    }
    let end = 24 + RECORDS * (RECORD + 16);
    file.set_len(end + 7).unwrap();
    let mut reader = FileReader::open(&path, 0, 0).unwrap();
    let mut last = FrameRef::default();
    let fault = loop {
        match reader.next_frame() {
            Ok(Some(frame)) => last = frame.at,
            Ok(None) => panic!("seven bytes are no record"),
            Err(fault) => break fault,
        }
    };
    assert_eq!((last.number, last.position), (RECORDS, end));
    assert!(end > 1 << 32 && fault.to_string().contains(&format!("at byte {end}:")), "{fault}");
}

#[test]
fn a_file_that_is_renamed_while_it_is_read_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    std::fs::write(&path, pcap(100_000)).unwrap();
    let mut reader = FileReader::open(&path, 0, 0).unwrap();
    let mut frames = 0;
    while reader.next_frame().unwrap().is_some() {
        frames += 1;
        if frames == 10 {
            std::fs::rename(&path, folder.path().join("b.pcap")).unwrap();
        }
    }
    assert_eq!(frames, 100_000);
}

/// A little-endian pcapng section with one block of this type and length after its header.
fn section_with(kind: u32, length: u32, content: &[u8]) -> Vec<u8> {
    let header = [0x0a0d_0d0a_u32, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28];
    let block = [kind, length];
    let words = header.iter().chain(&block).flat_map(|word| word.to_le_bytes());
    words.chain(content.iter().copied()).collect()
}

#[test]
fn blocks_of_other_kinds_are_stepped_over_and_impossible_ones_end_the_file() {
    for kind in [5, 0xbad, 0x8000_0001] {
        let (frames, end) = read(section_with(kind, 16, &[1, 2, 3, 4, 16, 0, 0, 0]));
        assert!(frames == 0 && end.is_ok(), "{kind:#x}: {end:?}");
    }
    for length in [0, 4, 11] {
        let (_, end) = read(section_with(0x8000_0001, length, &[0; 40]));
        let error = end.unwrap_err().to_string();
        assert!(error.contains("at byte 28") && error.contains("shorter"), "{error}");
    }
}
