//! Threads and channels: from frames to the analyst and back. Live and replay are the same engine with another source.

mod known;
mod merge;
mod message;
mod replay;
mod worker;

pub use message::{Analyse, Batch, Feedback, Item, Order, Phase, Sent};
pub use replay::{Progress, replay};
pub use worker::{Worker, WorkerOptions};
