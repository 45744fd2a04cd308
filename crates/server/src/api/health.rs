//! Whether the server is well, and what became of what it received.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use store::{Ledger, TimeRange};
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::time_range;
use crate::app::App;
use crate::auth::AnyProject;
use crate::disk;
use crate::metrics::Gauges;
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerParams {
    /// Time of receipt: `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
}

/// What became of every record received; `received` is the sum of the rest.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerAnswer {
    received: u64,
    stored: u64,
    duplicate: u64,
    updated: u64,
    sampled_out: u64,
    /// By reason.
    rejected: BTreeMap<String, u64>,
}

/// Returns the ledger over all projects.
#[utoipa::path(get, operation_id = "get_ledger", path = "/api/v1/ledger", tag = "health", params(LedgerParams),
    responses((status = 200, body = LedgerAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ledger(any: AnyProject, Params(params): Params<LedgerParams>) -> Result<Json<LedgerAnswer>, Problem> {
    Ok(Json(any.ledger(time_range::parse(params.t.as_deref())?).await?.into()))
}

impl From<Ledger> for LedgerAnswer {
    fn from(ledger: Ledger) -> Self {
        Self {
            received: ledger.received(),
            stored: ledger.stored,
            duplicate: ledger.duplicate,
            updated: ledger.updated,
            sampled_out: ledger.sampled_out,
            rejected: ledger.rejected,
        }
    }
}

/// Answers 200 while the server can accept and answer; names stored data that is damaged, one line each.
#[utoipa::path(get, operation_id = "get_healthz", path = "/healthz", tag = "health", responses((status = 200, body = String), (status = 503, body = Problem)))]
pub(crate) async fn healthz(any: AnyProject) -> Result<String, Problem> {
    let status = any.status();
    let unavailable = |kind, detail| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, kind, detail));
    if !status.accepting {
        let reason = status.stopped.unwrap_or_default();
        return unavailable("store-stopped", format!("the store does not accept records any more: {reason}"));
    }
    if let Some(reason) = status.held_up {
        return unavailable("store-held-up", format!("the disk does not take what is to be written: {reason}"));
    }
    let damaged = status.damaged.iter().map(|damage| format!("damaged: {}: {}\n", damage.name, damage.reason));
    Ok(std::iter::once("ok\n".to_owned()).chain(damaged).collect())
}

/// Returns the server's own metrics in Prometheus text.
#[utoipa::path(get, operation_id = "get_metrics", path = "/metrics", tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(any: AnyProject, State(app): State<App>) -> Result<Response, Problem> {
    let (in_flight_requests, in_flight_bytes) = app.gate.admission().in_flight();
    let gauges = Gauges {
        version: app.about.version,
        started_unix_nanos: app.about.started_unix_nanos.parse().unwrap_or_default(),
        in_flight_requests,
        in_flight_bytes,
        disk_free_bytes: disk::room(&app.about.data_dir).await.map(|room| room.free_bytes),
    };
    let text = app.metrics.render(&any.ledger(TimeRange::default()).await?, &any.status(), &gauges);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
