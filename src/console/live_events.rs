use serde::Serialize;
use tokio::sync::broadcast;

use super::views::AlertRow;
use crate::alert::Alert;

/// Events that a slow browser may be behind; then it is told to load anew.
const BEHIND: usize = 256;
/// Where the engine tells the browsers what has changed.
#[derive(Clone)]
pub struct LiveEvents(broadcast::Sender<LiveEvent>);

/// One change.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    pub kind: &'static str,
    pub json: String,
}

impl Default for LiveEvents {
    fn default() -> Self {
        LiveEvents(broadcast::channel(BEHIND).0)
    }
}

impl LiveEvents {
    pub fn alert(&self, alert: &Alert) {
        if self.has_listeners() {
            self.send("alert", &AlertRow::of(alert));
        }
    }

    pub fn has_listeners(&self) -> bool {
        self.0.receiver_count() > 0
    }

    pub fn send(&self, kind: &'static str, what: &impl Serialize) {
        if let Ok(json) = serde_json::to_string(what) {
            // Nobody listens: nobody needs it.
            let _ = self.0.send(LiveEvent { kind, json });
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.0.subscribe()
    }
}
