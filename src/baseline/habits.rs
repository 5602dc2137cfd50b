//! Rhythm, order and volume: judged once a second, from what came in it.

use std::sync::Arc;

use smallvec::SmallVec;

use super::beats::{Beat, act_of, is_asked};
use super::model::{Baseline, Deviation, FunctionRow, LinkRow, Verdict};
use super::order::Step;
use super::pulse::Pulse;
use super::rhythm::{Poll, Window};
use super::row::RowId;
use super::stage::Scenario;
use crate::event::{
    Act, ActId, Class, Endpoint, Ends, Event, EventKind, Evidence, FrameRef, Habit, Operation, Service, Timestamp,
};
use crate::inventory::{Address, LinkKey};

/// Polls of one function on one link, and of all together.
const MAX_POLLS_OF_FUNCTION: usize = 256;
const MAX_POLLS: usize = 300_000;

impl Baseline {
    /// A second is over: learns from what came in it. Gives back what was not as it always is; each is to be observed.
    pub fn departures(&mut self, captures: &[Arc<str>]) -> Vec<Event> {
        let beats = self.beats.take();
        self.pulses.resize_with(self.links.len(), Pulse::default);
        let mut found = Vec::new();
        for of_link in beats.chunk_by(|one, next| one.link == next.link) {
            let mut habits: SmallVec<[(&Beat, Habit); 1]> = SmallVec::new();
            of_link.iter().for_each(|beat| habits.extend(self.rhythm(beat).map(|habit| (beat, habit))));
            of_link.iter().for_each(|beat| habits.extend(self.order(beat).map(|habit| (beat, habit))));
            habits.extend(self.volume(of_link));
            found.extend(habits.into_iter().filter_map(|(beat, habit)| self.departure(beat, habit, captures)));
        }
        found
    }

    /// A known operation came: it counts with those that workers count.
    pub(super) fn came(&mut self, link: usize, row: usize, event: &Event, operation: &Operation) {
        let Some(function) = self.links.get_mut(link).and_then(|link| link.functions.get_mut(row)) else { return };
        if !is_asked(operation) {
            return;
        }
        let act = act_of(operation);
        if operation.request_seen
            && self.sums.polls < MAX_POLLS
            && function.polls.len() < MAX_POLLS_OF_FUNCTION
            && let Err(at) = function.polls.binary_search_by_key(&act, |poll| poll.id)
        {
            let object = operation.items.first().and_then(|item| item.object.as_ref());
            let object = object.map(ToString::to_string).unwrap_or_default().into();
            function.polls.insert(at, Poll { id: act, object, rhythm: Default::default(), locked: false });
            self.sums.polls += 1;
        }
        let (unit, function, first) = (function.unit, function.function, event.ts);
        let last = FrameRef { ts: first, ..event.evidence.span[1] };
        self.beats.add(Beat { link, unit, function, act, first, last, count: 1 });
    }

    fn rhythm(&mut self, beat: &Beat) -> Option<Habit> {
        let seen = self.window(beat)?.take(beat.first, beat.last.ts, beat.count)?;
        let key = self.key(beat)?;
        let poll = self.poll_mut(beat)?;
        let (strange, fresh, locked) = (poll.rhythm.is_strange(seen), poll.rhythm.windows == 0, poll.locked);
        let usual = poll.rhythm.mean;
        if locked || !self.is_open(Scenario::Rhythm, [&key.client, &key.server]) {
            let act = strange.then(|| self.act(beat)).flatten()?;
            return Some(Habit::Rhythm { act, usual_us: whole(usual), seen_us: whole(seen) });
        }
        if (strange || fresh) && self.learns(Scenario::Rhythm, beat.last.ts, [&key.client, &key.server]) {
            let row = RowId::Rhythm(key.clone(), beat.unit, beat.function, beat.act);
            self.note(row, beat.last.ts, key.client);
        }
        self.poll_mut(beat)?.rhythm.learn(seen);
        None
    }

