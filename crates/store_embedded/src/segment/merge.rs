//! Chooses which segments become one, so that a question has few to look into and a row is written few times.
//!
//! Small ones are merged by level, a few at a time. Larger ones wait until there are enough of one day for a segment that stays as it
//! is, or until the day is over: so a row is merged two or three times in all, and a segment that stays has rows of one day, which
//! retention takes away whole.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use model::TraceId;
use store::{StoreError, Understand};

use super::combine::{Combine, combine};
use super::description::Description;
use super::doomed::Doomed;
use super::read::Segment;
use super::sorted_index::Sought;
use crate::limits::{MERGE_BYTES, MERGE_DAYS, MERGE_INPUTS_MAX, MERGE_ROWS_MAX, MERGE_SMALL_BYTES};

/// What a choice is made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    level: u32,
    bytes: u64,
    rows: u64,
    day: u64,
}

/// Chooses neighbours, the oldest first; none where there is nothing worth the work.
///
/// Neighbours only: versions of a span are merged in their order, and a version in a segment between would be overtaken.
pub(crate) fn to_merge(segments: &[Arc<Segment>], count: usize) -> Option<Vec<Arc<Segment>>> {
    choose(&candidates(segments), count).map(|chosen| segments[chosen].to_vec())
}

fn candidates(segments: &[Arc<Segment>]) -> Vec<Candidate> {
    let mut day = 0;
    let candidate = |segment: &Arc<Segment>| {
        let Description { level, start_unix_nanos, log_unix_nanos, point_unix_nanos, .. } = &segment.description;
        let times = [start_unix_nanos, log_unix_nanos, point_unix_nanos].into_iter().flatten();
        // Old records that come late belong to the day on which they came, about.
        day = times.map(|(_, last)| last / DAY_NANOS).max().unwrap_or(0).max(day);
        Candidate { level: *level, bytes: segment.bytes(), rows: segment.rows(), day }
    };
    segments.iter().map(candidate).collect()
}

const DAY_NANOS: u64 = 86_400_000_000_000;

fn choose(segments: &[Candidate], count: usize) -> Option<std::ops::Range<usize>> {
    let newest_day = segments.last()?.day;
    let is_small = |segment: &Candidate| segment.bytes < MERGE_SMALL_BYTES;
    let of_level = |a: &Candidate, b: &Candidate| a.level == b.level && a.day == b.day && is_small(a) && is_small(b);
    let small = runs(segments, of_level).find(|run| run.len() >= count).map(|run| run.start..run.start + count);
    let of_day = |a: &Candidate, b: &Candidate| a.day == b.day && a.bytes < MERGE_BYTES && b.bytes < MERGE_BYTES;
    let large = || {
        runs(segments, of_day).find_map(|run| {
            enough(&segments[run.clone()], segments[run.start].day < newest_day).map(|length| run.start..run.start + length)
        })
    };
    let of_old_days = |a: &Candidate, b: &Candidate| is_small(a) && is_small(b) && b.day < newest_day;
    let days = || {
        runs(segments, of_old_days).find(|run| run.len() >= MERGE_DAYS).map(|run| run.start..run.start + MERGE_DAYS.min(MERGE_INPUTS_MAX))
    };
    small.or_else(large).or_else(days)
}

/// Runs of neighbours that belong together.
fn runs(segments: &[Candidate], belong_together: impl Fn(&Candidate, &Candidate) -> bool) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    let lengths: Vec<usize> = segments.chunk_by(belong_together).map(<[_]>::len).collect();
    lengths.into_iter().map(move |length| {
        start += length;
        start - length..start
    })
}

/// How many of a day's segments make one that stays; all that fit, where the day is over.
fn enough(segments: &[Candidate], is_over: bool) -> Option<usize> {
    let (mut bytes, mut rows, mut length) = (0, 0, 0);
    for segment in segments.iter().take(MERGE_INPUTS_MAX) {
        if rows + segment.rows > MERGE_ROWS_MAX {
            break;
        }
        (bytes, rows, length) = (bytes + segment.bytes, rows + segment.rows, length + 1);
        if bytes >= MERGE_BYTES {
            break;
        }
    }
    let is_full = bytes >= MERGE_BYTES || length == MERGE_INPUTS_MAX || length < segments.len();
    (length >= 2 && (is_full || is_over)).then_some(length)
}

