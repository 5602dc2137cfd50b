//! What the conversations between one client's machine and one server may know together.
//!
//! Names, what is watched, and who is behind a session outlive a connection: clients reconnect and take their sessions
//! and subscriptions along. It is kept for each pair of machines, as packet threads share out the work by such pairs:
//! so a replay tells the same for every number of them.

use std::net::IpAddr;

use super::continuations::Continuations;
use super::facts::Told;
use super::monitored::Monitored;
use super::names::Names;
use super::seen::Seen;
use super::sessions::Sessions;
use crate::event::{Map, Side, Vlans};
use crate::flow::FlowInfo;

/// Pairs of client and server that one packet thread remembers.
const MAX_PAIRS: usize = 256;

/// What is known of one server by one client's traffic.
#[derive(Debug, Default)]
pub struct Server {
    pub names: Names,
    pub monitored: Monitored,
    pub sessions: Sessions,
    pub seen: Seen,
    pub continuations: Continuations,
    pub told: Told,
}

/// Names a pair of client and server.
type Pair = (IpAddr, IpAddr, u16, Vlans);

/// Servers of one packet thread, lent to whichever conversation is at work.
#[derive(Debug, Default)]
pub struct Servers {
    pairs: Map<Pair, Slot>,
    /// Counts the lendings, to tell which pair was idle longest.
    clock: u64,
}

#[derive(Debug, Default)]
struct Slot {
    server: Box<Server>,
    used: u64,
}

impl Servers {
    /// Exchanges a conversation's server for the one that is remembered; doing so once more gives it back. The first
    /// conversation of a pair keeps what it has.
    pub fn exchange(&mut self, flow: &FlowInfo, server: &mut Box<Server>) {
        self.clock += 1;
        let pair = (flow.ip(Side::Client), flow.ip(Side::Server), flow.port(Side::Server), flow.vlans.clone());
        if let Some(slot) = self.pairs.get_mut(&pair) {
            slot.used = self.clock;
            std::mem::swap(&mut slot.server, server);
            return;
        }
        if self.pairs.len() >= MAX_PAIRS {
            let idle = self.pairs.iter().min_by_key(|(_, slot)| slot.used).map(|(pair, _)| pair.clone());
            idle.and_then(|pair| self.pairs.remove(&pair));
        }
        self.pairs.insert(pair, Slot { server: Box::default(), used: self.clock });
    }
}
