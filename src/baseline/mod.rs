//! What is normal: who talks to whom, with which functions, about which objects, with which values, who writes what, how
//! often, in which order and how much.
//!
//! Each scenario learns by itself, in each zone apart, and turns to watching when its news has been flat long enough;
//! [`LearningRule`] writes the rule down. A device that appears later learns for a time of its
//! own once it was called normal. Everything learnt is a visible row that can be explained, locked and removed; what a
//! person decides about deviations is the [`Policy`].

mod acts;
mod adaptive;
mod beats;
mod counted;
mod devices;
mod first_writes;
mod habits;
mod host;
mod intervals;
mod model;
mod news;
mod observe;
mod order;
mod policy;
mod practices;
mod pulse;
mod rhythm;
mod row;
mod rows;
mod samples;
mod scope;
mod shared;
mod silence;
mod spaces;
mod stage;
mod stages;
mod stored;
mod tally;
#[cfg(test)]
mod tests;
mod trail;
mod values;
mod volume;
mod writers;

pub use host::HostRow;
pub use intervals::IntervalSet;
pub use model::{Baseline, Deviation, FunctionRow, LinkRow, Practice, Verdict};
pub use news::News;
pub use policy::{Hours, Permission, Policy, Profile, Window, Zone, ZoneMode};
pub use rhythm::seconds;
pub use row::{Origin, Row, RowFault, RowId, RowIdError, RowQuery, Written, address};
pub use spaces::{SpaceRow, Spaces};
pub use stage::{Curve, LearningRule, Mode, Scenario, Stage};
pub use stages::Stages;
pub use stored::Progress;
pub use tally::Counted;
pub use values::{Kind, Point, Points, Sampled, place_name, samples};
