use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::intervals::IntervalSet;
use super::values::Points;

/// Spaces that are kept in a plain list.
const FEW: usize = 32;

/// Addresses of one table, area or node that a function touches.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SpaceRow {
    pub name: Box<str>,
    pub addresses: IntervalSet,
    #[serde(default, skip_serializing_if = "Points::is_empty")]
    pub points: Points,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// What one function touches, by the space's key, in its order. Most functions touch one space or a few: a tree for those
/// would take ten times the memory.
#[derive(Clone, PartialEq, Debug)]
pub enum Spaces {
    Few(Vec<(u64, SpaceRow)>),
    Many(BTreeMap<u64, SpaceRow>),
}

impl Default for Spaces {
    fn default() -> Self {
        Spaces::Few(Vec::new())
    }
}

impl Spaces {
    pub fn len(&self) -> usize {
        match self {
            Spaces::Few(rows) => rows.len(),
            Spaces::Many(rows) => rows.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = (u64, &SpaceRow)> {
        let (few, many) = match self {
            Spaces::Few(rows) => (Some(rows), None),
            Spaces::Many(rows) => (None, Some(rows)),
        };
        let few = few.into_iter().flatten().map(|(key, row)| (*key, row));
        few.chain(many.into_iter().flatten().map(|(key, row)| (*key, row)))
    }

    pub fn get(&self, key: u64) -> Option<&SpaceRow> {
        match self {
            Spaces::Few(rows) => place(rows, key).ok().map(|at| &rows[at].1),
            Spaces::Many(rows) => rows.get(&key),
        }
    }

    pub fn get_mut(&mut self, key: u64) -> Option<&mut SpaceRow> {
        match self {
            Spaces::Few(rows) => place(rows, key).ok().map(|at| &mut rows[at].1),
            Spaces::Many(rows) => rows.get_mut(&key),
        }
    }

    pub fn remove(&mut self, key: u64) -> bool {
        match self {
            Spaces::Few(rows) => place(rows, key).map(|at| rows.remove(at)).is_ok(),
            Spaces::Many(rows) => rows.remove(&key).is_some(),
        }
    }

    /// The row of a space, made where there is none.
    pub fn row(&mut self, key: u64, name: impl FnOnce() -> String) -> &mut SpaceRow {
        if let Spaces::Few(rows) = self
            && rows.len() >= FEW
            && place(rows, key).is_err()
        {
            *self = Spaces::Many(std::mem::take(rows).into_iter().collect());
        }
        let new = || SpaceRow {
            name: name().into(),
            addresses: IntervalSet::default(),
            points: Points::default(),
            locked: false,
        };
        match self {
            Spaces::Many(rows) => rows.entry(key).or_insert_with(new),
            Spaces::Few(rows) => {
                let at = place(rows, key).unwrap_or_else(|at| {
                    if rows.is_empty() {
                        rows.reserve_exact(1);
                    }
                    rows.insert(at, (key, new()));
                    at
                });
                &mut rows[at].1
            }
        }
    }
}

fn place(rows: &[(u64, SpaceRow)], key: u64) -> Result<usize, usize> {
    rows.binary_search_by_key(&key, |(key, _)| *key)
}

/// A map, as people and scripts read it.
impl Serialize for Spaces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Spaces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Spaces;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of spaces by their keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spaces, A::Error> {
        let mut spaces = Spaces::default();
        while let Some((key, row)) = map.next_entry::<u64, SpaceRow>()? {
            *spaces.row(key, String::new) = row;
        }
        Ok(spaces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_whatever_their_order_was() {
        let mut spaces = Spaces::default();
        for key in [5, 1, 9] {
            spaces.row(key, || format!("space {key}")).addresses.insert(key as u32, 1);
        }
        assert!(spaces.row(5, || unreachable!("it is there")).addresses.contains(5, 1));
        assert_eq!(spaces.iter().map(|(key, _)| key).collect::<Vec<_>>(), [1, 5, 9]);
        let text = serde_json::to_string(&spaces).unwrap();
        assert_eq!(serde_json::from_str::<Spaces>(&text).unwrap(), spaces);
        for key in 100..200 {
            spaces.row(key, || format!("space {key}"));
        }
        assert!(matches!(spaces, Spaces::Many(_)) && spaces.get(5).is_some() && spaces.len() == 103);
        let text = serde_json::to_string(&spaces).unwrap();
        assert_eq!(serde_json::from_str::<Spaces>(&text).unwrap(), spaces);
        let turned = r#"{"9":{"name":"b","addresses":[]},"2":{"name":"a","addresses":[[0,4]]}}"#;
        let spaces: Spaces = serde_json::from_str(turned).unwrap();
        assert!(spaces.get(2).unwrap().addresses.contains(3, 1) && spaces.get(9).is_some() && spaces.get(5).is_none());
    }
}
