use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Sender;

use super::blocks::Blocks;
use super::message::{Analyse, Feedback, Item, Learnt};
use super::proof::{Kept, Proof};
use super::scans::Scans;
use crate::alert::{Alert, AlertBook, Closing, Quiet, Update};
use crate::baseline::{Baseline, Counted, Mode, RowId, Scenario, Verdict};
use crate::detect::{Detector, IndicatorWatch, STORY, Scene, detectors, integrity, is_engineering, is_tale, lowered};
use crate::event::{
    BehaviourKey, CaptureReport, Event, EventKind, FactKind, Finding, FlowId, FlowState, Reason, SensorFault, Set,
    Sighting, Timestamp,
};
use crate::inventory::{Address, Asset, Change, Inventory, LinkKey};
use crate::signature::{PlantCondition, PlantView, RuleId, RuleSet, Scanner, Threshold, Thresholds};

/// Packet time between two looks for evidence that has been kept for long enough.
const EXPIRE_EVERY: Duration = Duration::from_secs(600);
/// Keys of normal behaviour that go to a worker at once.
const FEEDBACK_KEYS: usize = 64;
/// Sightings remembered as told.
const MAX_SIGHTINGS: usize = 1 << 18;

/// Who wants to know what the analyst finds.
pub trait Journal: Send {
    /// An event that is news, or any event where all were asked for.
    fn event(&mut self, event: &Event);

    /// An alert is new or has changed.
    fn alert(&mut self, alert: &Alert, update: &Update);

    /// A second is over.
    fn tick(&mut self, _ts: Timestamp) {}

    /// A scenario turned from learning to watching.
    fn watching(&mut self, _scenario: Scenario, _ts: Timestamp) {}
}

/// What an analyst begins with.
pub struct AnalystOptions {
    pub inventory: Inventory,
    pub baseline: Baseline,
    pub alerts: AlertBook,
    pub scanner: Scanner,
    pub proof: Proof,
    pub blocks: Blocks,
    /// The journal gets every event.
    pub every_operation: bool,
    /// Names of the captures, as the workers have them.
    pub captures: Arc<[Arc<str>]>,
}

/// Puts together what all workers send: knows the plant, judges what is new, keeps the alerts.
pub struct Analyst {
    inventory: Inventory,
    baseline: Baseline,
    /// Told so far: each worker tells what it sees first.
    sightings: Set<Sighting>,
    detectors: Vec<Box<dyn Detector>>,
    alerts: AlertBook,
    thresholds: Thresholds,
    scans: Scans,
    indicators: IndicatorWatch,
    proof: Proof,
    blocks: Blocks,
    every_operation: bool,
    captures: Arc<[Arc<str>]>,
    workers: Vec<Sender<Feedback>>,
    /// Behaviour that each worker shall count from now on, and in which slot of time its values were told.
    learned: Vec<Vec<Learnt>>,
    health: CaptureReport,
    now: Timestamp,
    ticked: Timestamp,
    /// When evidence that was kept for long enough was last removed.
    expired: Timestamp,
    /// What detectors had to forget so far.
    forgotten: u64,
    /// The conversation of the latest event, and whether that was news to a baseline that watches.
    latest: (Option<FlowId>, bool),
    /// Packets came since the last tick.
    traffic: bool,
    journal: Box<dyn Journal>,
}

impl Analyst {
    pub fn new(options: AnalystOptions, workers: Vec<Sender<Feedback>>, journal: Box<dyn Journal>) -> Self {
        Analyst {
            inventory: options.inventory,
            baseline: options.baseline,
            sightings: Set::default(),
            detectors: detectors(),
            alerts: options.alerts,
            thresholds: Thresholds::default(),
            scans: Scans::here(options.scanner),
            indicators: IndicatorWatch::default(),
            proof: options.proof,
            blocks: options.blocks,
            every_operation: options.every_operation,
            captures: options.captures,
            learned: workers.iter().map(|_| Vec::new()).collect(),
            workers,
            health: CaptureReport::default(),
            now: Timestamp::ZERO,
            ticked: Timestamp::ZERO,
            expired: Timestamp::ZERO,
            forgotten: 0,
            latest: (None, false),
            traffic: false,
            journal,
        }
    }

    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    pub fn alerts(&self) -> &AlertBook {
        &self.alerts
    }

    /// Everything that capture saw and missed since the start.
    pub fn health(&self) -> &CaptureReport {
        &self.health
    }

