//! Which rows meet a condition, by looking at each: what the index is held against.

use std::ops::Range;

use datafusion::arrow::array::RecordBatch;
use store::StoreError;

use crate::limits;
use crate::rows::spans::{CONTENT_COLUMNS, raws_from_batch};
use crate::search::Indexes;
use crate::search::condition::Condition;
use crate::search::index::Found;
use crate::search::rows::{RowSet, bounds_of_segment};
use crate::segment::Segment;

/// Returns the rows among some of a segment that meet a condition, numbered as by `bounds_of_segment`.
pub(super) fn rows_of_segment(
    indexes: &Indexes,
    segment: &Segment,
    within: Range<u64>,
    condition: &Condition,
) -> Result<RowSet, StoreError> {
    let Found { sure, maybe } = bounds_of_segment(indexes, segment, within, condition)?;
    Ok(sure | check_rows(indexes, segment, &maybe, condition)?)
}

/// Returns the rows of a batch of a tail that meet a condition.
pub(super) fn rows_of_batch(indexes: &Indexes, batch: &RecordBatch, condition: &Condition) -> Result<RowSet, StoreError> {
    let mut rows = RowSet::new();
    // Raw spans are decoded some at a time: they take more memory than their bytes.
    for first in (0..batch.num_rows()).step_by(limits::READ_WHOLE_BATCH_ROWS) {
        let some = batch.slice(first, limits::READ_WHOLE_BATCH_ROWS.min(batch.num_rows() - first));
        check_batch(indexes, &some, first as u32.., condition, &mut rows)?;
    }
    Ok(rows)
}

/// Holds rows of a segment against a condition.
fn check_rows(indexes: &Indexes, segment: &Segment, rows: &RowSet, condition: &Condition) -> Result<RowSet, StoreError> {
    let mut met = RowSet::new();
    if rows.is_empty() {
        return Ok(met);
    }
    let mut numbers = rows.iter();
    for batch in segment.content.read(Some(&CONTENT_COLUMNS), &ranges(rows), limits::READ_WHOLE_BATCH_ROWS)? {
        check_batch(indexes, &batch?, numbers.by_ref(), condition, &mut met)?;
    }
    Ok(met)
}

fn check_batch(
    indexes: &Indexes,
    batch: &RecordBatch,
    numbers: impl Iterator<Item = u32>,
    condition: &Condition,
    met: &mut RowSet,
) -> Result<(), StoreError> {
    for (raw, number) in raws_from_batch(batch)?.into_iter().zip(numbers) {
        if condition.holds(&indexes.content.derive(raw)) {
            met.insert(number);
        }
    }
    Ok(())
}

/// Rows as ranges, in order.
fn ranges(rows: &RowSet) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for row in rows {
        let row = u64::from(row);
        match ranges.last_mut() {
            Some(last) if last.end == row => last.end += 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}
