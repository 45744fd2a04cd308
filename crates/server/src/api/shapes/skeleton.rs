//! The tree of a trace in columns: what a page draws before any content is read.
//!
//! A row is a span, in order of start; a column that says the same of all spans, or nothing of any, costs nothing.
//! Times are differences, parents are rows and texts stand once, so that a span takes some eighty bytes before compression.

use std::collections::HashMap;

use dialect::{Node, Trace};
use model::{SpanId, SpanStatus};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::placeholder::PlaceholderAnswer;
use super::span::status_of;
use super::summary::TraceSummaryAnswer;
use crate::limits::{SKELETON_PREVIEW_SPANS_MAX, SKELETON_TEXT_CHARS_MAX};

/// The tree of one trace without contents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkeletonAnswer {
    project: String,
    trace: TraceSummaryAnswer,
    /// Rows of every column.
    span_count: usize,
    /// Later spans of the trace that are in no answer: there are more than are read at once.
    spans_left_out: u64,
    /// Parents that have not come, as in the trace's answer.
    placeholders: Vec<PlaceholderAnswer>,
    /// The earliest start; decimal string.
    start_unix_nanos: String,
    /// Ids of all spans, sixteen hex digits each, without anything between.
    span_ids: String,
    /// Row of the parent as sent; -1 where it names none, and `span_count` plus a place in `missing_parents` where it has not come.
    parents: Vec<i64>,
    missing_parents: Vec<String>,
    /// Row of the parent after repair and folding, -1 for a shown root; absent where it is that of `parents` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_parents: Option<Vec<i64>>,
    /// Nanoseconds since the start of the span before it that has one, of the first since `start_unix_nanos`; null where it has none.
    #[schema(value_type = Vec<Option<u64>>)]
    starts: Vec<Option<Nanos>>,
    /// Nanoseconds; null while the span runs.
    #[schema(value_type = Vec<Option<u64>>)]
    durations: Vec<Option<Nanos>>,
    /// By unit, those that a tree sums up; null where a span does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<Vec<Option<u64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<Vec<Option<u64>>>,
    texts: TextColumns,
}

/// Columns of texts, named as the fields of a span; a column that is absent says nothing of any span.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TextColumns {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obs_type: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billed_in: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<TextColumn>,
    /// Its first characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<TextColumn>,
    /// Of running spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_unix_nanos: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_model: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_model: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttft_nanos: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_status: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_name: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_name: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<TextColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<TextColumn>,
    /// First characters of what went in; only of traces of few spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_preview: Option<TextColumn>,
    /// First characters of what came out; only of traces of few spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_preview: Option<TextColumn>,
}

/// One text per span at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextColumn {
    /// Each text once, in the order they come.
    values: Vec<String>,
    /// For each span a place in `values`, -1 where it has none; absent where all spans have the one text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<i32>,
}

/// A length of time; one that a JSON number would round is a decimal string.
#[derive(Debug, Clone, Copy)]
struct Nanos(u64);

