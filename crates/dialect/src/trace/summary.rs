//! One trace in one row.

use model::{CostStatus, NanoUsd, ObservationType, Span, SpanStatus, TraceId, TraceSummary, Usage, Visibility};

use super::inherit::lifted;
use super::placeholders::{Placeholder, is_pending};
use super::tree::Tree;
use super::{previews, progress};

pub(super) fn summarise(tree: &Tree, placeholders: &[Placeholder]) -> TraceSummary {
    let spans = &tree.spans;
    let (root, top) = (progress::root_of(tree), progress::top_of(tree, placeholders));
    let status = progress::status_of(tree, placeholders, root);
    let extent = progress::extent(tree, root, status);
    let leaves: Vec<&Span> = spans.iter().filter(|span| span.billing == model::Billing::Leaf).collect();
    let failed = |span: &&Span| span.status == SpanStatus::Error;
    let mut usage = Usage::default();
    leaves.iter().for_each(|leaf| usage.add(&leaf.usage));
    let (cost, cost_status) = cost_of(&leaves);
    TraceSummary {
        trace_id: spans.first().map_or_else(no_trace, |span| span.trace_id),
        root_span_id: root.map(|span| span.span_id),
        name: lifted(tree, |span| span.trace_name.as_ref())
            .or_else(|| namesake(tree, top).map(|span| span.name.clone()))
            .unwrap_or_default(),
        start_unix_nanos: extent.start_unix_nanos,
        duration_nanos: extent.duration_nanos,
        last_seen_unix_nanos: extent.last_seen_unix_nanos,
        status,
        span_count: spans.len() as u64,
        error_count: spans.iter().filter(failed).count() as u64,
        folded_count: (0..spans.len()).filter(|at| !tree.is_shown(*at)).count() as u64,
        llm_call_count: leaves.iter().filter(|leaf| leaf.observation_type == ObservationType::Llm).count() as u64,
        tool_call_count: tool_call_count(tree) as u64,
        models: distinct(leaves.iter().filter_map(|leaf| leaf.response_model.as_ref().or(leaf.request_model.as_ref()))),
        providers: distinct(leaves.iter().filter_map(|leaf| leaf.provider.as_ref())),
        usage,
        cost,
        cost_status,
        ttft_nanos: leaves.iter().find_map(|leaf| leaf.ttft_nanos),
        session_id: lifted(tree, |span| span.session_id.as_ref()),
        user_id: lifted(tree, |span| span.user_id.as_ref()),
        service_name: lifted(tree, |span| span.service_name.as_ref()),
        environment: lifted(tree, |span| span.environment.as_ref()),
        release: lifted(tree, |span| span.release.as_ref()),
        tags: distinct(spans.iter().flat_map(|span| &span.tags)),
        metadata: lifted(tree, |span| Some(&span.metadata).filter(|metadata| !metadata.is_empty())).unwrap_or_default(),
        workflow_name: lifted(tree, |span| span.workflow_name.as_ref()),
        prompt_names: distinct(spans.iter().filter_map(|span| span.prompt_name.as_ref())),
        input_preview: previews::input_of(tree, top),
        output_preview: previews::output_of(tree, top),
        error_type: of_failure(spans, root, |span| span.error_type.as_ref()),
        error_message: of_failure(spans, root, |span| span.status_message.as_ref()),
    }
}

/// The root's word, else that of the first span that failed and says it.
fn of_failure(spans: &[Span], root: Option<&Span>, word: impl Fn(&Span) -> Option<&String>) -> Option<String> {
    let failed = spans.iter().filter(|span| span.status == SpanStatus::Error);
    root.and_then(&word).or_else(|| failed.into_iter().find_map(&word)).cloned()
}

/// Only an empty list has no trace; nobody asks for its id.
fn no_trace() -> TraceId {
    TraceId::from_bytes(&[1; 16]).expect("sixteen bytes, not all zero")
}

/// The span that names the trace: its top, or the first below it that is shown where the top is plumbing.
fn namesake<'a>(tree: &'a Tree, top: Option<&'a Span>) -> Option<&'a Span> {
    let first_shown = || tree.order.iter().copied().find(|at| tree.is_shown(*at)).map(|at| &tree.spans[at]);
    top.filter(|top| top.visibility != Visibility::Infra && top.visibility != Visibility::Internal).or_else(first_shown).or(top)
}

fn cost_of(leaves: &[&Span]) -> (Option<NanoUsd>, CostStatus) {
    let priced: Vec<NanoUsd> = leaves.iter().filter_map(|leaf| leaf.price.cost).collect();
    let unpriced =
        leaves.iter().any(|leaf| leaf.price.cost.is_none() && matches!(leaf.price.status, CostStatus::NoPrice | CostStatus::Partial));
    let partial = leaves.iter().any(|leaf| leaf.price.status == CostStatus::Partial);
    let cost = (!priced.is_empty()).then(|| priced.iter().copied().sum());
    let status = match (priced.is_empty(), unpriced || partial) {
        (true, true) => CostStatus::NoPrice,
        (true, false) => CostStatus::None,
        (false, true) => CostStatus::Partial,
        (false, false) => CostStatus::Priced,
    };
    (cost, status)
}

/// Tool spans, a call once: a span of the same tool above it is the same call seen from further out.
fn tool_call_count(tree: &Tree) -> usize {
    let is_tool = |at: usize| tree.spans[at].observation_type == ObservationType::Tool;
    let is_seen_above = |at: usize| {
        tree.ancestors(at).take(3).any(|above| {
            is_tool(above) && (tree.spans[above].tool_name == tree.spans[at].tool_name || tree.spans[above].tool_name.is_none())
        })
    };
    // A pending span below its real one is that one, announced.
    let is_announcement = |at: usize| is_pending(&tree.spans[at]) && tree.parents[at].is_some();
    (0..tree.spans.len()).filter(|at| is_tool(*at) && !is_seen_above(*at) && !is_announcement(*at)).count()
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.contains(text) {
            seen.push(text.clone());
        }
    }
    seen
}
