//! The bounded reader beneath all of OPC UA Binary (OPC 10000-6 section 5.2): numbers, strings, counts, depth.

use crate::event::Value;
use crate::protocol::Reader;

/// Structures within structures; the specification asks decoders to bear at least 100 (OPC 10000-6 section 5.2.2.12).
pub const MAX_DEPTH: u8 = 100;
/// Characters of one text that are shown.
pub const MAX_TEXT: usize = 1024;

pub type Decoded<T> = Result<T, Fault>;
/// A String or ByteString; `None` is null.
pub type Bytes<'a> = Option<&'a [u8]>;

/// What is wrong with bytes, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    pub kind: FaultKind,
    /// Bytes from the start of the message body.
    pub offset: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The body ends within a field.
    Truncated,
    /// A string or array says to be longer than what is left of the body.
    LengthBeyondMessage,
    /// A length below -1.
    NegativeLength,
    NestingTooDeep,
    /// An encoding byte that the specification does not know.
    UnknownEncoding,
    /// An array's dimensions do not multiply to its length.
    DimensionMismatch,
    StringNotUtf8,
    /// Bytes are left behind the last field.
    TrailingBytes,
}

impl FaultKind {
    /// The anomaly's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::Truncated => "body_truncated",
            FaultKind::LengthBeyondMessage => "length_beyond_message",
            FaultKind::NegativeLength => "negative_length",
            FaultKind::NestingTooDeep => "nesting_too_deep",
            FaultKind::UnknownEncoding => "unknown_encoding",
            FaultKind::DimensionMismatch => "dimension_mismatch",
            FaultKind::StringNotUtf8 => "string_not_utf8",
            FaultKind::TrailingBytes => "trailing_bytes",
        }
    }
}

/// Takes encoded values off a message body.
///
/// With no room it only walks: nothing is built and nothing allocated, which is what the cache of the known needs.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    /// Offset of these bytes in the message body.
    base: usize,
    depth: u8,
    /// Whether values are wanted, and how many may still be built.
    building: bool,
    room: usize,
    /// The first oddity that did not keep us from reading on.
    oddity: Option<Fault>,
}

