//! The one list of protocols: probing, ports, documentation and fuzzing derive from it.

use super::probe::{Probe, Sample};
use super::{Parser, modbus, opcua, s7};
use crate::event::Protocol;

/// One line of the registry.
pub struct Entry {
    pub protocol: Protocol,
    /// As the field writes it.
    pub title: &'static str,
    /// Ports registered or usual for its servers: hints, never proof.
    pub ports: &'static [u16],
    pub probe: fn(&Sample<'_>) -> Probe,
    pub open: fn() -> Box<dyn Parser>,
}

/// In the order of probing.
pub static REGISTRY: &[Entry] = &[modbus::ENTRY, s7::ENTRY, opcua::ENTRY];

/// Every server port that some protocol claims.
pub fn server_ports() -> Vec<u16> {
    REGISTRY.iter().flat_map(|entry| entry.ports.iter().copied()).collect()
}
