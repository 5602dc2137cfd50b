//! What need not be told again: behaviour that the cache knows, and facts that were told before.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::leaf::Leaf;
use super::meaning::{self, Told, below};
use super::wire;
use crate::event::{Class, Fact, FactKind, FunctionKey, ObjectKey, Side, Unit};
use crate::protocol::Behaviour;
use crate::protocol::s7::report::{Ending, Reporter};

/// Facts remembered of one connection.
const MAX_FACTS: usize = 32;

/// Facts that were told on this connection: one that is repeated every second is news only when it changes.
#[derive(Debug, Default)]
pub struct News {
    told: VecDeque<Fact>,
}

impl News {
    pub fn is_news(&mut self, fact: &Fact) -> bool {
        let same = |told: &Fact| (told.about, told.kind, &told.source) == (fact.about, fact.kind, &fact.source);
        // The mode is the same wherever it was read.
        let mode = |told: &Fact| told.kind == FactKind::State && fact.kind == FactKind::State;
        let before = self.told.iter().position(|told: &Fact| same(told) || (mode(told) && told.about == Side::Server));
        if let Some(before) = before {
            if self.told[before].value == fact.value {
                return false;
            }
            self.told.remove(before);
        }
        if self.told.len() >= MAX_FACTS {
            self.told.pop_front();
        }
        self.told.push_back(fact.clone());
        true
    }
}

/// Asks whether a transaction that went well is known. What controls, loads or configures always crosses.
pub fn transaction(request: &Told, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    let head = &request.head;
    let class = request.act.map_or_else(|| wire::class(head.function, head.object, head.session), |act| act.class);
    let plain = matches!(
        head.function,
        wire::GET_VARIABLE
            | wire::GET_MULTI_VARIABLES
            | wire::GET_VAR_SUB_STREAMED
            | wire::SET_MULTI_VARIABLES
            | wire::SET_VARIABLE
    );
    // Reads and subscriptions have acts of their own, which say nothing new.
    if !plain || !matches!(class, Class::Read | Class::Write | Class::Subscribe) {
        return false;
    }
    let mut objects = meaning::keys(&request.body);
    if objects.is_empty() {
        objects = leaf_keys(request.body.leaves.kept()).collect();
    }
    let written = if class == Class::Write { values(request.body.leaves.kept()) } else { String::new() };
    asks(u32::from(head.function), class, (&objects, written.as_bytes()), ending, to)
}

/// The same for values that come by themselves.
pub fn notification(told: &Told, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    let objects: smallvec::SmallVec<[ObjectKey; 16]> = leaf_keys(told.body.leaves.kept()).collect();
    asks(u32::from(wire::NOTIFICATION), Class::Subscribe, (&objects, &[]), ending, to)
}

/// Values as text: two of them are the same text where they are the same value of the same kind.
fn values(leaves: &[Leaf]) -> String {
    let mut text = String::new();
    for leaf in leaves {
        // Writing to a string does not fail.
        let _ = write!(text, "{:?} ", leaf.value);
    }
    text
}

fn leaf_keys(leaves: &[Leaf]) -> impl Iterator<Item = ObjectKey> + '_ {
    leaves.iter().map(|leaf| ObjectKey::s7_plus(leaf.rid, &leaf.path))
}

/// The same for messages of the protocol itself.
pub fn own(version: u8, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    asks(u32::from(version), Class::Session, (&[], &[]), ending, to)
}

/// What it touches, and what it writes there.
type Touched<'a> = (&'a [ObjectKey], &'a [u8]);

fn asks(code: u32, class: Class, touched: Touched<'_>, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    let Some(at) = ending.response.or(ending.request).map(|sent| sent.last) else { return false };
    let unit = to.unit.map_or(0, Unit::key);
    let (function, (objects, values)) = (FunctionKey::code(code), touched);
    to.out.known(&Behaviour { protocol: to.protocol, unit, function, class, objects, values, at })
}

/// Values of an answer at the places that the request named.
pub fn joined(request: &Told, response: &Told) -> Vec<Leaf> {
    let asked = &request.body.addresses;
    let leaves = response.body.leaves.kept().iter();
    match request.head.function {
        wire::GET_MULTI_VARIABLES => leaves
            .filter_map(|leaf| {
                let index = usize::try_from(*leaf.path.first()?).ok()?.checked_sub(1)?;
                below(asked.get(index)?, leaf.clone(), 1)
            })
            .collect(),
        wire::GET_VARIABLE | wire::GET_VAR_SUB_STREAMED => {
            leaves.filter_map(|leaf| below(asked.first()?, leaf.clone(), 0)).collect()
        }
        _ => Vec::new(),
    }
}
