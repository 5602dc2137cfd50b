use std::sync::Arc;

use super::address::{AddressSet, PortSet};
use super::bits::BitRule;
use super::content::Content;
use super::frame::FrameCondition;
use super::modbus::ModbusCondition;
use super::opcua::OpcuaCondition;
use super::packet::PacketTest;
use super::plant::PlantCondition;
use super::rule_id::RuleId;
use super::s7::S7Condition;
use super::size::SizeCondition;
use super::step::{Step, What};
use super::threshold::Threshold;
use crate::event::{Severity, Transport};

/// One rule, ready to match.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    pub message: String,
    /// The message in Chinese: `metadata: zh …`.
    pub zh: Option<String>,
    pub classtype: Option<String>,
    pub severity: Severity,
    pub techniques: Vec<String>,
    pub references: Vec<String>,
    pub header: Header,
    pub flow: FlowCondition,
    pub dsize: Option<SizeCondition>,
    pub packet: Vec<PacketTest>,
    /// Asked of each Modbus/TCP message of a piece by itself.
    pub frame: Option<FrameCondition>,
    pub steps: Vec<Step>,
    pub bits: Vec<BitRule>,
    /// It matches without saying so.
    pub silent: bool,
    /// In what it is less than its author meant: keyword and limit.
    pub limits: Vec<String>,
    pub modbus: Option<Box<ModbusCondition>>,
    pub s7: Option<Box<S7Condition>>,
    pub opcua: Option<Box<OpcuaCondition>>,
    /// Asked last, of whatever matched.
    pub plant: Option<Arc<PlantCondition>>,
    pub threshold: Option<Threshold>,
}

#[derive(Clone, Debug)]
pub struct Header {
    /// `None` for `ip`.
    pub transport: Option<Transport>,
    pub source: Arc<AddressSet>,
    pub source_ports: Arc<PortSet>,
    pub destination: Arc<AddressSet>,
    pub destination_ports: Arc<PortSet>,
    pub bidirectional: bool,
}

/// What `flow:` asks for; `None` is no condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FlowCondition {
    pub to_server: Option<bool>,
    pub established: Option<bool>,
}

impl Rule {
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.steps.iter().filter_map(|step| match &step.what {
            What::Content(content) => Some(content),
            _ => None,
        })
    }

    /// Its bytes may lie in two pieces. Where the beginning is not there, only what counts from nowhere fits.
    pub(super) fn may_span(&self, whole: bool) -> bool {
        let asks = !self.steps.is_empty() || self.frame.is_some();
        let bound = self.frame.is_some() || self.steps.iter().any(Step::is_bound);
        asks && self.dsize.is_none() && (whole || !bound)
    }

    /// Asks about single TCP segments, with bytes or without, and not about what they carry.
    pub(super) fn is_of_segments(&self) -> bool {
        let asks_flags = self.packet.iter().any(|test| matches!(test, PacketTest::Flags { .. }));
        let is_tcp = self.header.transport.is_none_or(|transport| transport == Transport::Tcp);
        asks_flags && is_tcp && self.steps.is_empty() && self.frame.is_none()
    }

    /// In which order rules are asked about one piece: those that set marks before those that ask for them.
    pub(super) fn rank(&self) -> u8 {
        let asks = self.bits.iter().any(|bit| bit.act.asks());
        let acts = self.bits.iter().any(|bit| !bit.act.asks());
        match (acts, asks) {
            (true, false) => 0,
            (true, true) => 1,
            _ => 2,
        }
    }
}
