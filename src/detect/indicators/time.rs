//! Points in time as lists write them.

use crate::event::Timestamp;

/// RFC 3339, a day such as `2026-05-01` (its end), or seconds since 1970.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let seconds = |seconds: i64| u64::try_from(seconds).map(|seconds| Timestamp::from_parts(seconds, 0)).ok();
    let time = if let Ok(number) = text.parse::<i64>() {
        seconds(number)
    } else if let Ok(time) = text.parse::<jiff::Timestamp>() {
        seconds(time.as_second())
    } else {
        let day = text.parse::<jiff::civil::Date>().ok().and_then(|day| day.tomorrow().ok());
        day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .and_then(|day| seconds(day.timestamp().as_second()))
    };
    time.ok_or_else(|| format!("'{text}' is no point in time: 2026-05-01 or 2026-05-01T08:00:00Z is wanted"))
}