impl<'a> Decoder<'a> {
    /// Walks without building values.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Decoder { reader: Reader::new(bytes), base: 0, depth: 0, building: false, room: 0, oddity: None }
    }

    /// Builds up to `room` values, then walks on; places where values were left out say so by an ellipsis.
    #[must_use]
    pub const fn building(self, room: usize) -> Self {
        Decoder { building: room > 0, room, ..self }
    }

    /// Says where in the message body these bytes stand.
    #[must_use]
    pub const fn based_at(self, base: usize) -> Self {
        Decoder { base, ..self }
    }

    /// Offset in the message body.
    pub const fn offset(&self) -> usize {
        self.base + self.reader.offset()
    }

    pub fn remaining(&self) -> usize {
        self.reader.remaining()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    pub const fn is_building(&self) -> bool {
        self.building
    }

    pub const fn room(&self) -> usize {
        self.room
    }

    pub const fn oddity(&self) -> Option<Fault> {
        self.oddity
    }

    pub const fn fault(&self, kind: FaultKind) -> Fault {
        Fault { kind, offset: self.offset() }
    }

    /// Remembers something wrong that does not keep us from reading on.
    pub const fn odd(&mut self, kind: FaultKind) {
        if self.oddity.is_none() {
            self.oddity = Some(self.fault(kind));
        }
    }

    /// Remembers something wrong in a part that was passed over.
    pub const fn odd_at(&mut self, fault: Fault) {
        if self.oddity.is_none() {
            self.oddity = Some(fault);
        }
    }

    /// Nothing may follow.
    pub fn finish(&mut self) {
        if self.remaining() > 0 {
            self.odd(FaultKind::TrailingBytes);
        }
    }

    fn some<T>(&self, taken: Option<T>) -> Decoded<T> {
        taken.ok_or(Fault { kind: FaultKind::Truncated, offset: self.offset() })
    }

    pub fn take(&mut self, n: usize) -> Decoded<&'a [u8]> {
        let taken = self.reader.take(n);
        self.some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let taken = self.reader.array();
        self.some(taken)
    }

    pub fn u8(&mut self) -> Decoded<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Any byte but zero is true (OPC 10000-6 section 5.2.2.1).
    pub fn boolean(&mut self) -> Decoded<bool> {
        self.u8().map(|byte| byte != 0)
    }

    pub fn u16(&mut self) -> Decoded<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn i16(&mut self) -> Decoded<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Decoded<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn i32(&mut self) -> Decoded<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Decoded<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Decoded<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub fn f32(&mut self) -> Decoded<f32> {
        self.array().map(f32::from_le_bytes)
    }

    pub fn f64(&mut self) -> Decoded<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A ByteString (OPC 10000-6 section 5.2.2.7); `None` is null.
    pub fn bytes(&mut self) -> Decoded<Bytes<'a>> {
        let Some(length) = self.length()? else { return Ok(None) };
        self.take(length).map(Some)
    }

    /// A String (OPC 10000-6 section 5.2.2.4), as its bytes; `None` is null.
    pub fn string(&mut self) -> Decoded<Bytes<'a>> {
        let bytes = self.bytes()?;
        if bytes.is_some_and(|bytes| std::str::from_utf8(bytes).is_err()) {
            self.odd(FaultKind::StringNotUtf8);
        }
        Ok(bytes)
    }

    /// How many elements an array has (OPC 10000-6 section 5.2.5). Each takes a byte at least, so that a length that
    /// the message cannot hold is refused before anything is done with it.
    pub fn count(&mut self) -> Decoded<usize> {
        self.length().map(Option::unwrap_or_default)
    }

    /// Reads an array; `each` takes one element.
    pub fn each(&mut self, mut each: impl FnMut(&mut Self) -> Decoded<()>) -> Decoded<()> {
        for _ in 0..self.count()? {
            each(self)?;
        }
        Ok(())
    }

    fn length(&mut self) -> Decoded<Option<usize>> {
        let fault = self.fault(FaultKind::LengthBeyondMessage);
        let length = self.i32()?;
        if length < -1 {
            self.odd(FaultKind::NegativeLength);
        }
        match usize::try_from(length) {
            Ok(length) if length > self.remaining() => Err(fault),
            Ok(length) => Ok(Some(length)),
            Err(_) => Ok(None),
        }
    }

    /// Goes one level deeper for the time of `inside`.
    pub fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Decoded<T>) -> Decoded<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(FaultKind::NestingTooDeep));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Reads a body that was carried within this message, one level deeper.
    pub fn within<T>(&mut self, body: &'a [u8], inside: impl FnOnce(&mut Self) -> Decoded<T>) -> Decoded<T> {
        let base = self.offset() - body.len();
        let outer = (std::mem::replace(&mut self.reader, Reader::new(body)), std::mem::replace(&mut self.base, base));
        let result = self.nested(inside);
        (self.reader, self.base) = outer;
        result
    }

    /// What `inside` read, with the bytes it took.
    pub fn spanned<T>(&mut self, inside: impl FnOnce(&mut Self) -> Decoded<T>) -> Decoded<(&'a [u8], T)> {
        let before = self.rest();
        let read = inside(self)?;
        let taken = before.len().saturating_sub(self.remaining());
        Ok((before.get(..taken).unwrap_or_default(), read))
    }

    /// Takes room away for values within a value.
    pub const fn spend(&mut self, values: usize) {
        self.room = self.room.saturating_sub(values);
    }

    /// Values may have been left out.
    pub const fn is_exhausted(&self) -> bool {
        self.building && self.room == 0
    }

    /// Builds a value where values are wanted and there is room.
    pub fn value(&mut self, build: impl FnOnce() -> Value) -> Value {
        if self.room == 0 {
            return Value::Null;
        }
        self.room -= 1;
        build()
    }
}
