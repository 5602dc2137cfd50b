//! Whatever is asked and answered within the specification's limits is told with every field, whatever carries it.

use proptest::prelude::*;

use super::carriers::{ascii, rtu};
use super::{Heard, MODBUS, Talk, adu};
use crate::event::{ModbusRange, ModbusTable, Object, Outcome, Value};

/// Request and answer without a carrier, and what they are about: table, address and values, the written part first.
#[derive(Clone, Debug)]
struct Exchange {
    request: Vec<u8>,
    response: Vec<u8>,
    about: Vec<(ModbusTable, u16, Vec<u16>)>,
}

/// Puts a carrier around a message.
type Carried<'a> = &'a dyn Fn(u8, &[u8]) -> Vec<u8>;

fn counted(data: &[u8]) -> Vec<u8> {
    [&[u8::try_from(data.len()).unwrap()], data].concat()
}

fn registers(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// Lowest bit first.
fn bits(values: &[u16]) -> Vec<u8> {
    values.chunks(8).map(|chunk| chunk.iter().rev().fold(0, |byte, bit| byte << 1 | *bit as u8)).collect()
}

fn head(function: u8, numbers: &[u16]) -> Vec<u8> {
    [&[function][..], &registers(numbers)].concat()
}

fn word(n: usize) -> u16 {
    u16::try_from(n).unwrap()
}

fn table(function: u8) -> ModbusTable {
    match function {
        1 | 5 | 15 => ModbusTable::Coil,
        2 => ModbusTable::DiscreteInput,
        4 => ModbusTable::InputRegister,
        _ => ModbusTable::HoldingRegister,
    }
}

fn read(function: u8, address: u16, values: Vec<u16>) -> Exchange {
    let data = if function < 3 { bits(&values) } else { registers(&values) };
    Exchange {
        request: head(function, &[address, word(values.len())]),
        response: [&[function][..], &counted(&data)].concat(),
        about: vec![(table(function), address, values)],
    }
}

fn write_single(function: u8, address: u16, value: u16) -> Exchange {
    let sent = if function == 5 { (value & 1) * 0xff00 } else { value };
    let value = if function == 5 { value & 1 } else { value };
    let request = head(function, &[address, sent]);
    Exchange { response: request.clone(), request, about: vec![(table(function), address, vec![value])] }
}

fn write_multiple(function: u8, address: u16, values: Vec<u16>) -> Exchange {
    let data = if function == 15 { bits(&values) } else { registers(&values) };
    let response = head(function, &[address, word(values.len())]);
    Exchange {
        request: [&response[..], &counted(&data)].concat(),
        response,
        about: vec![(table(function), address, values)],
    }
}

fn read_write(read: u16, was: Vec<u16>, write: u16, new: Vec<u16>) -> Exchange {
    let table = ModbusTable::HoldingRegister;
    let request = head(23, &[read, word(was.len()), write, word(new.len())]);
    Exchange {
        request: [&request[..], &counted(&registers(&new))].concat(),
        response: [&[23][..], &counted(&registers(&was))].concat(),
        about: vec![(table, write, new), (table, read, was)],
    }
}

fn words(most: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 1..=most)
}

fn flags(most: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(0u16..2, 1..=most)
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let address = any::<u16>;
    prop_oneof![
        (1u8..3, address(), flags(1900)).prop_map(|(function, address, values)| read(function, address, values)),
        (3u8..5, address(), words(120)).prop_map(|(function, address, values)| read(function, address, values)),
        (5u8..7, address(), address()).prop_map(|(function, address, value)| write_single(function, address, value)),
        (address(), flags(1900)).prop_map(|(address, values)| write_multiple(15, address, values)),
        (address(), words(118)).prop_map(|(address, values)| write_multiple(16, address, values)),
        (address(), words(116), address(), words(116))
            .prop_map(|(read, was, write, new)| read_write(read, was, write, new)),
    ]
}

fn told(heard: &Heard) -> Vec<(ModbusTable, u16, u16, Vec<u16>)> {
    let items = heard.operations().into_iter().flat_map(|operation| &operation.items);
    items
        .map(|item| {
            let Some(Object::Modbus(ModbusRange { table, address, quantity })) = item.object else {
                panic!("{item:?}")
            };
            let values = item.values.iter().map(|value| match value {
                Value::Bool(on) => u16::from(*on),
                Value::UInt(word) => u16::try_from(*word).unwrap(),
                other => panic!("{other:?}"),
            });
            (table, address, quantity, values.collect())
        })
        .collect()
}

proptest! {
    #[test]
    fn every_field_comes_back(exchange in exchange(), unit in 1u8..248, transaction in any::<u16>()) {
        let about = exchange.about.iter();
        let wanted: Vec<_> = about.map(|(table, at, values)| (*table, *at, word(values.len()), values.clone())).collect();
        let by_number = |unit: u8, pdu: &[u8]| adu(transaction, unit, pdu);
        let carriers: [Carried<'_>; 3] = [&by_number, &rtu, &ascii];
        for wrap in carriers {
            let [request, response] = [&exchange.request, &exchange.response].map(|pdu| wrap(unit, pdu));
            let heard = Talk::to_port(MODBUS, 502).client(request).server(response).end();
            prop_assert_eq!(heard.operation().outcome, Outcome::Accepted);
            prop_assert_eq!(told(&heard), wanted.clone());
            prop_assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0));
        }
    }
}
