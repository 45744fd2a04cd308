//! Scores: spans, each as often as it tells scores.
//!
//! Which spans of a segment have any, its index tells. Log records on spans tell scores, too: traces with such records are looked at
//! whole.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray, BooleanArray, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use model::{Span, TraceId};
use serde_json::Value;
use store::{Detail, StoreError};

use super::{Contents, StoredRows, TableReader, TakeRows, WantedRows, batch_of};
use crate::limits;
use crate::read::fetch::{Wanted, fetch};
use crate::read::masks::Source;
use crate::read::sources::SegmentSource;
use crate::rows::{Columns, bytes_of_batch};
use crate::search::scored_in_segment;
use crate::segment::{Segment, core_of_spans};

/// In rows of traces and of their spans.
const TRACE_ID: &str = "trace_id";

impl TableReader {
    pub(super) fn scores_apart(&self, wanted: &WantedRows, take: TakeRows<'_>) -> Result<(), StoreError> {
        let mut told = HashSet::new();
        for apart in self.rows_apart()?.iter() {
            let columns = Columns(&apart.traces);
            let (ids, is_told) = (columns.get::<FixedSizeBinaryArray>(TRACE_ID)?, columns.get::<BooleanArray>("told_by_logs")?);
            let of_told = ids.iter().zip(is_told).filter(|(_, is_told)| *is_told == Some(true)).filter_map(|(id, _)| id);
            told.extend(of_told.filter_map(|id| TraceId::from_bytes(id).ok()));
        }
        if let Some(traces) = &wanted.traces {
            told.retain(|trace| traces.contains(trace));
        }
        let with_ids = with_trace_ids(wanted);
        self.spans_apart(&with_ids, &mut |rows| {
            let ids = Columns(&rows.columns).get::<FixedSizeBinaryArray>(TRACE_ID)?.clone();
            let is_told = |id: Option<&[u8]>| id.and_then(|id| TraceId::from_bytes(id).ok()).is_some_and(|id| told.contains(&id));
            let alone: Vec<bool> = ids.iter().map(|id| !is_told(id)).collect();
            self.take_scored(wanted, rows.only(&alone)?, take)
        })?;
        self.scores_told_by_logs(wanted, told.into_iter().collect(), take)
    }

    pub(super) fn scores_of_segment(&self, wanted: &WantedRows, segment: &Segment, take: TakeRows<'_>) -> Result<(), StoreError> {
        let Some(source) = SegmentSource::new(&self.engine, segment, &self.project) else { return Ok(()) };
        let (first, of_traces) = (source.rows().start, source.rows_of_traces()?);
        let told = source.trace_column("told_by_logs")?;
        let traces = self.traces_wanted(wanted, segment, &source)?;
        let (told, alone): (Vec<usize>, Vec<usize>) = traces.into_iter().partition(|trace| told.as_boolean().value(*trace));

        let rows = alone.into_iter().map(|trace| first + of_traces[trace].start as u64..first + of_traces[trace].end as u64);
        let rows = match scored_in_segment(&self.engine.indexes, segment)? {
            Some(scored) => rows.flatten().filter(|row| scored.contains(*row as u32)).map(|row| row..row + 1).collect(),
            None => rows.collect(),
        };
        self.rows_of_spans(wanted, segment, rows, &mut |rows| self.take_scored(wanted, rows, take))?;

        let ids = source.trace_column(TRACE_ID)?;
        let told = told.into_iter().filter_map(|trace| TraceId::from_bytes(ids.as_fixed_size_binary().value(trace)).ok());
        self.scores_told_by_logs(wanted, told.collect(), take)
    }

    /// Hands over the scores of spans that tell them alone.
    fn take_scored(&self, wanted: &WantedRows, rows: StoredRows, take: TakeRows<'_>) -> Result<bool, StoreError> {
        let Contents::Spans(spans) = &rows.contents else { return Ok(true) };
        let content = &self.engine.indexes.content;
        let scores =
            spans.iter().map(|raw| raw.as_ref().map(|raw| content.derive(raw.clone()).content.into_inner().scores).unwrap_or_default());
        take_each(wanted, &rows.columns, scores, rows.bytes, take)
    }

    fn scores_told_by_logs(&self, wanted: &WantedRows, traces: Vec<TraceId>, take: TakeRows<'_>) -> Result<(), StoreError> {
        for trace_ids in traces.chunks(limits::WHOLE_TRACES_AT_ONCE) {
            let whole = Wanted { project: &self.project, trace_ids, spans: None, detail: Detail::Whole, with_logs: true };
            for records in fetch(&self.engine, &whole)?.into_values() {
                let spans = self.engine.understand.spans(&self.project, records);
                let (scored, scores): (Vec<Span>, Vec<Vec<Value>>) = spans
                    .into_iter()
                    .filter(|span| !span.content.scores.is_empty())
                    .map(|mut span| {
                        let scores = std::mem::take(&mut span.content.scores);
                        (span, scores)
                    })
                    .unzip();
                let columns = core_of_spans(scored.into_iter())?;
                if !take_each(wanted, &columns, scores.into_iter(), bytes_of_batch(&columns) as u64, take)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The ids of traces, too.
fn with_trace_ids(wanted: &WantedRows) -> WantedRows {
    let mut wanted = wanted.clone();
    if !wanted.columns.contains(&TRACE_ID) {
        wanted.columns.push(TRACE_ID);
    }
    wanted
}

/// Hands over spans, each as often as it has scores; none of them too, so that whoever takes them can count, and end the reading.
fn take_each(
    wanted: &WantedRows,
    spans: &RecordBatch,
    scores: impl Iterator<Item = Vec<Value>>,
    bytes: u64,
    take: TakeRows<'_>,
) -> Result<bool, StoreError> {
    let (rows, scores): (Vec<u32>, Vec<Value>) =
        (0..).zip(scores).flat_map(|(row, scores)| scores.into_iter().map(move |score| (row, score))).unzip();
    let columns = batch_of(wanted.table, &wanted.columns, spans.num_rows(), |name| spans.column_by_name(name).cloned())?;
    let repeated = match columns.num_columns() {
        // Rows without columns are counted apart.
        0 => {
            let options = RecordBatchOptions::new().with_row_count(Some(scores.len()));
            RecordBatch::try_new_with_options(columns.schema(), Vec::new(), &options)
        }
        _ => take_record_batch(&columns, &UInt32Array::from(rows)),
    };
    let columns = repeated.map_err(|source| StoreError::failed("failed to put scores beside their spans", source))?;
    take(StoredRows { columns, contents: Contents::Scores(scores), bytes })
}
