use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::Timestamp;
use super::object::Object;
use super::point::Point;
use super::value::Value;

/// One transaction in the common tongue of all OT protocols, so that baseline and detectors are written once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// What is addressed behind the server's address: Modbus unit, S7 rack and slot, OPC UA endpoint.
    pub unit: Option<Unit>,
    pub function: Function,
    pub class: Class,
    /// What was acted on, in the order of the message; one entry for most operations, up to 20 in S7, many in OPC UA.
    pub items: SmallVec<[Item; 1]>,
    pub outcome: Outcome,
    /// The protocol's own error where it gave one: Modbus exception, S7 error class and code, OPC UA status code.
    pub error: Option<ProtocolError>,
    pub request_seen: bool,
    pub response_seen: bool,
    pub latency_us: Option<u64>,
    /// Modbus: the number by which the client pairs request and response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<u16>,
    /// OPC UA secure channel on which the operation went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

/// One object with what was read from it or written to it. Literals end in `..Item::default()`, for there may be more.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Item {
    pub object: Option<Object>,
    pub values: Vec<Value>,
    /// Error of this item alone; `None` when it went well or no answer was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProtocolError>,
    /// What came with the value, where the protocol carries more than the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Box<Sample>>,
    /// What the registers probably hold; see [`Point`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
}

/// What stands beside a value: its type, quality and times, and what the object held before.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// The protocol's own name of the value's type, `[]` behind it for a list.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'static, str>>,
    /// Quality, where it is not plainly good; in a write the quality that the client forces on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProtocolError>,
    /// By the clocks of the value's source and of the server, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<String>,
    /// Which part of a list is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// The value that was seen last before this one, and when; others may have changed it since without being seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_seen: Option<Timestamp>,
}

impl Item {
    pub fn new(object: Object) -> Self {
        Item { object: Some(object), ..Item::default() }
    }
}

/// See [`Operation::unit`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Unit {
    /// Modbus unit identifier.
    Id(u8),
    /// S7 rack and slot of the destination TSAP.
    RackSlot { rack: u8, slot: u8 },
    /// OPC UA endpoint URL.
    Endpoint(String),
}

impl Unit {
    /// A number that tells units of one server apart.
    pub fn key(&self) -> u64 {
        match self {
            Unit::Id(id) => u64::from(*id),
            Unit::RackSlot { rack, slot } => 0x100 | u64::from(*rack) << 16 | u64::from(*slot) << 24,
            // One server, one address space: the URL only says how the client calls it.
            Unit::Endpoint(_) => 0x200,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::Id(id) => write!(f, "{id}"),
            Unit::RackSlot { rack, slot } => write!(f, "{rack}/{slot}"),
            Unit::Endpoint(url) => f.write_str(url),
        }
    }
}

/// The protocol's own name for what is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Function {
    /// Modbus function code; S7 job function code, or for userdata the group; OPC UA binary encoding id of the request.
    pub code: u32,
    pub name: Cow<'static, str>,
    /// S7: job, ack, ack_data, userdata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rosctr: Option<Cow<'static, str>>,
    /// S7 userdata function group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u8>,
    /// S7 userdata subfunction; Modbus diagnostic subfunction (FC 8), MEI type (FC 43) or UMAS function (FC 90).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subfunction: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub szl_id: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub szl_index: Option<u16>,
    /// S7 program invocation (PI) service name, such as `P_PROGRAM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What the operation comes to where its function alone does not say it, in the same words for all protocols: `start`,
    /// `stop`, `memory_reset`, `download`, `upload`, `delete_block`, `go_online`, `hmi_read`, `log_in`, `force` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Cow<'static, str>>,
    /// S7: in which role the client called the controller, by its TSAP: `pg`, `op`, `basic`; `es`, `hmi`, `other` of
    /// S7-1200 and 1500. `None` where the connect was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Cow<'static, str>>,
    /// S7: ROSCTR of the answer where one was seen to a request that was seen: a job ends with `ack` or `ack_data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Cow<'static, str>>,
    /// S7 userdata type of the first message seen: 4 request, 8 response, 0 push (7, 11 and 3 for numerical controls).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userdata_type: Option<u8>,
    /// Asked by the server of the connection, as S7 controllers fetch the parts of a download from the station.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_server: bool,
    /// S7comm-plus protocol version byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u8>,
    /// S7comm-plus opcode of the first message seen: 0x31 request, 0x32 response, 0x33 notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opcode: Option<u8>,
    /// S7comm-plus: frames that carried request and response, where there were more than messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
}

