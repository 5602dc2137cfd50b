//! The numbers that an operation carries, each with its place.

use smallvec::SmallVec;

use crate::event::{Item, Object, S7Address, Value};

/// Numbers of one item that are looked at.
const MOST: usize = 64;

pub type Readings = SmallVec<[Reading; 8]>;

/// A number where it lies: a space, a place in it, and what its bytes were taken for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reading {
    pub space: u64,
    pub place: u32,
    pub kind: Kind,
    pub value: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Plain,
    Word,
    /// IEEE 754 over two words, the high one first, or the low one.
    Float,
    FloatSwapped,
}

/// Of what has no type on the wire, the numbers that it may be.
pub fn readings(item: &Item) -> Readings {
    let Some(object) = item.object.as_ref().filter(|_| item.error.is_none()) else { return Readings::new() };
    let key = object.key();
    let mut found = Readings::new();
    let mut push = |place: u32, kind: Kind, value: f64| {
        if value.is_finite() && found.len() < MOST {
            found.push(Reading { space: key.space, place, kind, value });
        }
    };
    match object {
        Object::Modbus(_) => registers(&item.values, |at, kind, value| push(key.start.saturating_add(at), kind, value)),
        Object::S7(address) => s7(address, &item.values, &mut push),
        Object::Node(_) | Object::S7Plus(_) => {
            let first = item.values.first().and_then(number);
            first.into_iter().for_each(|value| push(key.start, Kind::Plain, value));
        }
        _ => {}
    }
    found
}

/// As a person writes it: the object for what is one value, else its place in the object.
pub fn name(object: &Object, reading: &Reading) -> String {
    match object {
        Object::Modbus(_) => format!("{} {}", object.space_name(), reading.place),
        Object::S7(_) => format!("{} byte {}", object.space_name(), reading.place),
        other => other.to_string(),
    }
}

fn registers(values: &[Value], mut push: impl FnMut(u32, Kind, f64)) {
    let words = values.iter().map_while(|value| match value {
        Value::UInt(word) => u16::try_from(*word).ok(),
        _ => None,
    });
    let mut before = None;
    for (at, word) in (0..).zip(words.take(MOST)) {
        push(at, Kind::Word, f64::from(word));
        if let Some(high) = before.replace(word) {
            pair(high, word, |kind, value| push(at - 1, kind, value));
        }
    }
}

/// What two words are as one number: next to zero or beyond all measure, it is none.
fn pair(first: u16, second: u16, mut push: impl FnMut(Kind, f64)) {
    for (kind, high, low) in [(Kind::Float, first, second), (Kind::FloatSwapped, second, first)] {
        let value = f64::from(f32::from_bits(u32::from(high) << 16 | u32::from(low)));
        if (1e-3..1e9).contains(&value.abs()) {
            push(kind, value);
        }
    }
}

/// Bytes are words and floats from every even one on, as the controller lays them out; what has a type is what it is.
fn s7(address: &S7Address, values: &[Value], push: &mut impl FnMut(u32, Kind, f64)) {
    if let [Value::Bytes(bytes)] = values {
        let odd = (address.byte & 1) as usize;
        let bytes: SmallVec<[u8; 2 * MOST]> = bytes.bytes().skip(odd).take(2 * MOST).collect();
        let mut before = None;
        for (at, word) in (address.byte + (address.byte & 1)..).step_by(2).zip(bytes.chunks_exact(2)) {
            let word = u16::from_be_bytes([word[0], word[1]]);
            push(at, Kind::Word, f64::from(word.cast_signed()));
            if let Some(high) = before.replace(word) {
                pair(high, word, |kind, value| {
                    if kind == Kind::Float {
                        push(at - 2, kind, value);
                    }
                });
            }
        }
        return;
    }
    let size = address.length / u32::from(address.quantity).max(1);
    let numbers = values.iter().take(MOST).map_while(number);
    for (at, value) in (0..).zip(numbers) {
        push(address.byte.saturating_add(size.saturating_mul(at)), Kind::Plain, value);
    }
}

#[allow(clippy::cast_precision_loss, reason = "what is beyond 2^53 is no process value")]
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::UInt(number) => Some(*number as f64),
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ModbusRange, ModbusTable};

    fn told(readings: &[Reading]) -> Vec<(u32, Kind, f64)> {
        readings.iter().map(|reading| (reading.place, reading.kind, reading.value)).collect()
    }

    #[test]
    fn registers_are_words_and_the_floats_that_two_of_them_make() {
        let object = Object::Modbus(ModbusRange { table: ModbusTable::HoldingRegister, address: 10, quantity: 3 });
        let [high, low] = [12.5_f32.to_bits() >> 16, 12.5_f32.to_bits() & 0xffff];
        let values = [7, high, low].map(|word| Value::UInt(word.into())).to_vec();
        let found = readings(&Item { object: Some(object.clone()), values, ..Item::default() });
        let words = [(10, Kind::Word, 7.0), (11, Kind::Word, f64::from(high)), (12, Kind::Word, 0.0)];
        assert!(words.iter().all(|word| told(&found).contains(word)), "{found:?}");
        assert!(told(&found).contains(&(11, Kind::Float, 12.5)), "{found:?}");
        assert_eq!(name(&object, &found[0]), "holding_register 10");
    }

    #[test]
    fn bytes_of_a_controller_are_words_and_floats_from_even_ones_on() {
        let address = S7Address {
            area: "DB".into(),
            area_code: 0x84,
            db: Some(1),
            byte: 3,
            bit: 0,
            transport_size: "BYTE".into(),
            quantity: 7,
            length: 7,
            address: String::new(),
        };
        let mut bytes = vec![0xee];
        bytes.extend(42.5_f32.to_be_bytes());
        bytes.extend((-3_i16).to_be_bytes());
        let object = Some(Object::S7(address));
        let found = readings(&Item { object, values: vec![Value::bytes(&bytes)], ..Item::default() });
        assert!(told(&found).contains(&(4, Kind::Float, 42.5)), "{found:?}");
        assert!(told(&found).contains(&(8, Kind::Word, -3.0)), "{found:?}");
    }
}
