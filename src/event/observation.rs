//! What the sensor noticed beside operations: hosts, conversations, oddities, carried files, its own health.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::endpoint::{MacAddr, Vlans};
use super::fact::Side;
use super::program::ProgramBlock;

/// A message that breaks its protocol, or a bound of ours that it passed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Anomaly {
    /// `ethernet`, `ipv4`, `tcp`, `mbap`, `tpkt`, `opcua` …
    pub layer: Cow<'static, str>,
    /// Stable name of what is wrong, such as `length_mismatch`.
    pub name: Cow<'static, str>,
    /// Bytes from the start of the message.
    pub offset: u32,
    pub detail: String,
    pub blame: Blame,
    /// How reading went on: `resynchronised after 12 bytes`, `message skipped`.
    pub resumed: Cow<'static, str>,
}

/// Who caused an anomaly, as far as can be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    Client,
    Server,
    /// The mirror or the sensor lost something; neither side did wrong.
    Capture,
}

impl From<Side> for Blame {
    fn from(side: Side) -> Self {
        match side {
            Side::Client => Blame::Client,
            Side::Server => Blame::Server,
        }
    }
}

/// One address pair seen alive: the raw material of the inventory.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Sighting {
    #[serde(rename = "vlan")]
    pub vlans: Vlans,
    pub mac: Option<MacAddr>,
    pub ip: Option<IpAddr>,
    pub how: SightingKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SightingKind {
    /// Sent a unicast frame.
    Unicast,
    /// Sent only to a group.
    Broadcast,
    /// Said so itself by ARP.
    Arp,
}

/// What is reported of a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FlowReport {
    pub state: FlowState,
    /// Transport: `tcp`, `udp`, `icmp`, `arp`.
    pub transport: Transport,
    /// The server ever answered.
    pub answered: bool,
    /// The server, or a router on the way to it, refused.
    #[serde(default)]
    pub refused: bool,
    /// It was reported as identified before.
    pub identified: bool,
    /// Frames and frame bytes so far.
    pub client_packets: u64,
    pub client_bytes: u64,
    pub server_packets: u64,
    pub server_bytes: u64,
}

impl FlowReport {
    /// Frames and frame bytes of both sides together.
    pub fn both_sides(&self) -> (u64, u64) {
        (self.client_packets + self.server_packets, self.client_bytes + self.server_bytes)
    }

    /// Nobody took the connection; told once in a conversation's life.
    pub fn failed(&self) -> bool {
        self.state == FlowState::Refused || (self.state == FlowState::Ended && !self.answered && !self.refused)
    }

    /// Tells, once in a conversation's life, that it took place and what was spoken.
    pub fn settles(&self) -> bool {
        self.state == FlowState::Identified || (self.state == FlowState::Ended && self.answered && !self.identified)
    }
}

/// How far a conversation has come. Events tell of the last three only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// First packet of a conversation nobody answered yet.
    Attempted,
    /// Both sides spoke.
    Established,
    /// Answered with a reset.
    Refused,
    /// Its content showed what it speaks, or that it is none of our protocols.
    Identified,
    /// Over: closed, timed out, evicted or the capture's end.
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Tcp,
    Udp,
    Icmp,
    /// Another IP protocol.
    Ip,
    Arp,
    /// A frame without IP, whose EtherType a protocol claims.
    Ethernet,
}

impl Transport {
    pub const ALL: [Transport; 6] =
        [Transport::Tcp, Transport::Udp, Transport::Icmp, Transport::Ip, Transport::Arp, Transport::Ethernet];

    pub const fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Icmp => "icmp",
            Transport::Ip => "ip",
            Transport::Arp => "arp",
            Transport::Ethernet => "ethernet",
        }
    }
}

/// A file or program block carried over the wire, whole or in part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Artifact {
    /// `s7_block`.
    pub kind: Cow<'static, str>,
    pub name: String,
    /// True from client to server (download to the controller).
    pub to_server: bool,
    pub size: u64,
    /// All parts were seen.
    pub complete: bool,
    /// Of the bytes as carried, lower-case hexadecimal.
    pub sha256: String,
    /// What a program block says of itself, where its header could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Box<ProgramBlock>>,
    /// A whole program block against the last one of the same name on the same controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The bytes themselves, up to the room's cap; not part of the text form.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// See [`Artifact::comparison`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Comparison {
    pub versions: Versions,
    /// When the one before was last seen, and its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_seen: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_sha256: Option<String>,
    /// Where the code differs, while the bytes of the one before are still kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// Two versions of a block's code, byte by byte. Places count from the block's first byte, as in the file that is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// Bytes of code.
    pub size: u64,
    pub size_before: u64,
    /// How many of them differ, and where: first and last byte of each run, up to a bound.
    pub bytes: u64,
    pub runs: Vec<(u64, u64)>,
    /// Runs beyond the bound.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub further_runs: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What two versions of a program block are to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versions {
    /// There was none before.
    First,
    Same,
    /// Compiled anew: other time stamps, the same code.
    SameCode,
    Changed,
}

