//! Which traces and which spans meet a filter, from the columns that the filter names.
//!
//! The columns of spans are those that their traces make. Some of what a filter asks stands in no column: then the answer is an upper
//! bound, and whoever asks looks at the traces that are left.

use std::collections::HashMap;
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
use super::narrowing::Level;
use super::stop::Stop;
use super::trees::{Forest, KnownFollowing, Trees};
use crate::search::{KnownTexts, NamesAtPlace, NumbersAtPlace};

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

    /// A hash of what each of some spans, as calls, was given, by span: equal where that is, None where that is unknown. Those of which
    /// only their content tells are left out.
    fn arguments(&self, spans: &[usize]) -> HashMap<usize, Option<u64>>;
}

/// Spans whose content can be looked at, one by one.
pub(super) trait Content: Source {
    /// The names of what some spans have at the place of a subject, as far as indexes tell; None where there is none.
    fn names_at(
        &self,
        subject: &Subject,
        spans: &BooleanBuffer,
        texts: &KnownTexts,
        stop: &Stop,
    ) -> Result<Option<NamesAtPlace>, StoreError>;

    /// The numbers that some spans have at the place of a subject, as far as indexes tell; None where there is none.
    fn numbers_at(&self, subject: &Subject, spans: &BooleanBuffer) -> Result<Option<NumbersAtPlace>, StoreError>;

    /// Whether a filter asked for what only content tells.
    fn was_searched(&self) -> bool;

    /// Hands over spans, given in order, with the content that each tells by itself; not those that are gone meanwhile.
    fn each_with_content(&self, spans: &[usize], look: &mut dyn FnMut(usize, &Span)) -> Result<(), StoreError>;
}

/// Evaluates filters over a source.
pub(super) struct Masks<'a, S: ?Sized> {
    pub(super) source: &'a S,
    /// The traces that are asked about, or all: of others anything may be said, for nobody listens.
    pub(super) asked: Option<BooleanBuffer>,
}

impl<'a, S: Source + ?Sized> Masks<'a, S> {
    /// Asks about all traces.
    pub(super) fn of(source: &'a S) -> Self {
        Self { source, asked: None }
    }

    /// The traces that meet a filter.
    pub(super) fn traces(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let count = self.source.trace_count();
        match filter {
            Filter::All(parts) => self.all_of(parts, Level::Traces),
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
        let none = || Ok(Bounds::none(self.source.trace_count()));
        let first = self.spans(&sequence.first)?;
        let Some(mut left) = self.among_traces_of(&first.possible)? else { return none() };
        let mut then = Vec::with_capacity(sequence.then.len());
        for follower in &sequence.then {
            let wanted = left.spans(&follower.filter)?;
            left = match left.among_traces_of(&wanted.possible)? {
                Some(left) => left,
                None => return none(),
            };
            let unwanted = follower.without.as_ref().map(|without| left.spans(without)).transpose()?;
            then.push(KnownFollowing { wanted, unwanted });
        }
        left.trees()?.following(&first, &then)
    }

    /// The trees of the traces that are asked about.
    pub(super) fn trees(&self) -> Result<Trees<'_>, StoreError> {
        Trees::of(self.source, self.asked.as_ref())
    }

