//! What is normal: who talks to whom, with which functions, about which objects.
//!
//! Each scenario (hosts, links, functions, objects) learns by itself and turns to watching when its news has been flat
//! long enough; [`LearningRule`] writes the rule down. Everything learnt is a visible row.

mod intervals;
mod model;
mod spaces;
mod stage;

pub use intervals::IntervalSet;
pub use model::{Baseline, Deviation, FunctionRow, LinkRow, Practice, Verdict};
pub use spaces::{SpaceRow, Spaces};
pub use stage::{LearningRule, Mode, Scenario, Stage};
