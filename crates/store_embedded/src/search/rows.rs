//! Which rows meet a condition, as far as the index of their segment tells.

use std::ops::Range;

use roaring::RoaringBitmap;
use store::StoreError;

use super::Indexes;
use super::condition::Condition;
use super::index::Found;
use crate::segment::Segment;

/// Numbers of rows, sorted.
pub(crate) type RowSet = RoaringBitmap;

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
    let all = RowSet::from_sorted_iter(within.start as u32..within.end as u32).unwrap_or_default();
    let Some(index) = indexes.of_segment(segment.description.id) else {
        return Ok(Found { sure: RowSet::new(), maybe: all });
    };
    let found = index.find(condition).map_err(|source| StoreError::failed("failed to look into a search index", source))?;
    let sure = found.sure & &all;
    let maybe = (found.maybe & all) - &sure;
    Ok(Found { sure, maybe })
}
