//! What is here: assets with their facts, and the links between them.
//!
//! A fact is never without its source, frame and confidence; two sources that disagree are both kept. Broadcast and
//! multicast addresses and addresses outside the plant never become assets.

mod asset;
mod book;
mod edit;
mod edits;
mod guess;
mod inside;
mod link;
pub mod place;
mod role;
mod said;
mod stored;
pub mod table;
#[cfg(test)]
mod tests;
mod travelled;

pub use asset::{Asset, AssetId, FactRecord};
pub use book::{Change, Inventory, vendor};
pub use edits::{Act, Edit, EditFault};
pub use inside::{Inside, Range, RangeError};
pub use link::{Address, FunctionRecord, LinkKey, LinkRecord};
pub use role::{Role, RoleGuess, RoleReason};
pub use said::{Flag, Importance, Said};
pub use stored::{Piece, Progress};
