//! Writes a segment; when this returns, every byte of it is on disk.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::file::properties::WriterProperties;
use model::TraceId;
use store::{StoreError, Understand};

use super::description::{Description, ProjectRows};
use super::fold::{LogPlace, Position, Sorted, SpanPlace, sorted_logs, sorted_spans};
use super::parquet_file::{ParquetFileWriter, SealedFile, content_properties, core_properties, write_failed};
use super::segment_rows::SegmentRows;
use super::sorted_index::index_bytes;
use super::traces::write_trace_table;
use super::{CONTENT, CORE, KEY_ENTRY_BYTES, KEYS, LOGS, POINTS, TRACE_ENTRY_BYTES, TRACES, directory_of_segment};
use crate::files::sync_directory;
use crate::keys::{ContentHash, RecordKey};
use crate::rows::spans::CONTENT_COLUMNS;
use crate::rows::{logs, points, spans};
use crate::tail::SharedBatches;

/// Rows copied together at once.
const CHUNK_ROWS: usize = 4_096;
/// And their raw bytes: Arrow counts those of a column in 31 bits, and memory is not endless.
const CHUNK_BYTES: usize = 32 << 20;

/// Writes rows into a directory of their own. It is no part of the store until the manifest names it.
pub(crate) fn write(
    segments: &Path,
    id: u64,
    level: u32,
    rows: &SegmentRows,
    understand: &dyn Understand,
) -> Result<Description, StoreError> {
    let path = directory_of_segment(segments, id);
    let failed = |source| StoreError::failed(format!("failed to write the segment {}", path.display()), source);
    // What an earlier try left.
    if path.exists() {
        std::fs::remove_dir_all(&path).map_err(failed)?;
    }
    std::fs::create_dir(&path).map_err(failed)?;
    let mut segment = SegmentWriter { path: &path, description: Description::new(id, level, rows.sequence_last) };
    segment.write_tables(rows)?;
    let mut description = segment.description;
    description.loose_traces = rows.loose_traces.iter().map(TraceId::to_string).collect();
    write_trace_table(segments, &mut description, understand)?;
    sync_directory(&path).and_then(|()| sync_directory(segments)).map_err(failed)?;
    Ok(description)
}

struct SegmentWriter<'a> {
    path: &'a Path,
    description: Description,
}

impl SegmentWriter<'_> {
    fn write_tables(&mut self, rows: &SegmentRows) -> Result<(), StoreError> {
        let spans = sorted_spans(&rows.spans)?;
        let logs = sorted_logs(&rows.logs)?;
        self.write_spans(&spans)?;
        self.write_logs(&logs)?;
        self.write_points(&rows.points)?;
        self.write_traces(&spans.places, &logs.places)?;
        self.write_keys(&rows.contents)
    }

    fn write_spans(&mut self, spans: &Sorted<SpanPlace>) -> Result<(), StoreError> {
        self.description.span_rows = spans.places.len() as u64;
        self.description.start_unix_nanos = bounds(spans.places.iter().map(|place| place.start_unix_nanos));
        let updated = spans.places.iter().filter(|place| place.is_update);
        self.description.updated_spans = updated.map(|place| (hex::encode(place.trace_id), hex::encode(place.span_id))).collect();
        if spans.places.is_empty() {
            return Ok(());
        }
        let (core_columns, content_columns) = columns_of_files(&spans::schema());
        let mut core = self.parquet(CORE, projected(&spans::schema(), &core_columns)?, core_properties())?;
        let mut content = self.parquet(CONTENT, projected(&spans::schema(), &content_columns)?, content_properties())?;
        for chunk in chunks(&spans.places, |place| (place.position, place.bytes)) {
            let batch = spans.gather(&chunk)?;
            core.write(&project(&batch, &core_columns)?)?;
            content.write(&project(&batch, &content_columns)?)?;
        }
        core.finish(&mut self.description)?;
        content.finish(&mut self.description)
    }

    fn write_logs(&mut self, logs: &Sorted<LogPlace>) -> Result<(), StoreError> {
        self.description.log_rows = logs.places.len() as u64;
        self.description.log_unix_nanos = bounds(logs.places.iter().map(|place| place.time_unix_nanos));
        if logs.places.is_empty() {
            return Ok(());
        }
        let mut file = self.parquet(LOGS, logs::schema(), content_properties())?;
        for chunk in chunks(&logs.places, |place| (place.position, place.bytes)) {
            file.write(&logs.gather(&chunk)?)?;
        }
        file.finish(&mut self.description)
    }

    /// Points keep their order of arrival: a series is found by scan.
    fn write_points(&mut self, batches: &SharedBatches) -> Result<(), StoreError> {
        self.description.point_rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if batches.is_empty() {
            return Ok(());
        }
        let mut file = self.parquet(POINTS, points::schema(), content_properties())?;
        for batch in batches {
            file.write(batch)?;
        }
        file.finish(&mut self.description)
    }

    /// Writes which rows each trace has, and notes which each project has.
    fn write_traces(&mut self, spans: &[SpanPlace], logs: &[LogPlace]) -> Result<(), StoreError> {
        let mut projects: BTreeMap<&str, ProjectRows> = BTreeMap::new();
        let mut traces: BTreeMap<([u8; 16], &str), [Range<u64>; 2]> = BTreeMap::new();
        for (row, place) in spans.iter().enumerate() {
            extend(&mut project_rows(&mut projects, &place.project).spans, row as u64);
            extend(&mut traces.entry((place.trace_id, &place.project)).or_insert([0..0, 0..0])[0], row as u64);
        }
        for (row, place) in logs.iter().enumerate() {
            extend(&mut project_rows(&mut projects, &place.project).logs, row as u64);
            if let Some(trace_id) = place.trace_id {
                extend(&mut traces.entry((trace_id, &place.project)).or_insert([0..0, 0..0])[1], row as u64);
            }
        }
        let numbers: BTreeMap<&str, u32> = projects.keys().zip(0..).map(|(project, number)| (*project, number)).collect();
        let mut entries = Vec::new();
        for ((trace_id, project), [spans, logs]) in &traces {
            entries.extend(trace_id);
            entries.extend(numbers[project].to_be_bytes());
            for rows in [spans, logs] {
                entries.extend((rows.start as u32).to_be_bytes());
                entries.extend(((rows.end - rows.start) as u32).to_be_bytes());
            }
        }
        self.description.projects = projects.into_values().collect();
        self.index(TRACES, &entries, TRACE_ENTRY_BYTES)
    }

    fn write_keys(&mut self, contents: &[(RecordKey, ContentHash)]) -> Result<(), StoreError> {
        let mut entries: Vec<[[u8; 16]; 2]> = contents.iter().map(|(key, hash)| [key.0.to_be_bytes(), hash.0.to_be_bytes()]).collect();
        entries.sort_unstable();
        // A claim is told again by every flush that has a span of it.
        entries.dedup();
        self.index(KEYS, &entries.concat().concat(), KEY_ENTRY_BYTES)
    }

    fn index(&mut self, name: &'static str, entries: &[u8], width: usize) -> Result<(), StoreError> {
        let mut file = SealedFile::create(self.path, name).map_err(|source| write_failed(name, source))?;
        file.write_all(&index_bytes(entries, width)).map_err(|source| write_failed(name, source))?;
        file.seal(name, &mut self.description)
    }

    fn parquet(&self, name: &'static str, schema: SchemaRef, properties: WriterProperties) -> Result<ParquetFileWriter, StoreError> {
        ParquetFileWriter::create(self.path, name, schema, properties)
    }
}

