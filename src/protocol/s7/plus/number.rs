//! Numbers of variable length: seven bits a byte, most significant first, the top bit says that more follow.

use crate::protocol::Reader;

/// Bytes that a number of 32 bits takes at most.
const LONGEST_32: usize = 5;
/// Bytes of seven bits in a number of 64 bits; a ninth counts whole.
const LONGEST_64: usize = 8;
/// Sign of a signed number, in its first byte.
const SIGN: u8 = 0x40;
const MORE: u8 = 0x80;

pub fn unsigned32(reader: &mut Reader<'_>) -> Option<u32> {
    let mut value: u32 = 0;
    for _ in 0..LONGEST_32 {
        let byte = reader.u8()?;
        value = value << 7 | u32::from(byte & 0x7f);
        if byte & MORE == 0 {
            return Some(value);
        }
    }
    None
}

pub fn unsigned64(reader: &mut Reader<'_>) -> Option<u64> {
    long(reader, false)
}

pub fn signed32(reader: &mut Reader<'_>) -> Option<i32> {
    let start = *reader;
    let mut value: i32 = 0;
    for count in 0..LONGEST_32 {
        let byte = reader.u8()?;
        value = if count == 0 { first(byte) } else { value << 7 | i32::from(byte & 0x7f) };
        if byte & MORE == 0 {
            return Some(value);
        }
    }
    *reader = start;
    None
}

pub fn signed64(reader: &mut Reader<'_>) -> Option<i64> {
    long(reader, true).map(u64::cast_signed)
}

fn long(reader: &mut Reader<'_>, signed: bool) -> Option<u64> {
    let mut value: u64 = 0;
    for count in 0..LONGEST_64 {
        let byte = reader.u8()?;
        value = match (count, signed) {
            (0, true) => i64::from(first(byte)).cast_unsigned(),
            _ => value << 7 | u64::from(byte & 0x7f),
        };
        if byte & MORE == 0 {
            return Some(value);
        }
    }
    reader.u8().map(|byte| value << 8 | u64::from(byte))
}

/// The first byte of a signed number: six bits, and what is below zero counts from -64.
fn first(byte: u8) -> i32 {
    let six = i32::from(byte & 0x3f);
    if byte & SIGN == 0 { six } else { six - 64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T>(bytes: &[u8], take: impl Fn(&mut Reader<'_>) -> Option<T>) -> (Option<T>, usize) {
        let mut reader = Reader::new(bytes);
        (take(&mut reader), reader.offset())
    }

    /// Seven bits a byte, as few bytes as hold the number and, for signed ones, its sign.
    fn written(value: i64, signed: bool) -> Vec<u8> {
        let fits = |rest: i64| if signed { (-64..64).contains(&rest) } else { (0..128).contains(&rest) };
        let (mut bytes, mut rest) = (vec![(value & 0x7f) as u8], value);
        while !fits(rest) {
            rest >>= 7;
            bytes.push((rest & 0x7f) as u8 | MORE);
        }
        bytes.reverse();
        bytes
    }

    #[test]
    fn examples_from_the_wire() {
        assert_eq!(read(&[0x90, 0x77], unsigned32), (Some(2167), 2));
        assert_eq!(read(&[0x88, 0xd0, 0xb8, 0x80, 0x06], unsigned32), (Some(0x8a0e_0006), 5));
        assert_eq!(read(&[0x7f], signed32), (Some(-1), 1));
        assert_eq!(read(&[0xbf, 0x7f], signed32), (Some(0x1fff), 2));
        assert_eq!(read(&[0x80], unsigned32).0, None, "cut short");
        assert_eq!(read(&[0x80; 9], unsigned32).0, None, "no end");
        assert_eq!(read(&[0xff; 9], unsigned64), (Some(u64::MAX), 9));
        assert_eq!(read(&[0xff; 9], signed64), (Some(-1), 9));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u32, signed: i32, long in 0..1_i64 << 55) {
            prop_assert_eq!(read(&written(i64::from(number), false), unsigned32).0, Some(number));
            prop_assert_eq!(read(&written(i64::from(signed), true), signed32).0, Some(signed));
            prop_assert_eq!(read(&written(long, false), unsigned64).0, Some(long.cast_unsigned()));
            prop_assert_eq!(read(&written(-long, true), signed64).0, Some(-long));
        }
    }
}
