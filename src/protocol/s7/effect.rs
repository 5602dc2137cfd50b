//! Whether a stop, start or download took effect: the controller says its mode again and again, so that a change soon
//! shows; and a block that was loaded runs once it is linked in.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use smallvec::SmallVec;

use super::meaning::Items;
use super::transfer::Finished;
use super::tsdu::Sent;
use crate::event::{FrameRef, Object, S7Effect, Side, Vlans};
use crate::flow::FlowInfo;
use crate::protocol::Output;

/// A mode seen so long after the command is its effect (packet time).
const PATIENCE: Duration = Duration::from_secs(120);
/// Loaded blocks remembered until they are linked in; a whole program may go before.
const MAX_LOADED: usize = 1024;
/// Block names told of one effect; the number of all is told with them.
const MAX_NAMED: usize = 16;

/// Commands that may wait at once; who gives more than one at a time does not stop there.
const MAX_WAITING: usize = 256;

/// Commands that were accepted and whose effect is still to be seen. Whoever gives one often looks for its effect on
/// another connection, so that those of two machines belong together.
#[derive(Debug, Default)]
pub struct Commands {
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    between: Between,
    act: &'static str,
    frames: SmallVec<[FrameRef; 4]>,
    answered: FrameRef,
}

/// A station and a controller.
type Between = (IpAddr, IpAddr, Vlans);

fn between(flow: &FlowInfo) -> Between {
    (flow.ip(Side::Client), flow.ip(Side::Server), flow.vlans.clone())
}

impl Commands {
    /// Those that the connections of a thread share, or else the connection's own.
    pub fn of<'a>(own: &'a mut Self, out: &'a mut Output<'_>) -> &'a mut Self {
        out.sink.shared().map_or(own, |shared| &mut shared.s7_commands)
    }

    /// The controller accepted a command. A later one takes an earlier one's place.
    pub fn accepted(&mut self, flow: &FlowInfo, act: &str, frames: SmallVec<[FrameRef; 4]>, answer: Sent) {
        let Some(act) = waited_for(act) else { return };
        let (between, answered) = (between(flow), answer.last);
        self.waiting.retain(|waiting| waiting.between != between && is_due(waiting, answered));
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting { between, act, frames, answered });
    }

    /// A command was accepted lately, and its effect is still to be seen.
    pub fn is_waiting(&mut self, now: FrameRef) -> bool {
        self.waiting.retain(|waiting| is_due(waiting, now));
        !self.waiting.is_empty()
    }

    /// The controller's mode was seen.
    pub fn mode(&mut self, flow: &FlowInfo, mode: &str, shown_by: &str, at: Sent) -> Option<Shown> {
        let between = between(flow);
        let shown = |waiting: &Waiting| waiting.between == between && shows(waiting.act, mode);
        let waiting = self.waiting.iter().position(shown).and_then(|i| self.waiting.remove(i))?;
        if !is_due(&waiting, at.last) {
            return None;
        }
        let mut frames = waiting.frames;
        frames.extend([at.first, at.last]);
        let shown_by = Cow::Owned(shown_by.to_owned());
        Some(Shown { effect: S7Effect { act: waiting.act.into(), state: mode.to_owned(), shown_by }, frames })
    }
}

fn is_due(waiting: &Waiting, now: FrameRef) -> bool {
    now.ts.since(waiting.answered.ts) <= PATIENCE
}

/// Blocks that were loaded on one connection, until they are linked in.
#[derive(Debug, Default)]
pub struct Loads {
    loaded: VecDeque<Loaded>,
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

impl Loads {
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
