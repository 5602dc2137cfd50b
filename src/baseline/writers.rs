//! Who writes an object, whatever link it comes over.

use std::fmt;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::host::HostRow;
use super::intervals::IntervalSet;
use super::row::Written;
use crate::event::{ObjectKey, Timestamp};
use crate::inventory::{Address, LinkKey};

/// Clients that write one space of one server.
const MAX_WRITERS: usize = 64;

/// Who writes where in it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WritersRow {
    pub name: Box<str>,
    pub writers: SmallVec<[(Address, IntervalSet); 1]>,
    pub count: u64,
    pub last: Timestamp,
    #[serde(flatten)]
    pub host: HostRow,
}

impl Written {
    pub fn of(key: &LinkKey, unit: u64, object: ObjectKey) -> Self {
        Written { vlan: key.vlans.clone(), server: key.server, service: key.service, unit, space: object.space }
    }
}

impl WritersRow {
    pub fn new(name: String, host: HostRow) -> Self {
        WritersRow { name: name.into(), writers: SmallVec::new(), count: 0, last: host.first, host }
    }

    pub fn writes(&self, client: &Address, object: ObjectKey) -> bool {
        let mut own = self.writers.iter().filter(|(writer, _)| writer == client);
        own.any(|(_, addresses)| addresses.contains(object.start, object.length))
    }

    /// Somebody else who writes all of this.
    pub fn other(&self, client: &Address, object: ObjectKey) -> Option<Address> {
        let mut others = self.writers.iter().filter(|(writer, _)| writer != client);
        others.find(|(_, addresses)| addresses.contains(object.start, object.length)).map(|(writer, _)| *writer)
    }

    /// Takes in what was learnt of the same elsewhere.
    pub fn join(&mut self, other: WritersRow) {
        for (writer, addresses) in other.writers {
            for (start, end) in addresses.iter() {
                if let (Ok(start), Ok(length)) = (u32::try_from(start), u32::try_from(end - start)) {
                    self.learn(writer, ObjectKey { space: 0, start, length });
                }
            }
        }
    }

    /// False where it is full.
    pub fn learn(&mut self, client: Address, object: ObjectKey) -> bool {
        let place = self.writers.iter().position(|(writer, _)| *writer == client);
        let Some(place) = place.or_else(|| {
            let room = self.writers.len() < MAX_WRITERS;
            room.then(|| self.writers.push((client, IntervalSet::default())))?;
            Some(self.writers.len() - 1)
        }) else {
            return false;
        };
        self.writers[place].1.insert(object.start, object.length);
        true
    }
}

impl fmt::Display for WritersRow {
    /// `10.1.1.5: 0..9; 10.1.1.6: 40`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (writer, addresses)) in self.writers.iter().enumerate() {
            let semicolon = if i > 0 { "; " } else { "" };
            write!(f, "{semicolon}{writer}: {addresses}")?;
        }
        Ok(())
    }
}
