use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;

/// What is learnt apart from each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    Hosts,
    /// Which card has which IP address.
    Addresses,
    Links,
    Functions,
    Objects,
    Values,
    /// Who writes an object, whatever link it comes over.
    Writers,
    /// How often a polled operation comes.
    Rhythm,
    /// Which operation follows which.
    Order,
    /// How much goes over a link in each hour of the week.
    Volume,
}

impl Scenario {
    pub const ALL: [Scenario; 10] = [
        Scenario::Hosts,
        Scenario::Addresses,
        Scenario::Links,
        Scenario::Functions,
        Scenario::Objects,
        Scenario::Values,
        Scenario::Writers,
        Scenario::Rhythm,
        Scenario::Order,
        Scenario::Volume,
    ];

    /// A plant may have none of it: then learning ends when that of links has. How much goes over a link shows only after
    /// weeks, where learning is a matter of days.
    pub fn may_be_empty(self, rule: &LearningRule) -> bool {
        match self {
            Scenario::Hosts | Scenario::Links | Scenario::Functions | Scenario::Objects => false,
            Scenario::Addresses | Scenario::Values | Scenario::Writers | Scenario::Rhythm | Scenario::Order => true,
            Scenario::Volume => rule.quiet < DAY,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Learning,
    Watching,
}

/// When learning is over.
///
/// By itself: no news for `quiet`, and for `patience` times as long as it took from the start to the latest news. Only
/// seconds in which packets came count, so that a plant that stands still teaches nothing. Never before `floor`, and at the
/// latest after `ceiling`, both of time with traffic. Or after a `set` time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LearningRule {
    pub quiet: Duration,
    pub patience: u32,
    pub set: Option<Duration>,
    pub floor: Duration,
    pub ceiling: Option<Duration>,
    /// A device that appears while the rest watches learns at once, and not only when a person called it normal. That it
    /// is new is told all the same.
    pub trusts_new: bool,
}

impl LearningRule {
    /// For a capture or the demo plant, where a minute shows what a day shows of a real one.
    pub const SHORT: LearningRule = LearningRule {
        quiet: Duration::from_secs(30),
        patience: 2,
        set: None,
        floor: Duration::ZERO,
        ceiling: None,
        trusts_new: false,
    };

    /// For a real plant: at least a day without news.
    pub const PLANT: LearningRule = LearningRule { quiet: DAY, ..LearningRule::SHORT };

    fn is_over(&self, stage: &Stage, now: Timestamp) -> bool {
        if let Some(set) = self.set {
            return stage.since.is_some_and(|since| now.since(since) >= set);
        }
        if self.ceiling.is_some_and(|ceiling| stage.active_seconds >= ceiling.as_secs()) {
            return true;
        }
        let flat = stage.news > 0 && stage.quiet_seconds >= self.wanted_quiet(stage);
        flat && stage.active_seconds >= self.floor.as_secs()
    }

    /// Seconds without news that are long enough.
    pub fn wanted_quiet(&self, stage: &Stage) -> u64 {
        let until_news = stage.active_seconds - stage.quiet_seconds;
        self.quiet.as_secs().max(until_news.saturating_mul(u64::from(self.patience)))
    }
}

/// How far one scenario has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stage {
    pub mode: Mode,
    pub since: Option<Timestamp>,
    /// Since when it watches.
    pub watching_since: Option<Timestamp>,
    pub news: u64,
    pub last_news: Option<Timestamp>,
    /// Seconds with traffic since the start, and since the latest news.
    pub active_seconds: u64,
    pub quiet_seconds: u64,
    /// News over the seconds with traffic.
    #[serde(default)]
    pub curve: Curve,
}

/// How many news came when: steps of equal length in seconds with traffic, as many as fit; then twice as long ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Curve {
    /// Seconds.
    pub step: u64,
    pub news: Vec<u32>,
}

const DAY: Duration = Duration::from_secs(86_400);
/// Steps of a curve.
const MAX_STEPS: usize = 120;

impl Default for Curve {
    fn default() -> Self {
        Curve { step: 1, news: Vec::new() }
    }
}

