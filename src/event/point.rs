use serde::{Deserialize, Serialize};

/// One value in Modbus registers, as type and word order are guessed: the protocol itself knows words alone.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    /// Of its first register.
    pub address: u16,
    #[serde(rename = "type")]
    pub kind: NumberType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<WordOrder>,
    pub value: f64,
    /// Percent.
    pub confidence: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberType {
    U16,
    I16,
    U32,
    I32,
    F32,
}

/// In which order the four bytes of a value lie in two registers; `abcd` is big-endian throughout.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordOrder {
    Abcd,
    Cdab,
    Badc,
    Dcba,
}

impl WordOrder {
    pub const ALL: [WordOrder; 4] = [WordOrder::Abcd, WordOrder::Cdab, WordOrder::Badc, WordOrder::Dcba];

    /// The 32 bits of two registers.
    pub const fn join(self, first: u16, second: u16) -> u32 {
        let (high, low) = match self {
            WordOrder::Abcd => (first, second),
            WordOrder::Cdab => (second, first),
            WordOrder::Badc => (first.swap_bytes(), second.swap_bytes()),
            WordOrder::Dcba => (second.swap_bytes(), first.swap_bytes()),
        };
        (high as u32) << 16 | low as u32
    }
}
