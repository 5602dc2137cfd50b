//! Merging and splitting assets, by hand and by rule, and taking it back.

use std::collections::BTreeSet;

use super::asset::{Asset, AssetId};
use super::book::Inventory;
use super::edits::{Act, EditFault};
use super::link::{Address, LinkKey};
use super::said::Said;
use crate::event::{FactKind, Timestamp, Vlans};

impl Inventory {
    /// Says that the second asset is a part of the first. Gives the edit's number.
    pub fn merge(&mut self, into: AssetId, from: AssetId, user: &str, ts: Timestamp) -> Result<u64, EditFault> {
        let alive = |id| self.asset(id).is_some_and(|asset| asset.merged_into.is_none());
        if !alive(into) || !alive(from) {
            return Err(EditFault::Unknown);
        }
        if into == from {
            return Err(EditFault::Pointless);
        }
        self.join(into, from, Some(user), ts).ok_or(EditFault::Unknown)
    }

    /// Says that these addresses are another thing's. Gives the new asset and the edit's number.
    pub fn split(
        &mut self,
        from: AssetId,
        addresses: &[Address],
        user: &str,
        ts: Timestamp,
    ) -> Result<(AssetId, u64), EditFault> {
        let asset = self.asset(from).filter(|asset| asset.merged_into.is_none()).ok_or(EditFault::Unknown)?;
        let parts: Vec<_> = asset.addresses().filter(|(_, address)| addresses.contains(address)).collect();
        if parts.is_empty() || parts.len() == asset.addresses().count() {
            return Err(EditFault::Pointless);
        }
        let (vlans, first) = (parts[0].0.clone(), asset.first);
        let into = self.start(&vlans, first).ok_or(EditFault::Full)?;
        self.hand_over(from, into, &parts);
        self.relearn_services(&BTreeSet::from([into]));
        self.set_apart(from, into, true);
        let last = self.asset(from).map_or(ts, |asset| asset.last);
        self.with(Some(into), |asset| asset.last = last);
        Ok((into, self.edits.note(ts, Some(user), Act::Split { from, into })))
    }

    /// Writes down what a person says of an asset.
    pub fn say(&mut self, id: AssetId, mut said: Said, user: &str, ts: Timestamp) -> Result<u64, EditFault> {
        if !said.tidy() {
            return Err(EditFault::Unfit);
        }
        let asset = self.assets.get_mut(id.0 as usize).filter(|asset| asset.merged_into.is_none());
        let before = std::mem::replace(&mut asset.ok_or(EditFault::Unknown)?.said, said);
        Ok(self.edits.note(ts, Some(user), Act::Say { asset: id, before: Box::new(before) }))
    }

    /// Takes an edit back.
    pub fn undo(&mut self, number: u64) -> Result<(), EditFault> {
        let place = self.edits.done.iter().position(|edit| edit.number == number).ok_or(EditFault::Unknown)?;
        let edit = &self.edits.done[place];
        if edit.undone {
            return Err(EditFault::Undone);
        }
        match edit.act.clone() {
            Act::Merge { into, from, facts, roles, seen, serves, uses } => {
                self.part(into, from, &facts)?;
                let own = self.asset(from).cloned().ok_or(EditFault::Unknown)?;
                self.with(Some(into), |asset| {
                    asset.roles = roles;
                    asset.first = seen[0];
                    asset.last = if asset.last > own.last { asset.last } else { seen[1] };
                    asset.serves.retain(|service| serves.contains(service) || !own.serves.contains(service));
                    asset.uses.retain(|service| uses.contains(service) || !own.uses.contains(service));
                });
            }
            Act::Split { from, into } => {
                let both = [from, into].map(|id| self.asset(id).is_some_and(|asset| asset.merged_into.is_none()));
                if both != [true, true] {
                    return Err(EditFault::Later);
                }
                self.set_apart(from, into, false);
                self.absorb(from, into);
            }
            Act::Say { asset, before } => self.with(Some(asset), |asset| asset.said = *before),
        }
        self.edits.done[place].undone = true;
        Ok(())
    }

    /// Merges by hand or by rule.
    pub(super) fn join(&mut self, into: AssetId, from: AssetId, user: Option<&str>, ts: Timestamp) -> Option<u64> {
        let asset = self.asset(into)?;
        let (roles, serves, uses) = (asset.roles.clone(), asset.serves.clone(), asset.uses.clone());
        let seen = [asset.first, asset.last];
        let ts = ts.max(asset.last);
        let facts = self.absorb(into, from);
        Some(self.edits.note(ts, user, Act::Merge { into, from, facts, roles, seen, serves, uses }))
    }

