//! The runs of one step of a workflow.

use model::Span;
use query::Filter;

use crate::aggregate::QueryCost;
use crate::query::TimeRange;

/// Asks for the spans of a step name that start in a range and meet a filter, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepQuery {
    pub step_name: String,
    pub range: TimeRange,
    /// Of span rows.
    pub filter: Filter,
    pub limit: usize,
}

/// The last runs of a step, each with its raw span; equal starts in the order of trace and span ids, the highest first.
#[derive(Debug, Clone, Default)]
pub struct StepPage {
    pub runs: Vec<Span>,
    /// What finding them took; reading them comes on top.
    pub cost: QueryCost,
}
