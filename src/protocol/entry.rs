use super::Parser;
use super::probe::{Probe, Sample};
use crate::event::Protocol;

/// One line of the registry.
pub struct Entry {
    pub protocol: Protocol,
    /// As the field writes it.
    pub title: &'static str,
    /// Ports registered or usual for its servers: hints, never proof.
    pub ports: &'static [u16],
    /// EtherTypes registered for it: a frame without IP needs no further proof.
    pub ether_types: &'static [u16],
    pub probe: fn(&Sample<'_>) -> Probe,
    /// For a conversation of which this sample was recognised.
    pub open: fn(&Sample<'_>) -> Box<dyn Parser>,
}
