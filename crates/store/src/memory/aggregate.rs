//! Figures and runs of steps: a walk over all traces.

use model::{ProjectSlug, Span, SpanId, TraceId};
use query::{Filter, Matcher, TraceRow};

use super::{State, reduced, tie_of_span};
use crate::aggregate::{AggregateAnswer, AggregateQuery, Gathered, QueryCost};
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::query::{Detail, TimeRange};
use crate::step_query::{SpanOutput, StepOutput, StepPage, StepQuery, StepRun};

impl State {
    pub(super) fn aggregate(&self, project: &ProjectSlug, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError> {
        query.check()?;
        let mut gathered = Gathered::new(query);
        // What stands at places is no column.
        let detail = if query.open_subjects().is_empty() { Detail::Columns } else { Detail::Whole };
        for span in self.spans_that_meet(project, &query.filter, query.range) {
            gathered.add(&reduced(span, detail))?;
        }
        let rows = self.merged_spans(project).len() as u64;
        Ok(gathered.answer(QueryCost { rows, ..QueryCost::default() }))
    }

    pub(super) fn runs_of_step(&self, project: &ProjectSlug, query: &StepQuery) -> StepPage {
        let spans = self.spans_that_meet(project, &query.filter, query.range);
        let mut runs: Vec<Span> = spans.filter(|span| span.step.name.as_deref() == Some(&query.step_name)).collect();
        runs.sort_by_cached_key(|span| std::cmp::Reverse((span.start_unix_nanos, tie_of_span(span))));
        runs.truncate(query.limit.min(PAGE_ROWS_MAX));
        let runs = runs.into_iter().filter_map(|span| StepRun::of_raw(span, query.by.as_ref())).collect();
        StepPage { runs, cost: QueryCost::default() }
    }

    pub(super) fn outputs(&self, project: &ProjectSlug, spans: &[(TraceId, SpanId)]) -> Vec<SpanOutput> {
        let mut known = self.merged_spans(project);
        let output = |key: &(TraceId, SpanId)| {
            let raw = known.remove(key)?.raw?;
            Some(SpanOutput { trace_id: key.0, span_id: key.1, output: StepOutput::Raw(raw) })
        };
        spans.iter().filter_map(output).collect()
    }

    /// With their raw spans.
    fn spans_that_meet(&self, project: &ProjectSlug, filter: &Filter, range: TimeRange) -> impl Iterator<Item = Span> + use<> {
        let matcher = Matcher::new(filter);
        let traces = self.traces(project, Detail::Whole).into_values();
        let met = traces.flat_map(move |trace| {
            let met = matcher.spans(&TraceRow::new(&trace.spans, &trace.logs));
            trace.spans.into_iter().zip(met).filter(|(_, is_met)| *is_met).map(|(span, _)| span).collect::<Vec<_>>()
        });
        met.filter(move |span| range.contains(span.start_unix_nanos))
    }
}
