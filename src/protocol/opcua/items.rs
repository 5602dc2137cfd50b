//! What a transaction acted on: built for an event, or reduced to keys for the cache of the known.

use smallvec::SmallVec;

use super::codes;
use super::facts::Trait;
use super::monitored::{self, Monitored};
use super::names::Names;
use super::services::{Application, Visitor};
use super::subject::Subject;
use super::types::{NodeId, StatusCode};
use super::wire;
use crate::event::{Item, Object, ObjectKey, Value};

/// Items of one operation that are shown; servers allow some thousand a request.
const MAX_ITEMS: usize = 1 << 14;

/// Builds the items of an event: first over the request, then over the answer.
pub struct Items<'k> {
    pub items: SmallVec<[Item; 1]>,
    /// Things that were left out.
    pub left_out: usize,
    /// Values may have been left out.
    pub is_cut: bool,
    pub results: Results,
    /// What applications said of themselves.
    pub applications: Vec<Trait>,
    names: &'k Names,
    monitored: &'k Monitored,
    subscription: u32,
    /// Where the next value goes.
    at: usize,
    is_answer: bool,
}

/// How the parts of a request went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Results {
    pub all: usize,
    pub bad: usize,
}

impl<'k> Items<'k> {
    pub fn new(names: &'k Names, monitored: &'k Monitored) -> Self {
        Items {
            items: SmallVec::new(),
            left_out: 0,
            is_cut: false,
            results: Results::default(),
            applications: Vec::new(),
            names,
            monitored,
            subscription: 0,
            at: 0,
            is_answer: false,
        }
    }

    /// The walk over the answer begins: results belong to the request's items in their order.
    pub fn turn(&mut self) {
        self.is_answer = true;
        self.at = 0;
    }

    fn push(&mut self, object: Option<Object>) {
        self.at = self.items.len();
        if self.at < MAX_ITEMS {
            self.items.push(Item { object, values: Vec::new(), error: None });
        } else {
            self.left_out += 1;
            self.at = usize::MAX;
        }
    }

    fn watched(&mut self, watched: Option<&monitored::Item>) {
        let object = watched.map(|item| item.object(self.names));
        self.push(object);
    }
}

impl Visitor for Items<'_> {
    fn object(&mut self, subject: Subject<'_>) {
        let object = subject.object(self.names);
        self.push(Some(object));
    }

    fn unnamed(&mut self) {
        self.push(None);
    }

    fn subscription(&mut self, id: u32) {
        self.subscription = id;
    }

    fn monitored(&mut self, handle: u32) {
        self.watched(self.monitored.get(self.subscription, handle));
    }

    fn item(&mut self, id: u32) {
        self.watched(self.monitored.by_id(self.subscription, id));
    }

    fn value(&mut self, value: Value) {
        if self.items.is_empty() {
            self.push(None);
        }
        if let Some(item) = self.items.get_mut(self.at) {
            item.values.push(value);
        }
    }

    fn result(&mut self, status: StatusCode) {
        self.at = self.results.all;
        self.results.all += 1;
        self.results.bad += usize::from(status.is_bad());
        if self.at == self.items.len() {
            self.push(None);
        }
        self.quality(status);
    }

    fn quality(&mut self, status: StatusCode) {
        // What a client writes is no verdict on its request.
        if let Some(item) = self.items.get_mut(self.at).filter(|_| self.is_answer && status.is_doubtful()) {
            item.error = Some(codes::error(status.0));
        }
    }

    fn application(&mut self, application: &Application<'_>) {
        self.applications.extend(application.traits());
    }
}

/// Reduces a transaction to keys, and sees whether all of it went well. Allocates nothing but its grown buffers.
pub struct Keys<'k> {
    pub keys: &'k mut Vec<ObjectKey>,
    pub text: &'k mut String,
    pub names: &'k mut Names,
    pub monitored: &'k Monitored,
    pub subscription: u32,
    pub all_well: bool,
    /// A node's name is asked for.
    pub asks_names: bool,
}

impl Visitor for Keys<'_> {
    fn object(&mut self, subject: Subject<'_>) {
        let naming = matches!(subject, Subject::Node { attribute: wire::BROWSE_NAME | wire::DISPLAY_NAME, .. });
        self.asks_names |= naming;
        self.keys.push(subject.key(self.text));
    }

    fn subscription(&mut self, id: u32) {
        self.subscription = id;
    }

    fn monitored(&mut self, handle: u32) {
        self.keys.extend(self.monitored.get(self.subscription, handle).map(|item| item.key));
    }

    fn item(&mut self, id: u32) {
        self.keys.extend(self.monitored.by_id(self.subscription, id).map(|item| item.key));
    }

    fn result(&mut self, status: StatusCode) {
        self.all_well &= !status.is_doubtful();
    }

    fn quality(&mut self, status: StatusCode) {
        self.all_well &= !status.is_doubtful();
    }

    fn name(&mut self, node: &NodeId<'_>, name: &[u8], is_better: bool) {
        self.names.learn(node, name, is_better);
    }
}
