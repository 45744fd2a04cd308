//! Which rows meet a condition, as far as the index of their segment tells.

use std::collections::HashMap;
use std::ops::Range;

use roaring::RoaringBitmap;
use serde_json::Value;
use store::StoreError;

use super::Indexes;
use super::condition::Condition;
use super::index::Found;
use crate::segment::Segment;

/// Numbers of rows, sorted.
pub(crate) type RowSet = RoaringBitmap;

/// Returns the outputs of rows of a segment that its index has at hand.
pub(crate) fn outputs_of_segment(indexes: &Indexes, segment: &Segment, rows: &[u32]) -> Result<HashMap<u32, Option<Value>>, StoreError> {
    let Some(index) = indexes.of_segment(segment.description.id) else { return Ok(HashMap::new()) };
    index.outputs(rows).map_err(|source| StoreError::failed("failed to read outputs from a search index", source))
}

/// Returns which rows among some of a segment meet a condition, and which may: as far as the index tells, without looking at any.
///
/// Rows are numbered as the file of raw spans has them. A row is one version of a span: a span with several is to be asked about
/// whole, with `Condition::holds`.
pub(crate) fn bounds_of_segment(
    indexes: &Indexes,
    segment: &Segment,
    within: Range<u64>,
    condition: &Condition,
) -> Result<Found, StoreError> {
    let mut all = RowSet::new();
    all.insert_range(within.start as u32..within.end as u32);
    let Some(index) = indexes.of_segment(segment.description.id) else {
        return Ok(Found { sure: RowSet::new(), maybe: all });
    };
    let found = index.find(condition).map_err(|source| StoreError::failed("failed to look into a search index", source))?;
    let sure = found.sure & &all;
    let maybe = (found.maybe & all) - &sure;
    Ok(Found { sure, maybe })
}
