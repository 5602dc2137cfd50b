//! Rule files in Suricata's language, the part that OT rule sets use, and YARA over carried files.
//!
//! A rule that cannot be loaded is named with its file, its line and the reason; it never loads in half, and what it is
//! less than its author meant is told. A few bytes of each rule are looked for in one walk over a piece; only
//! rules of which something was found are looked at further, step by step in the order in which they are written.
//! Patterns of `pcre` run on an engine of linear time. Bytes over two segments are found by looking once more at a piece
//! together with what the same side sent just before.

mod address;
mod bits;
mod buffer;
mod candidates;
mod compile;
mod content;
mod field;
mod fragments;
mod frame;
mod groups;
mod keyword;
mod load;
mod matcher;
mod math;
mod memory;
mod modbus;
mod number;
mod opcua;
mod operand;
mod packet;
mod pattern;
mod plant;
mod refused;
mod requests;
mod rule;
mod rule_id;
mod s7;
#[cfg(test)]
mod sample;
mod shipped;
mod size;
mod step;
mod syntax;
mod threshold;
mod unpack;
#[cfg(feature = "yara")]
mod yara;
#[cfg(not(feature = "yara"))]
mod yara_absent;

pub use address::{Variables, default_variables};
pub use load::{LoadReport, Refusal, RuleSet, RuleText, load, load_texts, read_texts};
pub use matcher::{Matcher, Side as SubjectSide, Subject};
pub use memory::FlowMemory;
pub use packet::{Headers, Segment};
pub use plant::{PlantCondition, PlantView, ROLES};
pub use rule::Rule;
pub use rule_id::RuleId;
pub use shipped::shipped;
pub use threshold::{Threshold, Thresholds, Tracked};
pub use unpack::unpack;
#[cfg(feature = "yara")]
pub use yara::{Scanner, YaraMatch};
#[cfg(not(feature = "yara"))]
pub use yara_absent::{Scanner, YaraMatch};
