use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;

use super::auth::LoggedIn;
use super::overview::Overview;
use super::state::Console;

/// How often the first page's numbers go out.
const PULSE: Duration = Duration::from_secs(2);

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

/// Server-sent events: `alert` (a row that is new or changed), `overview` (the first page), `reload` (too much was missed).
#[utoipa::path(get, path = "/api/v1/events", responses((status = 200, content_type = "text/event-stream")))]
pub async fn events(
    State(console): State<Console>,
    _who: LoggedIn,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = BroadcastStream::new(console.events.subscribe()).map(|received| {
        Ok(match received {
            Ok(event) => Event::default().event(event.kind).data(event.json),
            Err(_) => Event::default().event("reload").data("{}"),
        })
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
