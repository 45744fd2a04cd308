//! What a span costs, with the whole calculation.

use axum::Json;
use axum::extract::Path;
use model::{Billing, Span};
use pipeline::{Calculation, Line, Match};
use serde::Serialize;
use store::Detail;
use utoipa::ToSchema;

use super::explain::SpanPath;
use super::read::{logs_of_span, whole_trace};
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// How a span's cost comes about; an absent field is unknown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostAnswer {
    trace_id: String,
    span_id: String,
    name: String,
    /// Decimal string; the prices are those of this time.
    start_unix_nanos: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_model: Option<String>,
    /// Absent for the ordinary tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<String>,
    /// `batch` where the answer was not waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    processing: Option<String>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matched: Option<MatchAnswer>,
    lines: Vec<LineAnswer>,
    /// What the sender says it cost. Decimal string of US dollars, like all money here.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_reported_usd: Option<String>,
    /// Where the sender says so: `attribute gen_ai.usage.cost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_reported_place: Option<String>,
    /// What the tables of today say: the lines, added up and rounded once.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_computed_usd: Option<String>,
    /// What counts, by the tables of today.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    cost_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_source: Option<String>,
    /// Why there is no price, or only a part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_reason: Option<String>,
    /// Why this cost and no other.
    choice: String,
    stored: StoredCost,
    billing: &'static str,
    /// Whether and why the cost enters the trace's sum.
    billing_reason: String,
    notes: Vec<String>,
}

/// Which entry of which table holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchAnswer {
    /// With its version.
    table: String,
    /// The span's name that was looked up.
    asked_model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    model: String,
    /// Id of the row, in the own table.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    how: String,
}

/// One position of the bill.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineAnswer {
    unit: String,
    /// Without the parts that have lines of their own.
    count: u64,
    unit_price_usd: String,
    /// How many of the unit the price is for.
    per: u64,
    cost_usd: String,
    /// The price holds because the call has more input tokens than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    above_input_tokens: Option<u64>,
}

/// The price the span got when it was stored: lists and sums show this one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredCost {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    cost_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_source: Option<String>,
    /// Whether the tables of today say otherwise.
    differs: bool,
}

/// Tells how a span's cost comes about: the entry of the price table, each line, and what was chosen why.
#[utoipa::path(get, operation_id = "explain_cost", path = "/api/v1/projects/{project}/traces/{trace_id}/spans/{span_id}/cost", tag = "prices",
    params(("project" = String, Path, description = "Slug"), ("trace_id" = String, Path, description = "32 hex digits"), ("span_id" = String, Path, description = "16 hex digits")),
    responses((status = 200, body = CostAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explain(scope: ProjectScope, Path(path): Path<SpanPath>) -> Result<Json<CostAnswer>, Problem> {
    let (trace_id, span_id) = path.ids()?;
    let no_span = || Problem::not_found(format!("there is no span `{span_id}` in trace `{trace_id}`"));
    let records = scope.trace(trace_id, Detail::Whole).await?.ok_or_else(no_span)?;
    let tables = scope.price_tables().await?;
    let built = aside("explain the cost", move || {
        let stored = records.spans.iter().find(|span| span.span_id == span_id)?;
        let raw = stored.raw.clone()?;
        let told = dialect::explain(raw, &logs_of_span(&records.logs, span_id));
        let place = told.sources.into_iter().find(|source| source.field == "cost_reported").map(|source| source.place);
        let (trace, _) = whole_trace(records, &tables);
        let span = &trace.spans.iter().find(|node| node.span.span_id == span_id)?.span;
        Some(CostAnswer::new(span, pipeline::explain(span, &tables), place))
    });
    built.await?.map(Json).ok_or_else(no_span)
}

impl CostAnswer {
    fn new(span: &Span, calculation: Calculation, cost_reported_place: Option<String>) -> Self {
        let Calculation { price, choice, matched, service_tier, processing, lines, mut notes } = calculation;
        notes.extend(span.notes.iter().cloned());
        Self {
            trace_id: span.trace_id.to_string(),
            span_id: span.span_id.to_string(),
            name: span.name.clone(),
            start_unix_nanos: span.start_unix_nanos.to_string(),
            provider: span.provider.clone(),
            request_model: span.request_model.clone(),
            response_model: span.response_model.clone(),
            service_tier,
            processing,
            matched: matched.map(MatchAnswer::from),
            lines: lines.into_iter().map(LineAnswer::from).collect(),
            cost_reported_usd: span.cost_reported.map(|cost| cost.to_string()),
            cost_reported_place: span.cost_reported.and(cost_reported_place),
            cost_computed_usd: price.computed.map(|cost| cost.to_string()),
            cost_usd: price.cost.map(|cost| cost.to_string()),
            cost_status: price.status.as_str(),
            cost_source: price.source.clone(),
            cost_reason: price.reason,
            choice,
            stored: StoredCost {
                cost_usd: span.price.cost.map(|cost| cost.to_string()),
                cost_status: span.price.status.as_str(),
                cost_source: span.price.source.clone(),
                differs: (span.price.cost, span.price.status) != (price.cost, price.status),
            },
            billing: span.billing.as_str(),
            billing_reason: billing_reason(span),
            notes,
        }
    }
}

fn billing_reason(span: &Span) -> String {
    match (span.billing, span.billed_in) {
        (_, Some(trace_id)) => format!("the same call is billed in trace `{trace_id}`"),
        (Billing::Leaf, None) => "a call by itself, its cost enters the trace's sum".to_owned(),
        (Billing::Aggregate, None) => "it repeats the usage of spans below it, which are billed".to_owned(),
        (Billing::None, None) => "it is no call that is paid for".to_owned(),
    }
}

impl From<Match> for MatchAnswer {
    fn from(matched: Match) -> Self {
        let Match { table, asked_model, provider, model, row, how } = matched;
        Self { table, asked_model, provider, model, row, how }
    }
}

impl From<Line> for LineAnswer {
    fn from(line: Line) -> Self {
        Self {
            unit: line.unit,
            count: line.count,
            unit_price_usd: line.unit_price.to_string(),
            per: line.per,
            cost_usd: line.cost.to_string(),
            above_input_tokens: line.above_input_tokens,
        }
    }
}
