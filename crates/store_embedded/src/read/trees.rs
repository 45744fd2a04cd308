//! How the spans of traces stand to each other, from four columns: who is above whom, and what comes after what.
//!
//! What is known of the spans asked about is known of those that stand to them, for more of the ones never are fewer of the others.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::UInt64Type;
use model::SpanId;
use query::{Following, Placed, Relation, Tree};
use store::StoreError;

use super::bounds::{Bounds, count_in};
use super::masks::Source;

/// What is known of the spans that may come next, and of those that may not stand between.
pub(super) struct KnownFollowing {
    pub(super) wanted: Bounds,
    pub(super) unwanted: Option<Bounds>,
}

/// Trees that a question has asked for, by the first row of the trace: a filter may have several relations.
#[derive(Debug, Default)]
pub(super) struct Forest(RefCell<HashMap<usize, Arc<Tree>>>);

/// The trees of the traces of a source.
pub(super) struct Trees<'a> {
    forest: &'a Forest,
    rows: &'a [Range<usize>],
    asked: Option<&'a BooleanBuffer>,
    span_ids: ArrayRef,
    parent_span_ids: ArrayRef,
    starts: ArrayRef,
    ends: ArrayRef,
}

impl<'a> Trees<'a> {
    /// Those of `asked`, or all.
    pub(super) fn of(source: &'a (impl Source + ?Sized), asked: Option<&'a BooleanBuffer>) -> Result<Self, StoreError> {
        Ok(Self {
            forest: source.forest(),
            rows: source.rows_of_traces()?,
            asked,
            span_ids: source.of_spans("span_id")?,
            parent_span_ids: source.of_spans("parent_span_id")?,
            starts: source.of_spans("start_unix_nanos")?,
            ends: source.of_spans("end_unix_nanos")?,
        })
    }

    /// The spans to which one of the others stands so.
    pub(super) fn standing(&self, relation: Relation, others: &Bounds) -> Result<Bounds, StoreError> {
        let (mut sure, mut possible) = (vec![false; others.possible.len()], vec![false; others.possible.len()]);
        for (_, rows) in self.traces().filter(|(_, rows)| count_in(&others.possible, rows) > 0) {
            let tree = self.tree(rows)?;
            let met = tree.standing(relation, &truths(&others.possible, rows));
            match others.is_exact_in(rows) {
                true => sure[rows.clone()].copy_from_slice(&met),
                false => sure[rows.clone()].copy_from_slice(&tree.standing(relation, &truths(&others.sure, rows))),
            }
            possible[rows.clone()].copy_from_slice(&met);
        }
        Ok(Bounds { sure: sure.into(), possible: possible.into() })
    }

    /// The traces of which spans follow one another so.
    pub(super) fn following(&self, first: &Bounds, then: &[KnownFollowing]) -> Result<Bounds, StoreError> {
        let (mut sure, mut possible) = (vec![false; self.rows.len()], vec![false; self.rows.len()]);
        let all = || std::iter::once(first).chain(then.iter().map(|following| &following.wanted));
        for (trace, rows) in self.traces() {
            if !all().all(|spans| count_in(&spans.possible, rows) > 0) {
                continue;
            }
            let tree = self.tree(rows)?;
            // What is wanted is taken from one side of what is known, what is not from the other.
            let follows = |side: Side, other: Side| {
                let then = then.iter().map(|KnownFollowing { wanted, unwanted }| Following {
                    wanted: truths(side(wanted), rows),
                    unwanted: unwanted.as_ref().map(|unwanted| truths(other(unwanted), rows)),
                });
                tree.follows(truths(side(first), rows), then)
            };
            possible[trace] = follows(possible_of, sure_of);
            sure[trace] = possible[trace] && follows(sure_of, possible_of);
        }
        Ok(Bounds { sure: sure.into(), possible: possible.into() })
    }

    /// Adds to what each span has what the spans below it have, in the traces that have anything.
    pub(super) fn add_up<Sum: Copy>(
        &self,
        sums: &mut [Sum],
        has_any: impl Fn(&Range<usize>) -> bool,
        add: impl Fn(Sum, Sum) -> Sum,
    ) -> Result<(), StoreError> {
        for (_, rows) in self.traces().filter(|(_, rows)| has_any(rows)) {
            self.tree(rows)?.add_up(&mut sums[rows.clone()], &add);
        }
        Ok(())
    }

    /// The traces that are asked about, and the rows of each.
    fn traces(&self) -> impl Iterator<Item = (usize, &'a Range<usize>)> {
        let is_asked = |(trace, _): &(usize, _)| self.asked.is_none_or(|asked| asked.value(*trace));
        self.rows.iter().enumerate().filter(is_asked)
    }

    /// The tree of the trace with these rows.
    pub(super) fn tree(&self, rows: &Range<usize>) -> Result<Arc<Tree>, StoreError> {
        if let Some(tree) = self.forest.0.borrow().get(&rows.start) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(self.grown(rows)?);
        self.forest.0.borrow_mut().insert(rows.start, Arc::clone(&tree));
        Ok(tree)
    }

    fn grown(&self, rows: &Range<usize>) -> Result<Tree, StoreError> {
        let (span_ids, parents) = (self.span_ids.as_fixed_size_binary(), self.parent_span_ids.as_fixed_size_binary());
        let (starts, ends) = (self.starts.as_primitive::<UInt64Type>(), self.ends.as_primitive::<UInt64Type>());
        let placed = |row: usize| {
            Ok(Placed {
                span_id: span_id(span_ids, row)?,
                parent_span_id: parents.is_valid(row).then(|| span_id(parents, row)).transpose()?,
                start_unix_nanos: starts.value(row),
                end_unix_nanos: ends.value(row),
            })
        };
        Ok(Tree::new(rows.clone().map(placed).collect::<Result<Vec<_>, StoreError>>()?))
    }
}

fn span_id(ids: &FixedSizeBinaryArray, row: usize) -> Result<SpanId, StoreError> {
    SpanId::from_bytes(ids.value(row)).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// One side of what is known.
type Side = fn(&Bounds) -> &BooleanBuffer;

fn sure_of(spans: &Bounds) -> &BooleanBuffer {
    &spans.sure
}

fn possible_of(spans: &Bounds) -> &BooleanBuffer {
    &spans.possible
}

fn truths(spans: &BooleanBuffer, rows: &Range<usize>) -> Vec<bool> {
    rows.clone().map(|row| spans.value(row)).collect()
}
