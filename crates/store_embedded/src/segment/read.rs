//! Reads segments: whole columns for lists, single rows for traces.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use datafusion::parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use model::{RawSpan, TraceId};
use store::StoreError;

use super::description::Description;
use super::sorted_index::{SortedIndex, Sought};
use super::{CONTENT, CORE, KEY_ENTRY_BYTES, KEYS, LOGS, POINTS, TRACE_ENTRY_BYTES, TRACE_TABLE, TRACES, UNDERSTOOD, directory_of_segment};
use crate::keys::{ContentHash, SpanKey};
use crate::limits;
use crate::rows::columns::schema_of_views;
use crate::rows::spans::{CONTENT_COLUMNS, raws_from_batch};
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
    pub(super) keys: SortedIndex,
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
    pub(crate) fn contents(&self, key: impl Into<Sought>) -> Result<Vec<ContentHash>, StoreError> {
        let mut contents = Vec::new();
        self.keys.each_entry(key.into(), |entry| {
            let hash = entry[16..].try_into().expect("the entry has the width of a key entry");
            contents.push(ContentHash(u128::from_be_bytes(hash)));
        })?;
        Ok(contents)
    }

    /// The rows of a trace, by project.
    pub(crate) fn rows_of_trace(&self, trace_id: impl Into<Sought>) -> Result<Vec<TraceRows>, StoreError> {
        let mut rows = Vec::new();
        self.traces.each_entry(trace_id.into(), |entry| {
            let number = |at: usize| u32::from_be_bytes(entry[at..at + 4].try_into().expect("the slice has four bytes"));
            let range = |at: usize| u64::from(number(at))..u64::from(number(at)) + u64::from(number(at + 4));
            rows.push(TraceRows { project: number(16), spans: range(20), logs: range(28) });
        })?;
        Ok(rows)
    }

    /// Hands over the raw spans of some rows, given in order, each with its place among them.
    pub(crate) fn each_raw(&self, rows: impl Iterator<Item = u64>, mut take: impl FnMut(usize, Arc<RawSpan>)) -> Result<(), StoreError> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for row in rows {
            match ranges.last_mut() {
                Some(last) if last.end == row => last.end += 1,
                _ => ranges.push(row..row + 1),
            }
        }
        let mut at = 0;
        for batch in self.content.read(Some(&CONTENT_COLUMNS), &ranges, limits::READ_WHOLE_BATCH_ROWS)? {
            for raw in raws_from_batch(&batch?)? {
                take(at, raw);
                at += 1;
            }
        }
        Ok(())
    }

    /// Reads whole rows of spans, the columns of both files side by side, so many at once that they take about some bytes.
    pub(super) fn whole_spans(&self, bytes: usize) -> Result<RowBatches<'_>, StoreError> {
        if self.description.span_rows == 0 {
            return Ok(Box::new(std::iter::empty()));
        }
        let rows = batch_rows(bytes, self.content.bytes_per_row()? + SPAN_COLUMNS_BYTES);
        let (mut core, mut content) = (self.core.read_all(rows)?, self.content.read_all_viewed(rows)?);
        let mut next = move || -> Result<Option<RecordBatch>, StoreError> {
            let (core, content) = match (core.next().transpose()?, content.next().transpose()?) {
                (Some(core), Some(content)) if core.num_rows() == content.num_rows() => (core, content),
                (None, None) => return Ok(None),
                _ => return Err(StoreError::Damaged(format!("{} has other rows than its core columns", self.content.path.display()))),
            };
            self.whole(&core, &content).map(Some)
        };
        Ok(Box::new(std::iter::from_fn(move || next().transpose())))
    }

    /// Reads columns of spans as their traces make them, from the first row to the last.
    pub(super) fn all_as_understood(&self, schema: &SchemaRef) -> Result<RowBatches<'_>, StoreError> {
        let (mut own, mut made) = (Vec::new(), Vec::new());
        for field in schema.fields() {
            match self.understood.has_column(field.name())? {
                true => made.push(field.name().as_str()),
                false => own.push(field.name().as_str()),
            }
        }
        let rows = 0..self.description.span_rows;
        let mut own = self.core.read(Some(&own), std::slice::from_ref(&rows), limits::READ_BATCH_ROWS)?;
        let mut made = self.understood.read(Some(&made), std::slice::from_ref(&rows), limits::READ_BATCH_ROWS)?;
        let schema = Arc::clone(schema);
        let mut next = move || -> Result<Option<RecordBatch>, StoreError> {
            let (own, made) = match (own.next().transpose()?, made.next().transpose()?) {
                (Some(own), Some(made)) if own.num_rows() == made.num_rows() => (own, made),
                (None, None) => return Ok(None),
                _ => return Err(StoreError::Damaged(format!("{} has other rows than its core columns", self.understood.path.display()))),
            };
            let column = |field: &Arc<Field>| {
                let column = made.column_by_name(field.name()).or_else(|| own.column_by_name(field.name()));
                column.map_or_else(|| new_null_array(field.data_type(), own.num_rows()), Arc::clone)
            };
            let columns = schema.fields().iter().map(column).collect();
            RecordBatch::try_new(Arc::clone(&schema), columns).map(Some).map_err(|source| self.understood.failed(source))
        };
        Ok(Box::new(std::iter::from_fn(move || next().transpose())))
    }

    /// Puts the columns of both files together, content as views.
    fn whole(&self, core: &RecordBatch, content: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let (mut fields, mut columns) = (core.schema().fields().to_vec(), core.columns().to_vec());
        for name in CONTENT_COLUMNS {
            let index = content.schema().index_of(name).map_err(|source| self.content.failed(source))?;
            fields.push(Arc::clone(&content.schema().fields()[index]));
            columns.push(Arc::clone(content.column(index)));
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|source| self.content.failed(source))?;
        conform(&batch, &spans::schema_of_views())
    }

    pub(super) fn all_logs(&self, bytes: usize) -> Result<RowBatches<'_>, StoreError> {
        self.logs.whole_rows(self.description.log_rows, bytes, logs::schema())
    }

    pub(super) fn all_points(&self, bytes: usize) -> Result<RowBatches<'_>, StoreError> {
        self.points.whole_rows(self.description.point_rows, bytes, points::schema())
    }

    /// The file that has a column of spans as their traces make them; None where no span has a value.
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
    /// The columns in which some row has a value.
    filled: OnceLock<ProjectionMask>,
}

