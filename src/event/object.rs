use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What an operation acts on, in the protocol's own terms.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Object {
    Modbus(ModbusRange),
    S7(S7Address),
    Node(Node),
    Method(Method),
    Block(Block),
    S7Plus(S7PlusAddress),
    /// Anything else that has a name: a program invocation's argument, a file, a list.
    Named(Named),
}

/// Consecutive coils or registers of one Modbus table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ModbusRange {
    pub table: ModbusTable,
    /// Protocol address, counted from 0 (not the 40001 style).
    pub address: u16,
    pub quantity: u16,
}

/// Modbus Application Protocol V1.1b3, section 4.3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModbusTable {
    Coil,
    DiscreteInput,
    HoldingRegister,
    InputRegister,
}

impl ModbusTable {
    pub const fn name(self) -> &'static str {
        match self {
            ModbusTable::Coil => "coil",
            ModbusTable::DiscreteInput => "discrete_input",
            ModbusTable::HoldingRegister => "holding_register",
            ModbusTable::InputRegister => "input_register",
        }
    }
}

/// An S7-ANY style address.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct S7Address {
    /// Area as its letter or word: `P`, `I`, `Q`, `M`, `DB`, `DI`, `L`, `C`, `T`, or `area_0x..` where unknown.
    pub area: Cow<'static, str>,
    pub area_code: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub db: Option<u16>,
    pub byte: u32,
    pub bit: u8,
    pub transport_size: Cow<'static, str>,
    /// Number of elements of the transport size.
    pub quantity: u16,
    /// Bytes touched from `byte` on.
    pub length: u32,
    /// As a person writes it: `DB10.DBX2.3`, `MW100`, `QB4`.
    pub address: String,
}

/// An OPC UA node and which of its attributes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Node {
    /// String form of OPC 10000-6 section 5.3.1.10, such as `ns=2;s=Tank.Level`.
    pub node: String,
    /// Attribute id; 13 is Value, 0 the node as a whole (browsed, added, deleted).
    pub attribute: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Browse names from the root down, as far as they were seen: `/Objects/2:Tank1/2:Level`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The namespace's URI, by the server's NamespaceArray.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub namespace: Option<String>,
}

/// An OPC UA method on an object.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Method {
    pub object: String,
    pub method: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method_name: Option<String>,
}

/// A program block of a controller.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Block {
    /// As a person writes it: `OB1`, `DB10`.
    pub block: String,
    /// The file name on the wire, such as `_0A00010P`.
    pub file: String,
}

/// A place in the tree of objects of an S7-1200 or 1500: an object, one of its attributes, or a variable of a block.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct S7PlusAddress {
    /// Number of the object, such as 52 for the execution unit.
    pub rid: u32,
    /// Numbers of attribute, element or symbol, from the object downwards; empty for the object itself.
    pub path: SmallVec<[u32; 4]>,
    /// Checksum of a variable's name and type, where it is addressed by symbol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc: Option<u32>,
    /// As a person writes it: `cpu_execution_unit.operating_state_request`, `DB10 symbol 9`.
    pub address: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
}

impl Object {
    pub fn named(name: impl Into<String>) -> Self {
        Object::Named(Named { name: name.into() })
    }

    /// Where the object lies: a space (table, data block, node) and an interval in it. Equal to the key that a parser
    /// computes from the wire without building the object.
    pub fn key(&self) -> ObjectKey {
        match self {
            Object::Modbus(m) => ObjectKey::modbus(m.table, m.address, m.quantity),
            Object::S7(a) => ObjectKey::s7(a.area_code, a.db.unwrap_or(0), a.byte, a.length),
            Object::Node(n) => ObjectKey::text(n.node.as_bytes(), n.attribute),
            Object::Method(m) => ObjectKey::text(m.method.as_bytes(), u32::MAX),
            Object::Block(b) => ObjectKey::text(b.block.as_bytes(), 1 << 30),
            Object::S7Plus(p) => ObjectKey::s7_plus(p.rid, &p.path),
            Object::Named(n) => ObjectKey::text(n.name.as_bytes(), 1 << 31),
        }
    }

    /// The name of the space in which the object lies, for people: `holding_register`, `DB10`, a node id.
    pub fn space_name(&self) -> String {
        match self {
            Object::Modbus(m) => m.table.name().to_owned(),
            Object::S7(S7Address { area, db: Some(db), .. }) => format!("{area}{db}"),
            Object::S7(a) => a.area.to_string(),
            Object::Node(n) if matches!(n.attribute, 0 | 13) => n.node.clone(),
            Object::Node(n) => format!("{} attribute {}", n.node, n.attribute),
            Object::Method(m) => format!("method {}", m.method),
            Object::Block(b) => b.block.clone(),
            Object::S7Plus(p) => p.address.clone(),
            Object::Named(n) => n.name.clone(),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Modbus(m) if m.quantity == 1 => write!(f, "{} {}", m.table.name(), m.address),
            Object::Modbus(m) => {
                let last = u32::from(m.address) + u32::from(m.quantity).saturating_sub(1);
                write!(f, "{} {}..{}", m.table.name(), m.address, last)
            }
            Object::S7(a) => f.write_str(&a.address),
            Object::Node(Node { node, name: Some(name), .. }) => write!(f, "{name} ({node})"),
            Object::Method(Method { method, method_name: Some(name), .. }) => write!(f, "method {name} ({method})"),
            other => f.write_str(&other.space_name()),
        }
    }
}

/// An interval in a space of one server; see [`Object::key`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ObjectKey {
    pub space: u64,
    pub start: u32,
    pub length: u32,
}

impl ObjectKey {
    pub const fn modbus(table: ModbusTable, address: u16, quantity: u16) -> Self {
        ObjectKey { space: 1 << 56 | table as u64, start: address as u32, length: quantity as u32 }
    }

    pub const fn s7(area: u8, db: u16, byte: u32, length: u32) -> Self {
        ObjectKey { space: 2 << 56 | (area as u64) << 16 | db as u64, start: byte, length }
    }

    /// Attributes and variables have no neighbours: each is a space of its own.
    pub fn s7_plus(rid: u32, path: &[u32]) -> Self {
        let hash = path.iter().fold(fnv1a(&rid.to_be_bytes(), 0), |hash, id| fnv1a_on(hash, &id.to_be_bytes()));
        ObjectKey { space: 4 << 56 | (hash & 0x00ff_ffff_ffff_ffff), start: 0, length: 1 }
    }

    /// An object known by its text alone; `variant` tells objects of the same text apart.
    pub fn text(text: &[u8], variant: u32) -> Self {
        ObjectKey { space: 3 << 56 | (fnv1a(text, variant) & 0x00ff_ffff_ffff_ffff), start: 0, length: 1 }
    }
}

/// FNV-1a: the key must be the same in every process, as it is stored with what was learnt. Colliding on purpose gains
/// an attacker only that one unknown node of the same server counts as another known one of 56 bits.
pub(super) fn fnv1a(text: &[u8], variant: u32) -> u64 {
    fnv1a_on(0xcbf2_9ce4_8422_2325_u64 ^ u64::from(variant).wrapping_mul(0x9e37_79b9_7f4a_7c15), text)
}

pub(super) fn fnv1a_on(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
