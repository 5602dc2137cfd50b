//! What a transaction acted on, built for an event.

use smallvec::SmallVec;

use super::codes;
use super::monitored;
use super::names;
use super::server::Server;
use super::services::Visitor;
use super::subject::{self, Subject};
use super::types::{DateTime, DiagnosticInfo, StatusCode};
use super::variant::DataValue;
use super::wire;
use crate::event::{Diagnostic, Fields, Item, Method, Node, Object, ObjectKey, Sample, Timestamp, Value, clean_text};

/// Items of one operation that are shown; servers allow some thousand a request.
const MAX_ITEMS: usize = 1 << 14;
/// Characters of a range.
const MAX_RANGE: usize = 64;
/// What is shown in place of passwords and keys.
const HIDDEN: &str = "hidden";

/// Builds the items of an event: first over the request, then over the answer.
pub struct Items<'k> {
    pub items: SmallVec<[Item; 1]>,
    /// Things that were left out.
    pub left_out: usize,
    /// Values may have been left out.
    pub is_cut: bool,
    pub results: Results,
    pub diagnostics: Vec<Diagnostic>,
    server: &'k Server,
    /// Texts that diagnostics point into.
    texts: &'k [&'k [u8]],
    /// When the request was made: what was seen before is old.
    asked_at: Timestamp,
    /// What is told replaces what was there: written, or notified of.
    replaces: bool,
    subscription: u32,
    /// Where the next value goes.
    at: usize,
    is_answer: bool,
    /// What the fields of the latest event are called.
    columns: Option<&'k [Box<str>]>,
}

/// How the parts of a request went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Results {
    pub all: usize,
    pub bad: usize,
}

impl<'k> Items<'k> {
    pub fn new(server: &'k Server, texts: &'k [&'k [u8]]) -> Self {
        Items {
            items: SmallVec::new(),
            left_out: 0,
            is_cut: false,
            results: Results::default(),
            diagnostics: Vec::new(),
            server,
            texts,
            asked_at: Timestamp::ZERO,
            replaces: false,
            subscription: 0,
            at: 0,
            is_answer: false,
            columns: None,
        }
    }

    /// Old values are wanted beside the new ones: what was seen before `at`.
    #[must_use]
    pub fn replacing(self, at: Timestamp) -> Self {
        Items { asked_at: at, replaces: true, ..self }
    }

    /// The walk over the answer begins: results belong to the request's items in their order.
    pub fn turn(&mut self) {
        self.is_answer = true;
        self.at = 0;
    }

    fn push(&mut self, object: Option<Object>) {
        self.at = self.items.len();
        self.columns = None;
        if self.at < MAX_ITEMS {
            self.items.push(Item { object, ..Item::default() });
        } else {
            self.left_out += 1;
            self.at = usize::MAX;
        }
    }

    fn watched(&mut self, watched: Option<&'k monitored::Item>) {
        let object = watched.map(|item| item.object(&self.server.names));
        self.push(object);
        self.columns = watched.map(|item| &*item.columns).filter(|columns| !columns.is_empty());
    }

    /// The latest value's companions.
    fn sample_of(&mut self) -> Option<&mut Sample> {
        self.items.get_mut(self.at).map(|item| &mut **item.sample.get_or_insert_default())
    }

    /// The value that a node's Value attribute held before it came to hold `new`.
    fn old(&self, new: &DataValue) -> Option<(Value, Timestamp)> {
        let item = self.items.get(self.at).filter(|_| self.replaces)?;
        let Some(Object::Node(Node { attribute: wire::VALUE, .. })) = &item.object else { return None };
        let key = item.object.as_ref()?.key().space;
        match &new.variant {
            // A write may say what the node holds already; a notification tells of a change.
            Some(variant) if self.is_answer => self.server.seen.other_before(key, self.asked_at, &variant.value),
            _ => self.server.seen.before(key, self.asked_at),
        }
    }

    fn hides(&self) -> bool {
        let object = self.items.get(self.at).and_then(|item| item.object.as_ref());
        matches!(object, Some(Object::Method(Method { method, .. })) if names::is_secret_method(method))
    }
}

impl Visitor for Items<'_> {
    fn object(&mut self, subject: Subject<'_>) {
        let object = subject.object(&self.server.names);
        self.push(Some(object));
    }

