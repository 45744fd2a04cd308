//! Looks at single spans where indexes leave in doubt what their content says.
//!
//! A span is read and translated in some microseconds, a whole trace in milliseconds: most doubts end here.

use std::collections::HashMap;
use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::buffer::BooleanBuffer;
use query::Filter;
use store::StoreError;

use super::bounds::{Bounds, of_rows};
use super::masks::{Content, Masks, Source};
use super::trees::Forest;
use crate::search::Condition;

/// A source of which some spans are looked at.
pub(super) struct LookedAt<'a, S: ?Sized> {
    source: &'a S,
    spans: BooleanBuffer,
}

impl<'a, S: Content + ?Sized> LookedAt<'a, S> {
    /// Looks at the spans of some traces.
    pub(super) fn traces(source: &'a S, traces: &[usize]) -> Result<Self, StoreError> {
        let rows = source.rows_of_traces()?;
        Ok(Self { source, spans: of_rows(source.span_count(), traces.iter().flat_map(|trace| rows[*trace].clone())) })
    }

    /// Looks at some spans.
    pub(super) fn spans(source: &'a S, rows: &[usize]) -> Self {
        Self { source, spans: of_rows(source.span_count(), rows.iter().copied()) }
    }

    /// What is known of traces now.
    pub(super) fn bounds_of_traces(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let masks = Masks::of(self).among_traces_of(&self.spans)?;
        masks.map_or_else(|| Ok(Bounds::none(self.trace_count())), |masks| masks.traces(filter))
    }

    /// What is known of spans now.
    pub(super) fn bounds_of_spans(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let masks = Masks::of(self).among_traces_of(&self.spans)?;
        masks.map_or_else(|| Ok(Bounds::none(self.span_count())), |masks| masks.spans(filter))
    }
}

impl<S: Content + ?Sized> Source for LookedAt<'_, S> {
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError> {
        self.source.of_traces(column)
    }

    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError> {
        self.source.of_spans(column)
    }

    fn trace_count(&self) -> usize {
        self.source.trace_count()
    }

    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError> {
        self.source.rows_of_traces()
    }

    fn span_count(&self) -> usize {
        self.source.span_count()
    }

    fn forest(&self) -> &Forest {
        self.source.forest()
    }

    fn arguments(&self, spans: &[usize]) -> HashMap<usize, Option<u64>> {
        self.source.arguments(spans)
    }

    fn spans_by_content(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let bounds = self.source.spans_by_content(filter)?;
        let doubtful = &(&bounds.possible & &!&bounds.sure) & &self.spans;
        let rows: Vec<usize> = doubtful.set_indices().collect();
        let Some(condition) = Condition::of(filter).filter(|_| !rows.is_empty()) else { return Ok(bounds) };
        let mut met = Vec::new();
        self.source.each_with_content(&rows, &mut |row, span| met.extend(condition.holds(span).then_some(row)))?;
        let met = of_rows(self.span_count(), met);
        Ok(Bounds { possible: &(&bounds.possible & &!&doubtful) | &met, sure: &bounds.sure | &met })
    }
}

/// Says of rows whether they meet a filter: `look` at spans tells of most, `verify` of those whose places among the rows it gets.
pub(super) fn are_met(
    source: &(impl Content + ?Sized),
    rows: &[usize],
    look: impl FnOnce() -> Result<Bounds, StoreError>,
    verify: impl FnOnce(&[usize]) -> Result<Vec<bool>, StoreError>,
) -> Result<Vec<bool>, StoreError> {
    let bounds = if source.was_searched() { look()? } else { Bounds::unknown(rows.iter().max().map_or(0, |last| last + 1)) };
    let known: Vec<Option<bool>> = rows.iter().map(|row| bounds.of_row(*row)).collect();
    let unknown: Vec<usize> = (0..rows.len()).filter(|at| known[*at].is_none()).collect();
    let mut verified = if unknown.is_empty() { Vec::new() } else { verify(&unknown)? }.into_iter();
    Ok(known.into_iter().map(|known| known.or_else(|| verified.next()).unwrap_or(false)).collect())
}
