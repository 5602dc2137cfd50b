use super::address::{AddressSet, PortSet};
use super::bits::BitRule;
use super::content::Content;
use super::frame::FrameCondition;
use super::modbus::ModbusCondition;
use super::number::number;
use super::opcua::OpcuaCondition;
use super::packet::PacketTest;
use super::rule_id::RuleId;
use super::s7::S7Condition;
use super::step::{Step, What};
use super::threshold::Threshold;
use crate::event::{Severity, Transport};

/// One rule, ready to match.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    pub message: String,
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
    pub modbus: Option<ModbusCondition>,
    pub s7: Option<S7Condition>,
    pub opcua: Option<OpcuaCondition>,
    pub threshold: Option<Threshold>,
}

#[derive(Clone, Debug)]
pub struct Header {
    /// `None` for `ip`.
    pub transport: Option<Transport>,
    pub source: AddressSet,
    pub source_ports: PortSet,
    pub destination: AddressSet,
    pub destination_ports: PortSet,
    pub bidirectional: bool,
}

/// What `flow:` asks for; `None` is no condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FlowCondition {
    pub to_server: Option<bool>,
    pub established: Option<bool>,
}

/// `dsize:` in bytes of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SizeCondition {
    Is(usize),
    Not(usize),
    Over(usize),
    Under(usize),
    /// Strictly between.
    Between(usize, usize),
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

impl SizeCondition {
    /// `n`, `!n`, `>n`, `<n`, `a<>b`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((low, high)) = text.split_once("<>") {
            return Ok(SizeCondition::Between(number(low)?, number(high)?));
        }
        match text.as_bytes().first() {
            Some(b'>') => Ok(SizeCondition::Over(number(&text[1..])?)),
            Some(b'<') => Ok(SizeCondition::Under(number(&text[1..])?)),
            Some(b'!') => Ok(SizeCondition::Not(number(&text[1..])?)),
            _ => Ok(SizeCondition::Is(number(text)?)),
        }
    }

    pub fn holds(self, size: usize) -> bool {
        match self {
            SizeCondition::Is(n) => size == n,
            SizeCondition::Not(n) => size != n,
            SizeCondition::Over(n) => size > n,
            SizeCondition::Under(n) => size < n,
            SizeCondition::Between(low, high) => size > low && size < high,
        }
    }
}
