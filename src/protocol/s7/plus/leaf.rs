//! What a message says, attribute by attribute.

use smallvec::SmallVec;

use super::names;
use crate::event::{Item, Object, S7PlusAddress, Value};

/// Attributes that are kept of one message. A whole program is told as blocks, not as one list.
const MAX_KEPT: usize = 512;
/// Steps from the object to a value inside of structures.
pub const MAX_DEPTH: usize = 12;

/// Numbers on the way from an object to a value.
pub type Path = SmallVec<[u32; 4]>;

/// One value with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Leaf {
    pub rid: u32,
    /// Class of the object, where it is told; zero otherwise.
    pub class: u32,
    pub path: Path,
    pub crc: u32,
    pub value: Value,
}

impl Leaf {
    pub fn item(self) -> Item {
        let object = Object::S7Plus(address(self.rid, self.path, self.crc));
        let values = if self.value == Value::Null { vec![] } else { vec![self.value] };
        Item { object: Some(object), values, ..Item::default() }
    }
}

/// A place as an event tells it.
pub fn address(rid: u32, path: Path, crc: u32) -> S7PlusAddress {
    let address = names::address(rid, &path, crc);
    S7PlusAddress { rid, path, crc: Some(crc).filter(|crc| *crc != 0), address }
}

/// The values of one message, up to a bound.
#[derive(Clone, Default, Debug)]
pub struct Leaves {
    kept: Vec<Leaf>,
    further: usize,
    /// The latest of those that are not kept.
    latest: Option<Value>,
}

impl Leaves {
    pub fn push(&mut self, leaf: Leaf) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(leaf);
            return;
        }
        self.further += 1;
        self.latest = Some(leaf.value);
    }

    /// The value told last.
    pub fn last(&self) -> Option<&Value> {
        self.latest.as_ref().or_else(|| self.kept.last().map(|leaf| &leaf.value))
    }

    pub fn kept(&self) -> &[Leaf] {
        &self.kept
    }

    /// Gives each value another place, where `place` knows one.
    pub fn rename(&mut self, place: impl Fn(&Leaf) -> Option<Leaf>) {
        for leaf in &mut self.kept {
            if let Some(renamed) = place(leaf) {
                *leaf = renamed;
            }
        }
    }

    pub fn into_kept(self) -> Vec<Leaf> {
        self.kept
    }

    pub fn into_items(self) -> impl Iterator<Item = Item> {
        let more = (self.further > 0).then(|| Item {
            object: Some(Object::named("further attributes, not told one by one")),
            values: vec![Value::UInt(self.further as u64)],
            ..Item::default()
        });
        self.kept.into_iter().map(Leaf::item).chain(more)
    }

    /// The first value of an attribute, whatever its object.
    pub fn attribute(&self, id: u32) -> Option<&Value> {
        self.kept.iter().find(|leaf| leaf.path.last() == Some(&id)).map(|leaf| &leaf.value)
    }

    /// The first value of an attribute that is text.
    pub fn text(&self, id: u32) -> String {
        match self.attribute(id) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    /// The first value of an attribute that is a number.
    pub fn number(&self, id: u32) -> Option<i64> {
        number(self.attribute(id)?)
    }
}

pub fn number(value: &Value) -> Option<i64> {
    match value {
        Value::UInt(n) => i64::try_from(*n).ok(),
        Value::Int(n) => Some(*n),
        Value::Bool(on) => Some(i64::from(*on)),
        _ => None,
    }
}

/// Where the next value belongs.
#[derive(Clone, Default, Debug)]
pub struct Place {
    pub rid: u32,
    pub class: u32,
    pub path: Path,
    pub crc: u32,
}

impl Place {
    pub fn object(rid: u32, class: u32) -> Self {
        Place { rid, class, ..Place::default() }
    }

    /// One step further down; `None` beyond the bound.
    pub fn down(&self, id: u32) -> Option<Self> {
        if self.path.len() >= MAX_DEPTH {
            return None;
        }
        let mut place = self.clone();
        place.path.push(id);
        Some(place)
    }

    pub fn leaf(&self, value: Value) -> Leaf {
        Leaf { rid: self.rid, class: self.class, path: self.path.clone(), crc: self.crc, value }
    }
}
