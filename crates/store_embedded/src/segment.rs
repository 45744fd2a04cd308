//! Segments: rows that do not change any more, one directory each.
//!
//! `core.parquet` (columns of spans) and `content.parquet` (their raw records) have the same rows in the same order: by project,
//! trace, start. `logs.parquet` and `points.parquet` stand beside them. `traces.index` says which rows a trace has, `keys.index`
//! which records were seen, `traces.parquet` what each trace is as a whole, `understood.parquet` what spans are in their traces. Any Parquet reader may read along while the server runs.

mod description;
mod segment_rows;
mod sorted_index;
mod trace_places;

mod fold;
mod parquet_file;

mod raw_column;

mod records_file;

mod read;

mod core_rows;
mod doomed;
mod writer;

mod encoded;

mod understood;

mod traces;

mod write;

mod cursor;

mod taken_over;

mod understood_tables;

mod trace_tables;

mod combine;

mod merge;
mod rewrite;

pub(crate) use combine::{Combine, combine};
pub(crate) use description::{Description, FileSeal, ProjectRows};
pub(crate) use doomed::{Doomed, DoomedRows, Removed};
pub(crate) use encoded::core_of_spans;
pub(crate) use merge::{has_trace, merge, to_merge};
pub(crate) use read::{RowFile, Segment};
pub(crate) use rewrite::{ProjectRange, Renewed, rewrite};
pub(crate) use segment_rows::SegmentRows;
pub(crate) use sorted_index::Sought;
pub(crate) use traces::complete_trace_table;
pub(crate) use write::write;

use std::path::{Path, PathBuf};

const CORE: &str = "core.parquet";
const CONTENT: &str = "content.parquet";
const LOGS: &str = "logs.parquet";
const POINTS: &str = "points.parquet";
const TRACES: &str = "traces.index";
const TRACE_TABLE: &str = "traces.parquet";
const UNDERSTOOD: &str = "understood.parquet";
const KEYS: &str = "keys.index";

/// Of the trace index: trace id, number of the project, first row and count of spans, first row and count of logs.
const TRACE_ENTRY_BYTES: usize = 16 + 5 * 4;
/// Of the key index: key and content hash, or a claim and its trace.
const KEY_ENTRY_BYTES: usize = 16 + 16;

/// Where a data directory keeps its segments.
pub(crate) fn directory_of_segments(directory: &Path) -> PathBuf {
    directory.join("segments")
}

pub(crate) fn directory_of_segment(segments: &Path, id: u64) -> PathBuf {
    segments.join(format!("{id:010}"))
}
