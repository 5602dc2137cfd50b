use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// A time written with its unit: `30s`, `10m`, `8h`, `7d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Time(pub Duration);

impl Time {
    pub const fn seconds(n: u64) -> Self {
        Time(Duration::from_secs(n))
    }

    pub const fn hours(n: u64) -> Self {
        Time(Duration::from_secs(n * 3600))
    }
}

/// A whole number with s, m, h or d behind it.
pub fn parse_time(text: &str) -> Result<Duration, String> {
    let bad = || format!("'{text}' is no time: a number with s, m, h or d behind it is wanted, such as 10m");
    let (place, unit) = text.char_indices().next_back().ok_or_else(bad)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(bad()),
    };
    let number: u64 = text[..place].parse().map_err(|_| bad())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(bad)
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        parse_time(&String::deserialize(d)?).map(Time).map_err(serde::de::Error::custom)
    }
}

/// `""` stands for none.
pub fn optional<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(d)?;
    if text.is_empty() {
        return Ok(None);
    }
    parse_time(&text).map(Time).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(parse_time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_time("7d"), Ok(Duration::from_secs(604_800)));
        for bad in ["", "7", "d", "7w", "-1s", "七天", "99999999999999999999d"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
