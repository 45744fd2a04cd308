//! Which traces and which spans meet a filter, from the columns that the filter names.
//!
//! The columns of spans are those that their traces make. Some of what a filter asks stands in no column: then the answer is an upper
//! bound, and whoever asks looks at the traces that are left.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::UInt64Type;
use model::Span;
use query::{Comparison, Filter, Operand, Sequence, Subject, Test, is_field_of_trace};
use store::StoreError;

use super::bounds::{Bounds, count_in, of_rows};
use super::compare::{is_met_by_text, rows_that_meet};
use super::trees::{Forest, KnownFollowing, Trees};

/// Traces and their spans in columns; columns are read when they are asked for.
pub(super) trait Source {
    /// A column of the traces; None where they have none of the name.
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError>;

    /// A column of the spans, as their traces make them.
    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError>;

    fn trace_count(&self) -> usize;

    /// The rows of the spans of each trace.
    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError>;

    fn span_count(&self) -> usize;

    /// Keeps the trees that were asked for.
    fn forest(&self) -> &Forest;

    /// The spans whose content meets a filter that is about the content of one span.
    fn spans_by_content(&self, filter: &Filter) -> Result<Bounds, StoreError>;
}

/// Spans whose content can be looked at, one by one.
pub(super) trait Content: Source {
    /// Whether a filter asked for what only content tells.
    fn was_searched(&self) -> bool;

    /// Hands over spans, given in order, with the content that each tells by itself; not those that are gone meanwhile.
    fn each_with_content(&self, spans: &[usize], look: &mut dyn FnMut(usize, &Span)) -> Result<(), StoreError>;
}

/// Evaluates filters over a source.
pub(super) struct Masks<'a, S: ?Sized>(pub(super) &'a S);

