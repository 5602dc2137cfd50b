//! The stored form: JSON, one object. A large inventory is written piece by piece, so that nobody waits for it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, AssetId};
use super::book::{Inventory, is_serial};
use super::edits::Edits;
use super::link::{LinkKey, LinkRecord};
use crate::event::FactKind;

/// Bytes that are written at one time.
const PIECE: usize = 1 << 20;

/// A piece of what is written, and where the next one begins.
#[derive(Debug)]
pub enum Piece<P> {
    /// What was written does not hold any more: begin anew.
    Stale,
    More(Vec<u8>, P),
    Last(Vec<u8>),
}

/// How far an inventory has been written.
#[derive(Clone, Debug)]
pub struct Progress {
    /// See [`Inventory::moves`].
    moves: u64,
    assets: usize,
    keys: Arc<[LinkKey]>,
    links: usize,
}

#[derive(Deserialize)]
struct Snapshot {
    assets: Vec<Asset>,
    links: Vec<(LinkKey, LinkRecord)>,
    #[serde(default)]
    edits: Edits,
}

impl Inventory {
    /// Stored form; sorted, so that equal inventories are equal bytes.
    pub fn export(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut progress = None;
        loop {
            match self.export_piece(progress)? {
                Piece::More(bytes, rest) => {
                    out.extend(bytes);
                    progress = Some(rest);
                }
                Piece::Last(bytes) => {
                    out.extend(bytes);
                    return Ok(out);
                }
                // Nothing moves while it is lent.
                Piece::Stale => progress = None,
            }
        }
    }

    /// The same in pieces: the first one, or the next after `progress`.
    pub fn export_piece(&self, progress: Option<Progress>) -> serde_json::Result<Piece<Progress>> {
        let mut out = Vec::new();
        let mut at = progress.unwrap_or_else(|| {
            out.extend_from_slice(br#"{"assets":["#);
            Progress { moves: self.moves, assets: 0, keys: self.keys(), links: 0 }
        });
        if at.moves != self.moves {
            return Ok(Piece::Stale);
        }
        if at.assets < self.assets.len() {
            at.assets += write(self.assets.iter().skip(at.assets), at.assets, &mut out)?;
            if at.assets < self.assets.len() {
                return Ok(Piece::More(out, at));
            }
        }
        if at.links == 0 {
            out.extend_from_slice(br#"],"links":["#);
        }
        let keys = at.keys.iter().skip(at.links);
        let links = keys.filter_map(|key| Some((key, self.links.get(key)?)));
        at.links += write(links, at.links, &mut out)?;
        if at.links < at.keys.len() {
            return Ok(Piece::More(out, at));
        }
        out.extend_from_slice(br#"],"edits":"#);
        serde_json::to_writer(&mut out, &self.edits)?;
        out.push(b'}');
        Ok(Piece::Last(out))
    }

    fn keys(&self) -> Arc<[LinkKey]> {
        let mut keys: Vec<LinkKey> = self.links.keys().cloned().collect();
        keys.sort_unstable();
        keys.into()
    }

    pub fn import(bytes: &[u8]) -> serde_json::Result<Self> {
        let snapshot: Snapshot = serde_json::from_slice(bytes)?;
        let functions = snapshot.links.iter().map(|(_, link)| link.functions.len()).sum();
        let links = snapshot.links.into_iter().collect();
        let mut inventory = Inventory::default();
        (inventory.links, inventory.functions, inventory.edits) = (links, functions, snapshot.edits);
        for (mut asset, number) in snapshot.assets.into_iter().zip(0..) {
            asset.id = AssetId(number);
            if asset.merged_into.is_none() {
                asset.addresses().for_each(|(vlans, address)| inventory.index(vlans, address, asset.id));
                let serial = asset.fact(FactKind::Serial).map(|fact| fact.value.clone());
                inventory.by_serial.extend(serial.filter(|serial| is_serial(serial)).map(|serial| (serial, asset.id)));
            }
            inventory.assets.push(asset);
        }
        Ok(inventory)
    }
}

/// Writes rows until there are enough bytes; gives back how many that were. `before` were written already.
fn write<T: Serialize>(rows: impl Iterator<Item = T>, before: usize, out: &mut Vec<u8>) -> serde_json::Result<usize> {
    let start = out.len();
    let mut written = 0;
    for row in rows {
        if written > 0 && out.len() - start >= PIECE {
            break;
        }
        if before + written > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, &row)?;
        written += 1;
    }
    Ok(written)
}
