//! History priced again, by the tables of today.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use model::{Billing, CostStatus, LogRecord, NanoUsd, Span, SpanId, TraceId};
use pipeline::PriceTables;
use serde::{Deserialize, Serialize};
use store::DeriveSpan;
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// Which spans are priced again.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RepriceParams {
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Tells what would change, and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What has changed, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RepriceAnswer {
    dry_run: bool,
    spans_seen: u64,
    /// Spans with another cost, status, source or reason than before.
    spans_changed: u64,
    /// Of those, the ones that had no price and have one now.
    newly_priced: u64,
    /// What the changed calls cost before, where it was known. Decimal string of US dollars.
    cost_before_usd: String,
    /// What they cost now, where it is known. Decimal string of US dollars.
    cost_after_usd: String,
}

/// Prices the stored spans of a time again, by the own table and the list prices of today.
#[utoipa::path(post, operation_id = "reprice", path = "/api/v1/projects/{project}/reprice", tag = "prices",
    params(("project" = String, Path, description = "Slug"), RepriceParams),
    responses((status = 200, body = RepriceAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reprice(scope: ProjectScope, Params(params): Params<RepriceParams>) -> Result<Json<RepriceAnswer>, Problem> {
    let range = time_range::parse(params.t.as_deref())?;
    let tables = scope.price_tables().await?;
    let changes = Arc::new(Changes::default());
    let derive = derivation(tables, Arc::clone(&changes), params.dry_run);
    // On a task of its own: a client that goes away does not leave half of history at the old prices.
    let work = tokio::spawn(async move { scope.rederive(range, derive).await });
    let receipt = work.await.map_err(|error| {
        tracing::error!(%error, "repricing broke off");
        Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to price all spans again")
            .with_hint("Some spans have new prices; ask again for the rest.")
    })??;
    let changes = changes.0.lock().unwrap_or_else(PoisonError::into_inner);
    let sum = |side: fn(&Change) -> Option<NanoUsd>| changes.values().filter_map(side).sum::<NanoUsd>().to_string();
    Ok(Json(RepriceAnswer {
        dry_run: params.dry_run,
        spans_seen: receipt.spans_seen,
        spans_changed: changes.len() as u64,
        newly_priced: changes.values().filter(|change| change.newly_priced).count() as u64,
        cost_before_usd: sum(|change| change.before),
        cost_after_usd: sum(|change| change.after),
    }))
}

/// By span: the store may show one more than once.
#[derive(Debug, Default)]
struct Changes(Mutex<HashMap<(TraceId, SpanId), Change>>);

#[derive(Debug)]
struct Change {
    /// Of spans that are billed; others do not enter sums.
    before: Option<NanoUsd>,
    after: Option<NanoUsd>,
    newly_priced: bool,
}

fn derivation(tables: PriceTables, changes: Arc<Changes>, dry_run: bool) -> DeriveSpan {
    Arc::new(move |span: Span, _: &[LogRecord]| {
        let price = pipeline::price_of(&span, &tables);
        if price == span.price {
            return span;
        }
        let is_billed = span.billing == Billing::Leaf && span.billed_in.is_none();
        let change = Change {
            before: span.price.cost.filter(|_| is_billed),
            after: price.cost.filter(|_| is_billed),
            newly_priced: span.price.status == CostStatus::NoPrice && price.cost.is_some(),
        };
        changes.0.lock().unwrap_or_else(PoisonError::into_inner).insert((span.trace_id, span.span_id), change);
        if dry_run { span } else { pipeline::reprice(span, &tables) }
    })
}