    fn order(&mut self, beat: &Beat) -> Option<Habit> {
        self.window(beat)?;
        let link = self.links.get(beat.link)?;
        if link.functions.iter().any(|function| function.class == Class::Subscribe) {
            // Who is told of changes asks when they come, and not in a circle.
            return None;
        }
        let after = self.pulses.get_mut(beat.link)?.latest.step(beat.act, beat.first, beat.last.ts)?;
        let key = self.key(beat)?;
        let order = self.links.get_mut(beat.link)?.order.get_or_insert_default();
        let step = order.step(after, beat.act);
        if order.locked || !self.is_open(Scenario::Order, [&key.client, &key.server]) {
            return self.out_of_order(beat, step);
        }
        if !step.known && self.learns(Scenario::Order, beat.last.ts, [&key.client, &key.server]) {
            self.note(RowId::Order(key.clone()), beat.last.ts, key.client);
        }
        self.links.get_mut(beat.link)?.order.as_mut()?.learn(step);
        None
    }

    /// Only what is polled regularly has a place in the cycle: what a person does comes at any time.
    fn out_of_order(&self, beat: &Beat, step: Step) -> Option<Habit> {
        let link = self.links.get(beat.link)?;
        let regular = |act: ActId| link.poll(act).is_some_and(|(_, poll)| poll.rhythm.is_regular());
        if step.known || !link.order.as_ref()?.is_settled() || !regular(step.act) || !regular(step.after) {
            return None;
        }
        let [act, after] = [step.act, step.after].map(|id| link.act(id));
        Some(Habit::Order { act: act?, after: after? })
    }

