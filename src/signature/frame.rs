//! Snort's `modbus_func`, `modbus_unit` and `modbus_data`: Modbus/TCP messages told from the bytes of a piece.

use std::ops::Range;

use super::number::number;

/// Before the function code: transaction, protocol, length, unit.
const HEADER: usize = 7;
/// Bytes behind the length field; the specification has 2 to 254, some devices a few more.
const LENGTHS: Range<usize> = 2..261;

/// What a message must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FrameCondition {
    pub function: Option<u8>,
    pub unit: Option<u8>,
}

/// One message within a piece; its last bytes may be missing.
#[derive(Clone, Debug)]
pub struct Frame {
    pub whole: Range<usize>,
    /// Behind the function code.
    pub data: Range<usize>,
}

/// Names by which Snort calls functions.
const FUNCTIONS: [(&str, u8); 19] = [
    ("read_coils", 1),
    ("read_discrete_inputs", 2),
    ("read_holding_registers", 3),
    ("read_input_registers", 4),
    ("write_single_coil", 5),
    ("write_single_register", 6),
    ("read_exception_status", 7),
    ("diagnostics", 8),
    ("get_comm_event_counter", 11),
    ("get_comm_event_log", 12),
    ("write_multiple_coils", 15),
    ("write_multiple_registers", 16),
    ("report_slave_id", 17),
    ("read_file_record", 20),
    ("write_file_record", 21),
    ("mask_write_register", 22),
    ("read_write_multiple_registers", 23),
    ("read_fifo_queue", 24),
    ("encapsulated_interface_transport", 43),
];

/// A function's code from its number or name.
pub fn function(text: &str) -> Result<u8, String> {
    let text = text.trim();
    let named = FUNCTIONS.iter().find(|(name, _)| *name == text).map(|(_, code)| *code);
    named.map_or_else(|| number(text).map_err(|_| format!("'{text}' is no function of Modbus")), Ok)
}

impl FrameCondition {
    /// Messages of the piece, one behind the other from its start, that meet the condition.
    pub fn frames<'a>(&'a self, payload: &'a [u8]) -> impl Iterator<Item = Frame> + 'a {
        let mut start = 0;
        std::iter::from_fn(move || {
            let header = payload.get(start..)?;
            let [_, _, 0, 0, high, low, unit, function, ..] = header else { return None };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if !LENGTHS.contains(&length) {
                return None;
            }
            let end = start + HEADER - 1 + length;
            let within = end.min(payload.len());
            let frame = Frame { whole: start..within, data: start + HEADER + 1..within };
            start = end;
            let meets = |wanted: Option<u8>, there: u8| wanted.is_none_or(|wanted| wanted == there);
            Some((meets(self.unit, *unit) && meets(self.function, *function)).then_some(frame))
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(unit: u8, function: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len() + 2).unwrap();
        [&[0, 1, 0, 0, 0, length, unit, function], data].concat()
    }

    #[test]
    fn each_message_of_a_piece_is_asked() {
        let piece = [message(1, 3, &[0; 4]), message(2, 16, b"data"), message(2, 3, &[])].concat();
        let found = |function, unit| {
            let condition = FrameCondition { function, unit };
            condition.frames(&piece).map(|frame| (frame.data.start, frame.data.end)).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(16), None), [(20, 24)]);
        assert_eq!(found(Some(3), Some(2)), [(32, 32)]);
        assert_eq!(found(None, None).len(), 3);
    }

    #[test]
    fn what_is_no_modbus_has_no_message() {
        let all = FrameCondition::default();
        assert_eq!(all.frames(&[0; 300]).count(), 0, "a length of 0 leads nowhere");
        assert_eq!(all.frames(&[0, 1, 0, 1, 0, 2, 1, 3]).count(), 0);
        assert_eq!(all.frames(&message(1, 3, &[0; 4])[..7]).count(), 0);
        let cut: Vec<_> = all.frames(&message(1, 3, &[0; 4])[..9]).map(|frame| frame.whole.end).collect();
        assert_eq!(cut, [9]);
    }

    #[test]
    fn functions_have_numbers_and_names() {
        assert_eq!((function("write_single_coil"), function("0x5a"), function(" 8")), (Ok(5), Ok(90), Ok(8)));
        assert!(function("fly").unwrap_err().contains("fly"));
        assert!(function("256").is_err());
    }
}
