//! Spans and traces: what segments know whole, and what is in memory or in several places.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::UInt64Type;
use model::{ProjectSlug, RawSpan, TraceId};
use store::{Detail, StoreError, TimeRange};

use super::{Contents, StoredRows, StoredTable, TableReader, TakeRows, WantedRows, batch_of, batch_rows, in_pieces};
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::read::apart::Apart;
use crate::read::fetch::in_order;
use crate::read::masks::Source;
use crate::read::snapshot::Snapshot;
use crate::read::sources::SegmentSource;
use crate::read::spans::fetch_spans;
use crate::rows::bytes_of_batch;
use crate::rows::spans::raws_from_batch;
use crate::segment::Segment;

/// Traces in memory or in several places, with their spans.
pub(super) struct RowsApart {
    pub(super) traces: RecordBatch,
    spans: Arc<RecordBatch>,
    /// Of the spans.
    keys: Vec<SpanKey>,
}

impl RowsApart {
    pub(super) fn read(engine: &Engine, snapshot: &Snapshot, project: &ProjectSlug) -> Result<Vec<Self>, StoreError> {
        let rows =
            |apart: &Apart<'_>| Ok(Self { traces: apart.traces().clone(), spans: Arc::clone(apart.spans()?), keys: apart.keys().to_vec() });
        Apart::all(engine, snapshot, project)?.iter().map(rows).collect()
    }
}

