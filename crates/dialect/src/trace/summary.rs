//! One trace in one row.

use model::{CostStatus, NanoUsd, ObservationType, Span, SpanId, SpanStatus, TraceId, Usage, Visibility};
use serde_json::Value;

use super::inherit::lifted;
use super::tree::Tree;

/// What lists say about a trace. Counts and sums are over all spans, folded ones included.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSummary {
    pub trace_id: TraceId,
    /// The span without a parent; None while it has not come.
    pub root_span_id: Option<SpanId>,
    pub name: String,
    /// Of the first span to start, which a skewed clock may put before the root.
    pub start_unix_nanos: u64,
    /// The root's; None while it runs.
    pub duration_nanos: Option<u64>,
    /// The root's; `running` while it has not ended. Without a root: `error` if a topmost span failed.
    pub status: SpanStatus,
    pub span_count: usize,
    pub error_count: usize,
    pub folded_count: usize,
    pub llm_call_count: usize,
    pub tool_call_count: usize,
    pub models: Vec<String>,
    pub providers: Vec<String>,
    /// Over billing leaves only.
    pub usage: Usage,
    pub cost: Option<NanoUsd>,
    pub cost_status: CostStatus,
    /// Of the first model call that tells it.
    pub ttft_nanos: Option<u64>,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub service_name: Option<String>,
    pub environment: Option<String>,
    pub release: Option<String>,
    pub tags: Vec<String>,
    pub metadata: Vec<(String, Value)>,
    pub workflow_name: Option<String>,
    pub prompt_names: Vec<String>,
    pub input_preview: Option<String>,
    pub output_preview: Option<String>,
    /// The root's, else that of the first span that failed.
    pub error_type: Option<String>,
    /// What that span says went wrong.
    pub error_message: Option<String>,
}

pub(super) fn summarise(tree: &Tree) -> TraceSummary {
    let spans = &tree.spans;
    let root = root_of(tree);
    let leaves: Vec<&Span> = spans.iter().filter(|span| span.billing == model::Billing::Leaf).collect();
    let failed = |span: &&Span| span.status == SpanStatus::Error;
    let mut usage = Usage::default();
    leaves.iter().for_each(|leaf| usage.add(&leaf.usage));
    let (cost, cost_status) = cost_of(&leaves);
    let (start_unix_nanos, duration_nanos) = extent(tree, root);
    TraceSummary {
        trace_id: spans.first().map_or_else(no_trace, |span| span.trace_id),
        root_span_id: root.map(|span| span.span_id),
        name: lifted(tree, |span| span.trace_name.as_ref()).or_else(|| namesake(tree).map(|span| span.name.clone())).unwrap_or_default(),
        start_unix_nanos,
        duration_nanos,
        status: status_of(tree, root),
        span_count: spans.len(),
        error_count: spans.iter().filter(failed).count(),
        folded_count: (0..spans.len()).filter(|at| !tree.is_shown(*at)).count(),
        llm_call_count: leaves.iter().filter(|leaf| leaf.observation_type == ObservationType::Llm).count(),
        tool_call_count: tool_call_count(tree),
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
        input_preview: input_preview(tree),
        output_preview: output_preview(tree),
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

/// The span that names no parent; the first to start where there are several.
fn root_of(tree: &Tree) -> Option<&Span> {
    tree.spans.iter().find(|span| span.parent_span_id.is_none())
}

/// The root, else the first span that hangs under nothing known, shown ones first.
fn top_of(tree: &Tree) -> Option<&Span> {
    let orphan = || (0..tree.spans.len()).filter(|at| tree.parents[*at].is_none()).min_by_key(|at| (!tree.is_shown(*at), *at));
    root_of(tree).or_else(|| orphan().map(|at| &tree.spans[at]))
}

/// The span that names the trace: its top, or the first below it that is shown where the top is plumbing.
fn namesake(tree: &Tree) -> Option<&Span> {
    let top = top_of(tree)?;
    let first_shown = || tree.order.iter().copied().find(|at| tree.is_shown(*at)).map(|at| &tree.spans[at]);
    if top.visibility == Visibility::App { Some(top) } else { first_shown().or(Some(top)) }
}

fn status_of(tree: &Tree, root: Option<&Span>) -> SpanStatus {
    match root {
        Some(root) if root.is_running() => SpanStatus::Running,
        Some(root) => root.status,
        None => {
            let tops = || (0..tree.spans.len()).filter(|at| tree.parents[*at].is_none()).map(|at| &tree.spans[at]);
            if tops().any(|span| span.status == SpanStatus::Error) {
                SpanStatus::Error
            } else if tops().any(Span::is_running) {
                SpanStatus::Running
            } else {
                tops().next().map_or(SpanStatus::Unset, |span| span.status)
            }
        }
    }
}

/// From the first start, for as long as the root took; until the last end without a root, or where the root is an instant, as the
/// prompt is that a coding agent logs before it works.
fn extent(tree: &Tree, root: Option<&Span>) -> (u64, Option<u64>) {
    let start = tree.spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or(0);
    if let Some(root) = root.filter(|root| root.duration_nanos() != Some(0)) {
        return (start, root.duration_nanos());
    }
    let end = tree.spans.iter().map(|span| span.end_unix_nanos).max().unwrap_or(0);
    let is_running = tree.spans.iter().any(Span::is_running);
    (start, (!is_running).then(|| end.saturating_sub(start)))
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
    (0..tree.spans.len()).filter(|at| is_tool(*at) && !is_seen_above(*at)).count()
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

/// What the top says went in, where it is a text; else the first question to a model; else whatever the top says.
fn input_preview(tree: &Tree) -> Option<String> {
    let top = || top_of(tree).and_then(|span| span.previews.input.as_ref());
    let first_question = || talking(tree).filter_map(|span| span.previews.input.as_ref()).find(|text| is_text(text));
    top().filter(|text| is_text(text)).or_else(first_question).or_else(top).cloned()
}

/// What the top says came out; else the last answer of a model or agent.
fn output_preview(tree: &Tree) -> Option<String> {
    let top = || top_of(tree).and_then(|span| span.previews.output.as_ref());
    let last_answer =
        || talking(tree).filter(|span| span.previews.output.is_some()).max_by_key(|span| span.end_unix_nanos)?.previews.output.as_ref();
    top().filter(|text| !is_repr(text)).or_else(last_answer).or_else(top).cloned()
}

/// Whether a preview is something a person wrote rather than arguments or state.
fn is_text(preview: &str) -> bool {
    preview.contains(char::is_alphabetic) && !preview.starts_with(['{', '[']) && !is_repr(preview)
}

/// An object as Python prints it: `StopEvent(result=...`.
fn is_repr(preview: &str) -> bool {
    let head = preview.split('(').next().unwrap_or_default();
    let is_class = head.starts_with(|first: char| first.is_ascii_uppercase())
        && head.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_class && preview[head.len()..].contains('=')
}

fn talking(tree: &Tree) -> impl Iterator<Item = &Span> {
    tree.spans.iter().filter(|span| {
        matches!(
            span.observation_type,
            ObservationType::Llm | ObservationType::Agent | ObservationType::Workflow | ObservationType::Chain | ObservationType::Step
        )
    })
}
