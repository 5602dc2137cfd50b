//! The one list of protocols: probing, ports, documentation and fuzzing derive from it.

use super::entry::Entry;
use super::{modbus, opcua, s7};

/// In the order of probing.
pub static REGISTRY: &[Entry] = &[modbus::ENTRY, s7::ENTRY, opcua::ENTRY];

/// Every server port that some protocol claims.
pub fn server_ports() -> Vec<u16> {
    REGISTRY.iter().flat_map(|entry| entry.ports.iter().copied()).collect()
}

/// Every EtherType that some protocol claims.
pub fn ether_types() -> Vec<u16> {
    REGISTRY.iter().flat_map(|entry| entry.ether_types.iter().copied()).collect()
}