impl<S: Source + ?Sized> Masks<'_, S> {
    /// The traces that meet a filter.
    pub(super) fn traces(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let count = self.0.trace_count();
        match filter {
            Filter::All(parts) => all_of(parts, Bounds::all(count), |part| self.traces(part)),
            Filter::Any(parts) => parts.iter().try_fold(Bounds::none(count), |bounds, part| Ok(bounds.or(&self.traces(part)?))),
            Filter::Not(part) => Ok(self.traces(part)?.not()),
            Filter::Trace(inner) => self.traces(inner),
            Filter::Test(test) => self.traces_that_meet(test, count),
            Filter::Span(inner) => self.with_a_span(&self.spans(inner)?),
            Filter::Words(_) | Filter::Relative(..) => self.with_a_span(&self.spans(filter)?),
            Filter::Sequence(sequence) => self.traces_that_follow(sequence),
            Filter::Log(_) => Ok(Bounds::unknown(count)),
        }
    }

    fn traces_that_follow(&self, sequence: &Sequence) -> Result<Bounds, StoreError> {
        let none = Bounds::none(self.0.trace_count());
        let first = self.spans(&sequence.first)?;
        if first.possible.count_set_bits() == 0 {
            return Ok(none);
        }
        let mut then = Vec::with_capacity(sequence.then.len());
        for follower in &sequence.then {
            let wanted = self.spans(&follower.filter)?;
            if wanted.possible.count_set_bits() == 0 {
                return Ok(none);
            }
            let unwanted = follower.without.as_ref().map(|without| self.spans(without)).transpose()?;
            then.push(KnownFollowing { wanted, unwanted });
        }
        Trees::of(self.0)?.following(&first, &then)
    }

    fn traces_that_meet(&self, test: &Test, count: usize) -> Result<Bounds, StoreError> {
        match &test.subject {
            Subject::Field(field) if is_field_of_trace(field) => match self.0.of_traces(field.column)? {
                Some(column) => Ok(Bounds::exactly(rows_that_meet(&column, &test.comparison)?)),
                None => Ok(Bounds::unknown(count)),
            },
            Subject::Attribute(_) | Subject::Path { .. } | Subject::Score(_) => self.with_a_span(&self.spans_that_meet(test)?),
            Subject::Field(_) => self.with_a_span(&self.spans_that_meet(test)?),
            Subject::RollUp(rollup) => self.traces_of_number(rollup, &test.comparison),
            _ => Ok(Bounds::unknown(count)),
        }
    }

    /// How many spans of each trace meet a filter; None where that is in doubt.
    pub(super) fn counts(&self, filter: &Filter) -> Result<Option<Vec<u64>>, StoreError> {
        let spans = self.spans(filter)?;
        if spans.sure != spans.possible {
            return Ok(None);
        }
        let rows = self.0.rows_of_traces()?.iter();
        Ok(Some(rows.map(|rows| count_in(&spans.sure, rows) as u64).collect()))
    }

    /// The spans that meet a filter.
    pub(super) fn spans(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let count = self.0.span_count();
        match filter {
            Filter::All(parts) => all_of(parts, Bounds::all(count), |part| self.spans(part)),
            Filter::Any(parts) => parts.iter().try_fold(Bounds::none(count), |bounds, part| Ok(bounds.or(&self.spans(part)?))),
            Filter::Not(part) => Ok(self.spans(part)?.not()),
            Filter::Test(test) => self.spans_that_meet(test),
            Filter::Span(_) | Filter::Trace(_) | Filter::Sequence(_) => self.of_traces_that(&self.traces(filter)?),
            Filter::Relative(relation, inner) => match self.spans(inner)? {
                none if none.possible.count_set_bits() == 0 => Ok(none),
                others => Trees::of(self.0)?.standing(*relation, &others),
            },
            Filter::Words(_) => self.unless_told_by_logs(self.0.spans_by_content(filter)?),
            Filter::Log(_) => Ok(Bounds::unknown(count)),
        }
    }

    fn spans_that_meet(&self, test: &Test) -> Result<Bounds, StoreError> {
        if let Subject::RollUp(rollup) = &test.subject {
            return self.spans_of_number(rollup, &test.comparison);
        }
        let Subject::Field(field) = &test.subject else {
            return self.unless_told_by_logs(self.0.spans_by_content(&Filter::Test(test.clone()))?);
        };
        Ok(Bounds::exactly(match field.name {
            "status" => self.spans_of_status(&test.comparison)?,
            "duration_nanos" => rows_that_meet(&self.durations()?, &test.comparison)?,
            "end_unix_nanos" => self.ended_spans(&test.comparison)?,
            "scope_name" | "scope_version" => self.spans_of_scope(&self.0.of_spans(field.column)?, &test.comparison)?,
            _ => rows_that_meet(&self.0.of_spans(field.column)?, &test.comparison)?,
        }))
    }

    /// A span that has not ended is running, whatever else it says.
    fn spans_of_status(&self, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
        let said = rows_that_meet(&self.0.of_spans("status")?, comparison)?;
        if !is_met_by_text(comparison, "running")? {
            return Ok(said);
        }
        let ended = Comparison::Is(vec![Operand::Integer(0)]);
        Ok(&said | &rows_that_meet(&self.0.of_spans("end_unix_nanos")?, &ended)?)
    }

    /// Zero says that a span runs.
    fn ended_spans(&self, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
        let ends = self.0.of_spans("end_unix_nanos")?;
        let running = Comparison::Is(vec![Operand::Integer(0)]);
        Ok(&rows_that_meet(&ends, comparison)? & &!&rows_that_meet(&ends, &running)?)
    }

    /// OTLP has no word for an absent scope but the empty text.
    fn spans_of_scope(&self, column: &ArrayRef, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
        let empty = Comparison::Is(vec![Operand::Text(String::new())]);
        Ok(&rows_that_meet(column, comparison)? & &!&rows_that_meet(column, &empty)?)
    }

    /// From start to end; none while a span runs. See `model::Span::duration_nanos`.
    pub(super) fn durations(&self) -> Result<ArrayRef, StoreError> {
        let (starts, ends) = (self.0.of_spans("start_unix_nanos")?, self.0.of_spans("end_unix_nanos")?);
        let (starts, ends) = (starts.as_primitive::<UInt64Type>(), ends.as_primitive::<UInt64Type>());
        let duration = |row: usize| (ends.value(row) != 0).then(|| ends.value(row).saturating_sub(starts.value(row)));
        Ok(Arc::new((0..starts.len()).map(duration).collect::<UInt64Array>()))
    }

    /// Log records on its spans may tell of their content what no index knows.
    fn unless_told_by_logs(&self, spans: Bounds) -> Result<Bounds, StoreError> {
        let Some(told) = self.0.of_traces("told_by_logs")? else { return Ok(spans) };
        let told = told.as_boolean().values().clone();
        if told.count_set_bits() == 0 {
            return Ok(spans);
        }
        let rows = self.rows_of(&told)?;
        Ok(spans.forget(&rows))
    }

    /// The traces that have one of the spans.
    fn with_a_span(&self, spans: &Bounds) -> Result<Bounds, StoreError> {
        if spans.possible.count_set_bits() == 0 {
            return Ok(Bounds::none(self.0.trace_count()));
        }
        let rows = self.0.rows_of_traces()?;
        if !rows.is_sorted_by_key(|rows| rows.start) {
            return Ok(spans.map(|spans| BooleanBuffer::collect_bool(rows.len(), |trace| count_in(spans, &rows[trace]) > 0)));
        }
        Ok(spans.map(|spans| of_rows(rows.len(), traces_with_one_of(spans, rows))))
    }

    /// The spans of traces.
    fn of_traces_that(&self, traces: &Bounds) -> Result<Bounds, StoreError> {
        Ok(Bounds { sure: self.rows_of(&traces.sure)?, possible: self.rows_of(&traces.possible)? })
    }

    fn rows_of(&self, traces: &BooleanBuffer) -> Result<BooleanBuffer, StoreError> {
        let mut spans = vec![false; self.0.span_count()];
        for (rows, is_met) in self.0.rows_of_traces()?.iter().zip(traces.iter()) {
            spans[rows.clone()].fill(is_met);
        }
        Ok(BooleanBuffer::from(spans))
    }
}

