//! Numbers of a rule that are written, or taken from the piece by a `byte_extract` before.

use super::number::number;

/// Values that one rule may take from a piece.
const MAX_EXTRACTED: usize = 4;

/// The values taken so far; 0 before.
pub type Extracted = [u64; 4];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    Is(i64),
    Extracted(usize),
}

impl Operand {
    /// What is too large for a signed number is larger than every piece, too.
    pub fn value(self, extracted: &Extracted) -> i64 {
        match self {
            Operand::Is(n) => n,
            Operand::Extracted(slot) => {
                let value = extracted.get(slot).copied().unwrap_or_default();
                i64::try_from(value).unwrap_or(i64::MAX)
            }
        }
    }

    /// The same as a number of bytes; less than none is none.
    pub fn size(self, extracted: &Extracted) -> usize {
        usize::try_from(self.value(extracted).max(0)).unwrap_or(usize::MAX)
    }
}

/// Names of the values that a rule takes, in their order.
#[derive(Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Gives a new name its slot.
    pub fn define(&mut self, name: &str) -> Result<usize, String> {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.starts_with(first) || !name.chars().all(|c| first(c) || c.is_ascii_digit() || matches!(c, '.' | '-')) {
            return Err(format!("'{name}' is no name for a value"));
        }
        if self.0.iter().any(|known| known == name) {
            return Err(format!("'{name}' is extracted twice"));
        }
        if self.0.len() >= MAX_EXTRACTED {
            return Err(format!("a rule can extract {MAX_EXTRACTED} values"));
        }
        self.0.push(name.to_owned());
        Ok(self.0.len() - 1)
    }

    /// A number, or the name of a value extracted before.
    pub fn operand(&self, text: &str) -> Result<Operand, String> {
        let text = text.trim();
        if let Some(slot) = self.0.iter().position(|name| name == text) {
            return Ok(Operand::Extracted(slot));
        }
        number(text).map(Operand::Is).map_err(|wrong| {
            let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic());
            if is_name { format!("no byte_extract before it gives '{text}'") } else { wrong }
        })
    }
}
