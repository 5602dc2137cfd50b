//! Threads and channels: from frames to the analyst and back. Live and replay are the same engine with another source.

mod analyst;
mod behind;
mod blocks;
mod desk;
pub mod diagnosis;
mod difference;
mod hands;
mod known;
mod live;
mod merge;
mod message;
mod notice;
mod proof;
mod replay;
mod round;
mod scans;
pub mod survey;
mod worker;

pub use crate::flow::FlowLimits;
pub use analyst::{Analyst, AnalystOptions, Journal};
pub use blocks::{BLOCK_LIMITS, Blocks};
pub use live::{Ask, Live, Opener, Port, PortState};
pub use message::{Analyse, Batch, Feedback, Item, Learnt, Order, Phase, Sent};
pub use proof::Proof;
pub use replay::{Pace, Progress, ReplayOptions, replay};
pub use worker::{Worker, WorkerOptions};
