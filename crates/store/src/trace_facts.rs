//! What a trace is as a whole: what lists filter, sort and sum by.

use std::fmt;
use std::sync::Arc;

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
}

/// Understands a trace: gets its columns, and the raw spans too where it has log records on its spans.
///
/// Engines call it off the path of acknowledgements and keep what it says until the trace changes; it must not fail, and it must
/// say the same of the same records.
#[derive(Clone)]
pub struct Summarise(Arc<dyn Fn(&ProjectSlug, TraceRecords) -> TraceFacts + Send + Sync>);

impl Summarise {
    pub fn new(summarise: impl Fn(&ProjectSlug, TraceRecords) -> TraceFacts + Send + Sync + 'static) -> Self {
        Self(Arc::new(summarise))
    }

    pub fn facts(&self, project: &ProjectSlug, records: TraceRecords) -> TraceFacts {
        (self.0)(project, records)
    }
}

impl Default for Summarise {
    /// The plainest understanding: the first root's word, and sums over leaves.
    fn default() -> Self {
        Self::new(|_, records| plain(&records.spans))
    }
}

impl fmt::Debug for Summarise {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Summarise")
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
        status: root.map_or(SpanStatus::Running, |root| if root.is_running() { SpanStatus::Running } else { root.status }),
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
    }
}
