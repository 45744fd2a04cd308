//! What one source says to a question: its groups, ready to be joined with those of others.

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::UInt64Type;
use store::aggregate::{GroupKey, GroupValues, Tally, too_many_groups};
use store::{StoreError, TimeRange};

use super::asked::Asked;
use super::columns::Rows;
use super::grouper::Grouper;
use super::measured::Measured;
use super::row_groups::ReadSize;
use crate::keys::SpanKey;
use crate::limits::{FIGURE_BYTES_MAX, FIGURE_SPANS_VERIFIED};
use crate::read::masks::{Masks, Source};
use crate::tail::span_key;

/// The groups of each grouping.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) rows: u64,
    pub(super) groupings: Vec<Vec<(GroupKey, GroupValues)>>,
}

impl Part {
    /// About the memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let text = |value: &Option<String>| size_of::<Option<String>>() + value.as_ref().map_or(0, String::len);
        let tally = |tally: &Tally| size_of::<Tally>() + tally.heap_bytes();
        let group = |(key, values): &(GroupKey, GroupValues)| {
            size_of::<(GroupKey, GroupValues)>()
                + key.values.iter().map(text).sum::<usize>()
                + values.tallies.iter().map(tally).sum::<usize>()
        };
        self.groupings.iter().flatten().map(group).sum()
    }
}

/// Gathers the groups of all groupings, batch by batch.
pub(super) struct Gathering<'a> {
    asked: &'a Asked<'a>,
    groupers: Vec<Grouper<'a>>,
    rows: u64,
    pub(super) read: ReadSize,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        let groupers = asked.query.groupings.iter().map(|grouping| Grouper::new(grouping, &asked.kinds)).collect();
        Self { asked, groupers, rows: 0, read: ReadSize::default() }
    }

    /// Takes in those of some rows that are wanted.
    pub(super) fn add(&mut self, (rows, read): (Rows, ReadSize), wanted: BooleanBuffer) -> Result<(), StoreError> {
        self.read.rows += read.rows;
        self.read.bytes += read.bytes;
        let rows = match wanted.count_set_bits() == rows.count() {
            true => rows,
            false => {
                let wanted = filter_record_batch(&rows.0, &BooleanArray::new(wanted, None));
                Rows(wanted.map_err(|source| StoreError::failed("failed to filter rows", source))?)
            }
        };
        self.rows += rows.count() as u64;
        let measured = self.asked.kinds.iter().map(|kind| Measured::new(kind, &rows)).collect::<Result<Vec<_>, _>>()?;
        self.groupers.iter_mut().try_for_each(|grouper| grouper.add(&rows, &measured))?;
        if self.groupers.iter().map(Grouper::bytes).sum::<usize>() > FIGURE_BYTES_MAX {
            return Err(too_many_groups());
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Part {
        Part { rows: self.rows, groupings: self.groupers.into_iter().map(Grouper::into_groups).collect() }
    }
}

/// The spans of a source that start in a range and meet the filter: known from columns, and looked at where those do not tell.
pub(super) fn wanted_rows(asked: &Asked<'_>, source: &dyn Source, range: TimeRange) -> Result<BooleanBuffer, StoreError> {
    let mut possible = BooleanBuffer::new_set(source.span_count());
    if range != TimeRange::default() {
        let starts = source.of_spans("start_unix_nanos")?;
        let starts = starts.as_primitive::<UInt64Type>();
        possible = BooleanBuffer::collect_bool(starts.len(), |row| range.contains(starts.value(row)));
    }
    if asked.query.filter.is_everything() {
        return Ok(possible);
    }
    let bounds = Masks::of(source).spans(&asked.query.filter)?;
    let sure = &bounds.sure & &possible;
    let doubtful = &(&bounds.possible & &possible) & &!&sure;
    if doubtful.count_set_bits() == 0 {
        return Ok(sure);
    }
    let (trace_ids, span_ids) = (source.of_spans("trace_id")?, source.of_spans("span_id")?);
    let (trace_ids, span_ids) = (trace_ids.as_fixed_size_binary(), span_ids.as_fixed_size_binary());
    let mut met: Vec<bool> = sure.iter().collect();
    let rows: Vec<usize> = doubtful.set_indices().collect();
    for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
        asked.stop.check()?;
        let keys: Vec<SpanKey> = rows.iter().map(|row| span_key(trace_ids.value(*row), span_ids.value(*row))).collect::<Result<_, _>>()?;
        rows.iter().zip(asked.verifier.spans(&keys)?).for_each(|(row, is_met)| met[*row] = is_met);
    }
    Ok(met.into())
}
