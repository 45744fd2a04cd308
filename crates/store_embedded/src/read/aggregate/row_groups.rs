//! The spans of a segment by row groups: core columns, or what traces make of them, texts as numbers of their dictionaries.

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
use store::StoreError;

use super::columns::{Rows, absent_column, dictionary_type};
use crate::engine::Engine;
use crate::limits;
use crate::rows::spans;
use crate::segment::Segment;

/// Some rows that are read at once.
pub(super) struct RowGroup {
    core: ColumnFile,
    understood: ColumnFile,
    number: usize,
    /// Of the project, within the row group.
    rows: Range<usize>,
}

#[derive(Clone)]
struct ColumnFile {
    path: PathBuf,
    footer: ArrowReaderMetadata,
}

/// What was read, for the cost of an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadSize {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Lists the row groups that have rows of a range, in order.
pub(super) fn row_groups(engine: &Engine, segment: &Segment, rows: &Range<u64>) -> Result<Vec<RowGroup>, StoreError> {
    let file = |path: &Path| Ok::<_, StoreError>(ColumnFile { path: path.to_owned(), footer: engine.planner.footers.get(path)? });
    let (core, understood) = (file(segment.core.path())?, file(segment.understood.path())?);
    let counts = |file: &ColumnFile| file.footer.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect::<Vec<_>>();
    if counts(&core) != counts(&understood) {
        return Err(StoreError::Damaged(format!("{} has other rows than its neighbour", understood.path.display())));
    }
    let (mut groups, mut first) = (Vec::new(), 0);
    for (number, count) in counts(&core).into_iter().enumerate() {
        let end = first + count as u64;
        let (from, to) = (rows.start.clamp(first, end), rows.end.clamp(first, end));
        if from < to {
            let rows = (from - first) as usize..(to - first) as usize;
            groups.push(RowGroup { core: core.clone(), understood: understood.clone(), number, rows });
        }
        first = end;
    }
    Ok(groups)
}

impl RowGroup {
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Reads some columns of its rows.
    pub(super) fn read(&self, columns: &[&'static str]) -> Result<(Rows, ReadSize), StoreError> {
        let mut found: Vec<(&str, ArrayRef)> = Vec::with_capacity(columns.len());
        let mut bytes = 0;
        let (understood, own): (Vec<_>, Vec<_>) = columns.iter().copied().partition(|name| self.understood.has(name));
        for (file, wanted) in [(&self.understood, understood), (&self.core, own)] {
            if wanted.iter().any(|name| file.has(name)) {
                let batch = file.read(self.number, &self.rows, &wanted)?;
                let columns = wanted.iter().filter_map(|name| Some((*name, Arc::clone(batch.column_by_name(name)?))));
                found.extend(columns);
                bytes += bytes_of(file.footer.metadata().row_group(self.number), &wanted);
            }
        }
        for name in columns {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name, absent(name, self.count())?));
            }
        }
        Ok((Rows(batch_of(found, self.count())?), ReadSize { rows: self.count() as u64, bytes }))
    }
}

impl ColumnFile {
    fn has(&self, column: &str) -> bool {
        self.footer.schema().column_with_name(column).is_some()
    }

    fn read(&self, number: usize, rows: &Range<usize>, wanted: &[&str]) -> Result<RecordBatch, StoreError> {
        self.read_row_group(number, rows, wanted)
            .map_err(|source| StoreError::failed(format!("failed to read {}", self.path.display()), source))
    }

    fn read_row_group(
        &self,
        number: usize,
        rows: &Range<usize>,
        wanted: &[&str],
    ) -> Result<RecordBatch, Box<dyn std::error::Error + Send + Sync>> {
        let rows_in_group = self.footer.metadata().row_group(number).num_rows() as usize;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&self.path)?, self.footer.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.iter().copied());
        let mut builder = builder.with_row_groups(vec![number]).with_projection(mask).with_batch_size(limits::FIGURE_BATCH_ROWS);
        if rows.len() < rows_in_group {
            builder = builder.with_row_selection(RowSelection::from(vec![RowSelector::skip(rows.start), RowSelector::select(rows.len())]));
        }
        let reader = builder.build()?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        Ok(match batches.as_slice() {
            [batch] => batch.clone(),
            batches => concat_batches(&schema, batches)?,
        })
    }
}

/// Some columns of spans in memory.
pub(super) fn columns_of_batch(batch: &RecordBatch, wanted: &[&'static str]) -> Result<(Rows, ReadSize), StoreError> {
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
    Ok((Rows(batch_of(columns, batch.num_rows())?), ReadSize { rows: batch.num_rows() as u64, bytes }))
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
