//! How a span was understood: which attribute and which rule gave each of its values.

use axum::Json;
use axum::extract::Path;
use dialect::{Explanation, Source};
use model::{Label, SpanId, TraceId};
use serde::{Deserialize, Serialize};
use store::Detail;
use utoipa::ToSchema;

use super::read::{logs_of_span, whole_trace};
use super::shapes::SpanAnswer;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// A span's canonical values and where they come from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplanationAnswer {
    span: SpanAnswer,
    /// By field; a field without an entry is not told by the sender.
    sources: Vec<SourceAnswer>,
    /// What the trace decided beyond the span: inheritance, billing, folding.
    from_trace: Vec<FromTrace>,
    /// Why the span is shown or folded, as it looks alone.
    visibility_reason: &'static str,
    /// Attributes that no rule reads; they stay in `attributes`.
    unread: Vec<String>,
    /// Version of the mapping the stored columns were made with; `span.mapping_version` is today's.
    stored_mapping_version: u32,
}

/// Where one canonical value came from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceAnswer {
    /// `kind` stands for type, billing and operation together.
    field: String,
    /// `attribute gen_ai.request.model`
    place: String,
    /// The vocabulary whose rule it is.
    dialect: String,
    /// Among the rules of the field; the lowest that gives a value wins.
    rank: u16,
    /// How the value is written there, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<String>,
    /// What else was there, with a higher rank.
    passed_over: Vec<String>,
}

/// A value that the trace gives or changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FromTrace {
    field: &'static str,
    /// As the span alone tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    alone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_trace: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SpanPath {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

impl SpanPath {
    pub(crate) fn ids(&self) -> Result<(TraceId, SpanId), Problem> {
        let trace_id =
            self.trace_id.parse().map_err(|error: model::IdError| Problem::bad_request("invalid-trace-id", error.to_string()))?;
        let span_id = self.span_id.parse().map_err(|error: model::IdError| Problem::bad_request("invalid-span-id", error.to_string()))?;
        Ok((trace_id, span_id))
    }
}

/// Explains one span: for each canonical value the attribute and the rule that gave it.
#[utoipa::path(get, operation_id = "explain_span", path = "/api/v1/projects/{project}/traces/{trace_id}/spans/{span_id}/explain", tag = "spans",
    params(("project" = String, Path, description = "Slug"), ("trace_id" = String, Path, description = "32 hex digits"), ("span_id" = String, Path, description = "16 hex digits")),
    responses((status = 200, body = ExplanationAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explain(scope: ProjectScope, Path(path): Path<SpanPath>) -> Result<Json<ExplanationAnswer>, Problem> {
    let (trace_id, span_id) = path.ids()?;
    let no_span = || Problem::not_found(format!("there is no span `{span_id}` in trace `{trace_id}`"));
    let records = scope.trace(trace_id, Detail::Whole).await?.ok_or_else(no_span)?;
    let stored = records.spans.iter().find(|span| span.span_id == span_id).ok_or_else(no_span)?;
    let raw = stored.raw.clone().ok_or_else(no_span)?;
    let stored_mapping_version = stored.mapping_version;
    let explanation = dialect::explain(raw, &logs_of_span(&records.logs, span_id));
    let (trace, _) = whole_trace(records, &scope.price_tables().await?);
    let node = trace.spans.iter().find(|node| node.span.span_id == span_id).ok_or_else(no_span)?;
    Ok(Json(ExplanationAnswer {
        span: SpanAnswer::in_trace(node),
        from_trace: from_trace(&explanation, &node.span),
        sources: explanation.sources.into_iter().map(SourceAnswer::from).collect(),
        visibility_reason: explanation.visibility,
        unread: explanation.unread,
        stored_mapping_version,
    }))
}

fn from_trace(explanation: &Explanation, span: &model::Span) -> Vec<FromTrace> {
    let alone = &explanation.span;
    let word = |text: &str| Some(text.to_owned());
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let label = |span: &model::Span, label| span.labels.get(label).map(str::to_owned);
    let all = [
        ("billing", word(alone.billing.as_str()), word(span.billing.as_str())),
        ("visibility", word(alone.visibility.as_str()), word(span.visibility.as_str())),
        ("session_id", alone.session_id.clone(), span.session_id.clone()),
        ("user_id", alone.user_id.clone(), span.user_id.clone()),
        ("workflow_name", alone.workflow_name.clone(), span.workflow_name.clone()),
        ("step_index", number(alone.step.index), number(span.step.index)),
        ("attempt", number(alone.step.attempt), number(span.step.attempt)),
        ("step_path", label(alone, Label::StepPath), label(span, Label::StepPath)),
        ("handoff_to", label(alone, Label::HandoffTo), label(span, Label::HandoffTo)),
        ("provider", alone.provider.clone(), span.provider.clone()),
        ("request_model", alone.request_model.clone(), span.request_model.clone()),
        ("http_status", number(alone.http_status), number(span.http_status)),
    ];
    let changed = all.into_iter().filter(|(_, alone, in_trace)| alone != in_trace);
    changed.map(|(field, alone, in_trace)| FromTrace { field, alone, in_trace }).collect()
}

impl From<Source> for SourceAnswer {
    fn from(source: Source) -> Self {
        let Source { field, place, dialect, rank, reading, passed_over } = source;
        Self { field, place, dialect, rank, reading, passed_over }
    }
}
