//! Standard structures that travel as values, by the id of their binary encoding (OPC 10000-6 section 5.2.6).

use super::decoder::{Decoded, Decoder};
use super::schema::SCHEMA;
use super::structure::Kind::{self, Inner, Inners, Many, One};
use super::structure::Row;
use crate::event::{Fields, Value};

pub fn find(encoding: u32) -> Option<&'static Row> {
    let index = SCHEMA.binary_search_by_key(&encoding, |(known, ..)| *known).ok()?;
    SCHEMA.get(index)
}

impl Decoder<'_> {
    /// A structure by its fields, its name first.
    pub fn fields(&mut self, structure: &Row) -> Decoded<Value> {
        let (_, name, parts) = structure;
        if self.room() == 0 {
            return self.skip_fields(structure).map(|()| Value::Null);
        }
        let mut fields = Fields::default().with("type", Value::Text((*name).to_owned()));
        for (name, kind) in *parts {
            let value = self.field(*kind)?;
            fields = fields.with(name, value);
        }
        Ok(Value::Fields(fields))
    }

    fn field(&mut self, kind: Kind) -> Decoded<Value> {
        match kind {
            One(kind) => self.scalar(kind),
            Many(kind) => Ok(Value::List(self.list(kind)?.1)),
            Inner(encoding) => self.inner(encoding),
            Inners(encoding) => self.inners(encoding),
        }
    }

    fn inner(&mut self, encoding: u32) -> Decoded<Value> {
        let Some(inner) = find(encoding) else { return Ok(Value::Null) };
        // A structure is a value too: lists of empty ones must not grow without end.
        self.value(|| Value::Null);
        self.nested(|decoder| decoder.fields(inner))
    }

    fn inners(&mut self, encoding: u32) -> Decoded<Value> {
        let mut values = Vec::new();
        self.each(|decoder| {
            let has_room = decoder.room() > 0;
            let value = decoder.inner(encoding)?;
            if has_room {
                values.push(value);
            }
            Ok(())
        })?;
        Ok(Value::List(values))
    }

    /// Walks over a structure's fields without building anything.
    pub fn skip_fields(&mut self, structure: &Row) -> Decoded<()> {
        for (_, kind) in structure.2 {
            self.skip_field(*kind)?;
        }
        Ok(())
    }

    fn skip_field(&mut self, kind: Kind) -> Decoded<()> {
        match kind {
            One(kind) => self.scalar(kind).map(drop),
            Many(kind) => self.each(|decoder| decoder.scalar(kind).map(drop)),
            Inner(encoding) => self.skip_inner(encoding),
            Inners(encoding) => self.each(|decoder| decoder.skip_inner(encoding)),
        }
    }

    fn skip_inner(&mut self, encoding: u32) -> Decoded<()> {
        let Some(inner) = find(encoding) else { return Ok(()) };
        self.nested(|decoder| decoder.skip_fields(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcua::codes;

    #[test]
    fn the_table_is_in_order_and_agrees_with_the_published_ids() {
        assert!(SCHEMA.is_sorted_by_key(|(encoding, ..)| *encoding));
        for (encoding, name, _) in SCHEMA {
            assert_eq!(codes::encoding(*encoding), Some(*name));
        }
    }

    #[test]
    fn every_inner_structure_is_in_the_table() {
        let kinds = SCHEMA.iter().flat_map(|(.., fields)| fields.iter().map(|(_, kind)| *kind));
        for kind in kinds {
            if let Inner(encoding) | Inners(encoding) = kind {
                assert!(find(encoding).is_some(), "{encoding}");
            }
        }
    }
}
