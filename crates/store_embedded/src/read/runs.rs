//! How long runs of equal calls are, from columns and from what the index knows of their arguments.

use std::collections::HashMap;
use std::ops::Range;

use datafusion::arrow::array::{Array, AsArray, StringArray};
use datafusion::arrow::buffer::BooleanBuffer;
use model::Visibility;
use query::{Call, Comparison};
use store::StoreError;

use super::bounds::Bounds;
use super::masks::{Masks, Source};
use super::roll_ups::meeting;

/// The least and the most that the longest run can be: of each trace, and of each span and what is below it.
pub(super) struct KnownRuns {
    pub(super) of_traces: Vec<(u64, u64)>,
    pub(super) of_spans: Vec<(u64, u64)>,
}

impl<S: Source + ?Sized> Masks<'_, S> {
    /// The runs of calls among some spans, as closely as it takes to say whether they are as wanted.
    pub(super) fn runs(&self, spans: &Bounds, wanted: &Comparison) -> Result<KnownRuns, StoreError> {
        let traces = self.source.rows_of_traces()?;
        let callees = Callees::of(self.source)?;
        // A run has as many calls as there are of one tool, at most.
        let of_traces: Vec<(u64, u64)> = traces.iter().map(|rows| (0, callees.most_of_one(&spans.possible, rows))).collect();
        let mut of_spans = vec![(0, 0); self.source.span_count()];
        traces.iter().zip(&of_traces).for_each(|(rows, run)| of_spans[rows.clone()].fill(*run));
        let mut runs = KnownRuns { of_traces, of_spans };
        self.look_at_arguments(spans, wanted, &callees, &mut runs)?;
        Ok(runs)
    }

    /// Says exactly how long the runs are that may be as wanted, where the arguments of all their calls are known.
    fn look_at_arguments(&self, spans: &Bounds, wanted: &Comparison, callees: &Callees, runs: &mut KnownRuns) -> Result<(), StoreError> {
        let met = meeting(runs.of_traces.clone(), wanted)?;
        let told_by_logs = self.traces_told_by_logs()?;
        let traces = self.source.rows_of_traces()?;
        let is_told = |trace: usize| told_by_logs.as_ref().is_some_and(|told| told.value(trace));
        let is_asked = |trace: usize| self.asked.as_ref().is_none_or(|asked| asked.value(trace));
        let is_open = |trace: &usize| met.of_row(*trace).is_none() && is_asked(*trace) && !is_told(*trace);
        let open: Vec<usize> = (0..traces.len()).filter(is_open).filter(|trace| spans.is_exact_in(&traces[*trace])).collect();
        let calls: Vec<usize> = open.iter().flat_map(|trace| traces[*trace].clone()).filter(|span| spans.is_sure(*span)).collect();
        if calls.is_empty() {
            return Ok(());
        }
        let arguments = self.source.arguments(&calls);
        let visibility = self.source.of_spans("visibility")?;
        let visibility: &StringArray = visibility.as_string();
        let call = |span: usize| {
            let is_view = visibility.is_valid(span) && Visibility::from_text(visibility.value(span)).is_some_and(Visibility::is_view);
            Some(Call { callee: callees.of_span(span), arguments: *arguments.get(&span)?, is_view })
        };
        let trees = self.trees()?;
        for trace in open {
            let rows = &traces[trace];
            // None where one of them is not known.
            let calls = rows.clone().map(|span| if spans.is_sure(span) { call(span).map(Some) } else { Some(None) });
            let Some(calls) = calls.collect::<Option<Vec<_>>>() else { continue };
            let exact = trees.tree(rows)?.longest_runs(&calls);
            runs.of_traces[trace] = (exact.whole, exact.whole);
            rows.clone().zip(exact.below).for_each(|(span, run)| runs.of_spans[span] = (run, run));
        }
        Ok(())
    }
}

/// What spans call: the tool, or what their names say.
struct Callees {
    tools: StringArray,
    names: StringArray,
}

impl Callees {
    fn of(source: &(impl Source + ?Sized)) -> Result<Self, StoreError> {
        let column = |name| Ok::<StringArray, StoreError>(source.of_spans(name)?.as_string::<i32>().clone());
        Ok(Self { tools: column("tool_name")?, names: column("name")? })
    }

    fn of_span(&self, span: usize) -> &str {
        if self.tools.is_valid(span) { self.tools.value(span) } else { self.names.value(span) }
    }

    /// How many of some spans of a trace call the same, at most.
    fn most_of_one(&self, spans: &BooleanBuffer, rows: &Range<usize>) -> u64 {
        let mut calls: HashMap<&str, u64> = HashMap::new();
        let met = spans.slice(rows.start, rows.len());
        met.set_indices().for_each(|row| *calls.entry(self.of_span(rows.start + row)).or_default() += 1);
        calls.into_values().max().unwrap_or_default()
    }
}
