//! What the receivers saw last: answers why nothing arrives.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, stream};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

use crate::app::App;
use crate::journal::{Journal, ReceiverEvent};
use crate::limits::STREAM_KEEP_ALIVE;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverEvents {
    /// Newest first.
    requests: Vec<ReceiverEvent>,
}

/// Lists the last requests to the receivers and what became of them.
#[utoipa::path(get, operation_id = "list_receiver_requests", path = "/api/v1/receiver", tag = "health", responses((status = 200, body = ReceiverEvents)))]
pub(crate) async fn recent(State(journal): State<Journal>) -> Json<ReceiverEvents> {
    Json(ReceiverEvents { requests: journal.recent() })
}

/// Streams requests to the receivers as they come: server-sent events named `request`, each a `ReceiverEvent`.
#[utoipa::path(get, operation_id = "stream_receiver_requests", path = "/api/v1/receiver/stream", tag = "health",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)))]
pub(crate) async fn stream(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold((app.journal.follow(), app.stop), |(mut receiver, mut stop)| async move {
        loop {
            let received = tokio::select! {
                received = receiver.recv() => received,
                () = stop.wait() => return None,
            };
            match received {
                Ok(request) => {
                    let event = Event::default().event("request").json_data(&request).unwrap_or_default();
                    return Some((Ok(event), (receiver, stop)));
                }
                // The page shows the newest ones; those missed between are in the list.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(STREAM_KEEP_ALIVE))
}
