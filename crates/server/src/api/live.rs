//! Changes of a project as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use crate::app::App;
use crate::auth::ProjectScope;
use crate::limits::STREAM_KEEP_ALIVE;
use crate::live::{Interest, Told};
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamParams {
    /// Only changes of this trace.
    trace_id: Option<String>,
    /// Like the header `Last-Event-ID`, for clients that cannot set it.
    last_event_id: Option<u64>,
}

/// These traces have new or changed spans or log records.
#[derive(Debug, Serialize, ToSchema)]
struct TracesChanged {
    trace_ids: Vec<String>,
    spans: usize,
}

/// Streams changes: events named `traces` with the ids of changed traces, and `reset` where changes were missed and all must be read again.
///
/// Each event's id is the position to resume from, by the header `Last-Event-ID`; the first block of a new stream is a bare id.
#[utoipa::path(get, operation_id = "stream_changes", path = "/api/v1/projects/{project}/stream", tag = "traces", params(("project" = String, Path, description = "Slug"), StreamParams),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn stream(
    scope: ProjectScope,
    State(app): State<App>,
    Params(params): Params<StreamParams>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let trace_id = params.trace_id.as_deref().map(str::parse).transpose();
    let trace_id = trace_id.map_err(|error: model::IdError| Problem::bad_request("invalid-trace-id", error.to_string()))?;
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let interest = Interest { project: scope.project().clone(), trace_id };
    let told = app.live.follow(interest, resumed.or(params.last_event_id), app.stop.clone());
    Ok(Sse::new(told.map(|told| Ok(event_of(told)))).keep_alive(KeepAlive::new().interval(STREAM_KEEP_ALIVE)))
}

fn event_of(told: Told) -> Event {
    match told {
        // Without data it is no event to a browser, which remembers the id all the same (WHATWG HTML, section 9.2.6).
        Told::Position { sequence } => Event::default().id(sequence.to_string()),
        Told::Change(change) => {
            let data = TracesChanged { trace_ids: change.trace_ids.iter().map(ToString::to_string).collect(), spans: change.spans };
            Event::default().event("traces").id(change.sequence.to_string()).json_data(data).unwrap_or_default()
        }
        Told::Reset { sequence } => Event::default().event("reset").id(sequence.to_string()).data("{}"),
    }
}