fn project_rows<'a, 'b>(projects: &'a mut BTreeMap<&'b str, ProjectRows>, project: &'b str) -> &'a mut ProjectRows {
    projects.entry(project).or_insert_with(|| ProjectRows { project: project.to_owned(), spans: 0..0, logs: 0..0, traces: 0..0 })
}

fn extend(rows: &mut Range<u64>, row: u64) {
    *rows = if rows.is_empty() { row..row + 1 } else { rows.start..row + 1 };
}

fn bounds(times: impl Iterator<Item = u64> + Clone) -> Option<(u64, u64)> {
    Some((times.clone().min()?, times.max()?))
}

/// Cuts rows into chunks of bounded length and size.
fn chunks<Place>(places: &[Place], measure: impl Fn(&Place) -> (Position, usize)) -> Vec<Vec<Position>> {
    let mut chunks: Vec<Vec<Position>> = Vec::new();
    let mut bytes_of_last = 0;
    for place in places {
        let (position, bytes) = measure(place);
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK_ROWS && bytes_of_last + bytes <= CHUNK_BYTES => {
                chunk.push(position);
                bytes_of_last += bytes;
            }
            _ => {
                chunks.push(vec![position]);
                bytes_of_last = bytes;
            }
        }
    }
    chunks
}

/// The columns of the core file and of the content file; the ids stand in both.
pub(super) fn columns_of_files(schema: &SchemaRef) -> (Vec<usize>, Vec<usize>) {
    let is_content = |name: &str| CONTENT_COLUMNS.contains(&name);
    let is_identity = |name: &str| ["project", "trace_id", "span_id", "version"].contains(&name);
    let columns =
        |wanted: &dyn Fn(&str) -> bool| (0..schema.fields().len()).filter(|column| wanted(schema.field(*column).name())).collect();
    (columns(&|name| !is_content(name)), columns(&|name| is_content(name) || is_identity(name)))
}

pub(super) fn projected(schema: &SchemaRef, columns: &[usize]) -> Result<SchemaRef, StoreError> {
    Ok(schema.project(columns).map_err(|source| write_failed("schema", source))?.into())
}

pub(super) fn project(batch: &RecordBatch, columns: &[usize]) -> Result<RecordBatch, StoreError> {
    batch.project(columns).map_err(|source| write_failed("columns", source))
}