/// The traces that have one of the spans; their rows are in order.
fn traces_with_one_of<'a>(spans: &'a BooleanBuffer, rows: &'a [Range<usize>]) -> impl Iterator<Item = usize> + 'a {
    let (mut trace, mut seen) = (0, 0);
    spans.set_indices().filter_map(move |span| {
        if span < seen {
            return None;
        }
        trace += rows[trace..].partition_point(|rows| rows.end <= span);
        let rows = rows.get(trace).filter(|rows| rows.contains(&span))?;
        seen = rows.end;
        Some(trace)
    })
}

/// What meets all parts: those that cost little first, and no more of them once nothing is left.
fn all_of(parts: &[Filter], all: Bounds, mut meeting: impl FnMut(&Filter) -> Result<Bounds, StoreError>) -> Result<Bounds, StoreError> {
    let (dear, cheap): (Vec<&Filter>, Vec<&Filter>) = parts.iter().partition(|part| needs_trees(part));
    let mut bounds = all;
    for part in cheap.into_iter().chain(dear) {
        bounds = bounds.and(&meeting(part)?);
        if bounds.possible.count_set_bits() == 0 {
            break;
        }
    }
    Ok(bounds)
}

fn needs_trees(filter: &Filter) -> bool {
    match filter {
        Filter::Relative(..) | Filter::Sequence(_) => true,
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(needs_trees),
        Filter::Not(inner) | Filter::Span(inner) | Filter::Trace(inner) => needs_trees(inner),
        Filter::Test(Test { subject, .. }) => matches!(subject, Subject::RollUp(_)),
        Filter::Words(_) | Filter::Log(_) => false,
    }
}
