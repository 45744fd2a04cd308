//! How the server is doing: one answer for the health page, `clew status` and whoever keeps watch.

mod in_force;
mod shapes;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use pipeline::limits::{IN_FLIGHT_BYTES_MAX, IN_FLIGHT_REQUESTS_MAX};
use serde::Deserialize;
use store::{RetentionStatus, StoreStatus, TimeRange};
use utoipa::IntoParams;

use self::shapes::{
    AppendsAnswer, DamageAnswer, InFlightAnswer, IngestAnswer, ProjectRetentionAnswer, ProtocolAnswer, RefusedAnswer, RetentionAnswer,
    StateAnswer, StorageAnswer, SystemAnswer, SystemLedger,
};
use super::health::LedgerAnswer;
use super::params::Params;
use super::time_range;
use crate::app::App;
use crate::auth::AnyProject;
use crate::disk::{self, Room};
use crate::metrics::{Metrics, refusal_reason};
use crate::problem::Problem;

/// Seconds that "now" is the mean of: senders export every few seconds, and one batch is no rate.
const NOW_SECONDS: usize = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SystemParams {
    /// Time of receipt that the ledger covers: `24h`, or `<utc>~<utc>`; absent covers the day so far, in UTC.
    t: Option<String>,
}

/// Says how the server is doing: whether it accepts, what comes in, what was turned away, what lies where.
#[utoipa::path(get, operation_id = "get_system", path = "/api/v1/system", tag = "health", params(SystemParams),
    responses((status = 200, body = SystemAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get(
    any: AnyProject,
    State(app): State<App>,
    Params(params): Params<SystemParams>,
) -> Result<Json<SystemAnswer>, Problem> {
    let now_unix_nanos = now_unix_nanos();
    let range = match params.t.as_deref() {
        Some(text) => time_range::parse(Some(text))?,
        None => TimeRange { from_unix_nanos: Some(start_of_utc_day(now_unix_nanos)), to_unix_nanos: None },
    };
    let ledger = any.ledger(range).await?;
    let status = any.status();
    let room = disk::room(&app.about.data_dir).await;
    let (requests, bytes) = app.gate.admission().in_flight();
    let started_unix_nanos: u64 = app.about.started_unix_nanos.parse().unwrap_or(now_unix_nanos);
    Ok(Json(SystemAnswer {
        now_unix_nanos: now_unix_nanos.to_string(),
        about: (*app.about).clone(),
        uptime_nanos: now_unix_nanos.saturating_sub(started_unix_nanos).to_string(),
        state: state_of(&status),
        ingest: ingest_of(&app.metrics),
        refused: refused_of(&app.metrics),
        in_flight: InFlightAnswer { requests, requests_max: IN_FLIGHT_REQUESTS_MAX, bytes, bytes_max: IN_FLIGHT_BYTES_MAX },
        appends: appends_of(&app.metrics),
        ledger: SystemLedger {
            from_unix_nanos: range.from_unix_nanos.map(|nanos| nanos.to_string()),
            to_unix_nanos: range.to_unix_nanos.map(|nanos| nanos.to_string()),
            counts: LedgerAnswer::from(ledger),
        },
        storage: storage_of(&status, room),
        retention: retention_of(&status.retention),
        damaged: status.damaged.into_iter().map(|damage| DamageAnswer { name: damage.name, reason: damage.reason }).collect(),
        limits: in_force::limits(&app.wire_limits),
    }))
}

fn state_of(status: &StoreStatus) -> StateAnswer {
    let (name, reason) = match (status.accepting, &status.held_up) {
        (false, _) => ("stopped", status.stopped.clone()),
        (true, Some(reason)) => ("held_up", Some(reason.clone())),
        (true, None) => ("accepting", None),
    };
    StateAnswer { name, reason }
}

fn ingest_of(metrics: &Metrics) -> IngestAnswer {
    let seconds = metrics.last_seconds();
    let newest = &seconds[seconds.len().saturating_sub(NOW_SECONDS)..];
    let mean = |sum: u64| sum as f64 / newest.len().max(1) as f64;
    IngestAnswer {
        records_per_second: mean(newest.iter().map(|second| second.records).sum()),
        bytes_per_second: mean(newest.iter().map(|second| second.bytes).sum()),
        seconds: newest.len(),
        records_by_second: seconds.iter().map(|second| second.records).collect(),
        protocols: metrics.received().into_iter().map(|(protocol, counts)| ProtocolAnswer::new(protocol, &counts)).collect(),
    }
}

fn refused_of(metrics: &Metrics) -> Vec<RefusedAnswer> {
    let answer = |(status, refused): (u16, crate::metrics::Refused)| RefusedAnswer {
        status,
        reason: refusal_reason(status),
        requests: refused.requests,
        last_unix_nanos: refused.last_unix_nanos,
        last_detail: refused.last_detail,
    };
    metrics.refused().into_iter().map(answer).collect()
}

fn appends_of(metrics: &Metrics) -> AppendsAnswer {
    let appends = metrics.appends();
    let count = appends.count();
    AppendsAnswer {
        count,
        p50_nanos: appends.quantile_nanos(0.5).map(|nanos| nanos.to_string()),
        p95_nanos: appends.quantile_nanos(0.95).map(|nanos| nanos.to_string()),
        longest_nanos: (count > 0).then(|| appends.longest_nanos.to_string()),
    }
}

fn storage_of(status: &StoreStatus, room: Option<Room>) -> StorageAnswer {
    StorageAnswer {
        sequence: status.sequence,
        memory_rows: status.tail_rows,
        memory_bytes: status.tail_bytes,
        wal_bytes: status.wal_bytes,
        segments: status.segments,
        segment_rows: status.segment_rows,
        segment_bytes: status.segment_bytes,
        disk_free_bytes: room.map(|room| room.free_bytes),
        disk_total_bytes: room.map(|room| room.total_bytes),
    }
}

fn retention_of(status: &RetentionStatus) -> Option<RetentionAnswer> {
    let RetentionStatus { limits, applied_unix_nanos, traces, spans, logs, points } = status;
    let project = |(project, keep): (&model::ProjectSlug, &Duration)| ProjectRetentionAnswer {
        project: project.to_string(),
        keep_seconds: keep.as_secs(),
    };
    limits.is_set().then(|| RetentionAnswer {
        keep_seconds: limits.default.map(|keep| keep.as_secs()),
        projects: limits.projects.iter().map(project).collect(),
        applied_unix_nanos: applied_unix_nanos.map(|nanos| nanos.to_string()),
        traces: *traces,
        spans: *spans,
        logs: *logs,
        points: *points,
    })
}

fn now_unix_nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn start_of_utc_day(unix_nanos: u64) -> u64 {
    const DAY_NANOS: u64 = 86_400_000_000_000;
    unix_nanos - unix_nanos % DAY_NANOS
}
