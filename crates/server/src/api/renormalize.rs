//! History understood again, by the mapping of today.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use dialect::MAPPING_VERSION;
use model::{LogRecord, Span, SpanId, TraceId};
use pipeline::PriceTables;
use serde::{Deserialize, Serialize};
use store::DeriveSpan;
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::problem::Problem;
use pipeline::renewed;

/// Which spans are understood again.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RenormalizeParams {
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Tells what would change, and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What has changed, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RenormalizeAnswer {
    dry_run: bool,
    /// Of the mapping of today; every span looked at has it now.
    mapping_version: u32,
    spans_seen: u64,
    /// Spans that say something else than before.
    spans_changed: u64,
    /// In how many of them each field has changed.
    fields: BTreeMap<&'static str, u64>,
}

/// Derives the columns of the stored spans of a time again, from what was sent, by the mapping of today.
#[utoipa::path(post, operation_id = "renormalize", path = "/api/v1/projects/{project}/renormalize", tag = "spans",
    params(("project" = String, Path, description = "Slug"), RenormalizeParams),
    responses((status = 200, body = RenormalizeAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn renormalize(
    scope: ProjectScope,
    Params(params): Params<RenormalizeParams>,
) -> Result<Json<RenormalizeAnswer>, Problem> {
    let range = time_range::parse(params.t.as_deref())?;
    let changes = Arc::new(Changes::default());
    let derive = derivation(scope.price_tables().await?, Arc::clone(&changes), params.dry_run);
    // On a task of its own: a client that goes away does not leave half of history in the old words.
    let work = tokio::spawn(async move { scope.rederive_with_logs(range, derive).await });
    let receipt = work.await.map_err(|error| {
        tracing::error!(%error, "renormalizing broke off");
        Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to understand all spans again")
            .with_hint("Some spans have new columns; ask again for the rest.")
    })??;
    let changes = changes.0.lock().unwrap_or_else(PoisonError::into_inner);
    let fields = changes.iter().map(|(field, spans)| (*field, spans.len() as u64)).collect();
    let changed: BTreeSet<_> = changes.values().flatten().collect();
    Ok(Json(RenormalizeAnswer {
        dry_run: params.dry_run,
        mapping_version: MAPPING_VERSION,
        spans_seen: receipt.spans_seen,
        spans_changed: changed.len() as u64,
        fields,
    }))
}

/// The spans in which a field has changed; a set, since the store may show a span more than once.
#[derive(Debug, Default)]
struct Changes(Mutex<BTreeMap<&'static str, BTreeSet<(TraceId, SpanId)>>>);

fn derivation(tables: PriceTables, changes: Arc<Changes>, dry_run: bool) -> DeriveSpan {
    Arc::new(move |stored: Span, logs: &[LogRecord]| {
        let new = renewed(&stored, logs, &tables);
        let changed = changed_fields(&stored, &new);
        if !changed.is_empty() {
            let mut changes = changes.0.lock().unwrap_or_else(PoisonError::into_inner);
            for field in changed {
                changes.entry(field).or_default().insert((new.trace_id, new.span_id));
            }
        }
        if dry_run { stored } else { new }
    })
}

fn changed_fields(old: &Span, new: &Span) -> Vec<&'static str> {
    let fields = [
        ("name", old.name != new.name),
        ("obs_type", old.observation_type != new.observation_type),
        ("operation", old.operation != new.operation),
        ("billing", old.billing != new.billing),
        ("visibility", old.visibility != new.visibility),
        ("status", (old.status, &old.status_message, &old.error_type) != (new.status, &new.status_message, &new.error_type)),
        ("level", old.level != new.level),
        ("http_status", old.http_status != new.http_status),
        ("rate_limit", old.rate_limit != new.rate_limit),
        ("provider", old.provider != new.provider),
        ("model", (&old.request_model, &old.response_model) != (&new.request_model, &new.response_model)),
        ("response_id", old.response_id != new.response_id),
        ("finish_reasons", old.finish_reasons != new.finish_reasons),
        ("stream", old.stream != new.stream),
        ("ttft_nanos", old.ttft_nanos != new.ttft_nanos),
        ("usage", (&old.usage, old.usage_confidence) != (&new.usage, new.usage_confidence)),
        ("cost", (&old.price, old.cost_reported) != (&new.price, new.cost_reported)),
        ("session_id", old.session_id != new.session_id),
        ("user_id", old.user_id != new.user_id),
        ("trace_name", old.trace_name != new.trace_name),
        ("tags", old.tags != new.tags),
        ("metadata", old.metadata != new.metadata),
        ("agent_name", old.agent_name != new.agent_name),
        ("workflow_name", old.workflow_name != new.workflow_name),
        ("step", old.step != new.step),
        ("prompt", (&old.prompt_name, &old.prompt_version) != (&new.prompt_name, &new.prompt_version)),
        ("tool", (&old.tool_name, &old.tool_call_id) != (&new.tool_name, &new.tool_call_id)),
        ("labels", old.labels != new.labels),
        ("service", (&old.service_name, &old.environment, &old.release) != (&new.service_name, &new.environment, &new.release)),
        ("dialects", old.dialects != new.dialects),
        ("notes", old.notes != new.notes),
        ("previews", old.previews != new.previews),
    ];
    fields.into_iter().filter_map(|(field, is_changed)| is_changed.then_some(field)).collect()
}
