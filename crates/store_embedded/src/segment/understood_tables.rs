//! Merges the understood spans of segments: those of a trace that lay in one segment stay as they were understood.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, FixedSizeBinaryArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use store::StoreError;

use super::cursor::{Chunk, Cursor, least};
use super::description::Description;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::taken_over::Tables;
use super::traces::Anew;
use super::understood::FIRST_COLUMN;
use super::{UNDERSTOOD, directory_of_segment};
use crate::rows::traces::TraceRow;

/// What rows are merged by; the file itself does not have them.
const NAMES: [&str; 2] = ["project", "trace_id"];

/// Writes the understood spans of a segment; hands back the rows of the traces that were understood anew.
pub(super) fn write_merged_spans(
    segments: &Path,
    description: &mut Description,
    tables: &Tables<'_>,
    anew: Anew,
) -> Result<Vec<TraceRow>, StoreError> {
    let Anew { rows, stored, understood } = anew;
    let (stored, understood) = (stored.encoded()?, understood.encoded()?);
    let inputs: Vec<_> = tables.inputs.iter().filter(|segment| segment.description.span_rows > 0).collect();
    let mut columns = BTreeSet::from([FIRST_COLUMN.to_owned()]);
    columns.extend(differing(&stored, &understood));
    for segment in &inputs {
        columns.extend(segment.understood.columns()?);
    }
    let schema = schema_of(&understood, &columns);
    let mut cursors = vec![Cursor::new(std::iter::once(named(&rows, &understood, &schema)), None)?];
    for segment in inputs {
        let batches = segment.all_as_understood(&schema)?;
        cursors.push(Cursor::new(batches.map(|batch| tables.taken_over(&batch?)), None)?);
    }
    let own: Vec<usize> = (NAMES.len()..schema.fields().len()).collect();
    let own_schema = Arc::new(schema.project(&own).map_err(failed)?);
    let directory = directory_of_segment(segments, description.id);
    let mut file = ParquetFileWriter::create(&directory, UNDERSTOOD, own_schema, table_properties())?;
    let (mut chunk, mut written) = (Chunk::default(), 0);
    let mut write = |batch: &RecordBatch| {
        written += batch.num_rows() as u64;
        file.write(&batch.project(&own).map_err(failed)?)
    };
    while let Some(group) = least(&cursors) {
        for cursor in &mut cursors {
            while let Some(piece) = cursor.take_of(&group)? {
                chunk.add(piece, &mut write)?;
            }
        }
    }
    chunk.finish(&mut write)?;
    if written != description.span_rows {
        return Err(StoreError::Damaged(format!("{written} of {} merged spans were understood", description.span_rows)));
    }
    file.finish(description)?;
    Ok(rows)
}

/// The columns in which two batches of the same rows differ.
fn differing(stored: &RecordBatch, understood: &RecordBatch) -> Vec<String> {
    let columns = understood.schema_ref().fields().iter().zip(stored.columns().iter().zip(understood.columns()));
    columns.filter(|(_, (stored, understood))| stored != understood).map(|(field, _)| field.name().clone()).collect()
}

fn schema_of(understood: &RecordBatch, columns: &BTreeSet<String>) -> SchemaRef {
    let names = [Field::new(NAMES[0], DataType::Utf8, true), Field::new(NAMES[1], DataType::FixedSizeBinary(16), true)];
    let known = understood.schema();
    let known = known.fields().iter().filter(|field| columns.contains(field.name())).map(|field| field.as_ref().clone());
    Arc::new(Schema::new(names.into_iter().chain(known).collect::<Vec<_>>()))
}

/// Puts before each span the name of its trace.
fn named(rows: &[TraceRow], understood: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    let each = || rows.iter().flat_map(|row| std::iter::repeat_n(row, row.row_count as usize));
    let projects: ArrayRef = Arc::new(each().map(|row| Some(row.project.as_str())).collect::<StringArray>());
    let trace_ids = each().map(|row| Some(*row.trace_id.as_bytes()));
    let trace_ids: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(trace_ids, 16).map_err(failed)?);
    let own = schema.fields().iter().skip(NAMES.len()).filter_map(|field| understood.column_by_name(field.name()).cloned());
    RecordBatch::try_new(Arc::clone(schema), [projects, trace_ids].into_iter().chain(own).collect()).map_err(failed)
}

fn failed(source: datafusion::arrow::error::ArrowError) -> StoreError {
    StoreError::failed("failed to merge understood spans", source)
}
