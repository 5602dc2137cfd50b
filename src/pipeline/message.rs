use std::sync::Arc;

use crate::capture::evidence::{EvidenceRequest, KeptFrame};
use crate::event::{BehaviourKey, CaptureReport, Event, Finding, FrameRef, Repeated, Timestamp};
use crate::signature::{PlantCondition, RuleId, RuleSet, Threshold};

/// Place of an item in the whole input: capture, frame number, and before or with that frame. What all workers send is
/// put into this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Order {
    pub capture: u16,
    pub frame: u64,
    pub phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Phase {
    /// The end of a second of packet time, noticed at a frame before it is taken in.
    Tick,
    #[default]
    Frame,
    /// The end of the input.
    End,
}

impl Order {
    pub fn new(at: FrameRef, phase: Phase) -> Self {
        match phase {
            // Workers see different last frames; the end is the same for all.
            Phase::End => Order { capture: u16::MAX, frame: u64::MAX, phase },
            _ => Order { capture: at.capture, frame: at.number, phase },
        }
    }
}

/// What crosses from a worker to the analyst, with the frame that caused it.
#[derive(Debug)]
pub struct Sent {
    pub order: Order,
    pub item: Item,
}

#[derive(Debug)]
pub enum Item {
    Event {
        event: Box<Event>,
        /// Under which the worker will count this behaviour, should the analyst call it normal.
        key: Option<BehaviourKey>,
    },
    /// What was known and only counted since the last time.
    Repeated(Vec<Repeated>),
    /// A rule matched; whether it may speak is counted over all workers.
    Match {
        finding: Box<Finding>,
        rule: RuleId,
        threshold: Option<Threshold>,
        /// What else is to be asked of the plant.
        plant: Option<Arc<PlantCondition>>,
    },
    /// The answer to an [`EvidenceRequest`]; comes at its own time and not in order.
    Evidence {
        id: String,
        frames: Vec<KeptFrame>,
    },
    Report(Box<CaptureReport>),
    /// A second of packet time is over for this worker; all that it sent before belongs to it.
    Tick(Timestamp),
}

/// A worker's items in order, and the frame up to which nothing more will come from it.
#[derive(Debug)]
pub struct Batch {
    pub worker: usize,
    pub items: Vec<Sent>,
    pub upto: Order,
}

/// What the analyst tells a worker.
pub enum Feedback {
    /// These behaviours are normal: count them from now on.
    Learn(Vec<Learnt>),
    /// Something learnt was taken back: ask about everything again.
    Forget,
    Evidence(Arc<EvidenceRequest>),
    /// Match against these rules from now on.
    Rules(Arc<RuleSet>),
}

/// A behaviour to be counted, and under which number.
#[derive(Clone, Copy, Debug)]
pub struct Learnt {
    pub key: BehaviourKey,
    pub tally: u32,
    /// The slot of time in which its values were told.
    pub slot: u64,
}

/// Takes the items of all workers, in order on a replay.
pub trait Analyse: Send {
    fn item(&mut self, worker: usize, item: Item);

    /// The input is over and everything of it was given.
    fn finish(&mut self);

    /// Answers of workers that are still due after [`Analyse::finish`].
    fn waits_for(&self) -> usize;

    /// Nothing more will be asked of the workers.
    fn hang_up(&mut self);
}
