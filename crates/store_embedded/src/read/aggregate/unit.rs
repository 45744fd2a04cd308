//! What a walk over the spans of a project reads: batches of the tails, row groups of the segments that may have some of the range.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use datafusion::parquet::file::metadata::RowGroupMetaData;
use datafusion::parquet::file::statistics::Statistics;
use model::ProjectSlug;
use store::{StoreError, TimeRange};

use super::columns::{Rows, absent_column, dictionary_type};
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::limits;
use crate::read::snapshot::Snapshot;
use crate::rows::spans;
use crate::segment::Segment;

/// Some rows that are read at once.
pub(super) struct Unit {
    source: Source,
    /// Whether there may be rows of other projects among them.
    pub(super) is_mixed: bool,
    /// Whether there may be versions of spans that have several.
    pub(super) has_updated: bool,
    /// Of the starts of the rows: the earliest and the latest, where known.
    pub(super) starts: Option<(u64, u64)>,
}

enum Source {
    Batch(Arc<RecordBatch>),
    RowGroup {
        path: PathBuf,
        footer: ArrowReaderMetadata,
        number: usize,
        /// Of the project, within the row group.
        rows: Range<usize>,
    },
}

/// What a unit was, for the cost of an answer.
#[derive(Default)]
pub(super) struct ReadSize {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Lists the units that may have spans of a project that start in a range; `updated` are its spans with several versions.
pub(super) fn units(
    engine: &Engine,
    snapshot: &Snapshot,
    project: &ProjectSlug,
    range: TimeRange,
    updated: &HashSet<SpanKey>,
) -> Result<Vec<Unit>, StoreError> {
    let has_updated = !updated.is_empty();
    let of_tails =
        snapshot.spans.iter().map(|batch| Unit { source: Source::Batch(Arc::clone(batch)), is_mixed: true, has_updated, starts: None });
    let mut units: Vec<Unit> = of_tails.collect();
    for segment in snapshot.segments.iter() {
        let Some((_, rows)) = segment.description.project(project).filter(|(_, rows)| !rows.spans.is_empty()) else { continue };
        if segment.description.start_unix_nanos.is_some_and(|starts| !overlaps(starts, range)) {
            continue;
        }
        let has_updated = may_have(segment, updated)?;
        let of_segment = row_groups(engine, segment.core.path(), &rows.spans)?;
        let in_range = of_segment.into_iter().filter(|unit| unit.starts.is_none_or(|starts| overlaps(starts, range)));
        units.extend(in_range.map(|unit| Unit { has_updated, ..unit }));
    }
    Ok(units)
}

/// Whether some start between two may lie in a range.
fn overlaps((first, last): (u64, u64), range: TimeRange) -> bool {
    range.from_unix_nanos.is_none_or(|from| last >= from) && range.to_unix_nanos.is_none_or(|to| first < to)
}

fn may_have(segment: &Segment, updated: &HashSet<SpanKey>) -> Result<bool, StoreError> {
    if updated.len() > limits::UPDATED_SPANS_LOOKED_UP_MAX {
        return Ok(true);
    }
    for key in updated {
        if !segment.rows_of_trace(key.trace_id)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn row_groups(engine: &Engine, path: &Path, rows: &Range<u64>) -> Result<Vec<Unit>, StoreError> {
    let footer = engine.planner.footers.get(path)?;
    let (mut units, mut first) = (Vec::new(), 0);
    for (number, group) in footer.metadata().row_groups().iter().enumerate() {
        let end = first + group.num_rows() as u64;
        let (from, to) = (rows.start.clamp(first, end), rows.end.clamp(first, end));
        if from < to {
            let rows = (from - first) as usize..(to - first) as usize;
            let source = Source::RowGroup { path: path.to_owned(), footer: footer.clone(), number, rows };
            units.push(Unit { source, is_mixed: false, has_updated: false, starts: starts_of(group) });
        }
        first = end;
    }
    Ok(units)
}

/// What the statistics of a row group say of the starts of its spans.
fn starts_of(group: &RowGroupMetaData) -> Option<(u64, u64)> {
    let column = group.columns().iter().find(|column| column.column_path().string() == "start_unix_nanos")?;
    match column.statistics()? {
        // Parquet keeps unsigned numbers in signed ones.
        Statistics::Int64(starts) => Some((*starts.min_opt()? as u64, *starts.max_opt()? as u64)),
        _ => None,
    }
}

impl Unit {
    /// Whether all its rows start in a range, as far as is known.
    pub(super) fn is_inside(&self, range: TimeRange) -> bool {
        range == TimeRange::default() || self.starts.is_some_and(|(first, last)| range.contains(first) && range.contains(last))
    }

    /// Reads some columns of its rows.
    pub(super) fn read(&self, columns: &[&'static str]) -> Result<(Rows, ReadSize), StoreError> {
        match &self.source {
            Source::Batch(batch) => {
                let (batch, bytes) = columns_of_batch(batch, columns)?;
                Ok((Rows(batch), bytes))
            }
            Source::RowGroup { path, footer, number, rows } => {
                let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
                    StoreError::failed(format!("failed to read {}", path.display()), source)
                };
                let group = footer.metadata().row_group(*number);
                let batch = columns_of_row_group(path, footer, *number, rows.clone(), columns).map_err(failed)?;
                Ok((Rows(batch), ReadSize { rows: rows.len() as u64, bytes: bytes_of(group, columns) }))
            }
        }
    }
}

fn columns_of_batch(batch: &RecordBatch, wanted: &[&'static str]) -> Result<(RecordBatch, ReadSize), StoreError> {
    let failed = |source| StoreError::failed("failed to read rows in memory", source);
    let mut bytes = 0;
    let mut columns: Vec<(&str, ArrayRef)> = Vec::with_capacity(wanted.len());
    for name in wanted {
        let column = match batch.column_by_name(name) {
            Some(column) => {
                bytes += column.to_data().get_slice_memory_size().unwrap_or(0) as u64;
                if column.data_type() == &DataType::Utf8 { cast(column, &dictionary_type()).map_err(failed)? } else { Arc::clone(column) }
            }
            None => absent(name, batch.num_rows())?,
        };
        columns.push((name, column));
    }
    Ok((batch_of(columns, batch.num_rows())?, ReadSize { rows: batch.num_rows() as u64, bytes }))
}

fn columns_of_row_group(
    path: &Path,
    footer: &ArrowReaderMetadata,
    number: usize,
    rows: Range<usize>,
    wanted: &[&'static str],
) -> Result<RecordBatch, Box<dyn std::error::Error + Send + Sync>> {
    let rows_in_group = footer.metadata().row_group(number).num_rows() as usize;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path)?, footer.clone());
    let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.iter().copied());
    let mut builder = builder.with_row_groups(vec![number]).with_projection(mask).with_batch_size(limits::FIGURE_BATCH_ROWS);
    if rows.len() < rows_in_group {
        builder = builder.with_row_selection(RowSelection::from(vec![RowSelector::skip(rows.start), RowSelector::select(rows.len())]));
    }
    let reader = builder.build()?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    let read = match batches.as_slice() {
        [batch] => batch.clone(),
        batches => concat_batches(&schema, batches)?,
    };
    let column = |name: &&'static str| match read.column_by_name(name) {
        Some(column) => Ok((*name, Arc::clone(column))),
        None => Ok((*name, absent(name, rows.len())?)),
    };
    let columns = wanted.iter().map(column).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(batch_of(columns, rows.len())?)
}

/// A column that rows of an older version do not have.
fn absent(name: &str, rows: usize) -> Result<ArrayRef, StoreError> {
    let schema = spans::schema();
    let field = schema.field_with_name(name).map_err(|source| StoreError::failed("failed to read a column", source))?;
    let kind = if field.data_type() == &DataType::Utf8 { dictionary_type() } else { field.data_type().clone() };
    Ok(absent_column(name, &kind, rows))
}

fn batch_of(columns: Vec<(&str, ArrayRef)>, rows: usize) -> Result<RecordBatch, StoreError> {
    let fields = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect::<Vec<_>>();
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(|source| StoreError::failed("failed to put columns together", source))
}

/// What columns of a row group take on disk.
fn bytes_of(group: &RowGroupMetaData, wanted: &[&'static str]) -> u64 {
    let is_wanted = |path: &[String]| path.first().is_some_and(|name| wanted.contains(&name.as_str()));
    let columns = group.columns().iter().filter(|column| is_wanted(column.column_path().parts()));
    columns.map(|column| column.compressed_size().max(0) as u64).sum()
}