    fn volume<'a>(&mut self, beats: &'a [Beat]) -> Option<(&'a Beat, Habit)> {
        let beat = beats.first()?;
        let count = beats.iter().map(|beat| beat.count).sum();
        let ahead = self.policy.minutes_ahead(beat.first);
        let (hour, count) = self.pulses.get_mut(beat.link)?.hour.take(beat.first, count, ahead)?;
        let key = self.key(beat)?;
        let volume = self.links.get_mut(beat.link)?.volume.get_or_insert_default();
        let row = volume.hour(hour).copied();
        let strange = row.is_some_and(|row| row.is_strange(count));
        if volume.locked || !self.is_open(Scenario::Volume, [&key.client, &key.server]) {
            let (low, high) = row.filter(|_| strange).map(|row| (row.low, row.high))?;
            return Some((beat, Habit::Volume { hour, low, high, count }));
        }
        if (strange || row.is_none()) && self.learns(Scenario::Volume, beat.first, [&key.client, &key.server]) {
            self.note(RowId::Volume(key.clone()), beat.first, key.client);
        }
        self.links.get_mut(beat.link)?.volume.as_mut()?.learn(hour, count);
        None
    }

    /// What was judged before is now observed like everything else; a person who calls it normal has it learnt.
    pub(super) fn habit(&mut self, event: &Event, habit: &Habit) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        if self.accepting.is_none() {
            let deviations = std::iter::once(Deviation::Habit).collect();
            return Verdict { deviations, ..Verdict::default() };
        }
        let Some(link) = self.index.get(&key).and_then(|at| self.links.get_mut(*at)) else { return Verdict::default() };
        let row = match habit {
            Habit::Rhythm { act, seen_us, .. } => {
                let row = link.function_mut(act.unit, act.function);
                let poll = row.and_then(|row| row.poll_mut(act.id));
                #[allow(clippy::cast_precision_loss, reason = "a period of 2^53 microseconds is 285 years")]
                let row = poll.map(|poll| poll.rhythm.allow(*seen_us as f64));
                row.map(|()| RowId::Rhythm(key.clone(), act.unit, act.function, act.id))
            }
            Habit::Order { act, after } => {
                let order = link.order.get_or_insert_default();
                order.allow(Step { after: after.id, act: act.id, known: false });
                Some(RowId::Order(key.clone()))
            }
            Habit::Volume { hour, count, .. } => {
                link.volume.get_or_insert_default().learn(*hour, *count);
                Some(RowId::Volume(key.clone()))
            }
        };
        if let Some(row) = row {
            self.note(row, event.ts, key.client);
        }
        Verdict { learnt: true, normal: true, ..Verdict::default() }
    }

    /// A worker counted something known with a server since.
    pub fn was_heard_since(&self, server: Address, service: Service, ts: Timestamp) -> bool {
        self.by_server.get(&server).into_iter().flatten().any(|place| {
            let counted = self.pulses.get(*place).is_some_and(|pulse| pulse.heard > ts);
            counted && self.links.get(*place).is_some_and(|link| link.key.service == service)
        })
    }

    /// The window of what is polled.
    fn window(&mut self, beat: &Beat) -> Option<&mut Window> {
        let Baseline { pulses, links, .. } = self;
        let is_polled = || links.get_mut(beat.link).is_some_and(|link| link.poll_mut(beat).is_some());
        pulses.get_mut(beat.link)?.window(beat.act, is_polled)
    }

    fn key(&self, beat: &Beat) -> Option<LinkKey> {
        self.links.get(beat.link).map(|link| link.key.clone())
    }

    fn poll_mut(&mut self, beat: &Beat) -> Option<&mut Poll> {
        self.links.get_mut(beat.link)?.poll_mut(beat)
    }

    fn act(&self, beat: &Beat) -> Option<Act> {
        self.links.get(beat.link)?.act(beat.act)
    }

    /// The latest packet that showed it proves it, with those of the same two before.
    fn departure(&self, beat: &Beat, habit: Habit, captures: &[Arc<str>]) -> Option<Event> {
        let end = |address: &Address, port| match address {
            Address::Ip(ip) => Endpoint { ip: Some(*ip), port, mac: None },
            Address::Mac(mac) => Endpoint { ip: None, port, mac: Some(*mac) },
            Address::Unknown => Endpoint { ip: None, port, mac: None },
        };
        let link = self.links.get(beat.link)?;
        let LinkKey { vlans, client, server, service } = &link.key;
        let port = link.ports.first().copied().unwrap_or(0);
        let evidence = Evidence {
            capture: captures.get(usize::from(beat.last.capture)).cloned().unwrap_or_default(),
            frames: SmallVec::from_iter([beat.last.number]),
            span: [beat.last; 2],
        };
        Some(Event {
            ts: if matches!(habit, Habit::Rhythm { .. }) { beat.last.ts } else { beat.first },
            service: *service,
            flow: None,
            ends: Ends { vlans: vlans.clone(), client: end(client, 0), server: end(server, port) },
            kind: EventKind::Habit(Box::new(habit)),
            evidence,
        })
    }
}

impl LinkRow {
    /// A polled operation, with its function.
    pub(super) fn poll(&self, act: ActId) -> Option<(&FunctionRow, &Poll)> {
        self.functions.iter().find_map(|row| Some((row, row.poll(act)?)))
    }

    fn poll_mut(&mut self, beat: &Beat) -> Option<&mut Poll> {
        self.function_mut(beat.unit, beat.function)?.poll_mut(beat.act)
    }

    pub(super) fn act(&self, id: ActId) -> Option<Act> {
        let (row, poll) = self.poll(id)?;
        Some(Act { unit: row.unit, function: row.function, id, name: poll_name(row, poll) })
    }
}

impl FunctionRow {
    fn poll_mut(&mut self, act: ActId) -> Option<&mut Poll> {
        self.polls.binary_search_by_key(&act, |poll| poll.id).ok().and_then(|at| self.polls.get_mut(at))
    }

    pub(super) fn poll(&self, act: ActId) -> Option<&Poll> {
        self.polls.binary_search_by_key(&act, |poll| poll.id).ok().and_then(|at| self.polls.get(at))
    }
}

fn poll_name(row: &FunctionRow, poll: &Poll) -> String {
    if poll.object.is_empty() { row.name.clone() } else { format!("{} {}", row.name, poll.object) }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a period in microseconds")]
fn whole(micros: f64) -> u64 {
    micros.max(0.0) as u64
}
