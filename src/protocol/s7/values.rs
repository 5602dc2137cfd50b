//! Values out of data bytes, by the type that the address or the data gives; pure.

use super::address::Memory;
use super::clock;
use super::parse::DataItem;
use super::wire::{data, size};
use crate::event::Value;

/// Values of a variable whose address is known.
pub fn typed(memory: &Memory, item: &DataItem<'_>) -> Vec<Value> {
    let bytes = item.bytes;
    // Bytes that do not add up to whole elements are shown as they are.
    if bytes.is_empty() || !bytes.len().is_multiple_of(size::bytes(memory.size) as usize) {
        return untyped(item);
    }
    match memory.size {
        size::BIT => bytes.iter().map(|byte| Value::Bool(byte & 1 == 1)).collect(),
        size::BYTE if memory.quantity == 1 => bytes.iter().map(|byte| Value::UInt(u64::from(*byte))).collect(),
        size::CHAR => vec![text(bytes)],
        size::WORD => words(bytes, |word| Value::UInt(u64::from(word))),
        size::INT => words(bytes, |word| Value::Int(i64::from(word.cast_signed()))),
        size::DATE => words(bytes, |word| clock::since_1990(word).map_or(Value::UInt(u64::from(word)), Value::Text)),
        size::S5TIME | size::TIMER => words(bytes, |word| Value::UInt(clock::s5time(word).unwrap_or(u64::from(word)))),
        size::COUNTER => words(bytes, |word| Value::UInt(clock::three_digits(word).unwrap_or(u64::from(word)))),
        size::DWORD | size::TIME_OF_DAY => doubles(bytes, |double| Value::UInt(u64::from(double))),
        size::DINT | size::TIME => doubles(bytes, |double| Value::Int(i64::from(double.cast_signed()))),
        size::REAL => doubles(bytes, |double| real(f32::from_bits(double))),
        size::DATE_AND_TIME => bytes
            .chunks_exact(8)
            .map(|time| clock::date_and_time(time).map_or(Value::bytes(time), Value::Text))
            .collect(),
        _ => untyped(item),
    }
}

/// Values of data whose address is not known: only as far as the data's own type tells.
pub fn untyped(item: &DataItem<'_>) -> Vec<Value> {
    let bytes = item.bytes;
    match item.size {
        _ if bytes.is_empty() => Vec::new(),
        data::BIT => bytes.iter().map(|byte| Value::Bool(byte & 1 == 1)).collect(),
        data::INTEGER if bytes.len().is_multiple_of(2) => {
            words(bytes, |word| Value::Int(i64::from(word.cast_signed())))
        }
        data::DOUBLE_INTEGER if bytes.len().is_multiple_of(4) => {
            doubles(bytes, |double| Value::Int(i64::from(double.cast_signed())))
        }
        data::REAL if bytes.len().is_multiple_of(4) => doubles(bytes, |double| real(f32::from_bits(double))),
        _ => vec![Value::bytes(bytes)],
    }
}

fn words(bytes: &[u8], value: impl Fn(u16) -> Value) -> Vec<Value> {
    bytes.chunks_exact(2).map(|word| value(u16::from_be_bytes([word[0], word[1]]))).collect()
}

fn doubles(bytes: &[u8], value: impl Fn(u32) -> Value) -> Vec<Value> {
    bytes.chunks_exact(4).map(|d| value(u32::from_be_bytes([d[0], d[1], d[2], d[3]]))).collect()
}

/// Characters, where they are any; a string's unused rest is zeros.
fn text(bytes: &[u8]) -> Value {
    let readable = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, 0 | b' ');
    if bytes.iter().all(readable) { Value::text(bytes, bytes.len()) } else { Value::bytes(bytes) }
}

/// JSON knows no NaN and no infinity.
pub fn real(value: f32) -> Value {
    if value.is_finite() { Value::Float(shortest(value)) } else { Value::Text(value.to_string()) }
}

/// The double that prints as the single does: 1.1 and not 1.10000002384.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}