impl RowFile {
    fn new(path: PathBuf) -> Self {
        Self { path, metadata: OnceLock::new(), filled: OnceLock::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads some columns (all of them where none are named) of some rows, given in order.
    pub(crate) fn read(&self, columns: Option<&[&str]>, rows: &[Range<u64>], batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let schema = self.metadata(&file)?.parquet_schema();
        let mask = columns.map_or_else(ProjectionMask::all, |columns| ProjectionMask::columns(schema, columns.iter().copied()));
        self.read_masked(file, mask, rows, batch_rows)
    }

    /// Reads all columns of some rows, given in order, but those in which no row of the file has a value: each would cost its readers.
    pub(crate) fn read_filled(&self, rows: &[Range<u64>], batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let metadata = self.metadata(&file)?;
        let mask = self.filled.get_or_init(|| filled_columns(metadata)).clone();
        self.read_masked(file, mask, rows, batch_rows)
    }

    fn read_masked(&self, file: File, mask: ProjectionMask, rows: &[Range<u64>], batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let metadata = self.metadata(&file)?;
        let rows_in_file = metadata.metadata().file_metadata().num_rows() as usize;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let mut builder = builder.with_batch_size(batch_rows).with_projection(mask);
        if rows != std::slice::from_ref(&(0..rows_in_file as u64)) {
            let Selected { groups, rows, count } = select(metadata.metadata().row_groups(), rows);
            builder = builder.with_row_groups(groups).with_row_selection(RowSelection::from_consecutive_ranges(rows.into_iter(), count));
        }
        Ok(Batches { file: self, reader: builder.build().map_err(|source| self.failed(source))? })
    }

    /// Reads everything from the beginning to the end.
    pub(super) fn read_all(&self, batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let rows = self.metadata(&file)?.metadata().file_metadata().num_rows() as u64;
        self.read(None, std::slice::from_ref(&(0..rows)), batch_rows)
    }

    /// Reads everything from the beginning to the end; bytes stay in the pages they were unpacked into.
    fn read_all_viewed(&self, batch_rows: usize) -> Result<Batches<'_>, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let metadata = self.metadata(&file)?;
        let options = ArrowReaderOptions::new().with_schema(schema_of_views(metadata.schema()));
        let viewed = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map_err(|source| self.failed(source))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, viewed).with_batch_size(batch_rows);
        Ok(Batches { file: self, reader: builder.build().map_err(|source| self.failed(source))? })
    }

