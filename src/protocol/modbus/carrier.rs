//! How messages lie on their transport: behind an MBAP header (Messaging on TCP/IP V1.0b), or as on a serial line and
//! carried as they are: RTU with a CRC, ASCII with an LRC (Modbus over Serial Line V1.02).

use super::parse::{self, Adu};
use super::wire::{self, EXCEPTION};
use crate::protocol::{Framing, Reader};

/// The largest RTU message; UMAS is longer on TCP alone.
const MAX_RTU: usize = 256;
/// Unit, function and CRC.
const MIN_RTU: usize = 4;
/// Colon, two digits a byte, carriage return and line feed.
const MAX_ASCII: usize = 1 + 2 * (MAX_RTU - 1) + 2;
/// Unit, function and LRC in digits.
const MIN_ASCII: usize = 1 + 2 * 3 + 2;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    Mbap,
    Rtu,
    Ascii,
}

/// Where an ASCII message is decoded to.
pub struct Room([u8; MAX_RTU]);

impl Room {
    pub const fn new() -> Self {
        Room([0; MAX_RTU])
    }
}

impl Carrier {
    pub const ALL: [Carrier; 3] = [Carrier::Mbap, Carrier::Rtu, Carrier::Ascii];

    pub const fn name(self) -> &'static str {
        match self {
            Carrier::Mbap => "mbap",
            Carrier::Rtu => "rtu",
            Carrier::Ascii => "ascii",
        }
    }

    /// The largest message with its header.
    pub const fn longest(self) -> usize {
        match self {
            Carrier::Mbap => wire::MBAP_PREFIX + wire::MAX_UMAS_LENGTH as usize,
            Carrier::Rtu => MAX_RTU,
            Carrier::Ascii => MAX_ASCII,
        }
    }

    /// Where the next message ends.
    pub fn frame(self, bytes: &[u8]) -> Framing {
        match self {
            Carrier::Mbap => parse::frame(bytes),
            Carrier::Rtu => rtu(bytes),
            Carrier::Ascii => ascii(bytes),
        }
    }

    /// A whole message, as [`Carrier::frame`] cut it.
    pub fn read<'a>(self, bytes: &'a [u8], room: &'a mut Room) -> Option<Adu<'a>> {
        match self {
            Carrier::Mbap => Adu::read(bytes),
            Carrier::Rtu => serial(bytes.get(..bytes.len().checked_sub(2)?)?),
            Carrier::Ascii => {
                let decoded = decode(bytes, &mut room.0)?;
                serial(&room.0[..decoded.checked_sub(1)?])
            }
        }
    }

    /// Whether bytes are whole messages from the first to the last, and the first looks like what its function has.
    pub fn is_whole(self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut room = Room::new();
        while let Framing::Message(len) = self.frame(rest) {
            let Some((message, after)) = rest.split_at_checked(len) else { return false };
            let first = rest.len() == bytes.len();
            let plausible = self.read(message, &mut room).is_some_and(|adu| parse::shapes(&adu) != (false, false));
            if first && !plausible {
                return false;
            }
            if after.is_empty() {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// A message of a serial line without its checksum.
fn serial(bytes: &[u8]) -> Option<Adu<'_>> {
    let mut reader = Reader::new(bytes);
    Some(Adu { transaction: 0, unit: reader.u8()?, function: reader.u8()?, body: reader.rest() })
}

/// No length stands in an RTU message: its function tells how long it may be, and the CRC which of these it is.
fn rtu(bytes: &[u8]) -> Framing {
    let &[_, function, ..] = bytes else { return Framing::Need(MIN_RTU) };
    if function & !EXCEPTION == 0 {
        return Framing::Junk;
    }
    if bytes.len() < MIN_RTU {
        return Framing::Need(MIN_RTU);
    }
    let Some(lengths) = body_lengths(function, &bytes[2..]) else { return of_unknown_length(bytes) };
    let mut wanted: Option<usize> = None;
    for length in lengths.into_iter().flatten() {
        let whole = length + MIN_RTU;
        match bytes.get(..whole) {
            Some(message) if is_checked(message) => return Framing::Message(whole),
            Some(_) => {}
            None => wanted = Some(wanted.map_or(whole, |other| other.min(whole))),
        }
    }
    wanted.map_or(Framing::Junk, Framing::Need)
}

/// Such a message is believed to end with its segment.
fn of_unknown_length(bytes: &[u8]) -> Framing {
    if bytes.len() <= MAX_RTU && is_checked(bytes) {
        return Framing::Message(bytes.len());
    }
    if bytes.len() < MAX_RTU { Framing::Need(bytes.len() + 1) } else { Framing::Junk }
}

/// How many bytes may follow the function code: in a request, in a response. `None` where the function does not tell.
fn body_lengths(function: u8, body: &[u8]) -> Option<[Option<usize>; 2]> {
    // A count that has not come yet asks for what precedes it.
    let counted = |at: usize| Some(at + 1 + usize::from(body.get(at).copied().unwrap_or(0)));
    let lengths = match function {
        1..=4 => [Some(4), counted(0)],
        5 | 6 => [Some(4), None],
        7 => [Some(0), Some(1)],
        // Only an echo may have other data than one word.
        8 if !body.starts_with(&[0, 0]) => [Some(4), None],
        11 => [Some(0), Some(4)],
        12 | 17 => [Some(0), counted(0)],
        15 | 16 => [counted(4), Some(4)],
        20 | 21 => [counted(0), None],
        22 => [Some(6), None],
        23 => [counted(8), counted(0)],
        24 => [Some(2), body.first_chunk().map(|count| 2 + usize::from(u16::from_be_bytes(*count)))],
        43 if body.first() == Some(&wire::MEI_DEVICE_IDENTIFICATION) => [Some(3), Some(identification(body))],
        function if function & EXCEPTION != 0 => [Some(1), Some(2)],
        _ => return None,
    };
    Some(lengths)
}

/// Length of a Read Device Identification response: as much as its objects say, as far as they have come.
fn identification(body: &[u8]) -> usize {
    let count = body.get(5).copied().unwrap_or(0);
    let mut length = 6;
    for _ in 0..count {
        length += 2 + body.get(length + 1).copied().map_or(0, usize::from);
    }
    length
}

/// Whether the last two bytes are the CRC of those before them (Modbus over Serial Line V1.02, section 6.2.2).
fn is_checked(message: &[u8]) -> bool {
    crc16(message) == 0
}

/// Over a message with its CRC behind it the result is zero.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| crc >> 8 ^ CRC_OF_BYTE[usize::from(crc as u8 ^ byte)])
}

/// What one byte does to the CRC: each message goes through it, known or not.
static CRC_OF_BYTE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn ascii(bytes: &[u8]) -> Framing {
    match bytes {
        [] => return Framing::Need(1),
        [b':', ..] => {}
        _ => return Framing::Junk,
    }
    let digits = bytes[1..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let whole = digits + 3;
    match &bytes[1 + digits..] {
        [] | [b'\r'] => Framing::Need((bytes.len() + 1).max(MIN_ASCII)),
        [b'\r', b'\n', ..] if (MIN_ASCII..=MAX_ASCII).contains(&whole) => {
            let sound = decode(&bytes[..whole], &mut Room::new().0).is_some();
            if sound { Framing::Message(whole) } else { Framing::Junk }
        }
        _ => Framing::Junk,
    }
}

/// The bytes that the digits of a whole message stand for, LRC included; their sum is zero (section 6.2.1).
fn decode(message: &[u8], room: &mut [u8; MAX_RTU]) -> Option<usize> {
    let digits = message.get(1..message.len().checked_sub(2)?)?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut sum = 0u8;
    for (place, pair) in room.iter_mut().zip(digits.chunks_exact(2)) {
        let value = digit(pair[0])? << 4 | digit(pair[1])?;
        *place = u8::try_from(value).ok()?;
        sum = sum.wrapping_add(*place);
    }
    (digits.len() % 2 == 0 && digits.len() / 2 <= MAX_RTU && sum == 0).then_some(digits.len() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_that_of_the_specification_s_example() {
        // Section 6.2.2: unit 2, function 7 has the CRC 41 12.
        assert_eq!(crc16(&[2, 7]), 0x1241);
        assert!(is_checked(&[2, 7, 0x41, 0x12]));
    }

    #[test]
    fn an_rtu_message_is_as_long_as_its_function_and_its_crc_say() {
        let checked = |bytes: &[u8]| [bytes, &crc16(bytes).to_le_bytes()].concat();
        for message in [
            checked(&[1, 3, 0, 0, 0, 10]),
            checked(&[1, 3, 4, 0, 1, 0, 2]),
            checked(&[1, 16, 0, 0, 0, 1, 2, 0, 7]),
            checked(&[1, 0x83, 2]),
            checked(&[1, 24, 0, 4, 0, 1, 0, 9]),
            checked(&[1, 43, 14, 1, 1, 0, 0, 1, 0, 2, b'A', b'B']),
        ] {
            assert_eq!(rtu(&message), Framing::Message(message.len()), "{message:?}");
            for cut in 0..message.len() {
                assert!(matches!(rtu(&message[..cut]), Framing::Need(_)), "{message:?} cut at {cut}");
            }
            assert_eq!(rtu(&[&message[..], &message].concat()), Framing::Message(message.len()));
        }
    }

    #[test]
    fn an_ascii_message_needs_colon_digits_and_a_sum_of_zero() {
        let message = b":010300000001FB\r\n";
        assert_eq!(ascii(message), Framing::Message(message.len()));
        assert_eq!(ascii(b":010300000001FC\r\n"), Framing::Junk);
        assert_eq!(ascii(b":01030000000"), Framing::Need(13));
        assert_eq!(ascii(b"x"), Framing::Junk);
        let mut room = Room::new();
        let adu = Carrier::Ascii.read(message, &mut room).unwrap();
        assert_eq!((adu.unit, adu.function, adu.body), (1, 3, &[0, 0, 0, 1][..]));
    }
}
