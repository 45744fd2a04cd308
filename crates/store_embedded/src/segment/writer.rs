//! Writes the files of a segment row by row, in the order of a segment, with little of it in memory.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::SchemaRef;
use model::TraceId;
use store::{StoreError, Understand};

use super::description::Description;
use super::parquet_file::{ParquetFileWriter, RecordPages, SealedFile, core_properties, write_failed};
use super::records_file::RecordsFile;
use super::sorted_index::IndexWriter;
use super::trace_places::{FinishedPlaces, TracePlaces};
use super::{CONTENT, CORE, KEY_ENTRY_BYTES, KEYS, LOGS, POINTS, TRACE_ENTRY_BYTES, TRACES, directory_of_segment};
use crate::files::sync_directory;
use crate::rows::spans::CONTENT_COLUMNS;
use crate::rows::{Columns, logs, points, spans};
use crate::tail::Projects;

/// A segment on its way to disk: spans, then logs, then points, then what is known of them all.
pub(super) struct SegmentWriter {
    segments: PathBuf,
    path: PathBuf,
    description: Description,
    core_columns: Vec<usize>,
    content_columns: Vec<usize>,
    core: Option<ParquetFileWriter>,
    content: Option<RecordsFile>,
    logs: Option<RecordsFile>,
    points: Option<RecordsFile>,
    places: TracePlaces,
}

impl SegmentWriter {
    /// Begins a segment in a directory of its own. It is no part of the store until the manifest names it.
    pub(super) fn create(segments: &Path, id: u64, level: u32, sequence_last: u64) -> Result<Self, StoreError> {
        let path = directory_of_segment(segments, id);
        let failed = |source| StoreError::failed(format!("failed to write the segment {}", path.display()), source);
        // What an earlier try left.
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(failed)?;
        }
        std::fs::create_dir(&path).map_err(failed)?;
        let (core_columns, content_columns) = columns_of_files(&spans::schema());
        let description = Description::new(id, level, sequence_last);
        let (core, content, logs, points) = (None, None, None, None);
        let (segments, places) = (segments.to_owned(), TracePlaces::default());
        Ok(Self { segments, path, description, core_columns, content_columns, core, content, logs, points, places })
    }

    /// Leaves out the core columns in which no span has a value, as a reader knows them from earlier versions: half of what there is has
    /// its use with some framework alone. What a reader demands by name (`Columns::get`) is never null in any row.
    pub(super) fn leave_out_core_columns(&mut self, has_value: impl Fn(&str) -> bool) {
        let schema = spans::schema();
        self.core_columns.retain(|column| has_value(schema.field(*column).name()));
    }

    /// Takes the next rows of spans, whole; hands back their core columns.
    pub(super) fn spans(&mut self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let (projects, columns) = (Projects::new(batch)?, Columns(batch));
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let updates = columns.get::<BooleanArray>("is_update")?;
        for row in 0..batch.num_rows() {
            self.places.add_span(projects.text(row), id_at(trace_ids, row));
            if updates.value(row) {
                self.description.updated_spans.push((hex::encode(trace_ids.value(row)), hex::encode(span_ids.value(row))));
            }
        }
        self.description.span_rows += batch.num_rows() as u64;
        let (starts, ends) = (columns.get::<UInt64Array>("start_unix_nanos")?, columns.get::<UInt64Array>("end_unix_nanos")?);
        widen(&mut self.description.start_unix_nanos, starts);
        self.description.span_end_unix_nanos = self.description.span_end_unix_nanos.max(max(ends)).max(max(starts));
        let (core, content) = (project(batch, &self.core_columns)?, project(batch, &self.content_columns)?);
        begun(&mut self.core, || ParquetFileWriter::create(&self.path, CORE, core.schema(), core_properties()))?.write(&core)?;
        let content_schema = projected(&spans::schema(), &self.content_columns)?;
        let (raws, rows) = (columns.bytes("raw")?, batch.num_rows());
        let pages = RecordPages::of(raws.length(0..rows) / rows.max(1));
        begun(&mut self.content, || RecordsFile::create(&self.path, CONTENT, content_schema, pages))?.write(&content)?;
        Ok(core)
    }

    pub(super) fn logs(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let projects = Projects::new(batch)?;
        let trace_ids = Columns(batch).get::<FixedSizeBinaryArray>("trace_id")?;
        for row in 0..batch.num_rows() {
            self.places.add_log(projects.text(row), trace_ids.is_valid(row).then(|| id_at(trace_ids, row)));
        }
        self.description.log_rows += batch.num_rows() as u64;
        widen(&mut self.description.log_unix_nanos, Columns(batch).get::<UInt64Array>("time_unix_nanos")?);
        begun(&mut self.logs, || RecordsFile::create(&self.path, LOGS, logs::schema(), RecordPages::of(0)))?.write(batch)
    }

    /// Points keep their order of arrival: a series is found by scan.
    pub(super) fn points(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let projects = Projects::new(batch)?;
        (0..batch.num_rows()).for_each(|row| self.places.add_project(projects.text(row)));
        self.description.point_rows += batch.num_rows() as u64;
        widen(&mut self.description.point_unix_nanos, Columns(batch).get::<UInt64Array>("time_unix_nanos")?);
        begun(&mut self.points, || RecordsFile::create(&self.path, POINTS, points::schema(), RecordPages::of(0)))?.write(batch)
    }

    /// Ends the tables: from now on it is known which rows each trace has.
    pub(super) fn end_tables(mut self, loose_traces: &[TraceId]) -> Result<SegmentIndexer, StoreError> {
        if let Some(core) = self.core.take() {
            core.finish(&mut self.description)?;
        }
        let records = [self.content.take(), self.logs.take(), self.points.take()];
        records.into_iter().flatten().try_for_each(|file| file.finish(&mut self.description))?;
        let places = self.places.finish();
        self.description.projects = places.projects.clone();
        self.description.loose_traces = loose_traces.iter().map(TraceId::to_string).collect();
        let mut indexer = SegmentIndexer { segments: self.segments, path: self.path, description: self.description, places };
        indexer.write_traces()?;
        Ok(indexer)
    }
}

