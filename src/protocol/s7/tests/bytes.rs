//! Messages for tests, put together field by field.

/// A TPKT around a transport PDU.
pub fn tpkt(tpdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tpdu.len() + 4).unwrap();
    [&[3, 0][..], &length.to_be_bytes(), tpdu].concat()
}

/// A data TPDU that ends its message.
pub fn data(payload: &[u8]) -> Vec<u8> {
    tpkt(&[&[2, 0xf0, 0x80][..], payload].concat())
}

/// A data TPDU with more to follow.
pub fn part(payload: &[u8]) -> Vec<u8> {
    tpkt(&[&[2, 0xf0, 0x00][..], payload].concat())
}

fn connect(code: u8, calling: &[u8], called: &[u8]) -> Vec<u8> {
    let tsap = |code: u8, tsap: &[u8]| [&[code, tsap.len() as u8][..], tsap].concat();
    let fields = [&[code, 0, 0, 0, 20, 0, 0xc0, 1, 10][..], &tsap(0xc1, calling), &tsap(0xc2, called)].concat();
    tpkt(&[&[fields.len() as u8][..], &fields].concat())
}

pub fn connect_request(calling: &[u8], called: &[u8]) -> Vec<u8> {
    connect(0xe0, calling, called)
}

pub fn connect_confirm(calling: &[u8], called: &[u8]) -> Vec<u8> {
    connect(0xd0, calling, called)
}

pub fn disconnect(reason: u8) -> Vec<u8> {
    tpkt(&[6, 0x80, 0, 20, 0, 0, reason])
}

fn pdu(rosctr: u8, reference: u16, error: &[u8], parameter: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let header = [&[0x32, rosctr, 0, 0][..], &reference.to_be_bytes(), &length(parameter), &length(payload)].concat();
    data(&[&header[..], error, parameter, payload].concat())
}

pub fn job(reference: u16, parameter: &[u8]) -> Vec<u8> {
    pdu(1, reference, &[], parameter, &[])
}

pub fn job_with(reference: u16, parameter: &[u8], payload: &[u8]) -> Vec<u8> {
    pdu(1, reference, &[], parameter, payload)
}

pub fn ack(reference: u16, parameter: &[u8], payload: &[u8]) -> Vec<u8> {
    pdu(3, reference, &[0, 0], parameter, payload)
}

/// Answered with an error and nothing else.
pub fn refusal(reference: u16, error: u16) -> Vec<u8> {
    pdu(2, reference, &error.to_be_bytes(), &[], &[])
}

/// A read of these addresses.
pub fn read(reference: u16, addresses: &[&[u8]]) -> Vec<u8> {
    job(reference, &[&[4, addresses.len() as u8][..], &addresses.concat()].concat())
}

/// A write to one address.
pub fn write(reference: u16, address: &[u8], item: &[u8]) -> Vec<u8> {
    job_with(reference, &[&[5, 1][..], address].concat(), item)
}

/// An S7-ANY pointer.
pub fn pointer(size: u8, quantity: u16, db: u16, area: u8, position: u32) -> Vec<u8> {
    let [_, high, middle, low] = position.to_be_bytes();
    let numbers = [quantity.to_be_bytes(), db.to_be_bytes()].concat();
    [&[0x12, 10, 0x10, size][..], &numbers, &[area, high, middle, low]].concat()
}

/// A userdata request.
pub fn ask(reference: u16, group: u8, subfunction: u8, payload: &[u8]) -> Vec<u8> {
    let item = if payload.is_empty() { vec![0x0a, 0, 0, 0] } else { octets(payload) };
    pdu(7, reference, &[], &[0, 1, 0x12, 4, 0x11, 0x40 | group, subfunction, 0], &item)
}

/// A userdata answer, whole.
pub fn answer(reference: u16, group: u8, subfunction: u8, payload: &[u8]) -> Vec<u8> {
    answer_part(reference, group, subfunction, (0, false), payload)
}

/// A userdata answer in parts: the number of the whole, and whether more follow.
pub fn answer_part(reference: u16, group: u8, subfunction: u8, part: (u8, bool), payload: &[u8]) -> Vec<u8> {
    let item = if payload.is_empty() { vec![0x0a, 0, 0, 0] } else { octets(payload) };
    let parameter = [0, 1, 0x12, 8, 0x12, 0x80 | group, subfunction, 2, part.0, u8::from(part.1), 0, 0];
    pdu(7, reference, &[], &parameter, &item)
}

/// A userdata answer that refuses.
pub fn answer_error(reference: u16, group: u8, subfunction: u8, error: u16) -> Vec<u8> {
    let [high, low] = error.to_be_bytes();
    let parameter = [0, 1, 0x12, 8, 0x12, 0x80 | group, subfunction, 1, 0, 0, high, low];
    pdu(7, reference, &[], &parameter, &[0x0a, 0, 0, 0])
}

