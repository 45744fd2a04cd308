//! Log records and metric points: each lies in one place.

use std::ops::Range;
use std::slice;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use store::StoreError;

use super::{Contents, StoredRows, StoredTable, TableReader, TakeRows, WantedRows, batch_of, batch_rows, in_pieces};
use crate::rows::{bytes_of_batch, logs, points};
use crate::segment::{RowFile, Segment};
use crate::tail::{Projects, SharedBatches};

/// What a record is read from, beside what tells whose it is.
const LOG_COLUMNS: [&str; 6] = ["version", "trace_id", "span_id", "raw", "resource", "scope"];
const POINT_COLUMNS: [&str; 3] = ["raw", "resource", "scope"];

impl TableReader {
    pub(super) fn records_in_memory(&self, wanted: &WantedRows, batches: &SharedBatches, take: TakeRows<'_>) -> Result<(), StoreError> {
        for batch in batches {
            let batch = self.of_project(batch)?;
            for rows in in_pieces(batch.num_rows(), batch_rows(wanted)) {
                if !take(stored(wanted, &batch.slice(rows.start, rows.len()))?)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn logs_of_segment(&self, wanted: &WantedRows, segment: &Segment, take: TakeRows<'_>) -> Result<(), StoreError> {
        let rows = segment.description.project(&self.project).map_or(0..0, |(_, rows)| rows.logs.clone());
        self.records_of_file(wanted, &segment.logs, rows, &LOG_COLUMNS, take)
    }

    /// Points of all projects stand together.
    pub(super) fn points_of_segment(&self, wanted: &WantedRows, segment: &Segment, take: TakeRows<'_>) -> Result<(), StoreError> {
        self.records_of_file(wanted, &segment.points, 0..segment.description.point_rows, &POINT_COLUMNS, take)
    }

    fn records_of_file(
        &self,
        wanted: &WantedRows,
        file: &RowFile,
        rows: Range<u64>,
        content_columns: &[&'static str],
        take: TakeRows<'_>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut columns = vec!["project"];
        columns.extend(wanted.columns.iter().copied().filter(|name| *name != "project"));
        if wanted.with_contents {
            let more: Vec<_> = content_columns.iter().copied().filter(|name| !columns.contains(name)).collect();
            columns.extend(more);
        }
        for batch in file.read(Some(&columns), slice::from_ref(&rows), batch_rows(wanted))? {
            let batch = self.of_project(&batch?)?;
            if batch.num_rows() > 0 && !take(stored(wanted, &batch)?)? {
                break;
            }
        }
        Ok(())
    }

    fn of_project(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let projects = Projects::new(batch)?;
        let of_project: Vec<bool> = (0..batch.num_rows()).map(|row| projects.text(row) == self.project.as_str()).collect();
        if of_project.iter().all(|is_wanted| *is_wanted) {
            return Ok(batch.clone());
        }
        filter_record_batch(batch, &BooleanArray::from(of_project)).map_err(|source| StoreError::failed("failed to filter rows", source))
    }
}

fn stored(wanted: &WantedRows, batch: &RecordBatch) -> Result<StoredRows, StoreError> {
    let columns = batch_of(wanted.table, &wanted.columns, batch.num_rows(), |name| batch.column_by_name(name).cloned())?;
    let contents = match (wanted.with_contents, wanted.table) {
        (false, _) => Contents::Unread,
        (true, StoredTable::Logs) => Contents::Logs(logs::rows_from_batch(batch)?.into_iter().map(|row| row.log).collect()),
        (true, _) => Contents::Points(points::points_from_batch(batch)?),
    };
    Ok(StoredRows { columns, contents, bytes: bytes_of_batch(batch) as u64 })
}
