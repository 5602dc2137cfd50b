use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use super::auth::LoggedIn;
use super::overview::Overview;
use super::state::Console;
use super::views::AlertRow;
use crate::alert::Alert;

/// Events that a slow browser may be behind; then it is told to load anew.
const BEHIND: usize = 256;
/// How often the first page's numbers go out.
const PULSE: Duration = Duration::from_secs(2);

/// Where the engine tells the browsers what has changed.
#[derive(Clone)]
pub struct LiveEvents(broadcast::Sender<LiveEvent>);

/// One change.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    kind: &'static str,
    json: String,
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

    fn send(&self, kind: &'static str, what: &impl Serialize) {
        if let Ok(json) = serde_json::to_string(what) {
            // Nobody listens: nobody needs it.
            let _ = self.0.send(LiveEvent { kind, json });
        }
    }

    /// Sends the first page's numbers as long as somebody looks.
    pub async fn pulse(console: Console) {
        let mut interval = tokio::time::interval(PULSE);
        loop {
            interval.tick().await;
            if console.events.has_listeners() {
                match Overview::of(&console).await {
                    Ok(overview) => console.events.send("overview", &overview),
                    Err(_) => return,
                }
            }
        }
    }
}

/// Server-sent events: `alert` (a row that is new or changed), `overview` (the first page), `reload` (too much was missed).
#[utoipa::path(get, path = "/api/v1/events", responses((status = 200, content_type = "text/event-stream")))]
pub async fn events(
    State(console): State<Console>,
    _who: LoggedIn,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = BroadcastStream::new(console.events.0.subscribe()).map(|received| {
        Ok(match received {
            Ok(event) => Event::default().event(event.kind).data(event.json),
            Err(_) => Event::default().event("reload").data("{}"),
        })
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