    /// Reads some ranges of rows, given in any order; nothing where there are none.
    pub(super) fn read_some(&self, mut rows: Vec<Range<u64>>) -> Result<RowBatches<'_>, StoreError> {
        rows.retain(|rows| !rows.is_empty());
        rows.sort_unstable_by_key(|rows| rows.start);
        if rows.is_empty() {
            return Ok(Box::new(std::iter::empty()));
        }
        Ok(Box::new(self.read(None, &rows, limits::READ_WHOLE_BATCH_ROWS)?))
    }

    /// Reads everything there is of a table that may have no file, as the schema of today has it.
    fn whole_rows(&self, rows: u64, bytes: usize, schema: SchemaRef) -> Result<RowBatches<'_>, StoreError> {
        if rows == 0 {
            return Ok(Box::new(std::iter::empty()));
        }
        let batches = self.read_all(batch_rows(bytes, self.bytes_per_row()?))?;
        Ok(Box::new(batches.map(move |batch| conform(&batch?, &schema))))
    }

    /// What a row takes, uncompressed, in the mean.
    fn bytes_per_row(&self) -> Result<usize, StoreError> {
        let file = File::open(&self.path).map_err(|source| self.failed(source))?;
        let metadata = self.metadata(&file)?.metadata();
        let bytes: i64 = metadata.row_groups().iter().map(|rows| rows.total_byte_size()).sum();
        Ok((bytes / metadata.file_metadata().num_rows().max(1)) as usize)
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

    /// The names of its columns.
    pub(super) fn columns(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.schema()?.fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Whether the file has a column.
    pub(crate) fn has_column(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.schema()?.column_with_name(name).is_some())
    }

    fn schema(&self) -> Result<&SchemaRef, StoreError> {
        let metadata = match self.metadata.get() {
            Some(metadata) => metadata,
            None => self.metadata(&File::open(&self.path).map_err(|source| self.failed(source))?)?,
        };
        Ok(metadata.schema())
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

fn filled_columns(metadata: &ArrowReaderMetadata) -> ProjectionMask {
    let groups = metadata.metadata().row_groups();
    let schema = metadata.parquet_schema();
    let is_empty = |column: usize, group: &RowGroupMetaData| {
        let column = group.column(column);
        column.statistics().and_then(|told| told.null_count_opt()).is_some_and(|nulls| nulls as i64 == column.num_values())
    };
    let is_filled = |column: &usize| groups.iter().any(|group| !is_empty(*column, group));
    ProjectionMask::leaves(schema, (0..schema.num_columns()).filter(is_filled))
}

/// Row groups that have wanted rows, and where these are among the rows of those groups.
struct Selected {
    groups: Vec<usize>,
    rows: Vec<Range<usize>>,
    count: usize,
}

/// Selects rows, given in order. To pass over a group costs a reader for each of its columns, so only those with rows are opened.
fn select(groups: &[RowGroupMetaData], wanted: &[Range<u64>]) -> Selected {
    let mut selected = Selected { groups: Vec::new(), rows: Vec::new(), count: 0 };
    let mut first = 0;
    for (number, group) in groups.iter().enumerate() {
        let count = group.num_rows() as u64;
        let inside = wanted.iter().map(|rows| rows.start.max(first)..rows.end.min(first + count)).filter(|rows| !rows.is_empty());
        let place = |row: u64| selected.count + (row - first) as usize;
        let rows: Vec<_> = inside.map(|rows| place(rows.start)..place(rows.end)).collect();
        if !rows.is_empty() {
            selected.groups.push(number);
            selected.rows.extend(rows);
            selected.count += count as usize;
        }
        first += count;
    }
    selected
}

/// What the core columns of a span take in memory, about.
const SPAN_COLUMNS_BYTES: usize = 1_024;

/// How many rows are read at once, so that they take about some bytes.
fn batch_rows(bytes: usize, bytes_per_row: usize) -> usize {
    (bytes / bytes_per_row.max(1)).clamp(limits::MERGE_BATCH_ROWS_MIN, limits::READ_BATCH_ROWS)
}

/// Whole rows, as they are read.
pub(super) type RowBatches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + 'a>;

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