impl Serialize for Nanos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT_MAX: u64 = 1 << 53;
        if self.0 <= EXACT_MAX { serializer.serialize_u64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

impl SkeletonAnswer {
    pub(crate) fn new(project: String, trace: &Trace, spans_left_out: u64) -> Self {
        let nodes = &trace.spans;
        let rows: HashMap<SpanId, i64> = nodes.iter().zip(0..).map(|(node, row)| (node.span.span_id, row)).collect();
        let (parents, missing_parents) = parents_as_sent(nodes, &rows);
        let effective: Vec<i64> = nodes.iter().map(|node| row_of(&rows, node.effective_parent_id)).collect();
        let start = nodes.iter().map(|node| node.span.start_unix_nanos).find(|start| *start != 0).unwrap_or_default();
        Self {
            project,
            trace: TraceSummaryAnswer::from(&trace.summary),
            span_count: nodes.len(),
            spans_left_out,
            placeholders: trace.placeholders.iter().map(PlaceholderAnswer::from).collect(),
            start_unix_nanos: start.to_string(),
            span_ids: nodes.iter().map(|node| node.span.span_id.to_string()).collect(),
            effective_parents: (effective != parents).then_some(effective),
            parents,
            missing_parents: missing_parents.iter().map(ToString::to_string).collect(),
            starts: starts(nodes, start),
            durations: nodes.iter().map(|node| node.span.duration_nanos().map(Nanos)).collect(),
            input_tokens: counts(nodes, "input_tokens"),
            output_tokens: counts(nodes, "output_tokens"),
            texts: TextColumns::new(nodes),
        }
    }
}

fn row_of(rows: &HashMap<SpanId, i64>, id: Option<SpanId>) -> i64 {
    id.and_then(|id| rows.get(&id).copied()).unwrap_or(-1)
}

fn parents_as_sent(nodes: &[Node], rows: &HashMap<SpanId, i64>) -> (Vec<i64>, Vec<SpanId>) {
    let (mut missing, mut places) = (Vec::new(), HashMap::new());
    let parent = |node: &Node| {
        let Some(id) = node.span.parent_span_id else { return -1 };
        rows.get(&id).copied().unwrap_or_else(|| {
            *places.entry(id).or_insert_with(|| {
                missing.push(id);
                (nodes.len() + missing.len() - 1) as i64
            })
        })
    };
    let parents = nodes.iter().map(parent).collect();
    (parents, missing)
}

/// Spans come in order of start; one without a start comes first.
fn starts(nodes: &[Node], first: u64) -> Vec<Option<Nanos>> {
    let mut before = first;
    let since = |node: &Node| {
        let start = Some(node.span.start_unix_nanos).filter(|start| *start != 0)?;
        let since = start.saturating_sub(before);
        before = start;
        Some(Nanos(since))
    };
    nodes.iter().map(since).collect()
}

fn counts(nodes: &[Node], unit: &str) -> Option<Vec<Option<u64>>> {
    let counts: Vec<Option<u64>> = nodes.iter().map(|node| node.span.usage.get(unit)).collect();
    counts.iter().any(Option::is_some).then_some(counts)
}

impl TextColumns {
    fn new(nodes: &[Node]) -> Self {
        let with_previews = nodes.len() <= SKELETON_PREVIEW_SPANS_MAX;
        let previews = |get: fn(&Node) -> Option<&str>| if with_previews { column(nodes, |node| get(node).map(beginning)) } else { None };
        Self {
            name: column(nodes, |node| Some(&node.span.name)),
            obs_type: column(nodes, |node| Some(node.span.observation_type.as_str())),
            operation: column(nodes, |node| node.span.operation.as_deref()),
            origin: column(nodes, |node| Some(node.span.origin.as_str())),
            billing: column(nodes, |node| Some(node.span.billing.as_str())),
            billed_in: made_column(nodes, |node| node.span.billed_in.map(|id| id.to_string())),
            visibility: column(nodes, |node| Some(node.span.visibility.as_str())),
            status: column(nodes, |node| Some(status_of(&node.span).as_str())),
            status_message: column(nodes, |node| message(node).map(beginning)),
            error_type: column(nodes, |node| node.span.error_type.as_deref()),
            last_seen_unix_nanos: made_column(nodes, |node| node.span.is_running().then(|| node.last_seen_unix_nanos.to_string())),
            provider: column(nodes, |node| node.span.provider.as_deref()),
            request_model: column(nodes, |node| node.span.request_model.as_deref()),
            response_model: column(nodes, |node| node.span.response_model.as_deref()),
            ttft_nanos: made_column(nodes, |node| node.span.ttft_nanos.map(|nanos| nanos.to_string())),
            cost_usd: made_column(nodes, |node| node.span.price.cost.map(|cost| cost.to_string())),
            cost_status: column(nodes, |node| Some(node.span.price.status.as_str())),
            agent_name: column(nodes, |node| node.span.agent_name.as_deref()),
            step_name: column(nodes, |node| node.span.step.name.as_deref()),
            tool_name: column(nodes, |node| node.span.tool_name.as_deref()),
            tool_call_id: column(nodes, |node| node.span.tool_call_id.as_deref()),
            service_name: column(nodes, |node| node.span.service_name.as_deref()),
            input_preview: previews(|node| node.span.previews.input.as_deref()),
            output_preview: previews(|node| node.span.previews.output.as_deref()),
        }
    }
}

/// What a row says of a failure; of other spans the message is content.
fn message(node: &Node) -> Option<&str> {
    node.span.status_message.as_deref().filter(|_| node.span.status == SpanStatus::Error)
}

fn beginning(text: &str) -> &str {
    text.char_indices().nth(SKELETON_TEXT_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

fn column<'a>(nodes: &'a [Node], text: impl Fn(&'a Node) -> Option<&'a str>) -> Option<TextColumn> {
    let mut places: HashMap<&str, i32> = HashMap::new();
    let mut values = Vec::new();
    let mut place_of = |text: &'a str| {
        *places.entry(text).or_insert_with(|| {
            values.push(text.to_owned());
            values.len() as i32 - 1
        })
    };
    let rows = nodes.iter().map(|node| text(node).map_or(-1, &mut place_of)).collect();
    finished(values, rows)
}

/// A column of texts that have to be written first.
fn made_column(nodes: &[Node], text: impl Fn(&Node) -> Option<String>) -> Option<TextColumn> {
    let mut places: HashMap<String, i32> = HashMap::new();
    let mut values = Vec::new();
    let mut place_of = |text: String| match places.get(&text) {
        Some(place) => *place,
        None => {
            values.push(text.clone());
            let place = values.len() as i32 - 1;
            places.insert(text, place);
            place
        }
    };
    let rows = nodes.iter().map(|node| text(node).map_or(-1, &mut place_of)).collect();
    finished(values, rows)
}

fn finished(values: Vec<String>, rows: Vec<i32>) -> Option<TextColumn> {
    if values.is_empty() {
        return None;
    }
    let rows = if rows.iter().all(|row| *row == 0) { Vec::new() } else { rows };
    Some(TextColumn { values, rows })
}
