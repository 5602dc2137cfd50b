//! Lists, locks and removes what was learnt.

use std::fmt::Write;

use super::first_writes::concerns;
use super::host::HostRow;
use super::model::{Baseline, FunctionRow, LinkRow};
use super::rhythm::Poll;
use super::row::{Row, RowFault, RowId, RowQuery, Written};
use super::spaces::SpaceRow;
use super::stage::Scenario;
use super::values::place_name;
use super::writers::WritersRow;
use crate::event::ActId;
use crate::inventory::Address;

impl Baseline {
    /// Rows of a query: how many there are, and those from `skip` on, at most so many.
    pub fn rows(&self, query: &RowQuery, skip: usize, most: usize) -> (usize, Vec<Row>) {
        let mut page = Page::new(query, skip, most);
        let wants = |scenario| query.scenario.is_none_or(|wanted| wanted == scenario);
        if wants(Scenario::Hosts) {
            for (address, row) in &self.hosts {
                page.about(|text| write!(text, "{address}"));
                page.offer(row.locked, &[], || host_row(address, row));
            }
        }
        if wants(Scenario::Addresses) {
            for (key, row) in &self.cards {
                let macs = || row.macs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                page.about(|text| write!(text, "{} {}", key.1, macs()));
                page.offer(row.host.locked, &[], || {
                    let id = RowId::Cards(key.0.clone(), key.1);
                    Row { id, normal: macs(), ..host_row(&Address::Ip(key.1), &row.host) }
                });
            }
        }
        if wants(Scenario::Writers) {
            let mut writers: Vec<_> = self.writers.iter().collect();
            writers.sort_unstable_by(|a, b| a.0.cmp(b.0));
            for (key, row) in writers {
                page.about(|text| write!(text, "{} {} {} {row}", key.server, key.service, row.name));
                page.offer(row.host.locked, &[], || writers_row(key, row));
            }
        }
        let of_functions = [Scenario::Functions, Scenario::Objects, Scenario::Values, Scenario::Rhythm];
        for link in &self.links {
            page.about(|text| write!(text, "{} {} {}", link.key.client, link.key.server, link.key.service));
            if wants(Scenario::Links) {
                page.offer(link.locked, &[], || link_row(link));
            }
            if of_functions.into_iter().any(wants) {
                functions(link, &mut page, wants);
            }
            if wants(Scenario::Order)
                && let Some(order) = link.order.as_ref().filter(|order| !order.is_empty())
            {
                page.offer(order.locked, &[], || order_row(link, order));
            }
            if wants(Scenario::Volume)
                && let Some(volume) = link.volume.as_ref().filter(|volume| !volume.is_empty())
            {
                page.offer(volume.locked, &[], || volume_row(link, volume));
            }
        }
        (page.total, page.rows)
    }

    /// One row.
    pub fn row_of(&self, id: &RowId) -> Option<Row> {
        match id {
            RowId::Host(address) => self.hosts.get(address).map(|row| host_row(address, row)),
            RowId::Cards(vlans, ip) => {
                let row = self.cards.get(&(vlans.clone(), *ip))?;
                let normal = row.macs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Some(Row { id: id.clone(), normal, ..host_row(&Address::Ip(*ip), &row.host) })
            }
            RowId::Link(key) => self.link(key).map(link_row),
            RowId::Function(key, unit, function) => {
                let link = self.link(key)?;
                Some(function_row(link, link.functions.get(link.find(*unit, *function)?)?))
            }
            RowId::Object(key, unit, function, space) => {
                let link = self.link(key)?;
                let row = link.functions.get(link.find(*unit, *function)?)?;
                Some(space_row(link, row, *space, row.spaces.get(*space)?))
            }
            RowId::Value(key, unit, function, space, place) => {
                let link = self.link(key)?;
                let row = link.functions.get(link.find(*unit, *function)?)?;
                let spaces = row.spaces.get(*space)?;
                value_row(link, row, *space, spaces, *place)
            }
            RowId::Writers(written) => self.writers.get(written).map(|row| writers_row(written, row)),
            RowId::Rhythm(key, unit, function, act) => {
                let link = self.link(key)?;
                let row = link.functions.get(link.find(*unit, *function)?)?;
                row.poll(*act).filter(|poll| poll.rhythm.windows > 0).map(|poll| poll_row(link, row, poll))
            }
            RowId::Order(key) => {
                let link = self.link(key)?;
                link.order.as_ref().filter(|order| !order.is_empty()).map(|order| order_row(link, order))
            }
            RowId::Volume(key) => {
                let link = self.link(key)?;
                link.volume.as_ref().filter(|volume| !volume.is_empty()).map(|volume| volume_row(link, volume))
            }
        }
    }

