use std::fs;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use pnet::datalink;
use serde::{Deserialize, Serialize};

use super::Source;
use super::fanout::Fanout;
use super::filter::Filter;
use super::pnet_engine::PnetEngine;
use super::ring::Ring;
use crate::event::{FrameRef, MacAddr};

/// How frames are taken from an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Our own TPACKET_V3 ring.
    #[default]
    Ring,
    /// pnet on a socket we configured: no VLAN tags, a system call a frame.
    Pnet,
}

/// How to capture on an interface.
#[derive(Clone, Debug)]
pub struct CaptureOptions {
    pub engine: Engine,
    /// Bytes of buffer, about.
    pub memory: usize,
    /// The kernel leaves out what does not pass.
    pub filter: Option<Filter>,
}

/// An interface of this machine, as `fengsui interfaces` lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Interface {
    pub name: String,
    pub mac: Option<MacAddr>,
    pub addresses: Vec<IpAddr>,
    pub up: bool,
    /// A cable is plugged in and the other end answers.
    pub carrier: bool,
    pub loopback: bool,
    /// Frames that this machine has sent there since it was brought up: on a capture port it should stay.
    pub sent_frames: Option<u64>,
}

/// Why an interface cannot be captured on, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no interface '{interface}'; this machine has: {known}")]
    Missing { interface: String, known: String },
    #[error(
        "no right to capture on '{interface}': run as root, or give the binary the one right it needs with \
         'setcap cap_net_raw+ep' on its file"
    )]
    Forbidden { interface: String },
    #[error("the interface '{interface}' is down: bring it up with 'ip link set {interface} up'")]
    Down { interface: String },
    #[error("cannot capture on '{interface}': {error}")]
    Failed { interface: String, error: io::Error },
}

/// Opens an interface for listening. Frames are numbered on from `after`. With `fanout` it is one of several rings that
/// share the interface's frames.
pub fn open(
    interface: &str,
    options: &CaptureOptions,
    after: FrameRef,
    fanout: Option<&Arc<Fanout>>,
) -> Result<Box<dyn Source>, OpenError> {
    let name = || interface.to_owned();
    let known = interfaces();
    let Some(found) = known.iter().find(|i| i.name == interface) else {
        let known: Vec<&str> = known.iter().map(|i| i.name.as_str()).collect();
        return Err(OpenError::Missing { interface: name(), known: known.join(", ") });
    };
    if !found.up {
        return Err(OpenError::Down { interface: name() });
    }
    let opened: io::Result<Box<dyn Source>> = match options.engine {
        Engine::Ring => Ring::open(interface, options, after, fanout).map(|ring| Box::new(ring) as _),
        Engine::Pnet => PnetEngine::open(interface, options, after).map(|pnet| Box::new(pnet) as _),
    };
    opened.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => OpenError::Forbidden { interface: name() },
        _ => OpenError::Failed { interface: name(), error },
    })
}

/// The interfaces of this machine, in the system's order.
pub fn interfaces() -> Vec<Interface> {
    datalink::interfaces().iter().map(describe).collect()
}

fn describe(interface: &datalink::NetworkInterface) -> Interface {
    let file = |name: &str| fs::read_to_string(format!("/sys/class/net/{}/{name}", interface.name));
    let number = |name: &str| file(name).ok().and_then(|text| text.trim().parse::<u64>().ok());
    Interface {
        name: interface.name.clone(),
        mac: interface.mac.map(|mac| MacAddr(mac.octets())).filter(|mac| !mac.is_zero()),
        addresses: interface.ips.iter().map(pnet::ipnetwork::IpNetwork::ip).collect(),
        up: interface.is_up(),
        carrier: number("carrier") == Some(1),
        loopback: interface.is_loopback(),
        sent_frames: number("statistics/tx_packets"),
    }
}
