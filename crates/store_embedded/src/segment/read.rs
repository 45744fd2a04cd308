//! Reads segments: whole columns for lists, single rows for traces.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::{concat, concat_batches};
use datafusion::arrow::datatypes::Schema;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use datafusion::parquet::file::metadata::PageIndexPolicy;
use model::TraceId;
use store::StoreError;

use super::description::Description;
use super::segment_rows::SegmentRows;
use super::sorted_index::SortedIndex;
use super::{CONTENT, CORE, KEY_ENTRY_BYTES, KEYS, LOGS, POINTS, TRACE_ENTRY_BYTES, TRACE_TABLE, TRACES, UNDERSTOOD, directory_of_segment};
use crate::keys::{ContentHash, RecordKey, SpanKey};
use crate::limits;
use crate::rows::spans::CONTENT_COLUMNS;
use crate::rows::{conform, logs, points, spans};

/// A segment that is open for questions.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) description: Description,
    pub(crate) core: RowFile,
    pub(crate) content: RowFile,
    pub(crate) logs: RowFile,
    pub(crate) points: RowFile,
    /// What each trace is; sorted by project, start, trace id.
    pub(crate) trace_table: RowFile,
    /// The columns of spans in which some trace makes of a span what it does not say itself; rows as in `core`.
    pub(crate) understood: RowFile,
    traces: SortedIndex,
    keys: SortedIndex,
    pub(crate) updated_spans: HashSet<SpanKey>,
    /// Traces that have records in an older segment too.
    pub(crate) loose_traces: HashSet<TraceId>,
    directory: PathBuf,
    /// Set when another segment has taken its place: the files go with the last reader.
    replaced: AtomicBool,
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.replaced.load(Ordering::Relaxed)
            && let Err(error) = std::fs::remove_dir_all(&self.directory)
        {
            // It is removed at the next start, for the manifest does not name it.
            tracing::warn!(path = %self.directory.display(), %error, "a merged segment stays for now");
        }
    }
}

/// The rows of a trace in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceRows {
    pub(crate) project: u32,
    pub(crate) spans: Range<u64>,
    pub(crate) logs: Range<u64>,
}

impl Segment {
    pub(crate) fn open(segments: &Path, description: Description) -> Result<Self, StoreError> {
        let path = directory_of_segment(segments, description.id);
        check_sizes(&path, &description)?;
        Ok(Self {
            core: RowFile::new(path.join(CORE)),
            content: RowFile::new(path.join(CONTENT)),
            logs: RowFile::new(path.join(LOGS)),
            traces: SortedIndex::open(&path.join(TRACES), TRACE_ENTRY_BYTES)?,
            keys: SortedIndex::open(&path.join(KEYS), KEY_ENTRY_BYTES)?,
            updated_spans: description.updated_span_keys().collect(),
            loose_traces: description.loose_trace_ids().collect(),
            trace_table: RowFile::new(path.join(TRACE_TABLE)),
            understood: RowFile::new(path.join(UNDERSTOOD)),
            points: RowFile::new(path.join(POINTS)),
            replaced: AtomicBool::new(false),
            directory: path,
            description,
        })
    }

    /// Every content seen under a key.
    pub(crate) fn contents(&self, key: RecordKey) -> Result<Vec<ContentHash>, StoreError> {
        let mut contents = Vec::new();
        self.keys.each_entry(&key.0.to_be_bytes(), |entry| {
            let hash = entry[16..].try_into().expect("the entry has the width of a key entry");
            contents.push(ContentHash(u128::from_be_bytes(hash)));
        })?;
        Ok(contents)
    }

    /// The rows of a trace, by project.
    pub(crate) fn rows_of_trace(&self, trace_id: TraceId) -> Result<Vec<TraceRows>, StoreError> {
        let mut rows = Vec::new();
        self.traces.each_entry(trace_id.as_bytes(), |entry| {
            let number = |at: usize| u32::from_be_bytes(entry[at..at + 4].try_into().expect("the slice has four bytes"));
            let range = |at: usize| u64::from(number(at))..u64::from(number(at)) + u64::from(number(at + 4));
            rows.push(TraceRows { project: number(16), spans: range(20), logs: range(28) });
        })?;
        Ok(rows)
    }

    /// Reads everything, for a merge.
    pub(super) fn read_all(&self, rows: &mut SegmentRows) -> Result<(), StoreError> {
        let mut row = 0;
        while row < self.description.span_rows {
            let some = row..self.description.span_rows.min(row + limits::READ_WHOLE_BATCH_ROWS as u64);
            rows.spans.push(Arc::new(self.read_spans(some.clone())?));
            row = some.end;
        }
        for (file, count, batches, schema) in [
            (&self.logs, self.description.log_rows, &mut rows.logs, logs::schema()),
            (&self.points, self.description.point_rows, &mut rows.points, points::schema()),
        ] {
            if count > 0 {
                for batch in file.read(None, std::slice::from_ref(&(0..count)), limits::READ_WHOLE_BATCH_ROWS)? {
                    batches.push(Arc::new(conform(&batch?, &schema)?));
                }
            }
        }
        self.keys.all_entries(|entry| {
            let number = |at: usize| u128::from_be_bytes(entry[at..at + 16].try_into().expect("the slice has sixteen bytes"));
            rows.contents.push((RecordKey(number(0)), ContentHash(number(16))));
        })
    }