/// What one capture source saw and missed since the last report.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CaptureReport {
    /// Interface or file.
    pub source: String,
    pub packets: u64,
    pub bytes: u64,
    /// Dropped by the kernel because the ring was full (PACKET_STATISTICS).
    pub kernel_drops: u64,
    /// Frames cut short by a snap length.
    pub truncated: u64,
    /// Copies of a packet just seen: the mirror sent it twice. The copies went no further.
    #[serde(default)]
    pub duplicates: u64,
    /// Fragmented IP packets that could not be put together: pieces never came, or were more than our bounds allow.
    #[serde(default)]
    pub broken_datagrams: u64,
    /// Bytes of TCP streams that a peer acknowledged, and of these how many the sensor never saw.
    pub acked_bytes: u64,
    pub unseen_bytes: u64,
    /// Bytes given to a protocol parser, and of these how many it could not read.
    pub parsed_bytes: u64,
    pub undecoded_bytes: u64,
    /// Messages on encrypted channels: metadata only.
    pub encrypted_messages: u64,
    /// Conversations evicted because the table was full, and how many of each kind.
    pub evicted_flows: u64,
    #[serde(default)]
    pub evicted: Evicted,
    /// Bytes that waited for others before them in their stream, and no longer could, as memory for that was used up.
    #[serde(default)]
    pub unordered_bytes: u64,
    /// Frames to broadcast and multicast addresses, and frames with a VLAN tag.
    #[serde(default)]
    pub group_packets: u64,
    #[serde(default)]
    pub tagged_packets: u64,
    /// Connections with data heard within a minute, and of these how many from one side only.
    #[serde(default)]
    pub heard_streams: u64,
    #[serde(default)]
    pub one_sided_streams: u64,
    /// How far the clock was set, forward or back, in ms.
    #[serde(default)]
    pub clock_step_ms: u64,
    /// Events dropped between worker and analyst because the analyst was too slow.
    pub dropped_events: u64,
}

/// Conversations that a full table let go, by what was known of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evicted {
    pub closed: u64,
    /// Nobody had answered.
    pub attempts: u64,
    pub datagrams: u64,
    pub streams: u64,
    /// Spoke a control protocol.
    pub control: u64,
}

impl CaptureReport {
    /// Adds another report's numbers to this one.
    pub fn add(&mut self, other: &CaptureReport) {
        self.each(other, |number, more| *number += more);
    }

    /// Takes away what an earlier [`CaptureReport::add`] added.
    pub fn take_away(&mut self, other: &CaptureReport) {
        self.each(other, |number, less| *number = number.saturating_sub(less));
    }

    fn each(&mut self, other: &CaptureReport, change: impl Fn(&mut u64, u64)) {
        let pairs = [
            (&mut self.packets, other.packets),
            (&mut self.bytes, other.bytes),
            (&mut self.kernel_drops, other.kernel_drops),
            (&mut self.truncated, other.truncated),
            (&mut self.duplicates, other.duplicates),
            (&mut self.broken_datagrams, other.broken_datagrams),
            (&mut self.acked_bytes, other.acked_bytes),
            (&mut self.unseen_bytes, other.unseen_bytes),
            (&mut self.parsed_bytes, other.parsed_bytes),
            (&mut self.undecoded_bytes, other.undecoded_bytes),
            (&mut self.encrypted_messages, other.encrypted_messages),
            (&mut self.evicted_flows, other.evicted_flows),
            (&mut self.evicted.closed, other.evicted.closed),
            (&mut self.evicted.attempts, other.evicted.attempts),
            (&mut self.evicted.datagrams, other.evicted.datagrams),
            (&mut self.evicted.streams, other.evicted.streams),
            (&mut self.evicted.control, other.evicted.control),
            (&mut self.unordered_bytes, other.unordered_bytes),
            (&mut self.group_packets, other.group_packets),
            (&mut self.tagged_packets, other.tagged_packets),
            (&mut self.heard_streams, other.heard_streams),
            (&mut self.one_sided_streams, other.one_sided_streams),
            (&mut self.clock_step_ms, other.clock_step_ms),
            (&mut self.dropped_events, other.dropped_events),
        ];
        for (number, other) in pairs {
            change(number, other);
        }
    }

    /// Share of acknowledged bytes that were never seen, 0 to 1.
    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn unseen_share(&self) -> f64 {
        if self.acked_bytes == 0 { 0.0 } else { self.unseen_bytes as f64 / self.acked_bytes as f64 }
    }

    /// Share of the bytes given to protocol parsers that they could read, 0 to 1.
    #[allow(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn decoded_share(&self) -> f64 {
        if self.parsed_bytes == 0 { 1.0 } else { 1.0 - self.undecoded_bytes as f64 / self.parsed_bytes as f64 }
    }
}
