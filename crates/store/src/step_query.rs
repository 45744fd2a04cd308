//! The runs of one step of a workflow.

use std::sync::Arc;

use model::{RawSpan, Span, SpanId, TraceId};
use query::Filter;
use serde_json::Value;

use crate::aggregate::{Dimension, QueryCost};
use crate::query::TimeRange;

/// Asks for the spans of a step name that start in a range and meet a filter, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepQuery {
    pub step_name: String,
    pub range: TimeRange,
    /// Of span rows.
    pub filter: Filter,
    /// What splits the runs; of a place what each run's own content says.
    pub by: Option<Dimension>,
    pub limit: usize,
}

/// One run of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRun {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// The groups it is in by what splits the runs, see `Dimension::group_names`; none where nothing does.
    pub groups: Vec<Option<String>>,
    pub output: StepOutput,
}

/// What a run gave back.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutput {
    /// As the derivation of content tells it, where an engine has it at hand.
    Known(Option<Value>),
    /// For the caller to derive.
    Raw(Arc<RawSpan>),
}

impl StepOutput {
    /// The output, derived where it is not at hand.
    pub fn derived(self, derive: impl FnOnce(Arc<RawSpan>) -> Span) -> Option<Value> {
        match self {
            Self::Known(output) => output,
            Self::Raw(raw) => derive(raw).content.into_inner().output,
        }
    }
}

/// A span, and what it gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanOutput {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub output: StepOutput,
}

impl StepRun {
    /// A run whose raw span was read; None without it.
    pub fn of_raw(span: Span, by: Option<&Dimension>) -> Option<Self> {
        let groups = by.map(|by| by.group_names(&span)).unwrap_or_default();
        Some(Self { trace_id: span.trace_id, span_id: span.span_id, groups, output: StepOutput::Raw(span.raw?) })
    }
}

/// The last runs of a step; equal starts in the order of trace and span ids, the highest first.
#[derive(Debug, Clone, Default)]
pub struct StepPage {
    pub runs: Vec<StepRun>,
    /// What finding them took; reading them comes on top.
    pub cost: QueryCost,
}