impl Function {
    pub fn new(code: u32, name: impl Into<Cow<'static, str>>) -> Self {
        Function { code, name: name.into(), ..Function::default() }
    }

    pub fn with_subfunction(self, subfunction: u16) -> Self {
        Function { subfunction: Some(subfunction), ..self }
    }

    /// The numbers that make one function another than its neighbour, for baseline and caches.
    pub fn key(&self) -> FunctionKey {
        let detail = self.szl_id.or(self.subfunction).unwrap_or(0);
        let rosctr = match self.rosctr.as_deref() {
            Some("userdata") => 7,
            Some("ack") => 2,
            Some("ack_data") => 3,
            Some(_) => 1,
            None => 0,
        };
        FunctionKey { code: self.code, rosctr, group: self.group.unwrap_or(0), detail }
    }
}

/// See [`Function::key`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct FunctionKey {
    pub code: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rosctr: u8,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub group: u8,
    /// Subfunction, or the SZL id where one is read.
    #[serde(default, skip_serializing_if = "is_zero_u16")]
    pub detail: u16,
}

/// As one number: it is asked for with each message.
impl Hash for FunctionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let FunctionKey { code, rosctr, group, detail } = *self;
        let parts = u64::from(rosctr) << 24 | u64::from(group) << 16 | u64::from(detail);
        state.write_u64(u64::from(code) << 32 | parts);
    }
}

impl FunctionKey {
    /// A plain function code without parts.
    pub const fn code(code: u32) -> Self {
        FunctionKey { code, rosctr: 0, group: 0, detail: 0 }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero_u16(n: &u16) -> bool {
    *n == 0
}

/// What kind of act an operation is, over all protocols.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Read,
    Write,
    /// Start, stop, restart, mode changes, method calls.
    Control,
    /// Blocks, programs and firmware moved either way or changed.
    Program,
    Identify,
    Diagnose,
    Configure,
    /// Connect, negotiate, log in, keep alive, close.
    Session,
    Subscribe,
}

impl Class {
    /// Acts that change the controller or its program: never taken for known, whatever was learnt.
    pub const fn always_crosses(self) -> bool {
        matches!(self, Class::Control | Class::Program | Class::Configure)
    }
}

/// How far an operation got, as far as the wire shows; a later one outweighs an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Sent; the answer was not (yet) to be seen.
    Attempted,
    /// No answer came although one was due and would have been seen.
    Unanswered,
    /// An answer to which nobody asked: too late, twice, or made up.
    Unsolicited,
    /// The answer is not the one that this request has: another address, quantity or value, or another unit.
    Mismatched,
    /// Answered with an error.
    Refused,
    /// Answered well.
    Accepted,
    /// Its effect was seen on the wire.
    Effective,
}

/// A protocol's own error number with its name from the specification.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProtocolError {
    pub code: u32,
    pub name: Cow<'static, str>,
}

impl ProtocolError {
    pub fn new(code: u32, name: impl Into<Cow<'static, str>>) -> Self {
        ProtocolError { code, name: name.into() }
    }
}

/// OPC UA secure channel facts that every operation on it carries.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Channel {
    pub id: u32,
    /// The policy's name without its URI, such as `None` or `Basic256Sha256`; `None` where its opening was not seen.
    pub policy: Option<String>,
    /// `none`, `sign`, `sign_and_encrypt`.
    pub mode: Option<Cow<'static, str>>,
    /// The request id that pairs request and response.
    pub request: u32,
    /// The binary encoding id of the answer: the service's own response, or a ServiceFault (397).
    pub answer: Option<u32>,
    /// Whom the server takes the session's user for: a user name, `anonymous`, or `certificate`; `None` outside of a
    /// session and where its activation was not seen. Of an activation itself: whom it names, taken or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Names the session: a hash of the secret that its requests carry. The same in every run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What the client wants to be found under in the server's audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_entry: Option<String>,
    /// By the clocks of client and server, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// What the server adds to its status codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

/// One level of an OPC UA DiagnosticInfo, its texts looked up (OPC 10000-4 section 7.12).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Which of the request's parts it is about, from zero; `None` for the service as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// Zero for the outermost.
    pub depth: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbolic_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_info: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner_status: Option<ProtocolError>,
}