impl Curve {
    fn add(&mut self, second: u64, news: u32) {
        while second / self.step >= MAX_STEPS as u64 {
            self.step *= 2;
            self.news = self.news.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        let place = usize::try_from(second / self.step).unwrap_or(0);
        if self.news.len() <= place {
            self.news.resize(place + 1, 0);
        }
        self.news[place] = self.news[place].saturating_add(news);
    }
}

impl Default for Stage {
    fn default() -> Self {
        Stage {
            mode: Mode::Learning,
            since: None,
            watching_since: None,
            news: 0,
            last_news: None,
            active_seconds: 0,
            quiet_seconds: 0,
            curve: Curve::default(),
        }
    }
}

impl Stage {
    pub fn is_learning(&self) -> bool {
        self.mode == Mode::Learning
    }

    pub fn news(&mut self, ts: Timestamp) {
        self.news += 1;
        self.last_news = Some(ts);
        self.quiet_seconds = 0;
        self.curve.add(self.active_seconds, 1);
    }

    /// A second with traffic is over. True where learning ended with it.
    pub fn tick(&mut self, ts: Timestamp, rule: &LearningRule) -> bool {
        self.since.get_or_insert(ts);
        if !self.is_learning() {
            return false;
        }
        self.active_seconds += 1;
        self.quiet_seconds += 1;
        self.curve.add(self.active_seconds, 0);
        let over = rule.is_over(self, ts);
        if over {
            self.watch(ts);
        }
        over
    }

    pub fn watch(&mut self, ts: Timestamp) {
        self.mode = Mode::Watching;
        self.watching_since = Some(ts);
    }

    /// How far learning has come, 0 to 100; 100 when watching.
    pub fn progress(&self, rule: &LearningRule) -> u8 {
        if !self.is_learning() {
            return 100;
        }
        let (done, wanted) = match (rule.set, self.since) {
            (Some(set), _) => (self.active_seconds, set.as_secs()),
            (None, _) => (self.quiet_seconds, rule.wanted_quiet(self)),
        };
        u8::try_from(done.saturating_mul(100) / wanted.max(1)).unwrap_or(99).min(99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Timestamp {
        Timestamp::from_parts(n, 0)
    }

    #[test]
    fn learning_ends_when_news_has_been_flat_long_enough() {
        let mut stage = Stage::default();
        let ended = (0..200).find(|n| {
            if [1, 5, 20].contains(n) {
                stage.news(second(*n));
            }
            stage.tick(second(*n), &LearningRule::SHORT)
        });
        // News ended after 20 seconds; patience 2 wants 40 quiet ones.
        assert_eq!(ended, Some(59));
    }

    #[test]
    fn silence_teaches_nothing() {
        let mut stage = Stage::default();
        stage.news(second(0));
        assert!(!stage.tick(second(0), &LearningRule::SHORT));
        assert!(!stage.tick(second(100_000), &LearningRule::SHORT), "a gap in time is one second of traffic");
    }

    #[test]
    fn a_floor_and_a_ceiling_bound_the_rule() {
        let end = |rule: LearningRule, news_every: u64| {
            let mut stage = Stage::default();
            (0..2000).find(|n| {
                if n % news_every == 0 {
                    stage.news(second(*n));
                }
                stage.tick(second(*n), &rule)
            })
        };
        let floor = LearningRule { floor: Duration::from_secs(300), ..LearningRule::SHORT };
        assert_eq!(end(floor, 5000), Some(299));
        let ceiling = LearningRule { ceiling: Some(Duration::from_secs(600)), ..LearningRule::SHORT };
        assert_eq!(end(ceiling, 10), Some(599), "news never end");
        assert_eq!(end(LearningRule::SHORT, 10), None);
    }

    #[test]
    fn the_curve_keeps_all_news_in_few_steps() {
        let mut curve = Curve::default();
        (0..10_000).for_each(|second| curve.add(second, u32::from(second < 100)));
        assert_eq!((curve.step, curve.news.len()), (128, 79));
        assert_eq!(curve.news.iter().sum::<u32>(), 100);
    }

    #[test]
    fn without_any_news_nothing_was_learnt_yet() {
        let mut stage = Stage::default();
        assert!((0..500).all(|n| !stage.tick(second(n), &LearningRule::SHORT)));
    }
}
