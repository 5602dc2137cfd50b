use super::address::{AddressSet, PortSet};
use super::content::Content;
use super::modbus::ModbusCondition;
use super::opcua::OpcuaCondition;
use super::rule_id::RuleId;
use super::s7::S7Condition;
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
    pub contents: Vec<Content>,
    pub patterns: Vec<Pattern>,
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

impl SizeCondition {
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

/// `pcre:`.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub regex: regex::bytes::Regex,
    pub negated: bool,
    /// Modifier R: search begins where the content before it ended.
    pub relative: bool,
}
