//! What engines ask those who know what a trace is.

use model::{CostStatus, NanoUsd, ProjectSlug, Span, SpanStatus, TraceId, TraceSummary, Usage};

use crate::query::TraceRecords;

/// What engines ask those who understand traces.
///
/// They call it off the path of acknowledgements and keep what it says until the trace changes; it must not fail, and it must say
/// the same of the same records.
pub trait Understand: Send + Sync {
    /// Gets the columns of a trace, and its raw spans too where it has log records on its spans.
    ///
    /// Returns what the trace is, and every span as the trace makes it: with what it has from others, and who bills.
    fn trace(&self, project: &ProjectSlug, records: TraceRecords) -> (TraceSummary, Vec<Span>);

    /// Gets a trace with its raw spans; returns every span as the trace makes it, with its content.
    fn spans(&self, project: &ProjectSlug, records: TraceRecords) -> Vec<Span>;
}

/// The plainest understanding: the first root's word, sums over leaves, and spans as they are stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainUnderstanding;

impl Understand for PlainUnderstanding {
    fn trace(&self, _: &ProjectSlug, records: TraceRecords) -> (TraceSummary, Vec<Span>) {
        (plain(records.trace_id, &records.spans), records.spans)
    }

    fn spans(&self, _: &ProjectSlug, records: TraceRecords) -> Vec<Span> {
        records.spans
    }
}

fn plain(trace_id: TraceId, spans: &[Span]) -> TraceSummary {
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
    TraceSummary {
        trace_id,
        root_span_id: root.map(|span| span.span_id),
        start_unix_nanos: spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or(0),
        last_seen_unix_nanos: spans.iter().map(|span| span.start_unix_nanos.max(span.end_unix_nanos)).max().unwrap_or(0),
        name: root.or(spans.first()).map(|span| span.name.clone()).unwrap_or_default(),
        status: status(spans, root),
        duration_nanos: root.and_then(Span::duration_nanos),
        span_count: spans.len() as u64,
        error_count: spans.iter().filter(|span| span.status == SpanStatus::Error).count() as u64,
        folded_count: 0,
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
        metadata: spans.iter().find(|span| !span.metadata.is_empty()).map(|span| span.metadata.clone()).unwrap_or_default(),
        workflow_name: first(|span| &span.workflow_name),
        prompt_names: all(|span| span.prompt_name.as_ref()),
        error_type: first(|span| &span.error_type),
        error_message: first(|span| &span.status_message),
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