    /// Locks a row, so that nothing is added to it and it is not removed; or unlocks it.
    pub fn lock(&mut self, id: &RowId, locked: bool) -> Result<(), RowFault> {
        let place = match id {
            RowId::Host(address) => self.hosts.get_mut(address).map(|row| &mut row.locked),
            RowId::Cards(vlans, ip) => self.cards.get_mut(&(vlans.clone(), *ip)).map(|row| &mut row.host.locked),
            RowId::Link(key) => self.link_mut(key).map(|link| &mut link.locked),
            RowId::Function(key, unit, function) => self.function_mut(key, *unit, *function).map(|row| &mut row.locked),
            RowId::Object(key, unit, function, space) | RowId::Value(key, unit, function, space, _) => self
                .function_mut(key, *unit, *function)
                .and_then(|row| row.spaces.get_mut(*space))
                .map(|row| &mut row.locked),
            RowId::Writers(written) => self.writers.get_mut(written).map(|row| &mut row.host.locked),
            RowId::Rhythm(key, unit, function, act) => {
                let row = self.function_mut(key, *unit, *function);
                row.and_then(|row| row.polls.iter_mut().find(|poll| poll.id == *act)).map(|poll| &mut poll.locked)
            }
            RowId::Order(key) => self.link_mut(key).and_then(|link| link.order.as_mut()).map(|order| &mut order.locked),
            RowId::Volume(key) => {
                self.link_mut(key).and_then(|link| link.volume.as_mut()).map(|volume| &mut volume.locked)
            }
        };
        *place.ok_or(RowFault::Unknown)? = locked;
        Ok(())
    }

    /// Forgets a row with all that hangs on it. Workers must then ask about everything again.
    pub fn remove(&mut self, id: &RowId) -> Result<(), RowFault> {
        let row = self.row_of(id).ok_or(RowFault::Unknown)?;
        if row.locked {
            return Err(RowFault::Locked);
        }
        match id {
            RowId::Host(address) => {
                self.hosts.remove(address);
                self.late.remove(address);
            }
            RowId::Cards(vlans, ip) => _ = self.cards.remove(&(vlans.clone(), *ip)),
            RowId::Link(key) => self.remove_links(|link| link.key == *key),
            RowId::Function(key, unit, function) => {
                self.stop_writing(|link| link == key);
                if let Some(link) = self.link_mut(key) {
                    link.functions.retain(|row| row.unit != *unit || row.function != *function);
                }
            }
            RowId::Object(key, unit, function, space) => {
                _ = self.function_mut(key, *unit, *function).map(|row| row.spaces.remove(*space));
            }
            RowId::Value(key, unit, function, space, place) => {
                let space = self.function_mut(key, *unit, *function).and_then(|row| row.spaces.get_mut(*space));
                _ = space.map(|space| space.points.remove(*place));
            }
            RowId::Writers(written) => {
                self.stop_writing(|link| link.server == written.server && link.service == written.service);
                self.writers.remove(written);
            }
            RowId::Rhythm(key, unit, function, act) => {
                let row = self.function_mut(key, *unit, *function);
                _ = row.map(|row| row.polls.retain(|poll| poll.id != *act));
            }
            RowId::Order(key) => _ = self.link_mut(key).and_then(|link| link.order.take()),
            RowId::Volume(key) => _ = self.link_mut(key).and_then(|link| link.volume.take()),
        }
        self.news.forget(|news| news.row == *id);
        self.removed();
        Ok(())
    }

    /// What was made of what is gone is made anew.
    fn removed(&mut self) {
        self.removals += 1;
        self.counted.clear();
        self.beats.clear();
        self.pulses.clear();
        self.share();
        self.sum_up();
    }