    /// The latest packet time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn acknowledge(&mut self, id: &str) -> Option<Alert> {
        let update = self.alerts.acknowledge(id)?;
        self.tell(&update)
    }

    /// Closes an alert; `Normal` also learns what was missing, and says which rows that were.
    pub fn close(&mut self, id: &str, closing: Closing, comment: Option<String>) -> Option<(Alert, Vec<RowId>)> {
        let mut rows = Vec::new();
        if closing == Closing::Normal
            && let Some(event) = self.proof.cause(id)
        {
            rows = self.baseline.accept(event);
            tracing::info!(alert = id, ?rows, "called normal and learnt");
        }
        self.alerts.note_learnt(id, rows.iter().map(ToString::to_string).collect());
        let update = self.alerts.close(id, closing, comment)?;
        self.proof.forget(id);
        Some((self.tell(&update)?, rows))
    }

    /// Changes what people say of an alert.
    pub fn amend(&mut self, id: &str, change: impl FnOnce(&mut Alert)) -> Option<Alert> {
        let update = self.alerts.amend(id, change)?;
        self.tell(&update)
    }

    /// Changes what shall not become an alert; gives it back as it then stands, to be stored.
    pub fn hush<T>(&mut self, change: impl FnOnce(&mut Quiet) -> T) -> (T, Quiet) {
        let result = change(self.alerts.quiet_mut());
        (result, self.alerts.quiet().clone())
    }

    /// Changes what is known of the plant by hand.
    pub fn inventory_mut(&mut self) -> &mut Inventory {
        &mut self.inventory
    }

    /// Changes what is normal by hand; whoever counts the known by himself asks about everything again.
    pub fn teach_anew<T>(&mut self, change: impl FnOnce(&mut Baseline) -> T) -> T {
        let result = change(&mut self.baseline);
        self.sightings.clear();
        self.learned.iter_mut().for_each(Vec::clear);
        for line in &self.workers {
            let _ = line.send(Feedback::Forget);
        }
        result
    }

    /// Something is wrong with the box itself.
    pub fn fault(&mut self, fault: SensorFault) {
        self.finding(integrity(fault, Timestamp::now()), None);
    }

    /// Asks whether evidence can be kept as promised.
    pub fn check_room(&mut self) {
        self.proof.faults().into_iter().for_each(|fault| self.fault(fault));
    }

    /// Takes other rules; the workers take them with their next batch.
    pub fn reload(&mut self, rules: &Arc<RuleSet>, scanner: Scanner) {
        self.scans.reload(scanner);
        for line in &self.workers {
            // What was known under the old rules may matter to the new ones.
            let _ = line.send(Feedback::Rules(Arc::clone(rules)));
            let _ = line.send(Feedback::Forget);
        }
    }

    /// Files are scanned on a thread of their own from now on: for what is live, and need not be the same on every run.
    pub fn scan_beside(&mut self) {
        self.scans.go_beside();
    }

    /// Looks out for these indicators from now on, also in what is known and only counted so far.
    pub fn look_out_for(&mut self, indicators: IndicatorWatch) {
        self.indicators = indicators;
        for line in &self.workers {
            let _ = line.send(Feedback::Forget);
        }
    }

    fn event(&mut self, worker: usize, event: &Event, key: Option<BehaviourKey>) {
        self.now = self.now.max(event.ts);
        if let EventKind::Sighting(sighting) = &event.kind
            && !self.is_first(sighting)
        {
            // Another worker has told it before.
            return;
        }
        let changes = self.inventory.observe(event);
        let verdict = self.baseline.observe(event);
        if let (true, Some(key)) = (verdict.normal && !verdict.watched, key)
            && let Some(tally) = self.baseline.will_count(worker, key, event)
        {
            self.teach(worker, Learnt { key, tally, slot: event.ts.slot() });
        }
        let mut found = Vec::new();
        let (inventory, baseline) = (&self.inventory, &self.baseline);
        let scene = Scene { event, verdict: &verdict, inventory, baseline, changes: &changes };
        for detector in &mut self.detectors {
            detector.event(&scene, &mut found);
        }
        self.indicators.event(&scene, &mut found);
        self.latest = (event.flow, !verdict.deviations.is_empty());
        self.findings(found, Some(event));
        if let EventKind::Artifact(_) = &event.kind {
            let found = self.scans.take(event);
            self.findings(found, None);
        }
        let is_notice = matches!(event.kind, EventKind::Notice(_));
        if (self.every_operation && !is_notice) || is_told(event, &verdict, &changes) {
            self.journal.event(event);
        }
    }

    fn is_first(&mut self, sighting: &Sighting) -> bool {
        if self.sightings.len() >= MAX_SIGHTINGS {
            self.sightings.clear();
        }
        self.sightings.insert(sighting.clone())
    }

    fn teach(&mut self, worker: usize, learnt: Learnt) {
        if self.every_operation {
            return;
        }
        let Some(keys) = self.learned.get_mut(worker) else { return };
        keys.push(learnt);
        if keys.len() >= FEEDBACK_KEYS {
            self.send_learned(worker);
        }
    }

    fn send_learned(&mut self, worker: usize) {
        let Some(keys) = self.learned.get_mut(worker).filter(|keys| !keys.is_empty()) else { return };
        let keys = std::mem::take(keys);
        if let Some(line) = self.workers.get(worker) {
            // A worker that is gone needs no teaching.
            let _ = line.send(Feedback::Learn(keys));
        }
    }

    fn findings(&mut self, found: Vec<Finding>, cause: Option<&Event>) {
        for finding in found {
            self.finding(finding, cause);
        }
    }

    /// An alert, and what stories become of it.
    fn finding(&mut self, mut finding: Finding, cause: Option<&Event>) {
        self.weigh(&mut finding);
        let mut stories = Vec::new();
        for detector in &mut self.detectors {
            detector.told(&finding, &mut stories);
        }
        self.raise(finding, cause);
        for story in stories {
            self.raise(story, cause);
        }
    }

    fn raise(&mut self, finding: Finding, cause: Option<&Event>) {
        let story = is_engineering(&finding.source).then_some(STORY);
        let grows = is_tale(&finding.source);
        let Some(update) = self.alerts.take(finding, &self.inventory, story) else { return };
        let told = self.tell(&update);
        match (&update, told) {
            (Update::New(id), Some(alert)) => {
                self.proof.begin(id, &alert, cause);
                self.prove(&alert);
            }
            // One file shall hold the whole story, as far as it goes on.
            (Update::Repeated(_), Some(alert)) if grows => self.prove(&alert),
            _ => {}
        }
    }

    /// Asks the workers for an alert's packets.
    fn prove(&mut self, alert: &Alert) {
        match self.proof.request(alert, self.workers.len()) {
            Ok(Some(request)) => {
                let request = Arc::new(request);
                for line in &self.workers {
                    let _ = line.send(Feedback::Evidence(Arc::clone(&request)));
                }
            }
            Ok(None) => {}
            Err(lost) => self.attach(vec![(alert.id.clone(), Err(lost))]),
        }
    }

    /// Announced work weighs less; the record stays.
    fn weigh(&self, finding: &mut Finding) {
        let policy = self.baseline.policy();
        let [client, server] = [&finding.ends.client, &finding.ends.server].map(|end| Address::of(end.ip, end.mac));
        if let Some(window) = policy.window(finding.ts, [&client, &server]) {
            finding.severity = lowered(finding.severity);
            finding.reasons.push(Reason::new("reason.maintenance").with("window", &window.name));
        }
        if let Some(permission) = policy.permission(finding.ts, &client, &server, finding.service) {
            finding.severity = lowered(finding.severity);
            finding.reasons.push(Reason::new("reason.permitted").with("permission", &permission.name));
        }
        let hides = |asset: &Asset| asset.fact(FactKind::Translation).is_some();
        if self.inventory.find(&finding.ends.vlans, &finding.ends.client).is_some_and(hides) {
            finding.reasons.push(Reason::new("reason.machines_behind").with("address", client));
        }
    }

    fn attach(&mut self, kept: Vec<Kept>) {
        for (id, packets) in kept {
            if let Some(update) = self.alerts.attach(&id, packets) {
                self.tell(&update);
            }
        }
    }

    /// Tells the journal; gives back the alert as it now stands.
    fn tell(&mut self, update: &Update) -> Option<Alert> {
        let (Update::New(id) | Update::Repeated(id) | Update::Moved(id) | Update::Proven(id)) = update;
        let alert = self.alerts.get(id)?;
        self.journal.alert(alert, update);
        Some(alert.clone())
    }

    /// Whether a rule's keywords about the plant hold for what it matched.
    fn plant_holds(&self, condition: &PlantCondition, finding: &Finding) -> bool {
        let ends = [&finding.ends.client, &finding.ends.server];
        let assets = ends.map(|end| self.inventory.find(&finding.ends.vlans, end));
        let policy = self.baseline.policy();
        let zones = [0, 1].map(|i| {
            let said = assets[i].and_then(|asset| asset.said.zone.as_deref());
            said.or_else(|| Some(policy.zone_of(&Address::of(ends[i].ip, ends[i].mac))?.1.name.as_str()))
        });
        let roles = assets.map(|asset| Some(asset?.role()?.name()));
        condition.holds(&PlantView { roles, zones, is_new: self.is_new(finding) })
    }

    /// Of an operation: the baseline told so just now. Of bytes: the link was never learnt.
    fn is_new(&self, finding: &Finding) -> bool {
        if finding.class.is_some() {
            return self.latest == (finding.flow, true);
        }
        let key = LinkKey::of(&finding.ends, finding.service);
        // Bytes that come before it is clear what is spoken may be of a protocol that was learnt.
        let may_be = |link: &LinkKey| {
            finding.service.protocol().is_none()
                && link.service.is_ot()
                && (&link.client, &link.server) == (&key.client, &key.server)
        };
        self.baseline.stage(Scenario::Links).mode == Mode::Watching
            && self.baseline.link(&key).is_none()
            && !self.baseline.links().iter().any(|row| may_be(&row.key))
    }

    fn matched(&mut self, finding: Finding, rule: RuleId, threshold: Option<Threshold>) {
        let (client, server) = (finding.ends.client.ip, finding.ends.server.ip);
        let passes = threshold.is_none_or(|threshold| {
            self.thresholds.passes(rule, &threshold, threshold.tracked(client, server), finding.ts)
        });
        if passes {
            self.finding(finding, None);
        }
    }

    /// A second is over. Several interfaces tick each by itself: the second one of a second tells nothing new.
    fn tick(&mut self, ts: Timestamp) {
        if ts.since(self.ticked) < Duration::from_millis(500) && ts >= self.ticked {
            return;
        }
        self.ticked = ts;
        self.now = self.now.max(ts);
        self.tell_departures();
        // A plant that stands still teaches nothing.
        if std::mem::take(&mut self.traffic) {
            for scenario in self.baseline.tick(ts) {
                self.journal.watching(scenario, ts);
            }
        }
        let found = self.scans.found();
        self.findings(found, None);
        self.journal.tick(ts);
        self.tick_detectors(ts);
        if ts.since(self.expired) >= EXPIRE_EVERY || ts < self.expired {
            self.expired = ts;
            let kept = self.proof.expire(SystemTime::now());
            self.attach(kept);
            self.tell_forgotten();
        }
        for worker in 0..self.workers.len() {
            self.send_learned(worker);
        }
    }

    /// Enters what workers counted where it is looked for: before somebody looks.
    pub fn settle(&mut self) {
        let Analyst { baseline, inventory, .. } = self;
        baseline.settle(|link, counted, repeated| match counted {
            Counted::Link(_) => inventory.conversations(link, repeated),
            Counted::Function { unit, function, .. } => inventory.operations(link, unit, function, repeated),
        });
    }

    /// Habits of which no single message shows that they changed.
    fn tell_departures(&mut self) {
        for event in self.baseline.departures(&self.captures) {
            self.event(0, &event, None);
        }
    }

    /// Detectors remember a bounded number of machines, points and links.
    fn tell_forgotten(&mut self) {
        let forgotten = self.detectors.iter().map(|detector| detector.evicted()).sum();
        if forgotten > self.forgotten {
            tracing::warn!(forgotten, "detectors forgot the oldest of what they watch, as there was too much of it");
        }
        self.forgotten = forgotten;
    }

    fn tick_detectors(&mut self, ts: Timestamp) {
        let mut found = Vec::new();
        for detector in &mut self.detectors {
            detector.tick(ts, &mut found);
        }
        self.findings(found, None);
    }
}

