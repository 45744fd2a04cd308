//! What a trace is as a whole: what lists filter, sort and sum by.

use model::{CostStatus, NanoUsd, ProjectSlug, Span, SpanStatus, Usage};

use crate::query::TraceRecords;

/// One trace in one row, as its tree tells.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceFacts {
    pub name: String,
    pub status: SpanStatus,
    /// The root's; None while it runs or has not come.
    pub duration_nanos: Option<u64>,
    pub span_count: u64,
    pub error_count: u64,
    pub llm_call_count: u64,
    pub tool_call_count: u64,
    pub models: Vec<String>,
    pub providers: Vec<String>,
    /// Over billing leaves only.
    pub usage: Usage,
    pub cost: Option<NanoUsd>,
    pub cost_status: CostStatus,
    pub ttft_nanos: Option<u64>,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub service_name: Option<String>,
    pub environment: Option<String>,
    pub release: Option<String>,
    pub tags: Vec<String>,
    pub workflow_name: Option<String>,
    pub prompt_names: Vec<String>,
    pub error_type: Option<String>,
    pub input_preview: Option<String>,
    pub output_preview: Option<String>,
}

/// What engines ask those who understand traces.
///
/// They call it off the path of acknowledgements and keep what it says until the trace changes; it must not fail, and it must say
/// the same of the same records.
pub trait Understand: Send + Sync {
    /// Gets the columns of a trace, and its raw spans too where it has log records on its spans.
    ///
    /// Returns what the trace is, and every span as the trace makes it: with what it has from others, and who bills.
    fn trace(&self, project: &ProjectSlug, records: TraceRecords) -> (TraceFacts, Vec<Span>);

    /// Gets a trace with its raw spans; returns every span as the trace makes it, with its content.
    fn spans(&self, project: &ProjectSlug, records: TraceRecords) -> Vec<Span>;
}

/// The plainest understanding: the first root's word, sums over leaves, and spans as they are stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainUnderstanding;

impl Understand for PlainUnderstanding {
    fn trace(&self, _: &ProjectSlug, records: TraceRecords) -> (TraceFacts, Vec<Span>) {
        (plain(&records.spans), records.spans)
    }

    fn spans(&self, _: &ProjectSlug, records: TraceRecords) -> Vec<Span> {
        records.spans
    }
}

fn plain(spans: &[Span]) -> TraceFacts {
    let root = spans.iter().find(|span| span.parent_span_id.is_none());
    let leaves = || spans.iter().filter(|span| span.billing == model::Billing::Leaf && span.billed_in.is_none());
    let first = |get: fn(&Span) -> &Option<String>| spans.iter().find_map(|span| get(span).clone());
    let all = |get: fn(&Span) -> Option<&String>| {
        let mut words: Vec<String> = Vec::new();
        for word in spans.iter().filter_map(get) {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
        words
    };
    let mut usage = Usage::default();
    leaves().for_each(|leaf| usage.add(&leaf.usage));
    let costs: Vec<NanoUsd> = leaves().filter_map(|leaf| leaf.price.cost).collect();
    TraceFacts {
        name: root.or(spans.first()).map(|span| span.name.clone()).unwrap_or_default(),
        status: status(spans, root),
        duration_nanos: root.and_then(Span::duration_nanos),
        span_count: spans.len() as u64,
        error_count: spans.iter().filter(|span| span.status == SpanStatus::Error).count() as u64,
        llm_call_count: leaves().filter(|leaf| leaf.observation_type == model::ObservationType::Llm).count() as u64,
        tool_call_count: spans.iter().filter(|span| span.observation_type == model::ObservationType::Tool).count() as u64,
        models: all(|span| span.response_model.as_ref().or(span.request_model.as_ref())),
        providers: all(|span| span.provider.as_ref()),
        usage,
        cost: (!costs.is_empty()).then(|| costs.iter().copied().sum()),
        cost_status: if costs.is_empty() { CostStatus::None } else { CostStatus::Priced },
        ttft_nanos: leaves().find_map(|leaf| leaf.ttft_nanos),
        session_id: first(|span| &span.session_id),
        user_id: first(|span| &span.user_id),
        service_name: first(|span| &span.service_name),
        environment: first(|span| &span.environment),
        release: first(|span| &span.release),
        tags: spans.iter().flat_map(|span| span.tags.clone()).collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
        workflow_name: first(|span| &span.workflow_name),
        prompt_names: all(|span| span.prompt_name.as_ref()),
        error_type: first(|span| &span.error_type),
        input_preview: first(|span| &span.previews.input),
        output_preview: first(|span| &span.previews.output),
    }
}

fn status(spans: &[Span], root: Option<&Span>) -> SpanStatus {
    match root {
        Some(root) if root.status == SpanStatus::Error => SpanStatus::Error,
        Some(root) if !spans.iter().any(Span::is_running) => root.status,
        _ => SpanStatus::Running,
    }
}
