//! The vocabulary: what crosses from the packet threads to the analyst, and from there to people.
//!
//! Everything here is owned, serialisable and free of behaviour; the serialised form is versioned by [`SCHEMA_VERSION`]
//! and its keys are a contract with whoever reads `--events` and `--alerts`. This room uses none of ours.

mod endpoint;
mod evidence;
mod fact;
mod finding;
mod habit;
mod line;
mod mention;
mod notice;
mod number;
mod object;
mod observation;
mod operation;
mod point;
mod program;
mod sensor;
mod service;
mod session;
pub mod text;
mod time;
mod value;

pub use endpoint::{Endpoint, Ends, FlowId, MacAddr, MacError, Vlans};
pub use evidence::{Evidence, FrameRef};
pub use fact::{Fact, FactKind, Side};
pub use finding::{Finding, FindingSource, Reason, Severity};
pub use habit::{Act, ActId, Habit};
pub use line::EventLine;
pub use mention::{Mention, MentionKind};
pub use notice::{Arp, Cargo, Carried, LogOn, NetworkService, Notice, Secret, Serving, Travelled};
pub use number::plain;
pub use object::{Block, Method, ModbusRange, ModbusTable, Named, Node, Object, ObjectKey, S7Address, S7PlusAddress};
pub use observation::{
    Anomaly, Artifact, Blame, CaptureReport, Comparison, Difference, Evicted, FlowReport, FlowState, Sighting,
    SightingKind, Transport, Versions,
};
pub use operation::{
    Channel, Class, Diagnostic, Function, FunctionKey, Item, Operation, Outcome, ProtocolError, Sample, Unit,
};
pub use point::{NumberType, Point, WordOrder};
pub use program::ProgramBlock;
pub use sensor::SensorFault;
pub use service::{Protocol, Service, ServiceError};
pub use session::{
    CotpConnect, CotpDisconnect, ModbusFraming, OpcuaActivateSession, OpcuaCertificate, OpcuaClose, OpcuaCreateSession,
    OpcuaEndpoint, OpcuaEndpoints, OpcuaHello, OpcuaLimits, OpcuaOpenChannel, OpcuaReverseHello, OpcuaToken,
    OpcuaTraffic, OpcuaTransport, PubSubMessage, S7Effect, S7Password, S7PlusSession, S7Setup, Session, TlsCertificate,
    TlsHello,
};
pub use text::Lang;
pub use time::Timestamp;
pub use value::{Fields, Hex, Value, clean_text, hex};

/// Version of every serialised event, finding and alert: the `v` of each line.
pub const SCHEMA_VERSION: u32 = 1;

/// A map with a keyed hash, so that chosen keys from the wire cannot make it slow.
#[allow(clippy::disallowed_types, reason = "the one place that names it")]
pub type Map<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;

/// A set with a keyed hash; see [`Map`].
#[allow(clippy::disallowed_types, reason = "the one place that names it")]
pub type Set<K> = std::collections::HashSet<K, foldhash::quality::RandomState>;

/// One thing that happened on the wire, with who and where.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub ts: Timestamp,
    pub service: Service,
    pub flow: Option<FlowId>,
    pub ends: Ends,
    pub kind: EventKind,
    pub evidence: Evidence,
}

#[derive(Clone, PartialEq, Debug)]
pub enum EventKind {
    Operation(Box<Operation>),
    Session(Box<Session>),
    Identity(Box<Fact>),
    Anomaly(Box<Anomaly>),
    Artifact(Box<Artifact>),
    Flow(FlowReport),
    Sighting(Sighting),
    Notice(Notice),
    /// Made by whoever knows the habits; comes from no single frame.
    Habit(Box<Habit>),
    Capture(Box<CaptureReport>),
}

/// A behaviour already known to be normal happened again so many times; sent in groups, never one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repeated {
    pub key: BehaviourKey,
    /// The number under which it is counted, as whoever counts gave it.
    pub tally: u32,
    pub count: u64,
    pub first: Timestamp,
    /// Where it came last.
    pub last: FrameRef,
    /// Of conversations on a known link; zero for operations.
    pub packets: u64,
    pub bytes: u64,
}

impl Repeated {
    /// Takes in what was counted later of the same.
    pub fn join(&mut self, later: &Repeated) {
        self.first = self.first.min(later.first);
        if later.last.ts >= self.last.ts {
            self.last = later.last;
        }
        self.count += later.count;
        self.packets += later.packets;
        self.bytes += later.bytes;
    }
}

/// Names one behaviour (a link, or on it unit, function and objects) within this process; see the pipeline's cache of the known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BehaviourKey(pub u64);