/// What the journal gets where only news and summaries are wanted. Must not depend on what a worker still sends of
/// behaviour that is already known.
fn is_told(event: &Event, verdict: &Verdict, changes: &[Change]) -> bool {
    match &event.kind {
        EventKind::Operation(_) | EventKind::Habit(_) => verdict.is_news(),
        EventKind::Identity(_) => !changes.is_empty(),
        EventKind::Flow(report) => report.state == FlowState::Ended,
        EventKind::Notice(_) => false,
        _ => true,
    }
}

impl Analyse for Analyst {
    fn item(&mut self, worker: usize, item: Item) {
        match item {
            Item::Event { mut event, key } => {
                self.blocks.compare(&mut event);
                self.event(worker, &event, key);
            }
            Item::Repeated(counted) => counted.iter().for_each(|repeated| self.baseline.repeated(repeated)),
            Item::Match { finding, rule, threshold, plant } => {
                if plant.is_none_or(|plant| self.plant_holds(&plant, &finding)) {
                    self.matched(*finding, rule, threshold);
                }
            }
            Item::Evidence { id, frames } => {
                let kept = self.proof.answer(&id, frames);
                self.attach(kept);
                // A story may have gone on while its packets were gathered.
                if let Some(alert) = self.alerts.get(&id).filter(|alert| is_tale(&alert.source)).cloned() {
                    self.prove(&alert);
                }
            }
            Item::Report(report) => {
                self.health.add(&report);
                self.traffic |= report.packets > 0;
                for detector in &mut self.detectors {
                    detector.report(&report);
                }
            }
            Item::Tick(ts) => self.tick(ts),
        }
    }

    fn finish(&mut self) {
        self.settle();
        self.tell_departures();
        self.tick_detectors(self.now);
        self.tell_forgotten();
        self.journal.tick(self.now);
    }

    fn waits_for(&self) -> usize {
        self.proof.waits_for()
    }

    fn hang_up(&mut self) {
        self.workers.clear();
    }
}
