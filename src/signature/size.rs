//! How long something must be.

use super::number::number;

/// `dsize:` in bytes of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SizeCondition {
    Is(usize),
    Not(usize),
    Over(usize),
    Under(usize),
    /// Strictly between.
    Between(usize, usize),
}

impl SizeCondition {
    /// `n`, `!n`, `>n`, `<n`, `a<>b`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((low, high)) = text.split_once("<>") {
            return Ok(SizeCondition::Between(number(low)?, number(high)?));
        }
        match text.as_bytes().first() {
            Some(b'>') => Ok(SizeCondition::Over(number(&text[1..])?)),
            Some(b'<') => Ok(SizeCondition::Under(number(&text[1..])?)),
            Some(b'!') => Ok(SizeCondition::Not(number(&text[1..])?)),
            _ => Ok(SizeCondition::Is(number(text)?)),
        }
    }

    pub fn holds(self, size: usize) -> bool {
        match self {
            SizeCondition::Is(n) => size == n,
            SizeCondition::Not(n) => size != n,
            SizeCondition::Over(n) => size > n,
            SizeCondition::Under(n) => size < n,
            SizeCondition::Between(low, high) => size > low && size < high,
        }
    }
}
