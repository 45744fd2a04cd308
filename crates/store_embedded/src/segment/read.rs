//! Reads segments: whole columns for lists, single rows for traces.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use datafusion::parquet::file::metadata::PageIndexPolicy;
use model::TraceId;
use store::StoreError;

use super::description::Description;
use super::sorted_index::SortedIndex;
use super::{CONTENT, CORE, KEYS, LOGS, TRACES, directory_of_segment};
use crate::keys::{ContentHash, RecordKey, SpanKey};

/// Trace id, number of the project, first row and count of spans, first row and count of logs.
pub(super) const TRACE_ENTRY_BYTES: usize = 16 + 5 * 4;
/// Key and content hash.
pub(super) const KEY_ENTRY_BYTES: usize = 16 + 16;

/// A segment that is open for questions.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) description: Description,
    pub(crate) core: RowFile,
    pub(crate) content: RowFile,
    pub(crate) logs: RowFile,
    traces: SortedIndex,
    keys: SortedIndex,
    pub(crate) updated_spans: HashSet<SpanKey>,
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
        let bytes = std::fs::metadata(&file).map_err(|source| StoreError::failed(format!("failed to open {}", file.display()), source))?.len();
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
        if rows != [0..rows_in_file as u64] {
            let ranges = rows.iter().map(|rows| rows.start as usize..rows.end as usize);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges, rows_in_file));
        }
        Ok(Batches { file: self, reader: builder.build().map_err(|source| self.failed(source))? })
    }

    fn metadata(&self, file: &File) -> Result<&ArrowReaderMetadata, StoreError> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        // Where pages begin is needed to skip them; what is in them is not.
        let options = ArrowReaderOptions::new()
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_column_index_policy(PageIndexPolicy::Skip);
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

/// Removes directories that the manifest does not name: segments whose flush did not come to its end.
pub(crate) fn remove_leftovers(segments: &Path, known: &[Description]) -> Result<(), StoreError> {
    let failed = |source| StoreError::failed(format!("failed to tidy up {}", segments.display()), source);
    let known: HashSet<PathBuf> = known.iter().map(|description| directory_of_segment(segments, description.id)).collect();
    for entry in std::fs::read_dir(segments).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() && !known.contains(&path) {
            tracing::info!(path = %path.display(), "removed a segment that was not finished; its rows are in the write-ahead log");
            std::fs::remove_dir_all(&path).map_err(failed)?;
        }
    }
    Ok(())
}
