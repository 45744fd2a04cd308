//! Merges tables of traces: what a segment knew of a trace that it had whole stays as it was understood.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use store::{StoreError, Understand};

use super::cursor::{Chunk, Cursor};
use super::description::Description;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::read::Segment;
use super::taken_over::{Tables, column};
use super::trace_places::FinishedPlaces;
use super::traces::{Anew, understand_anew};
use super::understood_tables::write_merged_spans;
use super::writer::SegmentIndexer;
use super::{TRACE_TABLE, directory_of_segment};
use crate::limits;
use crate::rows::conform;
use crate::rows::traces::{TraceRow, batch_from_rows, schema};
use crate::tail::Projects;

/// Writes what the traces of a segment are whose other files are written, and seals it in the description.
pub(super) fn write_merged_tables(
    indexer: &mut SegmentIndexer,
    tables: &Tables<'_>,
    understand: &dyn Understand,
) -> Result<(), StoreError> {
    let SegmentIndexer { segments, description, places, .. } = indexer;
    description.forget_traces();
    if description.span_rows == 0 {
        return Ok(());
    }
    let anew = understood_anew(segments, description, places, tables, understand)?;
    let rows = write_merged_spans(segments, description, tables, anew)?;
    let mut cursors = vec![Cursor::new(in_batches(rows)?, Some(START))?];
    for segment in tables.inputs.iter().filter(|segment| segment.description.files.contains_key(TRACE_TABLE)) {
        let batches = segment.trace_table.read_all(limits::READ_BATCH_ROWS)?;
        cursors.push(Cursor::new(batches.map(|batch| tables.taken_over(&conform(&batch?, &schema())?)), Some(START))?);
    }
    let mut file = ParquetFileWriter::create(&directory_of_segment(segments, description.id), TRACE_TABLE, schema(), table_properties())?;
    let (mut chunk, mut counts) = (Chunk::default(), Vec::new());
    let mut write = |batch: &RecordBatch| file.write(&placed(batch, places)?);
    while let Some(least) = (0..cursors.len()).filter(|cursor| cursors[*cursor].place_in_table().is_some()).min_by(|a, b| {
        let (a, b) = (cursors[*a].place_in_table(), cursors[*b].place_in_table());
        a.cmp(&b)
    }) {
        if let Some((project, ..)) = cursors[least].place_in_table() {
            count(&mut counts, project);
        }
        if let Some(piece) = cursors[least].take_row()? {
            chunk.add(piece, &mut write)?;
        }
    }
    chunk.finish(&mut write)?;
    counts.iter().for_each(|(project, traces)| description.note_traces(project, *traces));
    file.finish(description)
}

const START: &str = "start_unix_nanos";

fn count(counts: &mut Vec<(String, u64)>, project: &str) {
    match counts.last_mut() {
        Some((last, traces)) if last == project => *traces += 1,
        _ => counts.push((project.to_owned(), 1)),
    }
}

/// The traces whose records come from several segments, in the order of a segment.
fn understood_anew(
    segments: &std::path::Path,
    description: &Description,
    places: &FinishedPlaces,
    tables: &Tables<'_>,
    understand: &dyn Understand,
) -> Result<Anew, StoreError> {
    let names = tables.mixed.iter().filter_map(|(project, trace_id)| {
        let rows = places.spans_of(project, trace_id).filter(|rows| !rows.is_empty())?;
        Some((project.as_str(), u64::from(rows.start)..u64::from(rows.end)))
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return Ok(Anew::default());
    }
    understand_anew(&Segment::open(segments, description.clone())?, names, understand)
}

/// Rows in the order of a table.
fn in_batches(mut rows: Vec<TraceRow>) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>>, StoreError> {
    rows.sort_unstable_by(TraceRow::in_table);
    let batches: Result<Vec<_>, _> = rows.chunks(limits::READ_BATCH_ROWS).map(batch_from_rows).collect();
    Ok(batches?.into_iter().map(Ok))
}

/// Says where the spans of each trace lie now.
fn placed(batch: &RecordBatch, places: &FinishedPlaces) -> Result<RecordBatch, StoreError> {
    let (projects, trace_ids) = (Projects::new(batch)?, column(batch, "trace_id")?);
    let trace_ids = trace_ids.as_fixed_size_binary();
    let lost = || StoreError::Damaged("a table of traces names a trace that its segment does not have".into());
    let place = |row| places.spans_of(projects.text(row), trace_ids.value(row)).ok_or_else(lost);
    let places: Vec<_> = (0..batch.num_rows()).map(place).collect::<Result<_, _>>()?;
    let firsts: ArrayRef = Arc::new(places.iter().map(|rows| rows.start).collect::<UInt32Array>());
    let counts: ArrayRef = Arc::new(places.iter().map(|rows| rows.end - rows.start).collect::<UInt32Array>());
    let columns = batch.schema_ref().fields().iter().zip(batch.columns()).map(|(field, column)| match field.name().as_str() {
        "row_first" => Arc::clone(&firsts),
        "row_count" => Arc::clone(&counts),
        _ => Arc::clone(column),
    });
    RecordBatch::try_new(batch.schema(), columns.collect()).map_err(|source| StoreError::failed("failed to place traces", source))
}
