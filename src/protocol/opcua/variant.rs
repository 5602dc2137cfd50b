//! From encoded values to [`Value`]: Variant, DataValue, and structures carried in them (OPC 10000-6 section 5.2.2).

use std::borrow::Cow;

use super::decoder::{Decoded, Decoder, FaultKind, MAX_TEXT};
use super::structures;
use super::types::{Body, DateTime, DiagnosticLevel, ExtensionObject, LocalizedText, StatusCode};
use super::{codes, wire};
use crate::event::{Fields, Value};
use smallvec::SmallVec;

/// A value with its built-in type.
#[derive(Clone, PartialEq, Debug)]
pub struct Variant {
    /// Built-in type id; zero for null (OPC 10000-6 section 5.1.2).
    pub kind: u8,
    pub is_array: bool,
    pub value: Value,
}

/// A value with quality and times (OPC 10000-4 section 7.11).
#[derive(Clone, PartialEq, Debug)]
pub struct DataValue {
    pub variant: Option<Variant>,
    pub status: StatusCode,
    pub source_time: Option<DateTime>,
    pub server_time: Option<DateTime>,
}

impl DataValue {
    /// What the value's own type is called, `[]` behind it for a list.
    pub fn kind(&self) -> Option<Cow<'static, str>> {
        let variant = self.variant.as_ref()?;
        let name = wire::built_in(variant.kind);
        Some(if variant.is_array { format!("{name}[]").into() } else { name.into() })
    }

    pub fn into_value(self) -> Value {
        self.variant.map_or(Value::Null, |variant| variant.value)
    }

    /// With quality and source time where they say something.
    pub fn into_fields(self) -> Value {
        let (status, time) = (self.status, self.source_time);
        let mut fields = Fields::default().with("value", self.into_value());
        if status.is_doubtful() {
            fields = fields.with("status", Value::Text(status.to_string()));
        }
        if let Some(time) = time {
            fields = fields.with("source_time", Value::Text(time.to_string()));
        }
        Value::Fields(fields)
    }
}

/// Text from the wire, short enough to show.
pub fn text(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Null, |bytes| Value::text(bytes, MAX_TEXT))
}

fn localized(text: LocalizedText<'_>) -> Value {
    self::text(text.text)
}

/// Only what says something; the string table's indexes say nothing without it.
fn diagnostic_level(level: &DiagnosticLevel<'_>) -> Value {
    let mut fields = Fields::default();
    if let Some(status) = level.inner_status {
        fields = fields.with("inner_status", Value::Text(status.to_string()));
    }
    if let Some(info) = level.additional_info {
        fields = fields.with("additional_info", text(Some(info)));
    }
    if let Some(id) = level.symbolic_id {
        fields = fields.with("symbolic_id", Value::Int(i64::from(id)));
    }
    Value::Fields(fields)
}

impl<'a> Decoder<'a> {
    /// OPC 10000-6 section 5.2.2.16.
    pub fn variant(&mut self) -> Decoded<Variant> {
        self.nested(|decoder| {
            let mask = decoder.u8()?;
            let kind = mask & 0x3f;
            if mask & 0x80 == 0 {
                let value = decoder.scalar(kind)?;
                return Ok(Variant { kind, is_array: false, value });
            }
            // An empty list is a value too: lists of lists must not grow without end.
            decoder.value(|| Value::Null);
            let (count, values) = decoder.list(kind)?;
            let value = if mask & 0x40 == 0 { Value::List(values) } else { decoder.matrix(count, values)? };
            Ok(Variant { kind, is_array: true, value })
        })
    }

    /// An array of a built-in type: how many there are, and as many values as there is room for.
    pub fn list(&mut self, kind: u8) -> Decoded<(usize, Vec<Value>)> {
        let count = self.count()?;
        let mut values = Vec::new();
        let mut is_cut = false;
        for _ in 0..count {
            let has_room = self.room() > 0;
            let value = self.scalar(kind)?;
            if has_room {
                values.push(value);
            } else {
                is_cut = self.is_building();
            }
        }
        if is_cut {
            values.push(Value::Text("…".to_owned()));
        }
        Ok((count, values))
    }

    /// Dimensions from the slowest to the fastest, behind the values of a matrix.
    fn matrix(&mut self, count: usize, values: Vec<Value>) -> Decoded<Value> {
        let mut dimensions = SmallVec::<[usize; 4]>::new();
        let mut product = 1_usize;
        self.each(|decoder| {
            let dimension = usize::try_from(decoder.i32()?).unwrap_or(0);
            product = product.saturating_mul(dimension);
            if decoder.is_building() {
                dimensions.push(dimension);
            }
            Ok(())
        })?;
        if product != count {
            self.odd(FaultKind::DimensionMismatch);
        }
        let folds = product == count && values.len() == count && !dimensions.contains(&0);
        Ok(Value::List(if folds { fold(values, dimensions.get(1..).unwrap_or_default()) } else { values }))
    }