    fn traces_that_meet(&self, test: &Test, count: usize) -> Result<Bounds, StoreError> {
        match &test.subject {
            Subject::Field(field) if is_field_of_trace(field) => match self.source.of_traces(field.column)? {
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
        let rows = self.source.rows_of_traces()?.iter();
        Ok(Some(rows.map(|rows| count_in(&spans.sure, rows) as u64).collect()))
    }

    /// The spans that meet a filter.
    pub(super) fn spans(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let count = self.source.span_count();
        match filter {
            Filter::All(parts) => self.all_of(parts, Level::Spans),
            Filter::Any(parts) => parts.iter().try_fold(Bounds::none(count), |bounds, part| Ok(bounds.or(&self.spans(part)?))),
            Filter::Not(part) => Ok(self.spans(part)?.not()),
            Filter::Test(test) => self.spans_that_meet(test),
            Filter::Span(_) | Filter::Trace(_) | Filter::Sequence(_) => self.of_traces_that(&self.traces(filter)?),
            Filter::Relative(relation, inner) => match self.spans(inner)? {
                none if none.possible.count_set_bits() == 0 => Ok(none),
                others => self.trees()?.standing(*relation, &others),
            },
            Filter::Words(_) => self.unless_told_by_logs(self.source.spans_by_content(filter)?),
            Filter::Log(_) => Ok(Bounds::unknown(count)),
        }
    }

    fn spans_that_meet(&self, test: &Test) -> Result<Bounds, StoreError> {
        if let Subject::RollUp(rollup) = &test.subject {
            return self.spans_of_number(rollup, &test.comparison);
        }
        let Subject::Field(field) = &test.subject else {
            return self.unless_told_by_logs(self.source.spans_by_content(&Filter::Test(test.clone()))?);
        };
        Ok(Bounds::exactly(match field.name {
            "status" => self.spans_of_status(&test.comparison)?,
            "duration_nanos" => rows_that_meet(&self.durations()?, &test.comparison)?,
            "end_unix_nanos" => self.ended_spans(&test.comparison)?,
            "scope_name" | "scope_version" => self.spans_of_scope(&self.source.of_spans(field.column)?, &test.comparison)?,
            _ => rows_that_meet(&self.source.of_spans(field.column)?, &test.comparison)?,
        }))
    }

    /// A span that has not ended is running, whatever else it says.
    fn spans_of_status(&self, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
        let said = rows_that_meet(&self.source.of_spans("status")?, comparison)?;
        if !is_met_by_text(comparison, "running")? {
            return Ok(said);
        }
        let ended = Comparison::Is(vec![Operand::Integer(0)]);
        Ok(&said | &rows_that_meet(&self.source.of_spans("end_unix_nanos")?, &ended)?)
    }

    /// Zero says that a span runs.
    fn ended_spans(&self, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
        let ends = self.source.of_spans("end_unix_nanos")?;
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
        let (starts, ends) = (self.source.of_spans("start_unix_nanos")?, self.source.of_spans("end_unix_nanos")?);
        let (starts, ends) = (starts.as_primitive::<UInt64Type>(), ends.as_primitive::<UInt64Type>());
        let duration = |row: usize| (ends.value(row) != 0).then(|| ends.value(row).saturating_sub(starts.value(row)));
        Ok(Arc::new((0..starts.len()).map(duration).collect::<UInt64Array>()))
    }

    /// Log records on its spans may tell of their content what no index knows.
    fn unless_told_by_logs(&self, spans: Bounds) -> Result<Bounds, StoreError> {
        match self.traces_told_by_logs()? {
            Some(told) if told.count_set_bits() > 0 => Ok(spans.forget(&self.rows_of(&told)?)),
            _ => Ok(spans),
        }
    }

    pub(super) fn traces_told_by_logs(&self) -> Result<Option<BooleanBuffer>, StoreError> {
        Ok(self.source.of_traces("told_by_logs")?.map(|told| told.as_boolean().values().clone()))
    }

    /// The traces that have one of the spans.
    pub(super) fn with_a_span(&self, spans: &Bounds) -> Result<Bounds, StoreError> {
        let possible = self.traces_with(&spans.possible)?;
        match spans.sure == spans.possible {
            true => Ok(Bounds::exactly(possible)),
            false => Ok(Bounds { sure: self.traces_with(&spans.sure)?, possible }),
        }
    }

    /// The traces that have one of the spans.
    pub(super) fn traces_with(&self, spans: &BooleanBuffer) -> Result<BooleanBuffer, StoreError> {
        if spans.count_set_bits() == 0 {
            return Ok(BooleanBuffer::new_unset(self.source.trace_count()));
        }
        let rows = self.source.rows_of_traces()?;
        match rows.is_sorted_by_key(|rows| rows.start) {
            true => Ok(of_rows(rows.len(), traces_with_one_of(spans, rows))),
            false => Ok(BooleanBuffer::collect_bool(rows.len(), |trace| count_in(spans, &rows[trace]) > 0)),
        }
    }

    /// The spans of traces.
    fn of_traces_that(&self, traces: &Bounds) -> Result<Bounds, StoreError> {
        Ok(Bounds { sure: self.rows_of(&traces.sure)?, possible: self.rows_of(&traces.possible)? })
    }

    pub(super) fn rows_of(&self, traces: &BooleanBuffer) -> Result<BooleanBuffer, StoreError> {
        let mut spans = vec![false; self.source.span_count()];
        for (rows, is_met) in self.source.rows_of_traces()?.iter().zip(traces.iter()) {
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