/// Writes the rows of segments as one segment, versions of a span folded. Nothing changes until the manifest names it.
///
/// Of their loose traces those stay loose that have records in one of the older segments.
pub(crate) fn merge(
    directory: &Path,
    id: u64,
    segments: &[Arc<Segment>],
    older: &[Arc<Segment>],
    understand: &dyn Understand,
) -> Result<Description, StoreError> {
    let loose: BTreeSet<TraceId> = segments.iter().flat_map(|segment| &segment.loose_traces).copied().collect();
    let level = segments.iter().map(|segment| segment.description.level).max().unwrap_or_default() + 1;
    let loose_traces = loose.into_iter().filter(|trace_id| has_trace(older, *trace_id)).collect();
    let request = Combine { inputs: segments, level, loose_traces, doomed: &Doomed::default(), understand };
    combine(directory, id, &request).map(|(description, _)| description)
}

/// Whether one of the segments has records of a trace; one whose index cannot be read may have.
pub(crate) fn has_trace(segments: &[Arc<Segment>], trace_id: TraceId) -> bool {
    let trace_id = Sought::from(trace_id);
    segments.iter().any(|segment| segment.rows_of_trace(trace_id).map_or(true, |rows| !rows.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn flushed(bytes: u64, day: u64) -> Candidate {
        Candidate { level: 0, bytes, rows: bytes / 150, day }
    }

    /// Merges until there is nothing to do; returns the segments, and how many bytes were written for it.
    fn settle(segments: &mut Vec<Candidate>) -> u64 {
        let mut written = 0;
        while let Some(chosen) = choose(segments, 8) {
            assert!(chosen.len() >= 2 && chosen.len() <= MERGE_INPUTS_MAX);
            let parts = &segments[chosen.clone()];
            let (bytes, rows) = (parts.iter().map(|part| part.bytes).sum(), parts.iter().map(|part| part.rows).sum());
            let level = parts.iter().map(|part| part.level).max().unwrap() + 1;
            let merged = Candidate { level, bytes, rows, day: parts.last().unwrap().day };
            segments.splice(chosen, [merged]);
            written += bytes;
        }
        written
    }

    fn days_of(flush_bytes: u64, flushes_a_day: u64, days: u64) -> (Vec<Candidate>, f64) {
        let (mut segments, mut written, mut flushed_bytes) = (Vec::new(), 0, 0);
        for day in 1..=days {
            for _ in 0..flushes_a_day {
                segments.push(flushed(flush_bytes, day));
                flushed_bytes += flush_bytes;
                written += settle(&mut segments);
            }
        }
        (segments, written as f64 / flushed_bytes as f64)
    }

    #[test]
    fn under_load_a_row_is_merged_once_into_a_segment_that_stays() {
        let (segments, times) = days_of(8 * MIB, 2_000, 1);
        assert!(times <= 1.0, "{times}");
        assert!(segments.len() < 2_000 / 32 + 32, "{}", segments.len());
        assert!(segments[..segments.len() - 32].iter().all(|segment| (MERGE_BYTES..2 * MERGE_BYTES).contains(&segment.bytes)));
    }

    #[test]
    fn a_quiet_day_ends_as_one_segment_and_a_row_is_merged_few_times() {
        let (segments, times) = days_of(MIB / 10, 2_880, 3);
        assert!(times <= 3.5, "{times}");
        let of_day = |day| segments.iter().filter(|segment| segment.day == day).count();
        assert!(of_day(1) <= 2 && of_day(2) <= 2, "{} and {}", of_day(1), of_day(2));
        assert!(of_day(3) < 40, "{}", of_day(3));
    }

    #[test]
    fn days_with_next_to_nothing_are_merged_by_the_month() {
        let (segments, _) = days_of(MIB / 100, 3, 400);
        assert!(segments.len() < 2 * MERGE_DAYS, "{}", segments.len());
    }

    #[test]
    fn records_of_old_days_that_come_late_do_not_keep_segments_apart() {
        let segments: Vec<_> = [3, 3, 3, 3].iter().map(|day| flushed(100 * MIB, *day)).collect();
        assert_eq!(choose(&segments, 8), Some(0..3));
        assert_eq!(choose(&[flushed(300 * MIB, 3), flushed(300 * MIB, 3)], 2), None);
        assert_eq!(choose(&[flushed(9 * MIB, 3), flushed(9 * MIB, 4)], 2), None);
        assert_eq!(choose(&[flushed(9 * MIB, 3), flushed(9 * MIB, 3), flushed(9 * MIB, 4)], 8), Some(0..2));
    }
}
