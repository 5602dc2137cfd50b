use std::fmt;
use std::ops::{Add, Sub};
use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds since 1970-01-01T00:00:00Z: the packet's clock, the only one up to the analyst.
///
/// Text form: RFC 3339 in UTC with nine digits, `2026-01-01T08:00:00.000123456Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(u64);

impl Timestamp {
    pub const ZERO: Timestamp = Timestamp(0);

    pub const fn from_nanos(nanos: u64) -> Self {
        Timestamp(nanos)
    }

    /// From a seconds and a nanoseconds field, as capture headers carry them; a fraction over one second carries on.
    pub const fn from_parts(seconds: u64, nanos: u64) -> Self {
        Timestamp(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    /// The wall clock. Only for rooms that face people (console, outputs, uplink); packet rooms use the packet's time.
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    pub const fn nanos(self) -> u64 {
        self.0
    }

    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// The slot of time in which it lies: values that are read all the time are looked at once in each.
    pub const fn slot(self) -> u64 {
        self.seconds() / 60
    }

    /// When a slot begins.
    pub const fn of_slot(slot: u64) -> Self {
        Timestamp::from_parts(slot * 60, 0)
    }

    /// A slot that was not yet looked at, where the latest one was `slot`. What comes a little late belongs to one that was;
    /// a clock that was put back by an hour begins anew.
    pub const fn begins_slot_after(self, slot: u64) -> bool {
        self.slot() > slot || slot - self.slot() > 60
    }

    /// Time passed since `earlier`; zero where the clock went back.
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Minutes by which this machine's clock is ahead of UTC at this time.
    pub fn minutes_ahead_here(self) -> i32 {
        static HERE: LazyLock<jiff::tz::TimeZone> = LazyLock::new(jiff::tz::TimeZone::system);
        self.zoned().map_or(0, |time| HERE.to_offset(time).seconds() / 60)
    }

    /// To the second, by a clock that is so many minutes ahead of UTC: `2026-01-01 16:00:00 UTC+08:00`.
    pub fn by_clock(self, minutes_ahead: i32) -> String {
        let offset = jiff::tz::Offset::from_seconds(minutes_ahead.saturating_mul(60)).unwrap_or(jiff::tz::Offset::UTC);
        match self.zoned() {
            Ok(time) => format!("{} UTC{}", offset.to_datetime(time).strftime("%F %T"), ahead(offset.seconds() / 60)),
            Err(_) => self.to_string(),
        }
    }

    fn zoned(self) -> Result<jiff::Timestamp, jiff::Error> {
        jiff::Timestamp::from_nanosecond(i128::from(self.0))
    }
}

/// `+08:00`.
fn ahead(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, d: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, d: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.zoned() {
            Ok(t) => write!(f, "{t:.9}"),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let t: jiff::Timestamp = s.parse()?;
        Ok(Timestamp(u64::try_from(t.as_nanosecond()).unwrap_or(0)))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_has_nine_digits_and_reads_back() {
        let t = Timestamp::from_parts(1_767_254_400, 123_456);
        assert_eq!(t.to_string(), "2026-01-01T08:00:00.000123456Z");
        assert_eq!(t.to_string().parse::<Timestamp>().ok(), Some(t));
    }

    #[test]
    fn people_read_times_by_their_own_clock() {
        let t = Timestamp::from_parts(1_767_254_400, 123_456);
        assert_eq!(t.by_clock(8 * 60), "2026-01-01 16:00:00 UTC+08:00");
        assert_eq!(t.by_clock(-90), "2026-01-01 06:30:00 UTC-01:30");
        assert_eq!(t.by_clock(0), "2026-01-01 08:00:00 UTC+00:00");
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_time_passed() {
        assert_eq!(Timestamp::from_nanos(5).since(Timestamp::from_nanos(9)), Duration::ZERO);
    }
}
