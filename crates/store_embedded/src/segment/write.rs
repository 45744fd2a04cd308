//! Writes a tail as a segment; when this returns, every byte of it is on disk.

use std::path::Path;

use datafusion::arrow::array::{Array, RecordBatch};
use store::{StoreError, Understand};

use super::KEY_ENTRY_BYTES;
use super::core_rows::CoreRows;
use super::description::Description;
use super::fold::{Position, sorted_logs, sorted_spans};
use super::segment_rows::SegmentRows;
use super::traces::write_trace_table;
use super::writer::SegmentWriter;

/// Rows copied together at once.
pub(super) const CHUNK_ROWS: usize = 4_096;
/// And their raw bytes: Arrow counts those of a column in 31 bits, and memory is not endless.
pub(super) const CHUNK_BYTES: usize = 32 << 20;

/// Writes rows into a directory of their own. It is no part of the store until the manifest names it.
pub(crate) fn write(
    segments: &Path,
    id: u64,
    level: u32,
    rows: &SegmentRows,
    understand: &dyn Understand,
) -> Result<Description, StoreError> {
    let mut segment = SegmentWriter::create(segments, id, level, rows.sequence_last)?;
    let spans = sorted_spans(&rows.spans)?;
    let has_value = |batch: &RecordBatch, name: &str| batch.column_by_name(name).is_some_and(|column| column.null_count() < column.len());
    segment.leave_out_core_columns(|name| spans.batches.iter().any(|batch| has_value(batch, name)));
    let mut core = Vec::new();
    for chunk in chunks(&spans.places, |place| (place.position, place.bytes)) {
        core.push(segment.spans(&spans.gather(&chunk)?)?);
    }
    drop(spans);
    let logs = sorted_logs(&rows.logs)?;
    for chunk in chunks(&logs.places, |place| (place.position, place.bytes)) {
        segment.logs(&logs.gather(&chunk)?)?;
    }
    for batch in &rows.points {
        segment.points(batch)?;
    }
    let mut segment = segment.end_tables(&rows.loose_traces)?;
    let mut keys: Vec<[[u8; 16]; 2]> = rows.contents.iter().map(|(key, hash)| [key.0.to_be_bytes(), hash.0.to_be_bytes()]).collect();
    keys.sort_unstable();
    keys.dedup();
    segment.keys(keys.len(), |take| keys.iter().try_for_each(|[key, hash]| take(&entry(key, hash))))?;
    segment.finish(understand, |segment, understand| {
        write_trace_table(&segment.segments.clone(), &mut segment.description, &CoreRows::Here(core), understand)
    })
}

fn entry(key: &[u8; 16], hash: &[u8; 16]) -> [u8; KEY_ENTRY_BYTES] {
    let mut entry = [0; KEY_ENTRY_BYTES];
    entry[..16].copy_from_slice(key);
    entry[16..].copy_from_slice(hash);
    entry
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
