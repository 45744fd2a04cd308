//! The questions a store answers, and the shapes of its answers.

use std::collections::HashSet;

use model::{AnyValue, LogRecord, Span, SpanId, TraceId, TraceSummary};
use query::{Filter, Matcher};

use crate::error::StoreError;
use crate::limits::TRACES_READ_MAX;

/// From inclusive, to exclusive, in Unix nanoseconds; an absent side is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    pub from_unix_nanos: Option<u64>,
    pub to_unix_nanos: Option<u64>,
}

impl TimeRange {
    /// Whether one of the times from the first to the last may lie in the range.
    pub fn meets(&self, first_unix_nanos: u64, last_unix_nanos: u64) -> bool {
        self.from_unix_nanos.is_none_or(|from| last_unix_nanos >= from) && self.to_unix_nanos.is_none_or(|to| first_unix_nanos < to)
    }

    pub fn contains(&self, unix_nanos: u64) -> bool {
        self.from_unix_nanos.is_none_or(|from| unix_nanos >= from) && self.to_unix_nanos.is_none_or(|to| unix_nanos < to)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    Ascending,
    #[default]
    Descending,
}

/// What traces are sorted by; equal keys are sorted by trace id, in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TraceSort {
    /// The earliest start of the trace's spans.
    #[default]
    Start,
    /// The root's, zero while it runs; without a root, from the earliest start to the latest end of the trace's spans.
    ///
    /// The root is the first span to start of those without a parent.
    Duration,
}

/// The last row of a page: the next page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysetCursor {
    /// The sort key of that row.
    pub key: u64,
    /// What breaks ties: the bytes of its trace id (traces), of trace and span id (spans), its name (groups), its row key (logs, points).
    pub tie: Vec<u8>,
}

/// How much of each span is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Scalar fields and previews; `content` and `raw` stay empty.
    Columns,
    /// The columns and the raw span, from which the content is derived.
    Whole,
}

/// Asks for traces whose start lies in the range.
#[derive(Debug, Clone, Default)]
pub struct TraceQuery {
    pub range: TimeRange,
    /// Of trace rows.
    pub filter: Filter,
    pub sort: TraceSort,
    pub order: Order,
    pub limit: usize,
    pub after: Option<KeysetCursor>,
}

/// Every record of one trace: each span once, merged from all its versions; in order of start, then span id.
#[derive(Debug, Clone)]
pub struct TraceRecords {
    pub trace_id: TraceId,
    pub spans: Vec<Span>,
    /// In order of time.
    pub logs: Vec<LogRecord>,
    /// Spans beyond `limits::TRACE_SPANS_MAX` that were left out.
    pub spans_left_out: u64,
}

/// Asks for the spans of several traces at once, at most `limits::TRACES_READ_MAX`.
#[derive(Debug, Clone)]
pub struct TracesQuery {
    pub trace_ids: Vec<TraceId>,
    /// Only these spans, where given.
    pub spans: Option<HashSet<(TraceId, SpanId)>>,
    pub detail: Detail,
}

impl TracesQuery {
    /// Refuses what no engine answers.
    pub fn check(&self) -> Result<(), StoreError> {
        let count = self.trace_ids.len();
        if count <= TRACES_READ_MAX {
            return Ok(());
        }
        Err(StoreError::Invalid(format!("{count} traces are more than the {TRACES_READ_MAX} that are read at once")))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    pub exact: bool,
}

/// A page of traces, each as it was understood when its records came to rest.
#[derive(Debug, Clone)]
pub struct TracePage {
    pub traces: Vec<TraceSummary>,
    pub next: Option<KeysetCursor>,
    /// Of the whole range, not of the page.
    pub total: Total,
}

/// Asks for spans whose start lies in the range, by start.
#[derive(Debug, Clone, Default)]
pub struct SpanQuery {
    pub range: TimeRange,
    /// Only spans of this id, where given.
    pub span_id: Option<SpanId>,
    /// Of span rows.
    pub filter: Filter,
    pub order: Order,
    pub limit: usize,
    pub after: Option<KeysetCursor>,
}

/// A page of spans, columns only.
#[derive(Debug, Clone)]
pub struct SpanPage {
    pub spans: Vec<Span>,
    pub next: Option<KeysetCursor>,
    pub total: Total,
}

/// Asks for log records whose time lies in the range, by time.
///
/// The time of a record without one is when it was observed.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    pub range: TimeRange,
    pub order: Order,
    pub limit: usize,
    pub after: Option<KeysetCursor>,
    /// Only records of this span, where given.
    pub span: Option<(TraceId, SpanId)>,
    pub filter: LogFilter,
}

/// What log records must say to be wanted; an absent condition holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogFilter {
    pub trace_id: Option<TraceId>,
    pub event_name: Option<String>,
    /// OTLP severity number, inclusive.
    pub severity_min: Option<i32>,
    /// A text in the body, the event's name or a value of an attribute, in any case (of ASCII letters).
    pub text: Option<String>,
    /// Of log rows, see `query::not_of_logs`.
    pub condition: Filter,
}

/// A filter of log records, ready to be asked of many.
#[derive(Debug)]
pub struct LogMatcher<'a> {
    filter: &'a LogFilter,
    condition: Option<Matcher>,
}

impl LogMatcher<'_> {
    pub fn matches(&self, log: &LogRecord) -> bool {
        self.filter.matches(log) && self.condition.as_ref().is_none_or(|condition| condition.log(log))
    }
}

impl LogFilter {
    pub fn matcher(&self) -> LogMatcher<'_> {
        let condition = (!self.condition.is_everything()).then(|| Matcher::new(&self.condition));
        LogMatcher { filter: self, condition }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn matches(&self, log: &LogRecord) -> bool {
        self.trace_id.is_none_or(|wanted| log.trace() == Some(wanted))
            && self.event_name.as_ref().is_none_or(|wanted| log.event_name() == wanted)
            && self.severity_min.is_none_or(|least| log.severity_number >= least)
            && self.text.as_ref().is_none_or(|text| log_contains(log, text))
    }
}

fn log_contains(log: &LogRecord, text: &str) -> bool {
    let text = text.as_bytes();
    contains(log.event_name().as_bytes(), text)
        || log.body.as_ref().is_some_and(|body| value_contains(body, text))
        || log.attributes.iter().any(|(_, value)| value_contains(value, text))
}

/// Depth is bounded where records are decoded.
fn value_contains(value: &AnyValue, text: &[u8]) -> bool {
    match value {
        AnyValue::String(own) => contains(own.as_bytes(), text),
        AnyValue::Array(items) => items.iter().any(|item| value_contains(item, text)),
        AnyValue::Map(map) => map.iter().any(|(_, item)| value_contains(item, text)),
        AnyValue::Int(number) => contains(number.to_string().as_bytes(), text),
        AnyValue::Double(number) => contains(number.to_string().as_bytes(), text),
        _ => false,
    }
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || text.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}

#[derive(Debug, Clone)]
pub struct LogPage {
    pub logs: Vec<LogRecord>,
    pub next: Option<KeysetCursor>,
    pub total: Total,
}