    /// Forgets a device with all that it taught: itself, its addresses, and every link it was a part of. Locked rows stay.
    /// Gives back how many rows went.
    pub fn forget(&mut self, address: &Address) -> usize {
        let before = self.count_rows();
        self.hosts.retain(|host, row| host != address || row.locked);
        if let Address::Ip(ip) = address {
            self.cards.retain(|(_, card), row| card != ip || row.host.locked);
        }
        self.remove_links(|link| !link.locked && (link.key.client == *address || link.key.server == *address));
        self.late.remove(address);
        self.late_writers.retain(|link, _| !concerns(link, address));
        self.forget_writer(address);
        self.news.forget(|news| news.row.concerns(address) || news.by == *address);
        self.removed();
        before - self.count_rows()
    }

    /// All rows there are.
    pub fn count_rows(&self) -> usize {
        self.rows(&RowQuery::default(), 0, 0).0
    }

    /// Neither what it wrote nor who wrote to it.
    fn forget_writer(&mut self, address: &Address) {
        for row in self.writers.values_mut().filter(|row| !row.host.locked) {
            row.writers.retain(|(writer, _)| writer != address);
        }
        self.writers.retain(|key, row| row.host.locked || (key.server != *address && !row.writers.is_empty()));
    }

    fn remove_links(&mut self, gone: impl Fn(&LinkRow) -> bool) {
        self.links.retain(|link| !gone(link));
        self.place_links();
    }

    fn link_mut(&mut self, key: &crate::inventory::LinkKey) -> Option<&mut LinkRow> {
        self.index.get(key).and_then(|i| self.links.get_mut(*i))
    }

    fn function_mut(
        &mut self,
        key: &crate::inventory::LinkKey,
        unit: u64,
        function: crate::event::FunctionKey,
    ) -> Option<&mut FunctionRow> {
        let link = self.link_mut(key)?;
        let place = link.find(unit, function)?;
        link.functions.get_mut(place)
    }
}

/// Counts all rows and makes those of one page.
struct Page<'a> {
    query: &'a RowQuery,
    skip: usize,
    most: usize,
    total: usize,
    rows: Vec<Row>,
    /// What is searched, in small letters: a link's text up to `base`, then that of one of its rows. One memory for all: a
    /// plant has a million of them.
    text: String,
    base: usize,
    base_fits: bool,
}

impl<'a> Page<'a> {
    fn new(query: &'a RowQuery, skip: usize, most: usize) -> Self {
        let base_fits = query.search.is_empty();
        Page { query, skip, most, total: 0, rows: Vec::new(), text: String::new(), base: 0, base_fits }
    }

    /// What the rows that follow are about.
    fn about(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) {
        if self.query.search.is_empty() {
            return;
        }
        self.text.clear();
        // Writing to a String does not fail.
        let _ = write(&mut self.text);
        self.text.make_ascii_lowercase();
        self.base = self.text.len();
        self.base_fits = self.text.contains(&self.query.search);
    }

    /// What is searched for is in what the row is about, or in these further texts.
    fn fits(&mut self, further: &[&str]) -> bool {
        if self.base_fits || further.is_empty() {
            return self.base_fits;
        }
        self.text.truncate(self.base);
        for part in further {
            self.text.push(' ');
            self.text.push_str(part);
        }
        self.text.make_ascii_lowercase();
        self.text.contains(&self.query.search)
    }

    fn offer(&mut self, locked: bool, further: &[&str], row: impl FnOnce() -> Row) {
        if (self.query.locked && !locked) || !self.fits(further) {
            return;
        }
        self.total += 1;
        if self.total > self.skip && self.rows.len() < self.most {
            self.rows.push(row());
        }
    }

    /// Rows that need not be looked at one by one: `rows` makes the one at a place.
    fn offer_many(&mut self, count: usize, row: impl Fn(usize) -> Option<Row>) {
        let from = self.skip.saturating_sub(self.total).min(count);
        let wanted = self.most.saturating_sub(self.rows.len());
        self.rows.extend((from..count).take(wanted).filter_map(row));
        self.total += count;
    }
}

fn functions(link: &LinkRow, page: &mut Page<'_>, wants: impl Fn(Scenario) -> bool) {
    for row in &link.functions {
        if wants(Scenario::Functions) {
            page.offer(row.locked, &[&row.name], || function_row(link, row));
        }
        if wants(Scenario::Rhythm) {
            for poll in row.polls.iter().filter(|poll| poll.rhythm.windows > 0) {
                page.offer(poll.locked, &[&row.name, &poll.object], || poll_row(link, row, poll));
            }
        }
        if !wants(Scenario::Objects) && !wants(Scenario::Values) {
            continue;
        }
        for (space, space_of) in row.spaces.iter() {
            let texts = [row.name.as_str(), &*space_of.name];
            if wants(Scenario::Objects) {
                page.offer(space_of.locked, &texts, || space_row(link, row, space, space_of));
            }
            if wants(Scenario::Values) && (space_of.locked || !page.query.locked) && page.fits(&texts) {
                let points = &space_of.points;
                page.offer_many(points.len(), |at| {
                    let (place, _) = points.iter().nth(at)?;
                    value_row(link, row, space, space_of, *place)
                });
            }
        }
    }
}

