//! What is normal anywhere in an adaptive zone.

use super::adaptive::SharedFacts;
use super::model::Baseline;
use crate::event::{Object, Operation};
use crate::inventory::LinkKey;

impl Baseline {
    /// The same was seen on another link of the same adaptive zone.
    pub(super) fn is_shared(&self, key: &LinkKey, operation: &Operation) -> bool {
        let Some(zone) = self.policy.adaptive(&key.client, &key.server) else { return false };
        let function = operation.function.key();
        let mut objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
        self.shared.functions.contains(&(zone, key.service, function))
            && objects.all(|object| {
                let space = self.shared.spaces.get(&(zone, key.service, function, object.space));
                space.is_some_and(|addresses| addresses.contains(object.start, object.length))
            })
    }

    /// Gathers anew what is normal anywhere in each adaptive zone.
    pub(super) fn share(&mut self) {
        let mut shared = SharedFacts::default();
        for link in &self.links {
            let key = &link.key;
            let Some(zone) = self.policy.adaptive(&key.client, &key.server) else { continue };
            shared.services.insert((zone, key.service));
            for row in &link.functions {
                shared.functions.insert((zone, key.service, row.function));
                for (space, space_row) in row.spaces.iter() {
                    let addresses = shared.spaces.entry((zone, key.service, row.function, space)).or_default();
                    for (start, end) in space_row.addresses.iter() {
                        let (start, length) = (u32::try_from(start), u32::try_from(end - start));
                        if let (Ok(start), Ok(length)) = (start, length) {
                            addresses.insert(start, length);
                        }
                    }
                }
            }
        }
        self.shared = shared;
    }
}
