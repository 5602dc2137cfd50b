//! Capture filters in libpcap's language, compiled to classic BPF by ourselves: the kernel runs the program on a wire, and
//! [`Program`] runs it on a replay, so that both leave the same frames.
//!
//! The part of the language that chooses machines and services is here: `host`, `net`, `port`, `portrange` with `src` and
//! `dst`, protocols, `ether`, `vlan`, `multicast`, `broadcast`, `less`, `greater`, `and`, `or`, `not`, parentheses. As in
//! libpcap, `and` and `or` bind alike, from left to right. One thing differs, for the sake of trunk ports: every word looks
//! through VLAN tags, whether they stand in the bytes or beside them, where libpcap wants the word `vlan` before.

mod compile;
mod program;
mod syntax;

use std::fmt;

use super::{Frame, LinkType};
use compile::compile;
pub(super) use program::code;
pub use program::{Instruction, Program};

/// A filter that was understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    text: String,
    condition: syntax::Expression,
}

/// What is wrong with a filter: where, what stands there, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterError {
    /// Characters before the place, plus one.
    pub column: usize,
    pub word: String,
    pub fix: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilterError { column, word, fix } = self;
        if word.is_empty() { write!(f, "at its end: {fix}") } else { write!(f, "'{word}' at column {column}: {fix}") }
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// Understands an expression; an empty one is no filter.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let condition = syntax::parse(text)?;
        let filter = Filter { text: text.to_owned(), condition };
        // Ethernet's program is the longest.
        if filter.program(LinkType::ETHERNET).instructions().len() > compile::MOST_INSTRUCTIONS {
            let fix =
                "the filter is longer than the kernel takes; name networks in place of single machines".to_owned();
            return Err(FilterError { column: 1, word: text.chars().take(20).collect(), fix });
        }
        Ok(Some(filter))
    }

    pub fn program(&self, link: LinkType) -> Program {
        compile(&self.condition, link)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A filter at work on files, where each frame may be of another link type.
pub struct Sieve {
    filter: Filter,
    programs: Vec<(LinkType, Program)>,
}

/// Programs kept; a file that speaks of more link types is a lie, and its further frames cost a compilation each.
const MOST_PROGRAMS: usize = 32;

impl Sieve {
    pub fn new(filter: Filter) -> Self {
        Sieve { filter, programs: Vec::new() }
    }

    pub fn passes(&mut self, frame: &Frame<'_>) -> bool {
        if let Some((_, program)) = self.programs.iter().find(|(link, _)| *link == frame.link) {
            return program.passes(frame);
        }
        let program = self.filter.program(frame.link);
        let passes = program.passes(frame);
        if self.programs.len() < MOST_PROGRAMS {
            self.programs.push((frame.link, program));
        }
        passes
    }
}
