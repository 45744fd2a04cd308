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

/// Returns a hash of what each of some calls was given, by whatever each row stands for: equal where that is, None where that is unknown.
///
/// All are left out where there is no index yet.
pub(crate) fn arguments_in_segment(
    indexes: &Indexes,
    segment: &Segment,
    rows: &mut dyn Iterator<Item = (u32, usize)>,
) -> HashMap<usize, Option<u64>> {
    match indexes.of_segment(segment.description.id) {
        Some(index) => rows.map(|(row, stands_for)| (stands_for, index.arguments(row))).collect(),
        None => HashMap::new(),
    }
}

/// Returns the rows of a segment that tell scores; None where there is no index yet.
pub(crate) fn scored_in_segment(indexes: &Indexes, segment: &Segment) -> Result<Option<RowSet>, StoreError> {
    let scored = indexes.of_segment(segment.description.id).map(|index| index.scored()).transpose();
    scored.map_err(|source| StoreError::failed("failed to look for scores in a search index", source))
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