impl TableReader {
    pub(super) fn spans_apart(&self, wanted: &WantedRows, take: TakeRows<'_>) -> Result<(), StoreError> {
        for RowsApart { spans, keys, .. } in self.rows_apart()?.iter() {
            for rows in in_pieces(spans.num_rows(), batch_rows(wanted)) {
                let spans = spans.slice(rows.start, rows.len());
                let columns = batch_of(wanted.table, &wanted.columns, rows.len(), |name| spans.column_by_name(name).cloned())?;
                let contents = match wanted.with_contents {
                    true => Contents::Spans(self.raw_spans(&keys[rows])?),
                    false => Contents::Unread,
                };
                let bytes = bytes_of_batch(&columns) as u64;
                if !take(StoredRows { columns, contents, bytes })? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn raw_spans(&self, keys: &[SpanKey]) -> Result<Vec<Option<Arc<RawSpan>>>, StoreError> {
        let mut found = fetch_spans(&self.engine, &self.project, keys, Detail::Whole)?;
        Ok(keys.iter().map(|key| found.remove(key)?.raw).collect())
    }

    pub(super) fn traces_apart(&self, wanted: &WantedRows, take: TakeRows<'_>) -> Result<(), StoreError> {
        for RowsApart { traces, .. } in self.rows_apart()?.iter() {
            for rows in in_pieces(traces.num_rows(), batch_rows(wanted)) {
                let traces = traces.slice(rows.start, rows.len());
                let columns = batch_of(wanted.table, &wanted.columns, rows.len(), |name| traces.column_by_name(name).cloned())?;
                let bytes = bytes_of_batch(&columns) as u64;
                if !take(StoredRows { columns, contents: Contents::Unread, bytes })? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn spans_of_segment(&self, wanted: &WantedRows, segment: &Segment, take: TakeRows<'_>) -> Result<(), StoreError> {
        let Some(source) = SegmentSource::new(&self.engine, segment, &self.project) else { return Ok(()) };
        let first = source.rows().start;
        let of_traces = source.rows_of_traces()?;
        let traces = self.traces_wanted(wanted, segment, &source)?;
        let rows = traces.into_iter().map(|trace| &of_traces[trace]).map(|rows| first + rows.start as u64..first + rows.end as u64);
        self.rows_of_spans(wanted, segment, rows.collect(), take)
    }

    /// Hands over some spans of a segment, by their rows.
    pub(super) fn rows_of_spans(
        &self,
        wanted: &WantedRows,
        segment: &Segment,
        rows: Vec<Range<u64>>,
        take: TakeRows<'_>,
    ) -> Result<(), StoreError> {
        let Some(rows) = in_order(rows) else { return Ok(()) };
        let (mut understood, mut own) = (Vec::new(), Vec::new());
        for name in &wanted.columns {
            match segment.file_of_span_column(name)? {
                Some(file) if std::ptr::eq(file, &segment.understood) => understood.push(*name),
                Some(_) => own.push(*name),
                None => {}
            }
        }
        let size = batch_rows(wanted);
        let mut files = SideBySide::default();
        for (file, columns) in [(&segment.understood, understood), (&segment.core, own)] {
            if !columns.is_empty() {
                files.add(Box::new(file.read(Some(&columns), &rows, size)?));
            }
        }
        if wanted.with_contents {
            files.add(Box::new(segment.content.read(None, &rows, size)?));
        }
        let mut left: usize = rows.iter().map(|rows| (rows.end - rows.start) as usize).sum();
        while left > 0 {
            let batches = files.next(left.min(size))?;
            let count = batches.first().map_or(left.min(size), RecordBatch::num_rows);
            left -= count;
            let find = |name: &str| batches.iter().find_map(|batch| batch.column_by_name(name).cloned());
            let columns = batch_of(wanted.table, &wanted.columns, count, find)?;
            let contents = match batches.last().filter(|_| wanted.with_contents) {
                Some(batch) => Contents::Spans(raws_from_batch(batch)?.into_iter().map(Some).collect()),
                None => Contents::Unread,
            };
            let bytes = batches.iter().map(bytes_of_batch).sum::<usize>() as u64;
            if !take(StoredRows { columns, contents, bytes })? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn traces_of_segment(&self, wanted: &WantedRows, segment: &Segment, take: TakeRows<'_>) -> Result<(), StoreError> {
        let Some(source) = SegmentSource::new(&self.engine, segment, &self.project) else { return Ok(()) };
        let rows = self.traces_wanted(wanted, segment, &source)?.into_iter().map(|trace| source.row_of_trace(trace));
        let Some(rows) = in_order(rows.map(|row| row..row + 1).collect()) else { return Ok(()) };
        // A column must be read for rows to come at all.
        let known = |name: &&'static str| segment.trace_table.has_column(name).unwrap_or(false);
        let mut columns: Vec<&str> = wanted.columns.iter().copied().filter(known).collect();
        if columns.is_empty() {
            columns.push("row_first");
        }
        for batch in segment.trace_table.read(Some(&columns), &rows, batch_rows(wanted))? {
            let batch = batch?;
            let columns = batch_of(wanted.table, &wanted.columns, batch.num_rows(), |name| batch.column_by_name(name).cloned())?;
            let bytes = bytes_of_batch(&columns) as u64;
            if !take(StoredRows { columns, contents: Contents::Unread, bytes })? {
                break;
            }
        }
        Ok(())
    }

    /// Which traces of a segment are wanted, of those that it knows whole.
    pub(super) fn traces_wanted(
        &self,
        wanted: &WantedRows,
        segment: &Segment,
        source: &SegmentSource<'_>,
    ) -> Result<Vec<usize>, StoreError> {
        let apart = source.rows_apart(&self.engine, &self.snapshot)?;
        let mut is_wanted = vec![true; source.trace_count()];
        apart.iter().for_each(|trace| is_wanted[*trace as usize] = false);
        if let Some(traces) = &wanted.traces {
            self.keep_traces(traces, segment, source, &mut is_wanted)?;
        }
        if wanted.range != TimeRange::default() {
            let last = if wanted.table == StoredTable::Traces { "start_unix_nanos" } else { "last_start_unix_nanos" };
            let (firsts, lasts) = (source.trace_column("start_unix_nanos")?, source.trace_column(last)?);
            let (firsts, lasts) = (unix_nanos(&firsts), unix_nanos(&lasts));
            for (trace, is_wanted) in is_wanted.iter_mut().enumerate() {
                *is_wanted &= wanted.range.meets(firsts[trace], lasts[trace]);
            }
        }
        Ok(is_wanted.iter().enumerate().filter(|(_, is_wanted)| **is_wanted).map(|(trace, _)| trace).collect())
    }

    /// Leaves out all traces but some; the index of the segment tells whether it has one of them at all.
    fn keep_traces(
        &self,
        traces: &BTreeSet<TraceId>,
        segment: &Segment,
        source: &SegmentSource<'_>,
        is_wanted: &mut [bool],
    ) -> Result<(), StoreError> {
        let mut has_one = false;
        for trace in traces {
            has_one |= !segment.rows_of_trace(*trace)?.is_empty();
        }
        if !has_one {
            is_wanted.fill(false);
            return Ok(());
        }
        let ids = source.trace_column("trace_id")?;
        for (id, is_wanted) in ids.as_fixed_size_binary().iter().zip(is_wanted) {
            *is_wanted &= id.and_then(|id| TraceId::from_bytes(id).ok()).is_some_and(|id| traces.contains(&id));
        }
        Ok(())
    }
}

fn unix_nanos(column: &ArrayRef) -> &[u64] {
    column.as_primitive::<UInt64Type>().values()
}

/// Files with the same rows, read side by side.
#[derive(Default)]
struct SideBySide<'a>(Vec<(FileBatches<'a>, Option<RecordBatch>)>);

type FileBatches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + 'a>;

impl<'a> SideBySide<'a> {
    fn add(&mut self, batches: FileBatches<'a>) {
        self.0.push((batches, None));
    }

    /// The next rows of each file, at most so many.
    fn next(&mut self, rows_max: usize) -> Result<Vec<RecordBatch>, StoreError> {
        let mut rows = rows_max;
        for (batches, read) in &mut self.0 {
            if read.is_none() {
                *read = batches.next().transpose()?;
            }
            let Some(read) = read.as_ref().filter(|read| read.num_rows() > 0) else {
                return Err(StoreError::Damaged("a file of a segment has fewer rows than its neighbour".into()));
            };
            rows = rows.min(read.num_rows());
        }
        let mut pieces = Vec::with_capacity(self.0.len());
        for (_, read) in &mut self.0 {
            let whole = read.take().expect("each file was just read");
            pieces.push(whole.slice(0, rows));
            *read = (whole.num_rows() > rows).then(|| whole.slice(rows, whole.num_rows() - rows));
        }
        Ok(pieces)
    }
}