    /// One value of a built-in type (OPC 10000-6 section 5.1.2).
    pub fn scalar(&mut self, kind: u8) -> Decoded<Value> {
        Ok(match kind {
            wire::NULL => Value::Null,
            wire::BOOLEAN => self.boolean().map(|v| self.value(|| Value::Bool(v)))?,
            wire::SBYTE => self.u8().map(|v| self.value(|| Value::Int(i64::from(v.cast_signed()))))?,
            wire::BYTE => self.u8().map(|v| self.value(|| Value::UInt(u64::from(v))))?,
            wire::INT16 => self.i16().map(|v| self.value(|| Value::Int(i64::from(v))))?,
            wire::UINT16 => self.u16().map(|v| self.value(|| Value::UInt(u64::from(v))))?,
            wire::INT32 => self.i32().map(|v| self.value(|| Value::Int(i64::from(v))))?,
            wire::UINT32 => self.u32().map(|v| self.value(|| Value::UInt(u64::from(v))))?,
            wire::INT64 => self.i64().map(|v| self.value(|| Value::Int(v)))?,
            wire::UINT64 => self.u64().map(|v| self.value(|| Value::UInt(v)))?,
            wire::FLOAT => self.f32().map(|v| self.value(|| Value::Float(f64::from(v))))?,
            wire::DOUBLE => self.f64().map(|v| self.value(|| Value::Float(v)))?,
            wire::STRING | wire::XML_ELEMENT => self.string().map(|v| self.value(|| text(v)))?,
            wire::DATE_TIME => self.date_time().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::GUID => self.guid().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::NODE_ID => self.node_id().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::EXPANDED_NODE_ID => self.expanded_node_id().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::STATUS_CODE => self.status().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::QUALIFIED_NAME => self.qualified_name().map(|v| self.value(|| Value::Text(v.to_string())))?,
            wire::LOCALIZED_TEXT => self.localized_text().map(|v| self.value(|| localized(v)))?,
            wire::EXTENSION_OBJECT => self.structure()?,
            wire::DATA_VALUE => self.data_value()?.into_value_in(self),
            wire::VARIANT => self.variant()?.value,
            wire::DIAGNOSTIC_INFO => {
                let levels = self.diagnostic_info()?;
                self.value(|| Value::List(levels.iter().map(diagnostic_level).collect()))
            }
            // Ids that the standard keeps for later are to be read as a ByteString.
            26..=31 | wire::BYTE_STRING => {
                let bytes = self.bytes()?;
                self.value(|| bytes.map_or(Value::Null, Value::bytes))
            }
            _ => return Err(self.fault(FaultKind::UnknownEncoding)),
        })
    }

    /// OPC 10000-6 section 5.2.2.17.
    pub fn data_value(&mut self) -> Decoded<DataValue> {
        let mask = self.u8()?;
        let variant = if mask & 0x01 != 0 { Some(self.variant()?) } else { None };
        let status = if mask & 0x02 != 0 { self.status()? } else { StatusCode::GOOD };
        let source_time = if mask & 0x04 != 0 { Some(self.date_time()?) } else { None };
        // Picoseconds are beyond what a passive listener can use.
        let _ = if mask & 0x10 != 0 { self.u16()? } else { 0 };
        let server_time = if mask & 0x08 != 0 { Some(self.date_time()?) } else { None };
        let _ = if mask & 0x20 != 0 { self.u16()? } else { 0 };
        Ok(DataValue { variant, status, source_time, server_time })
    }

    /// An ExtensionObject as a value: a known structure by its fields, an unknown one as its type and bytes.
    pub fn structure(&mut self) -> Decoded<Value> {
        let object = self.extension_object()?;
        let known = object.standard().and_then(|(id, body)| Some((structures::find(id)?, body)));
        let Some((structure, body)) = known else { return Ok(self.value(|| opaque(&object))) };
        match self.within(body, |decoder| decoder.fields(structure)) {
            Ok(value) => Ok(value),
            Err(fault) if fault.kind == FaultKind::NestingTooDeep => Err(fault),
            Err(fault) => {
                // An older edition may have fewer fields; its bytes still tell.
                if fault.kind != FaultKind::Truncated {
                    self.odd_at(fault);
                }
                Ok(self.value(|| opaque(&object)))
            }
        }
    }
}

impl DataValue {
    fn into_value_in(self, decoder: &mut Decoder<'_>) -> Value {
        decoder.value(|| self.into_fields())
    }
}

fn opaque(object: &ExtensionObject<'_>) -> Value {
    let name = object.type_id.standard().and_then(codes::encoding);
    let kind = name.map_or_else(|| object.type_id.to_string(), str::to_owned);
    let body = match object.body {
        // Identity tokens carry passwords, which are never kept.
        _ if matches!(object.type_id.standard(), Some(wire::USER_NAME_TOKEN | wire::ISSUED_TOKEN)) => Value::Null,
        Body::None => Value::Null,
        Body::Binary(bytes) => Value::bytes(bytes),
        Body::Xml(xml) => text(Some(xml)),
    };
    if object.type_id.is_null() && object.body == Body::None {
        return Value::Null;
    }
    Value::Fields(Fields::default().with("type", Value::Text(kind)).with("body", body))
}

/// Cuts a flat list into lists of lists; the product of the dimensions is the list's length.
fn fold(values: Vec<Value>, inner: &[usize]) -> Vec<Value> {
    let Some((_, deeper)) = inner.split_first() else { return values };
    let size = inner.iter().product::<usize>().max(1);
    let mut rows = Vec::with_capacity(values.len() / size);
    let mut values = values.into_iter().peekable();
    while values.peek().is_some() {
        let row: Vec<Value> = values.by_ref().take(size).collect();
        rows.push(Value::List(fold(row, deeper)));
    }
    rows
}
