//! What is kept of a device.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::row::Origin;
use crate::event::{Event, NetworkService, Timestamp};

/// A device.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct HostRow {
    pub first: Timestamp,
    pub origin: Option<Origin>,
    #[serde(default)]
    pub locked: bool,
    /// What it does for the network: gives out addresses, is a router …
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub serves: BTreeSet<NetworkService>,
}

impl HostRow {
    pub(super) fn new(event: &Event) -> Self {
        HostRow { first: event.ts, origin: Some(Origin::of(&event.evidence)), locked: false, serves: BTreeSet::new() }
    }
}
