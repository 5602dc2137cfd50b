use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;

/// What is learnt apart from each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    Hosts,
    Links,
    Functions,
    Objects,
}

impl Scenario {
    pub const ALL: [Scenario; 4] = [Scenario::Hosts, Scenario::Links, Scenario::Functions, Scenario::Objects];
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
/// seconds in which packets came count, so that a plant that stands still teaches nothing. Or after a `set` time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LearningRule {
    pub quiet: Duration,
    pub patience: u32,
    pub set: Option<Duration>,
}

impl LearningRule {
    /// For a capture or the demo plant, where a minute shows what a day shows of a real one.
    pub const SHORT: LearningRule = LearningRule { quiet: Duration::from_secs(30), patience: 2, set: None };

    /// For a real plant: at least a day without news.
    pub const PLANT: LearningRule = LearningRule { quiet: Duration::from_secs(86_400), patience: 2, set: None };

    fn is_over(&self, stage: &Stage, now: Timestamp) -> bool {
        if let Some(set) = self.set {
            return stage.since.is_some_and(|since| now.since(since) >= set);
        }
        let until_news = stage.active_seconds - stage.quiet_seconds;
        let wanted = self.quiet.as_secs().max(until_news.saturating_mul(u64::from(self.patience)));
        stage.news > 0 && stage.quiet_seconds >= wanted
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
    }

    /// A second with traffic is over. True where learning ended with it.
    pub fn tick(&mut self, ts: Timestamp, rule: &LearningRule) -> bool {
        self.since.get_or_insert(ts);
        if !self.is_learning() {
            return false;
        }
        self.active_seconds += 1;
        self.quiet_seconds += 1;
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
            (None, _) => {
                let until_news = self.active_seconds - self.quiet_seconds;
                (self.quiet_seconds, rule.quiet.as_secs().max(until_news.saturating_mul(u64::from(rule.patience))))
            }
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
    fn without_any_news_nothing_was_learnt_yet() {
        let mut stage = Stage::default();
        assert!((0..500).all(|n| !stage.tick(second(n), &LearningRule::SHORT)));
    }
}
