//! The tree of a trace in columns: what a page draws before any content is read.
//!
//! A row is a span, in order of start; a column that says the same of all spans, or nothing of any, costs nothing.
//! Times are differences, parents are rows and texts stand once, so that a span takes some eighty bytes before compression.

use std::collections::HashMap;
use std::fmt::{Display, Write};

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
            span_ids: span_ids(nodes),
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

fn span_ids(nodes: &[Node]) -> String {
    let mut ids = String::with_capacity(nodes.len() * 16);
    for node in nodes {
        // Writing to a String cannot fail.
        let _ = write!(ids, "{}", node.span.span_id);
    }
    ids
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
    /// Reads span after span: each is some kilobytes wide, and a pass for every column would fetch all of them every time.
    fn new(nodes: &[Node]) -> Self {
        let with_previews = nodes.len() <= SKELETON_PREVIEW_SPANS_MAX;
        let mut columns: [Column; COLUMNS] = std::array::from_fn(|_| Column::new(nodes.len()));
        let mut scratch = String::new();
        for node in nodes {
            for (column, read) in columns.iter_mut().zip(READ) {
                scratch.clear();
                match read(node, &mut scratch, with_previews) {
                    Text::Of(text) => column.push(Some(text)),
                    Text::Written => column.push(Some(&scratch)),
                    Text::None => column.push(None),
                }
            }
        }
        let [
            name,
            obs_type,
            operation,
            origin,
            billing,
            billed_in,
            visibility,
            status,
            status_message,
            error_type,
            last_seen_unix_nanos,
            provider,
            request_model,
            response_model,
            ttft_nanos,
            cost_usd,
            cost_status,
            agent_name,
            step_name,
            tool_name,
            tool_call_id,
            service_name,
            input_preview,
            output_preview,
        ] = columns.map(Column::finish);
        Self {
            name,
            obs_type,
            operation,
            origin,
            billing,
            billed_in,
            visibility,
            status,
            status_message,
            error_type,
            last_seen_unix_nanos,
            provider,
            request_model,
            response_model,
            ttft_nanos,
            cost_usd,
            cost_status,
            agent_name,
            step_name,
            tool_name,
            tool_call_id,
            service_name,
            input_preview,
            output_preview,
        }
    }
}

const COLUMNS: usize = 24;

/// What a span says in a column.
enum Text<'a> {
    Of(&'a str),
    /// It stands in the buffer.
    Written,
    None,
}

impl<'a> Text<'a> {
    fn known(text: Option<&'a str>) -> Self {
        text.map_or(Self::None, Self::Of)
    }

    fn written(value: Option<impl Display>, buffer: &mut String) -> Self {
        let Some(value) = value else { return Self::None };
        // Writing to a String cannot fail.
        let _ = write!(buffer, "{value}");
        Self::Written
    }
}

type Read = for<'a> fn(&'a Node, &mut String, bool) -> Text<'a>;

/// How each column reads a span, in the order of the fields of `TextColumns`; the last argument says whether previews are wanted.
const READ: [Read; COLUMNS] = [
    |node, _, _| Text::Of(&node.span.name),
    |node, _, _| Text::Of(node.span.observation_type.as_str()),
    |node, _, _| Text::known(node.span.operation.as_deref()),
    |node, _, _| Text::Of(node.span.origin.as_str()),
    |node, _, _| Text::Of(node.span.billing.as_str()),
    |node, buffer, _| Text::written(node.span.billed_in, buffer),
    |node, _, _| Text::Of(node.span.visibility.as_str()),
    |node, _, _| Text::Of(status_of(&node.span).as_str()),
    |node, _, _| Text::known(message(node).map(beginning)),
    |node, _, _| Text::known(node.span.error_type.as_deref()),
    |node, buffer, _| Text::written(node.span.is_running().then_some(node.last_seen_unix_nanos), buffer),
    |node, _, _| Text::known(node.span.provider.as_deref()),
    |node, _, _| Text::known(node.span.request_model.as_deref()),
    |node, _, _| Text::known(node.span.response_model.as_deref()),
    |node, buffer, _| Text::written(node.span.ttft_nanos, buffer),
    |node, buffer, _| Text::written(node.span.price.cost, buffer),
    |node, _, _| Text::Of(node.span.price.status.as_str()),
    |node, _, _| Text::known(node.span.agent_name.as_deref()),
    |node, _, _| Text::known(node.span.step.name.as_deref()),
    |node, _, _| Text::known(node.span.tool_name.as_deref()),
    |node, _, _| Text::known(node.span.tool_call_id.as_deref()),
    |node, _, _| Text::known(node.span.service_name.as_deref()),
    |node, _, wanted| Text::known(node.span.previews.input.as_deref().filter(|_| wanted).map(beginning)),
    |node, _, wanted| Text::known(node.span.previews.output.as_deref().filter(|_| wanted).map(beginning)),
];

/// What a row says of a failure; of other spans the message is content.
fn message(node: &Node) -> Option<&str> {
    node.span.status_message.as_deref().filter(|_| node.span.status == SpanStatus::Error)
}

fn beginning(text: &str) -> &str {
    text.char_indices().nth(SKELETON_TEXT_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// A text column as it grows.
#[derive(Default)]
struct Column {
    places: HashMap<String, i32>,
    values: Vec<String>,
    rows: Vec<i32>,
}

/// Values up to this many are compared one by one: faster than hashing, and most columns have no more.
const VALUES_COMPARED_MAX: usize = 8;

impl Column {
    fn new(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), ..Self::default() }
    }

    fn push(&mut self, text: Option<&str>) {
        let place = text.map_or(-1, |text| self.place_of(text));
        self.rows.push(place);
    }

    fn place_of(&mut self, text: &str) -> i32 {
        if let Some(place) = self.values.iter().take(VALUES_COMPARED_MAX).position(|value| value == text) {
            return place as i32;
        }
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.values.len() as i32;
        self.values.push(text.to_owned());
        if self.values.len() > VALUES_COMPARED_MAX {
            self.places.insert(text.to_owned(), place);
        }
        place
    }

    fn finish(self) -> Option<TextColumn> {
        if self.values.is_empty() {
            return None;
        }
        let rows = if self.rows.iter().all(|row| *row == 0) { Vec::new() } else { self.rows };
        Some(TextColumn { values: self.values, rows })
    }
}
