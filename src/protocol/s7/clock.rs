//! Times as S7 writes them, as RFC 3339 text without a zone: a controller's clock knows none; pure.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

const fn epoch_1984() -> Date {
    date(1984, 1, 1)
}

const fn epoch_1990() -> Date {
    date(1990, 1, 1)
}

/// Milliseconds of the day, then days since 1984, as block headers have it.
pub fn since_1984(bytes: [u8; 6]) -> String {
    let [a, b, c, d, high, low] = bytes;
    let milliseconds = u32::from_be_bytes([a, b, c, d]);
    let days = i64::from(u16::from_be_bytes([high, low]));
    let shift = Span::new().days(days).milliseconds(i64::from(milliseconds));
    match epoch_1984().at(0, 0, 0, 0).checked_add(shift) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => String::new(),
    }
}

/// DATE: days since 1990.
pub fn since_1990(days: u16) -> Option<String> {
    epoch_1990().checked_add(i64::from(days).days()).ok().map(|day| day.to_string())
}

/// DATE_AND_TIME: eight bytes of decimal digits; year, month, day, hour, minute, second, milliseconds, and in the last
/// half byte the day of the week. `None` where they are no date.
pub fn date_and_time(bytes: &[u8]) -> Option<String> {
    let &[year, month, day, hour, minute, second, hundredths, rest] = bytes.first_chunk::<8>()?;
    let year = i16::from(decimal(year)?);
    let year = if year < 90 { 2000 + year } else { 1900 + year };
    let milliseconds = i32::from(decimal(hundredths)?) * 10 + i32::from(rest >> 4).min(9);
    let time = jiff::civil::DateTime::new(
        year,
        decimal(month)?,
        decimal(day)?,
        decimal(hour)?,
        decimal(minute)?,
        decimal(second)?,
        milliseconds * 1_000_000,
    );
    time.ok().map(|time| format!("{time:.3}"))
}

/// Two decimal digits in one byte.
fn decimal(byte: u8) -> Option<i8> {
    let (high, low) = (byte >> 4, byte & 0x0f);
    (high < 10 && low < 10).then(|| (high * 10 + low).cast_signed())
}

/// S5TIME: a decade of ten milliseconds and three decimal digits; in milliseconds.
pub fn s5time(word: u16) -> Option<u64> {
    let base = [10, 100, 1000, 10_000][usize::from(word >> 12 & 3)];
    Some(three_digits(word & 0x0fff)? * base)
}

/// Three decimal digits, as counters have them.
pub fn three_digits(word: u16) -> Option<u64> {
    let digits = [word >> 8, word >> 4 & 0x0f, word & 0x0f];
    digits.iter().try_fold(0, |sum, digit| (*digit < 10).then_some(sum * 10 + u64::from(*digit)))
}
