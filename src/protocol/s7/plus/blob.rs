//! Blobs: bytes of their own format, many of them XML packed by zlib (RFC 1950).

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::event::{Fields, Value, clean_text};

/// Bytes that a blob may unpack to; what would come after is not looked at.
const MAX_UNPACKED: u64 = 64 << 10;
/// Characters of unpacked text that are told.
const MAX_TEXT: usize = 2048;

/// Deflate with a window of 32 KiB, the only method in use.
const METHOD: u8 = 0x78;
/// The flag of a preset dictionary, which the sender and the receiver have and we have not.
const PRESET: u8 = 0x20;

/// A blob as an event tells it.
pub fn value(bytes: &[u8]) -> Value {
    let packed = [0, 4].into_iter().find_map(|at| Some((at, Packed::read(bytes.get(at..)?)?)));
    match packed {
        Some((at, packed)) => {
            let version = bytes.first_chunk::<4>().filter(|_| at == 4).map(|v| u32::from_be_bytes(*v));
            packed.value(version, bytes.len())
        }
        None => Value::bytes(bytes),
    }
}

/// A zlib stream.
enum Packed {
    /// Packed with a dictionary of this checksum.
    Preset(u32),
    Unpacked(Vec<u8>),
}

impl Packed {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [method, flags, rest @ ..] = bytes else { return None };
        let (method, flags) = (*method, *flags);
        if method != METHOD || u16::from_be_bytes([method, flags]) % 31 != 0 {
            return None;
        }
        if flags & PRESET != 0 {
            return rest.first_chunk::<4>().map(|sum| Packed::Preset(u32::from_be_bytes(*sum)));
        }
        let mut unpacked = Vec::new();
        // An error after some bytes leaves those bytes.
        let read = ZlibDecoder::new(bytes).take(MAX_UNPACKED).read_to_end(&mut unpacked);
        (read.is_ok() || !unpacked.is_empty()).then_some(Packed::Unpacked(unpacked))
    }

    fn value(self, version: Option<u32>, length: usize) -> Value {
        let mut fields = Fields::default();
        if let Some(version) = version {
            fields = fields.with("version", Value::Text(format!("0x{version:08x}")));
        }
        fields = fields.with("compressed_bytes", Value::UInt(length as u64));
        fields = match self {
            Packed::Preset(sum) => match dictionary(sum) {
                Some(name) => fields.with("dictionary", Value::Text(name.to_owned())),
                None => fields.with("dictionary", Value::Text(format!("0x{sum:08x}"))),
            },
            Packed::Unpacked(bytes) => match std::str::from_utf8(&bytes) {
                Ok(_) => fields.with("text", Value::Text(clean_text(&bytes, MAX_TEXT))),
                Err(_) => fields.with("bytes", Value::bytes(&bytes)),
            },
        };
        Value::Fields(fields)
    }
}

/// What a preset dictionary is for, by its Adler-32, as the field's open drivers list them. Their text is Siemens' own and
/// not here, so that such a blob is told by name and length only.
const fn dictionary(sum: u32) -> Option<&'static str> {
    Some(match sum {
        0x1398_a37f => "compiler settings",
        0x1bac_39f0 => "debug information",
        0x3c55_436a | 0x79b2_bda3 => "line comments",
        0x4b84_16f0 => "interface description",
        0x5814_b03b | 0x81d8_db20 | 0xdf91_b6bb => "engineering identification",
        0x6605_2b13 => "debug information of the interface",
        0x845f_c605 | 0xfd69_ac74 => "network titles",
        0x9b6a_3a92 => "external references",
        0xab6f_a31e | 0xc5d2_6ac3 => "network comments",
        0xb015_5ff8 | 0xda4a_88f4 => "internal references",
        0xce9b_821b => "interface description of tags",
        0xe272_9ea1 => "tag comments",
        0xefae_ae49 => "body description",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn field(value: &Value, name: &str) -> Option<Value> {
        if let Value::Fields(fields) = value { fields.get(name).cloned() } else { None }
    }

    #[test]
    fn a_packed_text_is_unpacked_also_behind_its_version() {
        let text = Value::Text("<Comment>tank</Comment>".to_owned());
        let plain = packed(b"<Comment>tank</Comment>");
        assert_eq!(field(&value(&plain), "text"), Some(text.clone()));
        let versioned = value(&[&[0x98, 0, 0, 1][..], &plain].concat());
        assert_eq!(field(&versioned, "text"), Some(text));
        assert_eq!(field(&versioned, "version"), Some(Value::Text("0x98000001".to_owned())));
    }

    #[test]
    fn a_bomb_unpacks_to_the_bound_and_no_further() {
        let bomb = packed(&vec![b' '; 32 << 20]);
        assert!(bomb.len() < 40_000);
        assert!(matches!(value(&bomb), Value::Fields(_)));
    }

    #[test]
    fn with_a_preset_dictionary_it_is_told_by_name_and_length() {
        let told = value(&[&[0x98, 0, 0, 2, 0x78, 0xf9][..], &[0x58, 0x14, 0xb0, 0x3b, 1, 2, 3]].concat());
        assert_eq!(field(&told, "dictionary"), Some(Value::Text("engineering identification".to_owned())));
        assert_eq!(field(&told, "compressed_bytes"), Some(Value::UInt(13)));
    }

    #[test]
    fn other_bytes_are_shown_as_they_are() {
        assert_eq!(value(&[1, 2, 3]), Value::bytes(&[1, 2, 3]));
        assert_eq!(value(&[0x78, 0x9c]), Value::bytes(&[0x78, 0x9c]));
    }
}