/// A userdata message that nobody asked for.
pub fn push(group: u8, subfunction: u8, payload: &[u8]) -> Vec<u8> {
    let item = octets(payload);
    pdu(7, 0, &[], &[0, 1, 0x12, 8, 0x12, group, subfunction, 2, 0, 0, 0, 0], &item)
}

fn octets(payload: &[u8]) -> Vec<u8> {
    [&[0xff, 9][..], &u16::try_from(payload.len()).unwrap().to_be_bytes(), payload].concat()
}

/// A program invocation: service and argument.
pub fn invoke(reference: u16, service: &[u8], argument: &[u8]) -> Vec<u8> {
    let length = u16::try_from(argument.len()).unwrap().to_be_bytes();
    let head = [0x28, 0, 0, 0, 0, 0, 0, 0xfd];
    job(reference, &[&head[..], &length, argument, &[service.len() as u8], service].concat())
}

/// A block with this code: header, code, footer.
pub fn block(number: u16, code: &[u8], milliseconds: u32) -> Vec<u8> {
    let load_length = u32::try_from(code.len() + 72).unwrap();
    let changed = [&milliseconds.to_be_bytes()[..], &[0x20, 0x00]].concat();
    let lengths = [&[0, 28, 0, 6, 0, 22][..], &u16::try_from(code.len()).unwrap().to_be_bytes()].concat();
    let head = [&b"pp\x01\x01\x01\x08"[..], &number.to_be_bytes(), &load_length.to_be_bytes(), &[0; 4]].concat();
    let foot = [&b"ENGINEER"[..], b"FURNACE\0", b"HEAT\0\0\0\0", &[0x12, 0, 0xab, 0xcd], &[0; 8]].concat();
    [head, changed.clone(), changed, lengths, code.to_vec(), foot].concat()
}

/// An S7comm-plus frame with its trailer.
pub fn plus(version: u8, message: &[u8]) -> Vec<u8> {
    data(&[plus_body(version, message), vec![0x72, version, 0, 0]].concat())
}

/// A frame whose message goes on in the next one.
pub fn plus_part(version: u8, message: &[u8]) -> Vec<u8> {
    data(&plus_body(version, message))
}

fn plus_body(version: u8, message: &[u8]) -> Vec<u8> {
    let digest: &[u8] = if version == 3 { &[4, 0xd1, 0xd2, 0xd3, 0xd4] } else { &[] };
    let length = u16::try_from(digest.len() + message.len()).unwrap().to_be_bytes();
    [&[0x72, version][..], &length, digest, message].concat()
}

/// An S7comm-plus request: function, sequence, and what follows the transport flags.
pub fn plus_request(function: u16, sequence: u16, rest: &[u8]) -> Vec<u8> {
    let [f, s] = [function, sequence].map(u16::to_be_bytes);
    [&[0x31, 0, 0][..], &f, &[0, 0], &s, &[0, 0, 3, 0x8c, 0x34], rest].concat()
}

pub fn plus_response(function: u16, sequence: u16, rest: &[u8]) -> Vec<u8> {
    let [f, s] = [function, sequence].map(u16::to_be_bytes);
    [&[0x32, 0, 0][..], &f, &[0, 0], &s, &[0x34], rest].concat()
}

/// The qualifier of many requests: three numbers, all zero.
pub fn qualifier() -> Vec<u8> {
    [&[0, 0, 4, 0xe8][..], &[0x89, 0x69, 0, 0x12, 0, 0, 0, 0], &[0x89, 0x6a, 0, 0x13, 0], &[0x89, 0x6b, 0, 4, 0, 0]]
        .concat()
}

/// A number of variable length.
pub fn vlq(number: u32) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.reverse();
    bytes
}

/// An attribute: its number, and a value with flags and type.
pub fn attribute(id: u32, value: &[u8]) -> Vec<u8> {
    [&[0xa3][..], &vlq(id), value].concat()
}

/// A value that is text.
pub fn text(text: &str) -> Vec<u8> {
    [&[0, 0x15][..], &vlq(text.len() as u32), text.as_bytes()].concat()
}

/// A value that is a blob.
pub fn blob(bytes: &[u8]) -> Vec<u8> {
    [&[0, 0x14, 0][..], &vlq(bytes.len() as u32), bytes].concat()
}

/// An object: number, class, and what is inside.
pub fn object(rid: u32, class: u32, inside: &[Vec<u8>]) -> Vec<u8> {
    [&[0xa1][..], &rid.to_be_bytes(), &vlq(class), &[0, 0], &inside.concat(), &[0xa2]].concat()
}

pub fn program_object() -> Vec<u8> {
    object(3, 2520, &[attribute(233, &text("PLCProgram"))])
}