fn host_row(address: &Address, row: &HostRow) -> Row {
    Row {
        id: RowId::Host(*address),
        unit: None,
        function: None,
        object: None,
        normal: address.to_string(),
        count: 0,
        first: row.first,
        last: row.first,
        origin: row.origin.clone(),
        locked: row.locked,
        history: Vec::new(),
    }
}

fn link_row(link: &LinkRow) -> Row {
    Row {
        id: RowId::Link(link.key.clone()),
        unit: None,
        function: None,
        object: None,
        normal: link.ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        count: link.count,
        first: link.first,
        last: link.last,
        origin: link.origin.clone(),
        locked: link.locked,
        history: Vec::new(),
    }
}

fn function_row(link: &LinkRow, row: &FunctionRow) -> Row {
    let spaces = row.spaces.iter().take(4).map(|(_, space)| format!("{} {}", space.name, space.addresses));
    Row {
        id: RowId::Function(link.key.clone(), row.unit, row.function),
        unit: Some(row.unit),
        function: Some(row.name.clone()),
        object: None,
        normal: spaces.collect::<Vec<_>>().join("; "),
        count: row.count,
        first: row.first,
        last: row.last,
        origin: row.origin.clone(),
        locked: row.locked,
        history: Vec::new(),
    }
}

fn space_row(link: &LinkRow, row: &FunctionRow, space: u64, of: &SpaceRow) -> Row {
    Row {
        id: RowId::Object(link.key.clone(), row.unit, row.function, space),
        object: Some(of.name.to_string()),
        normal: of.addresses.to_string(),
        locked: of.locked,
        ..function_row(link, row)
    }
}

fn writers_row(key: &Written, row: &WritersRow) -> Row {
    Row {
        id: RowId::Writers(key.clone()),
        unit: Some(key.unit),
        object: Some(row.name.to_string()),
        normal: row.to_string(),
        count: row.count,
        last: row.last,
        ..host_row(&key.server, &row.host)
    }
}

fn poll_row(link: &LinkRow, row: &FunctionRow, poll: &Poll) -> Row {
    Row {
        id: RowId::Rhythm(link.key.clone(), row.unit, row.function, poll.id),
        object: Some(poll.object.to_string()),
        normal: poll.rhythm.to_string(),
        count: u64::from(poll.rhythm.windows),
        locked: poll.locked,
        ..function_row(link, row)
    }
}

/// Steps that are shown of an order.
const SHOWN_STEPS: usize = 16;

fn order_row(link: &LinkRow, order: &super::order::Order) -> Row {
    let name = |act: ActId| link.act(act).map_or_else(|| "-".to_owned(), |act| act.name);
    let steps = order.steps().take(SHOWN_STEPS).map(|(from, to)| format!("{} → {}", name(from), name(to)));
    Row {
        id: RowId::Order(link.key.clone()),
        normal: steps.collect::<Vec<_>>().join("; "),
        count: order.count(),
        locked: order.locked,
        ..link_row(link)
    }
}

fn volume_row(link: &LinkRow, volume: &super::volume::Volume) -> Row {
    Row {
        id: RowId::Volume(link.key.clone()),
        normal: volume.to_string(),
        count: volume.count(),
        locked: volume.locked,
        ..link_row(link)
    }
}

fn value_row(link: &LinkRow, row: &FunctionRow, space: u64, of: &SpaceRow, place: u64) -> Option<Row> {
    let point = of.points.get(place)?;
    Some(Row {
        id: RowId::Value(link.key.clone(), row.unit, row.function, space, place),
        object: Some(format!("{} {}", of.name, place_name(place))),
        normal: point.to_string(),
        count: u64::from(point.count),
        history: point.trail.iter().flat_map(|trail| trail.iter()).collect(),
        ..space_row(link, row, space, of)
    })
}