    fn unnamed(&mut self) {
        self.push(None);
    }

    fn subscription(&mut self, id: u32) {
        self.subscription = id;
    }

    fn monitored(&mut self, handle: u32) {
        self.watched(self.server.monitored.get(self.subscription, handle));
    }

    fn item(&mut self, id: u32) {
        self.watched(self.server.monitored.by_id(self.subscription, id));
    }

    fn continuation(&mut self, point: &[u8]) {
        let going = self.server.continuations.get(point);
        let object =
            going.map(|going| subject::node_object(&going.node, going.namespace, wire::WHOLE_NODE, &self.server.names));
        self.push(object);
    }

    fn range(&mut self, range: &[u8]) {
        if let Some(sample) = self.sample_of() {
            sample.range = Some(clean_text(range, MAX_RANGE));
        }
    }

    fn sample(&mut self, data: &DataValue) {
        let time = |time: Option<DateTime>| time.map(|time| time.to_string()).filter(|time| !time.is_empty());
        let old = self.old(data);
        let Some(sample) = self.sample_of() else { return };
        sample.kind = data.kind();
        sample.status = (data.status != StatusCode::GOOD).then(|| codes::error(data.status.0));
        sample.source_time = time(data.source_time);
        sample.server_time = time(data.server_time);
        (sample.old, sample.old_seen) = old.filter(|_| sample.range.is_none()).unzip();
    }

    fn value(&mut self, value: Value) {
        if self.items.is_empty() {
            self.push(None);
        }
        let hides = self.hides();
        let columns = self.columns;
        if let Some(item) = self.items.get_mut(self.at) {
            item.values.push(match (value, columns) {
                _ if hides => Value::Text(HIDDEN.to_owned()),
                (Value::List(values), Some(columns)) if values.len() == columns.len() => {
                    let names = columns.iter().map(|name| name.to_string().into());
                    Value::Fields(Fields(names.zip(values).collect()))
                }
                (value, _) => value,
            });
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

    fn diagnostic(&mut self, part: usize, info: &DiagnosticInfo<'_>) {
        super::diagnostics::add(&mut self.diagnostics, u32::try_from(part).ok(), info, self.texts);
    }
}

/// Reduces a transaction to keys, and sees whether all of it went well. Allocates nothing but its grown buffers.
pub struct Keys<'k> {
    pub keys: &'k mut Vec<ObjectKey>,
    pub text: &'k mut String,
    pub server: &'k Server,
    pub subscription: u32,
    pub all_well: bool,
    /// A node is among them that says what the server is or how it fares.
    pub is_about_server: bool,
}

impl Visitor for Keys<'_> {
    fn object(&mut self, subject: Subject<'_>) {
        self.is_about_server |= subject.is_about_server();
        self.keys.push(subject.key(self.text));
    }

    fn subscription(&mut self, id: u32) {
        self.subscription = id;
    }

    fn monitored(&mut self, handle: u32) {
        let Some(item) = self.server.monitored.get(self.subscription, handle) else { return };
        self.is_about_server |= item.is_about_server;
        self.keys.push(item.key);
    }

    fn item(&mut self, id: u32) {
        self.keys.extend(self.server.monitored.by_id(self.subscription, id).map(|item| item.key));
    }

    fn continuation(&mut self, point: &[u8]) {
        let going = self.server.continuations.get(point);
        self.keys.extend(going.map(|going| ObjectKey::text(going.node.as_bytes(), wire::WHOLE_NODE)));
    }

    fn result(&mut self, status: StatusCode) {
        self.all_well &= !status.is_doubtful();
    }

    fn quality(&mut self, status: StatusCode) {
        self.all_well &= !status.is_doubtful();
    }
}