    /// Reads whole rows of spans: the columns of both files side by side.
    fn read_spans(&self, rows: Range<u64>) -> Result<RecordBatch, StoreError> {
        let core = self.core.read_one(rows.clone())?;
        let content = self.content.read_one(rows)?;
        let (mut fields, mut columns) = (core.schema().fields().to_vec(), core.columns().to_vec());
        for name in CONTENT_COLUMNS {
            let index = content.schema().index_of(name).map_err(|source| self.content.failed(source))?;
            fields.push(Arc::clone(&content.schema().fields()[index]));
            columns.push(Arc::clone(content.column(index)));
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|source| self.content.failed(source))?;
        conform(&batch, &spans::schema())
    }

    /// The file that has a column of spans as their traces make them; None where the column came later and no span has a value.
    pub(crate) fn file_of_span_column(&self, column: &str) -> Result<Option<&RowFile>, StoreError> {
        for file in [&self.understood, &self.core] {
            if file.has_column(column)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Says that another segment has taken its place.
    pub(crate) fn mark_replaced(&self) {
        self.replaced.store(true, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self) -> u64 {
        self.description.rows()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.description.bytes()
    }
}

/// A missing or cut file is found at start, not by the first question.
fn check_sizes(path: &Path, description: &Description) -> Result<(), StoreError> {
    for (name, seal) in &description.files {
        let file = path.join(name);
        let bytes =
            std::fs::metadata(&file).map_err(|source| StoreError::failed(format!("failed to open {}", file.display()), source))?.len();
        if bytes != seal.bytes {
            return Err(StoreError::Damaged(format!("{} has {bytes} bytes in place of {}", file.display(), seal.bytes)));
        }
    }
    Ok(())
}

/// One Parquet file; its footer is read once.
#[derive(Debug)]
pub(crate) struct RowFile {
    path: PathBuf,
    metadata: OnceLock<ArrowReaderMetadata>,
}

impl RowFile {
    fn new(path: PathBuf) -> Self {
        Self { path, metadata: OnceLock::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads some columns (all of them where none are named) of some rows, given in order.
    pub(crate) fn read(&self, columns: Option<&[&str]>, rows: &[Range<u64>], batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let metadata = self.metadata(&file)?;
        let rows_in_file = metadata.metadata().file_metadata().num_rows() as usize;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone()).with_batch_size(batch_rows);
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        if rows != std::slice::from_ref(&(0..rows_in_file as u64)) {
            let ranges = rows.iter().map(|rows| rows.start as usize..rows.end as usize);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges, rows_in_file));
        }
        Ok(Batches { file: self, reader: builder.build().map_err(|source| self.failed(source))? })
    }

    /// Reads one column of some rows.
    pub(crate) fn read_column(&self, column: &str, rows: &Range<u64>) -> Result<ArrayRef, StoreError> {
        let missing = || StoreError::Damaged(format!("{} has no column `{column}`", self.path().display()));
        let mut parts = Vec::new();
        for batch in self.read(Some(&[column]), std::slice::from_ref(rows), limits::READ_COLUMN_ROWS)? {
            parts.push(Arc::clone(batch?.column_by_name(column).ok_or_else(missing)?));
        }
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        match parts.as_slice() {
            [] => Err(missing()),
            parts => concat(parts).map_err(|source| StoreError::failed(format!("failed to read {}", self.path().display()), source)),
        }
    }

    fn read_one(&self, rows: Range<u64>) -> Result<RecordBatch, StoreError> {
        let batches = self.read(None, &[rows], limits::READ_WHOLE_BATCH_ROWS)?.collect::<Result<Vec<_>, _>>()?;
        let first = batches.first().ok_or_else(|| StoreError::Damaged(format!("{} has too few rows", self.path.display())))?;
        concat_batches(first.schema_ref(), &batches).map_err(|source| self.failed(source))
    }

    /// Whether the file has a column.
    pub(crate) fn has_column(&self, name: &str) -> Result<bool, StoreError> {
        let metadata = match self.metadata.get() {
            Some(metadata) => metadata,
            None => self.metadata(&File::open(&self.path).map_err(|source| self.failed(source))?)?,
        };
        Ok(metadata.schema().column_with_name(name).is_some())
    }

    fn metadata(&self, file: &File) -> Result<&ArrowReaderMetadata, StoreError> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        // Where pages begin is needed to skip them; what is in them is not.
        let options =
            ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional).with_column_index_policy(PageIndexPolicy::Skip);
        let metadata = ArrowReaderMetadata::load(file, options).map_err(|source| self.failed(source))?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    fn failed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError::failed(format!("failed to read {}", self.path.display()), source)
    }
}

/// Batches as they are read.
pub(crate) struct Batches<'a> {
    file: &'a RowFile,
    reader: ParquetRecordBatchReader,
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|source| self.file.failed(source)))
    }
}
