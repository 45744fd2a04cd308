//! Figures and runs of steps: a walk over all spans.

use model::{ProjectSlug, Span};

use super::{State, tie_of_span};
use crate::aggregate::{AggregateAnswer, AggregateQuery, Condition, Gathered, QueryCost};
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::step_query::{StepPage, StepQuery};

impl State {
    pub(super) fn aggregate(&self, project: &ProjectSlug, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError> {
        query.check()?;
        let condition = Condition::new(&query.filter)?;
        let spans = self.merged_spans(project);
        let mut gathered = Gathered::new(query);
        for span in spans.values().filter(|span| query.range.contains(span.start_unix_nanos) && condition.holds(span)) {
            gathered.add(span)?;
        }
        Ok(gathered.answer(QueryCost { rows: spans.len() as u64, ..QueryCost::default() }))
    }

    pub(super) fn runs_of_step(&self, project: &ProjectSlug, query: &StepQuery) -> Result<StepPage, StoreError> {
        let condition = Condition::new(&query.filter)?;
        let is_wanted = |span: &Span| {
            let of_step = span.step.name.as_deref() == Some(&query.step_name);
            of_step && query.range.contains(span.start_unix_nanos) && condition.holds(span)
        };
        let mut runs: Vec<Span> = self.merged_spans(project).into_values().filter(is_wanted).collect();
        runs.sort_by_cached_key(|span| std::cmp::Reverse((span.start_unix_nanos, tie_of_span(span))));
        runs.truncate(query.limit.min(PAGE_ROWS_MAX));
        Ok(StepPage { runs, cost: QueryCost::default() })
    }
}
