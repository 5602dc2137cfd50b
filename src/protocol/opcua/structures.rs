//! Standard structures that travel as values, by the id of their binary encoding (OPC 10000-6 section 5.2.6).

use super::decoder::{Decoded, Decoder};
use super::wire;
use crate::event::{Fields, Value};

/// Fields of a structure in the order of the wire.
pub struct Structure {
    encoding: u32,
    name: &'static str,
    fields: &'static [(&'static str, Kind)],
}

enum Kind {
    One(u8),
    Many(u8),
    Inner(u32),
}

use Kind::{Inner, Many, One};

/// Ascending by encoding.
static STRUCTURES: &[Structure] = &[
    // OPC 10000-3 section 8.6.
    Structure {
        encoding: 298,
        name: "Argument",
        fields: &[
            ("name", One(wire::STRING)),
            ("data_type", One(wire::NODE_ID)),
            ("value_rank", One(wire::INT32)),
            ("array_dimensions", Many(wire::UINT32)),
            ("description", One(wire::LOCALIZED_TEXT)),
        ],
    },
    // OPC 10000-5 section 12.4.
    Structure {
        encoding: 340,
        name: "BuildInfo",
        fields: &[
            ("product_uri", One(wire::STRING)),
            ("manufacturer_name", One(wire::STRING)),
            ("product_name", One(wire::STRING)),
            ("software_version", One(wire::STRING)),
            ("build_number", One(wire::STRING)),
            ("build_date", One(wire::DATE_TIME)),
        ],
    },
    // OPC 10000-11 section 6.6.
    Structure { encoding: 658, name: "HistoryData", fields: &[("values", Many(wire::DATA_VALUE))] },
    // OPC 10000-5 section 12.10.
    Structure {
        encoding: 864,
        name: "ServerStatusDataType",
        fields: &[
            ("start_time", One(wire::DATE_TIME)),
            ("current_time", One(wire::DATE_TIME)),
            ("state", One(wire::INT32)),
            ("build_info", Inner(340)),
            ("seconds_till_shutdown", One(wire::UINT32)),
            ("shutdown_reason", One(wire::LOCALIZED_TEXT)),
        ],
    },
    // OPC 10000-8 section 6.3.
    Structure { encoding: 886, name: "Range", fields: &[("low", One(wire::DOUBLE)), ("high", One(wire::DOUBLE))] },
    Structure {
        encoding: 889,
        name: "EUInformation",
        fields: &[
            ("namespace_uri", One(wire::STRING)),
            ("unit_id", One(wire::INT32)),
            ("display_name", One(wire::LOCALIZED_TEXT)),
            ("description", One(wire::LOCALIZED_TEXT)),
        ],
    },
    // OPC 10000-3 section 8.39.
    Structure {
        encoding: 8251,
        name: "EnumValueType",
        fields: &[
            ("value", One(wire::INT64)),
            ("display_name", One(wire::LOCALIZED_TEXT)),
            ("description", One(wire::LOCALIZED_TEXT)),
        ],
    },
    Structure {
        encoding: 8917,
        name: "TimeZoneDataType",
        fields: &[("offset", One(wire::INT16)), ("daylight_saving_in_offset", One(wire::BOOLEAN))],
    },
    // OPC 10000-8 section 6.5.
    Structure {
        encoding: 12089,
        name: "AxisInformation",
        fields: &[
            ("engineering_units", Inner(889)),
            ("range", Inner(886)),
            ("title", One(wire::LOCALIZED_TEXT)),
            ("scale", One(wire::INT32)),
            ("steps", Many(wire::DOUBLE)),
        ],
    },
    Structure { encoding: 12090, name: "XVType", fields: &[("x", One(wire::DOUBLE)), ("value", One(wire::FLOAT))] },
];

pub fn find(encoding: u32) -> Option<&'static Structure> {
    let index = STRUCTURES.binary_search_by_key(&encoding, |structure| structure.encoding).ok()?;
    STRUCTURES.get(index)
}

impl Decoder<'_> {
    /// A structure by its fields, its name first.
    pub fn fields(&mut self, structure: &Structure) -> Decoded<Value> {
        let mut fields = Fields::default().with("type", Value::Text(structure.name.to_owned()));
        for (name, kind) in structure.fields {
            let value = match *kind {
                One(kind) => self.scalar(kind)?,
                Many(kind) => Value::List(self.list(kind)?.1),
                Inner(encoding) => match find(encoding) {
                    Some(inner) => self.nested(|decoder| decoder.fields(inner))?,
                    None => Value::Null,
                },
            };
            fields = fields.with(name, value);
        }
        Ok(Value::Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcua::codes;

    #[test]
    fn the_table_is_in_order_and_agrees_with_the_published_ids() {
        assert!(STRUCTURES.is_sorted_by_key(|structure| structure.encoding));
        for structure in STRUCTURES {
            assert_eq!(codes::encoding(structure.encoding), Some(structure.name));
        }
    }
}