    /// Takes in all of another asset, which keeps its own record for the day it is parted again.
    fn absorb(&mut self, into: AssetId, from: AssetId) -> Vec<(FactKind, String)> {
        let Some(part) = self.asset(from).cloned() else { return Vec::new() };
        let mut taken = Vec::new();
        self.with(Some(from), |asset| asset.merged_into = Some(into));
        self.with(Some(into), |asset| {
            for (vlans, address) in part.addresses() {
                take_address(asset, vlans, address);
            }
            for fact in part.facts.iter().cloned() {
                if !asset.facts.iter().any(|known| known.kind == fact.kind && known.value == fact.value) {
                    taken.push((fact.kind, fact.value.clone()));
                    asset.facts.push(fact);
                }
            }
            for guess in &part.roles {
                guess.reasons.iter().for_each(|reason| asset.play(guess.role, reason.confidence, &reason.key));
            }
            part.serves.iter().for_each(|service| asset.serve(*service));
            part.uses.iter().for_each(|service| asset.use_service(*service));
            asset.first = asset.first.min(part.first);
            asset.last = asset.last.max(part.last);
        });
        part.addresses().for_each(|(vlans, address)| self.index(vlans, address, into));
        taken
    }

    /// Makes an asset that was merged one of its own again.
    fn part(&mut self, into: AssetId, from: AssetId, facts: &[(FactKind, String)]) -> Result<(), EditFault> {
        let part = self.asset(from).filter(|asset| asset.merged_into == Some(into)).ok_or(EditFault::Later)?;
        let addresses: Vec<_> = part.addresses().collect();
        if self.asset(into).is_none_or(|asset| asset.merged_into.is_some()) {
            return Err(EditFault::Later);
        }
        self.with(Some(into), |asset| {
            addresses.iter().for_each(|(vlans, address)| drop_address(asset, vlans, address));
            asset.facts.retain(|fact| !facts.iter().any(|(kind, value)| fact.kind == *kind && fact.value == *value));
        });
        self.with(Some(from), |asset| asset.merged_into = None);
        self.set_apart(into, from, true);
        addresses.into_iter().for_each(|(vlans, address)| self.index(vlans, address, from));
        Ok(())
    }

    /// Moves addresses, and what was read at them, from one asset to another.
    pub(super) fn hand_over(&mut self, from: AssetId, into: AssetId, addresses: &[(Vlans, Address)]) {
        let mut moved = Vec::new();
        self.with(Some(from), |asset| {
            addresses.iter().for_each(|(vlans, address)| drop_address(asset, vlans, address));
            let is_moved = |at: Option<Address>| addresses.iter().any(|(_, address)| Some(*address) == at);
            moved.extend(asset.facts.iter().filter(|fact| is_moved(fact.at)).cloned());
            asset.facts.retain(|fact| !is_moved(fact.at));
        });
        self.with(Some(into), |asset| {
            addresses.iter().for_each(|(vlans, address)| take_address(asset, vlans.clone(), *address));
            asset.facts.extend(moved);
        });
        addresses.iter().for_each(|(vlans, address)| self.index(vlans.clone(), *address, into));
        self.moves += u64::from(from != into);
    }

    /// What assets offer and use, by their links. All that changed at once are asked for at once: it looks at every link.
    pub(super) fn relearn_services(&mut self, changed: &BTreeSet<AssetId>) {
        let of = |id: &AssetId| self.asset(*id).into_iter().flat_map(Asset::addresses);
        let mut addresses: Vec<Address> = changed.iter().flat_map(of).map(|(_, address)| address).collect();
        addresses.sort_unstable();
        let ends = |(key, _): (&LinkKey, _)| {
            let theirs = |address: &Address| {
                let is_theirs = addresses.binary_search(address).is_ok();
                is_theirs.then(|| self.holder(&key.vlans, address)).flatten().filter(|id| changed.contains(id))
            };
            (key.service, theirs(&key.server), theirs(&key.client))
        };
        let found: Vec<_> = self.links().map(ends).filter(|(_, server, client)| server.or(*client).is_some()).collect();
        for (service, server, client) in found {
            self.with(server, |asset| {
                asset.serve(service);
                super::guess::by_service(asset, service);
            });
            self.with(client, |asset| asset.use_service(service));
        }
    }

    fn set_apart(&mut self, one: AssetId, other: AssetId, apart: bool) {
        for (one, other) in [(one, other), (other, one)] {
            self.with(Some(one), |asset| {
                if apart {
                    asset.apart.insert(other);
                } else {
                    asset.apart.remove(&other);
                }
            });
        }
    }
}

fn take_address(asset: &mut Asset, vlans: Vlans, address: Address) {
    match address {
        _ if vlans != asset.vlans => _ = asset.elsewhere.insert((vlans, address)),
        Address::Ip(ip) => _ = asset.ips.insert(ip),
        Address::Mac(mac) => _ = asset.macs.insert(mac),
        Address::Unknown => {}
    }
}

fn drop_address(asset: &mut Asset, vlans: &Vlans, address: &Address) {
    match address {
        _ if *vlans != asset.vlans => _ = asset.elsewhere.remove(&(vlans.clone(), *address)),
        Address::Ip(ip) => _ = asset.ips.remove(ip),
        Address::Mac(mac) => _ = asset.macs.remove(mac),
        Address::Unknown => {}
    }
}