/// A segment whose tables are written, without what is known of them.
pub(super) struct SegmentIndexer {
    pub(super) segments: PathBuf,
    path: PathBuf,
    pub(super) description: Description,
    pub(super) places: FinishedPlaces,
}

impl SegmentIndexer {
    fn write_traces(&mut self) -> Result<(), StoreError> {
        let mut index = self.index(TRACES, TRACE_ENTRY_BYTES, self.places.len())?;
        for entry in self.places.entries() {
            index.push(&entry).map_err(|source| write_failed(TRACES, source))?;
        }
        self.seal(TRACES, index)
    }

    /// Writes the keys that `each` hands over in order, and no more of them than were announced.
    pub(super) fn keys(
        &mut self,
        keys_max: usize,
        each: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut index = self.index(KEYS, KEY_ENTRY_BYTES, keys_max)?;
        each(&mut |entry| index.push(entry).map_err(|source| write_failed(KEYS, source)))?;
        self.seal(KEYS, index)
    }

    /// Ends the segment; `write_table` writes its table of traces. When this returns, every byte of it is on disk.
    pub(super) fn finish(
        mut self,
        understand: &dyn Understand,
        write_table: impl FnOnce(&mut Self, &dyn Understand) -> Result<(), StoreError>,
    ) -> Result<Description, StoreError> {
        write_table(&mut self, understand)?;
        let failed = |source| StoreError::failed(format!("failed to write the segment {}", self.path.display()), source);
        sync_directory(&self.path).and_then(|()| sync_directory(&self.segments)).map_err(failed)?;
        Ok(self.description)
    }

    fn index(&self, name: &'static str, width: usize, entries_max: usize) -> Result<IndexWriter<SealedFile>, StoreError> {
        let file = SealedFile::create(&self.path, name).map_err(|source| write_failed(name, source))?;
        Ok(IndexWriter::new(file, width, entries_max))
    }

    fn seal(&mut self, name: &'static str, index: IndexWriter<SealedFile>) -> Result<(), StoreError> {
        index.finish().map_err(|source| write_failed(name, source))?.seal(name, &mut self.description)
    }
}

/// A file that is made when its first rows come.
fn begun<File>(file: &mut Option<File>, create: impl FnOnce() -> Result<File, StoreError>) -> Result<&mut File, StoreError> {
    match file {
        Some(file) => Ok(file),
        None => Ok(file.insert(create()?)),
    }
}

pub(super) fn id_at(ids: &FixedSizeBinaryArray, row: usize) -> &[u8; 16] {
    ids.value(row).try_into().expect("the column has the width of a trace id")
}

fn widen(bounds: &mut Option<(u64, u64)>, times: &UInt64Array) {
    if let (Some(first), Some(last)) = (min(times), max(times)) {
        let (earliest, latest) = bounds.unwrap_or((first, last));
        *bounds = Some((earliest.min(first), latest.max(last)));
    }
}

/// The columns of the core file and of the content file; the ids stand in both, hashes of contents in the index of keys alone.
pub(super) fn columns_of_files(schema: &SchemaRef) -> (Vec<usize>, Vec<usize>) {
    let is_content = |name: &str| CONTENT_COLUMNS.contains(&name);
    let is_identity = |name: &str| ["project", "trace_id", "span_id", "version"].contains(&name);
    let columns =
        |wanted: &dyn Fn(&str) -> bool| (0..schema.fields().len()).filter(|column| wanted(schema.field(*column).name())).collect();
    (columns(&|name| !is_content(name) && name != "content_hash"), columns(&|name| is_content(name) || is_identity(name)))
}

pub(super) fn projected(schema: &SchemaRef, columns: &[usize]) -> Result<SchemaRef, StoreError> {
    Ok(schema.project(columns).map_err(|source| write_failed("schema", source))?.into())
}

pub(super) fn project(batch: &RecordBatch, columns: &[usize]) -> Result<RecordBatch, StoreError> {
    batch.project(columns).map_err(|source| write_failed("columns", source))
}
