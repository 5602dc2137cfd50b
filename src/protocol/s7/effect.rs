//! Whether a stop, start or download took effect: the controller says its mode again and again, so that a change soon
//! shows; and a block that was loaded runs once it is linked in.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use smallvec::SmallVec;

use super::meaning::Items;
use super::transfer::Finished;
use super::tsdu::Sent;
use crate::event::{FrameRef, Object, S7Effect};

/// A mode seen so long after the command is its effect (packet time).
const PATIENCE: Duration = Duration::from_secs(120);
/// Loaded blocks remembered until they are linked in; a whole program may go before.
const MAX_LOADED: usize = 1024;
/// Block names told of one effect; the number of all is told with them.
const MAX_NAMED: usize = 16;

/// What was asked of the controller on one connection, until its effect is seen.
#[derive(Debug, Default)]
pub struct Effects {
    waiting: Option<Waiting>,
    loaded: VecDeque<Loaded>,
}

#[derive(Debug)]
struct Waiting {
    act: &'static str,
    frames: SmallVec<[FrameRef; 4]>,
    answered: FrameRef,
}

/// A block that was carried to the controller.
#[derive(Debug)]
struct Loaded {
    block: String,
    frames: SmallVec<[FrameRef; 4]>,
}

/// An effect, with the frames of the command and of what shows it.
#[derive(Debug)]
pub struct Shown {
    pub effect: S7Effect,
    pub frames: SmallVec<[FrameRef; 4]>,
}

impl Effects {
    /// The controller accepted a command. A later one takes an earlier one's place.
    pub fn accepted(&mut self, act: &str, frames: SmallVec<[FrameRef; 4]>, answer: Sent) {
        let Some(act) = waited_for(act) else { return };
        self.waiting = Some(Waiting { act, frames, answered: answer.last });
    }

    /// A command was accepted, and its effect is still to be seen.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// The controller's mode was seen.
    pub fn mode(&mut self, mode: &str, shown_by: &str, at: Sent) -> Option<Shown> {
        let waiting = self.waiting.take_if(|waiting| shows(waiting.act, mode))?;
        if at.last.ts.since(waiting.answered.ts) > PATIENCE {
            return None;
        }
        let mut frames = waiting.frames;
        frames.extend([at.first, at.last]);
        let shown_by = Cow::Owned(shown_by.to_owned());
        Some(Shown { effect: S7Effect { act: waiting.act.into(), state: mode.to_owned(), shown_by }, frames })
    }

    /// A block went over the connection.
    pub fn carried(&mut self, finished: &Finished) {
        if !finished.artifact.to_server {
            return;
        }
        if self.loaded.len() >= MAX_LOADED {
            self.loaded.pop_front();
        }
        let block = finished.artifact.name.clone();
        self.loaded.push_back(Loaded { block, frames: finished.frames.clone() });
    }

    /// The controller linked blocks in: those that were loaded before now run.
    pub fn activated(&mut self, blocks: &Items, answer: Sent) -> Option<Shown> {
        let mut frames = SmallVec::new();
        let mut names: Vec<String> = Vec::new();
        for item in blocks {
            let Some(Object::Block(block)) = &item.object else { continue };
            let Some(i) = self.loaded.iter().position(|loaded| loaded.block == block.block) else { continue };
            let Some(loaded) = self.loaded.remove(i) else { continue };
            names.push(loaded.block);
            if frames.len() < 2 * MAX_NAMED {
                frames.extend(loaded.frames);
            }
        }
        if names.is_empty() {
            return None;
        }
        let further = names.len().saturating_sub(MAX_NAMED);
        names.truncate(MAX_NAMED);
        let further = if further > 0 { format!(" +{further}") } else { String::new() };
        let state = format!("{}{further}", names.join(", "));
        frames.extend([answer.first, answer.last]);
        Some(Shown {
            effect: S7Effect { act: "download".into(), state, shown_by: "program invocation".into() },
            frames,
        })
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
