//! Which instrumentations send what, and what each leaves out.

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::Json;
use model::{Billing, CostStatus, ObservationType, Span, TraceId};
use serde::Serialize;
use store::{Order, SpanQuery};
use utoipa::ToSchema;

use super::page::ListParams;
use super::params::Params;
use crate::auth::ProjectScope;
use crate::limits::INSTRUMENTATION_SPANS_MAX;
use crate::problem::Problem;

/// What the newest spans of a project tell about their senders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstrumentationList {
    /// Most spans first.
    instrumentations: Vec<Instrumentation>,
    /// How many of the newest spans were looked at.
    spans_looked_at: usize,
}

/// One instrumentation scope of one version.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Instrumentation {
    scope_name: String,
    scope_version: String,
    /// Conventions recognised in its spans.
    dialects: Vec<String>,
    spans: usize,
    /// Spans that are billed model calls.
    llm_calls: usize,
    /// Of these, how many carry messages, tokens, a model and a price.
    with_content: usize,
    with_usage: usize,
    with_model: usize,
    with_cost: usize,
    /// Traces it takes part in, and how many of them belong to a session.
    traces: usize,
    with_session: usize,
    missing: Vec<Missing>,
}

/// Something that is not told, and how to get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Missing {
    /// `content`, `usage`, `cost` or `session`.
    what: &'static str,
    /// In how many of the calls or traces.
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Lists the instrumentations among the newest spans of a range, with what each leaves out and the setting that gives it.
#[utoipa::path(get, operation_id = "list_instrumentations", path = "/api/v1/projects/{project}/instrumentations", tag = "spans", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = InstrumentationList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<InstrumentationList>, Problem> {
    let page = params.check_without_query()?;
    let mut spans = Vec::new();
    let mut after = None;
    while spans.len() < INSTRUMENTATION_SPANS_MAX {
        let limit = store::limits::PAGE_ROWS_MAX.min(INSTRUMENTATION_SPANS_MAX - spans.len());
        let found =
            scope.list_spans(&SpanQuery { range: page.range, order: Order::Descending, limit, after, ..SpanQuery::default() }).await?;
        spans.extend(found.spans);
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Json(InstrumentationList { spans_looked_at: spans.len(), instrumentations: summarise(&spans) }))
}

fn summarise(spans: &[Span]) -> Vec<Instrumentation> {
    let with_session: HashSet<TraceId> = spans.iter().filter(|span| span.session_id.is_some()).map(|span| span.trace_id).collect();
    let mut by_scope: BTreeMap<(&str, &str), Instrumentation> = BTreeMap::new();
    let mut traces: HashMap<(&str, &str), HashSet<TraceId>> = HashMap::new();
    for span in spans {
        let key = (span.scope_name.as_str(), span.scope_version.as_str());
        let found = by_scope.entry(key).or_default();
        found.add(span);
        traces.entry(key).or_default().insert(span.trace_id);
    }
    let mut found: Vec<Instrumentation> = by_scope
        .into_iter()
        .map(|(key, mut instrumentation)| {
            let traces = &traces[&key];
            instrumentation.scope_name = key.0.to_owned();
            instrumentation.scope_version = key.1.to_owned();
            instrumentation.traces = traces.len();
            instrumentation.with_session = traces.intersection(&with_session).count();
            instrumentation.missing = missing(&instrumentation);
            instrumentation
        })
        .collect();
    found.sort_by_key(|instrumentation| std::cmp::Reverse(instrumentation.spans));
    found
}

impl Instrumentation {
    fn add(&mut self, span: &Span) {
        self.spans += 1;
        for dialect in &span.dialects {
            if !self.dialects.contains(dialect) {
                self.dialects.push(dialect.clone());
            }
        }
        if span.billing != Billing::Leaf || span.observation_type != ObservationType::Llm {
            return;
        }
        self.llm_calls += 1;
        self.with_content += usize::from(span.previews.input.is_some() || span.previews.output.is_some());
        self.with_usage += usize::from(!span.usage.is_empty());
        self.with_model += usize::from(span.request_model.is_some() || span.response_model.is_some());
        self.with_cost += usize::from(span.price.status == CostStatus::Priced);
    }
}

fn missing(found: &Instrumentation) -> Vec<Missing> {
    let advice = dialect::advice_for(&found.scope_name);
    let mut missing = Vec::new();
    let mut add = |what, count: usize, fix: Option<String>| {
        if count > 0 {
            missing.push(Missing { what, count, fix });
        }
    };
    add("content", found.llm_calls - found.with_content, advice.content.clone());
    // Streams of OpenAI report tokens only when asked to.
    let usage = "for streamed calls pass stream_options={\"include_usage\": true}; failed calls have none".to_owned();
    add("usage", found.llm_calls - found.with_usage, Some(usage));
    let cost = match found.with_model < found.with_usage {
        true => "the calls name no model",
        false => "no price table knows the model: `clew prices set` adds your own",
    };
    add("cost", found.with_usage.saturating_sub(found.with_cost), Some(cost.to_owned()));
    if found.llm_calls > 0 {
        add("session", found.traces - found.with_session, advice.session.clone());
    }
    missing
}
