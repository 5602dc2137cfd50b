//! An operation against what its link does: its function, its objects, and who writes them.

use smallvec::SmallVec;

use super::host::HostRow;
use super::model::{Baseline, Deviation, FunctionRow, Verdict};
use super::row::{Origin, RowId, Written};
use super::spaces::Spaces;
use super::stage::Scenario;
use super::writers::WritersRow;
use crate::event::{Class, Event, Evidence, Operation, Outcome, Unit};
use crate::inventory::LinkKey;

/// Functions of one link, spaces of one function.
const MAX_ROWS: usize = 65_536;
/// Spaces of which it is known who writes them.
const MAX_WRITTEN: usize = 200_000;

impl Baseline {
    pub(super) fn operation(&mut self, event: &Event, operation: &Operation) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        self.writing = self.may_begin_to_write(&key, operation).then(|| key.clone());
        let verdict = self.judge(&key, event, operation);
        self.writing = None;
        verdict
    }

    fn judge(&mut self, key: &LinkKey, event: &Event, operation: &Operation) -> Verdict {
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let function = operation.function.key();
        let mut verdict = Verdict::default();
        let place = self.index.get(key).and_then(|i| Some((*i, self.links[*i].find(unit, function)?)));
        let Some((link, row)) = place else {
            let mut verdict = self.new_function(key, unit, event, operation);
            self.written(key, unit, event, operation, &mut verdict);
            if verdict.normal {
                self.values(key, event, operation, &mut Verdict::default());
                if let Some(link) = self.index.get(key).copied()
                    && let Some(row) = self.links[link].find(unit, function)
                {
                    self.came(link, row, event, operation);
                }
            }
            return verdict;
        };
        let news = self.links[link].functions[row].unknown_items(operation);
        if !news.is_empty() {
            let locked = self.links[link].functions[row].locked;
            let learns = !locked
                && (self.is_shared(key, operation)
                    || self.learns(Scenario::Objects, event.ts, [&key.client, &key.server]));
            if learns {
                self.learn_items(link, row, event, operation);
                verdict.learnt = true;
            } else {
                verdict.deviations.extend(news);
            }
        }
        let known = &mut self.links[link].functions[row];
        known.count += 1;
        known.last = known.last.max(event.ts);
        self.came(link, row, event, operation);
        self.written(key, unit, event, operation, &mut verdict);
        if verdict.deviations.is_empty() {
            self.values(key, event, operation, &mut verdict);
        }
        verdict.normal = verdict.deviations.is_empty();
        verdict
    }

    fn new_function(&mut self, key: &LinkKey, unit: u64, event: &Event, operation: &Operation) -> Verdict {
        let link = self.link(key);
        let deviation = Deviation::Function {
            link_known: link.is_some(),
            may_write: link.is_some_and(|link| link.may_write(unit)),
        };
        let locked = link.is_some_and(|link| link.locked);
        let ends = [&key.client, &key.server];
        let late = ends.into_iter().any(|end| self.late.contains_key(end));
        // A link that may not be learnt any more teaches no functions either.
        let watched = !self.stage_at(Scenario::Links, ends).is_learning();
        let closed = link.is_none() && watched && !late && self.accepting.is_none();
        let learns = !locked
            && ((link.is_some() && self.is_shared(key, operation))
                || (!closed && self.learns(Scenario::Functions, event.ts, ends)));
        if learns {
            let row = FunctionRow::new(unit, operation, event);
            let link = self.row(key, event);
            if link.functions.len() < MAX_ROWS {
                link.functions.push(row);
                let row = link.functions.len() - 1;
                let link = self.index.get(key).copied().unwrap_or_default();
                self.note(RowId::Function(key.clone(), unit, operation.function.key()), event.ts, key.client);
                self.learn_items(link, row, event, operation);
            }
        }
        Verdict::of(learns, deviation)
    }

    fn learn_items(&mut self, link: usize, row: usize, event: &Event, operation: &Operation) {
        let link_row = &mut self.links[link];
        let key = link_row.key.clone();
        let function = &mut link_row.functions[row];
        let mut learnt = Vec::new();
        for object in operation.items.iter().filter_map(|item| item.object.as_ref()) {
            let place = object.key();
            if function.spaces.len() >= MAX_ROWS && function.spaces.get(place.space).is_none() {
                continue;
            }
            let space = function.spaces.row(place.space, || object.space_name());
            if !space.locked && space.addresses.insert(place.start, place.length) {
                learnt.push((place, RowId::Object(key.clone(), function.unit, function.function, place.space)));
            }
        }
        let zone = self.policy.adaptive(&key.client, &key.server);
        let function = self.links[link].functions[row].function;
        if let Some(zone) = zone {
            self.shared.functions.insert((zone, key.service, function));
        }
        let mut last = None;
        for (place, row) in learnt {
            if let Some(zone) = zone {
                let shared = (zone, key.service, function, place.space);
                self.shared.spaces.entry(shared).or_default().insert(place.start, place.length);
            }
            if last.as_ref() != Some(&row) {
                self.note(row.clone(), event.ts, key.client);
                last = Some(row);
            }
        }
    }

    /// Who writes this, and whether he is one of those who do.
    fn written(&mut self, key: &LinkKey, unit: u64, event: &Event, operation: &Operation, verdict: &mut Verdict) {
        if operation.class != Class::Write || !operation.request_seen || operation.outcome == Outcome::Refused {
            return;
        }
        let objects = operation.items.iter().enumerate().filter_map(|(item, of)| Some((item, of.object.as_ref()?)));
        for (item, object) in objects {
            let place = object.key();
            let written = Written::of(key, unit, place);
            let row = self.writers.get_mut(&written);
            if let Some(row) = row.filter(|row| row.writes(&key.client, place)) {
                row.count += 1;
                row.last = row.last.max(event.ts);
                continue;
            }
            let row = self.writers.get(&written);
            let other = row.and_then(|row| row.other(&key.client, place));
            let room = row.map_or(self.writers.len() < MAX_WRITTEN, |row| !row.host.locked);
            // Where one of an adaptive zone writes, all of it may.
            let shared = other.is_some() && self.policy.adaptive(&key.client, &key.server).is_some();
            let learns = room && (shared || self.learns(Scenario::Writers, event.ts, [&key.client, &key.server]));
            if !learns {
                // That nobody ever wrote it is told by whoever knows the objects.
                verdict.deviations.extend(other.map(|by| Deviation::Writer { item, by }));
                verdict.normal &= other.is_none();
                continue;
            }
            let new = || WritersRow::new(object.space_name(), HostRow::new(event));
            let row = self.writers.entry(written.clone()).or_insert_with(new);
            row.count += 1;
            row.last = event.ts;
            if row.learn(key.client, place) {
                verdict.learnt = true;
                self.note(RowId::Writers(written), event.ts, key.client);
            }
        }
    }
}

impl FunctionRow {
    fn new(unit: u64, operation: &Operation, event: &Event) -> Self {
        let Event { ts, evidence, .. }: &Event = event;
        let origin = |evidence: &Evidence| Some(Origin::of(evidence));
        FunctionRow {
            unit,
            function: operation.function.key(),
            name: operation.function.name.to_string(),
            class: operation.class,
            count: 1,
            first: *ts,
            last: *ts,
            spaces: Spaces::default(),
            polls: Vec::new(),
            origin: origin(evidence),
            locked: false,
        }
    }

    fn unknown_items(&self, operation: &Operation) -> SmallVec<[Deviation; 2]> {
        let mut unknown = SmallVec::new();
        for (item, object) in
            operation.items.iter().enumerate().filter_map(|(i, item)| Some((i, item.object.as_ref()?)))
        {
            let key = object.key();
            let space = self.spaces.get(key.space);
            if !space.is_some_and(|space| space.addresses.contains(key.start, key.length)) {
                unknown.push(Deviation::Object { item, space_known: space.is_some() });
            }
        }
        unknown
    }
}
