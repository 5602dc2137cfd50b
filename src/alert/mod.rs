//! Findings become alerts: the same act is one alert with a count, a severity with its reasons, its packets, and a life
//! that a person ends.

mod book;
mod line;
mod model;
mod quiet;
mod storm;

pub use book::{AlertBook, Update};
pub use line::AlertLine;
pub use model::{Alert, Closing, Comment, Packets, PacketsLost, Party, State};
pub use quiet::{Quiet, Suppression};
