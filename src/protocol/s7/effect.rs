//! Whether a stop or start took effect: the controller says its mode again and again, so that a change soon shows.

use std::time::Duration;

use smallvec::SmallVec;

use super::tsdu::Sent;
use crate::event::{FrameRef, S7Effect};

/// A mode seen so long after the command is its effect (packet time).
const PATIENCE: Duration = Duration::from_secs(120);

/// What was asked of the controller on one connection, until its effect is seen.
#[derive(Debug, Default)]
pub struct Effects {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    act: &'static str,
    frames: SmallVec<[FrameRef; 4]>,
    answered: FrameRef,
}

/// An effect, with the frames of the command and of what shows it.
#[derive(Debug)]
pub struct Shown {
    pub effect: S7Effect,
    pub frames: SmallVec<[FrameRef; 4]>,
}

impl Effects {
    /// The controller accepted a command. A later one takes an earlier one's place.
    pub fn accepted(&mut self, act: Option<&str>, frames: SmallVec<[FrameRef; 4]>, answer: Sent) {
        let Some(act) = act.and_then(waited_for) else { return };
        self.waiting = Some(Waiting { act, frames, answered: answer.last });
    }

    /// The controller's mode was seen.
    pub fn mode(&mut self, mode: &str, shown_by: &'static str, at: Sent) -> Option<Shown> {
        let waiting = self.waiting.take_if(|waiting| shows(waiting.act, mode))?;
        if at.last.ts.since(waiting.answered.ts) > PATIENCE {
            return None;
        }
        let mut frames = waiting.frames;
        frames.extend([at.first, at.last]);
        let effect = S7Effect { act: waiting.act.into(), state: mode.to_owned(), shown_by: shown_by.into() };
        Some(Shown { effect, frames })
    }
}

/// Acts whose effect is a mode.
fn waited_for(act: &str) -> Option<&'static str> {
    ["stop", "start", "memory_reset"].into_iter().find(|known| *known == act)
}

fn shows(act: &str, mode: &str) -> bool {
    match act {
        "start" => mode.starts_with("RUN") || mode.starts_with("STARTUP"),
        _ => mode.starts_with("STOP"),
    }
}
