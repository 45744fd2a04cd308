//! Writes a segment again with other columns for some of its spans.
//!
//! Only the file of core columns is new; rows keep their places, so that all other files stay right and are linked, not copied.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::compute::{interleave_record_batch, max, min};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use model::{ProjectSlug, RawSpan, Span};
use store::{StoreError, Understand};

use super::core_rows::CoreRows;
use super::description::Description;
use super::encoded::core_of_spans;
use super::parquet_file::{ParquetFileWriter, core_properties};
use super::read::{Batches, Segment};
use super::traces::write_trace_table;
use super::writer::{columns_of_files, projected};
use super::{CORE, TRACE_TABLE, UNDERSTOOD, directory_of_segment};
use crate::files::sync_directory;
use crate::limits;
use crate::rows::spans::{self, CONTENT_COLUMNS, StoredSpan, raws_from_batch, rows_from_batch};
use crate::rows::{Columns, conform};

/// What stays as it is whatever a span's columns become: which row it is, and what was decided when it came.
const KEPT_COLUMNS: [&str; 6] = ["project", "trace_id", "span_id", "version", "is_update", "billed_in"];

/// The rows of one project.
pub(crate) struct ProjectRange {
    pub(crate) project: ProjectSlug,
    pub(crate) rows: Range<u64>,
}

/// New columns for some rows of a batch.
#[derive(Debug)]
pub(crate) struct Renewed {
    columns: RecordBatch,
    /// For each row of the batch, its row in `columns`; None where it stays.
    rows: Vec<Option<usize>>,
}

impl Renewed {
    /// Takes for each row the columns it has and those it should have; what would be stored as it is already, is left out.
    pub(crate) fn new(candidates: &[Option<(Span, Span)>]) -> Result<Self, StoreError> {
        let columns = core_of_spans(candidates.iter().flatten().map(|(_, new)| new.clone()))?;
        // Compared as they come back: the order of keys, for one, is not kept.
        let stored = rows_from_batch(&columns)?;
        let mut row = 0..;
        let renewed_row = |candidate: &Option<(Span, Span)>| {
            let (old, _) = candidate.as_ref()?;
            row.next().filter(|row| stored[*row].span != *old)
        };
        Ok(Self { rows: candidates.iter().map(renewed_row).collect(), columns })
    }

    pub(crate) fn is_changed(&self, row: usize) -> bool {
        self.rows[row].is_some()
    }

    fn is_empty(&self) -> bool {
        self.rows.iter().all(Option::is_none)
    }

    /// Puts the new columns into a batch of core columns.
    fn apply(&self, core: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let positions: Vec<_> = self.rows.iter().enumerate().map(|(row, renewed)| renewed.map_or((0, row), |row| (1, row))).collect();
        let failed = |source| StoreError::failed("failed to put new columns of spans together", source);
        let mixed = interleave_record_batch(&[core, &self.columns], &positions).map_err(failed)?;
        let column = |(index, field): (usize, &FieldRef)| {
            let is_kept = KEPT_COLUMNS.contains(&field.name().as_str());
            Arc::clone((if is_kept { core } else { &mixed }).column(index))
        };
        let columns = core.schema_ref().fields().iter().enumerate().map(column).collect();
        RecordBatch::try_new(core.schema(), columns).map_err(failed)
    }
}

/// Writes a segment again under another number; returns None, and leaves nothing, where no row changes.
///
/// `renew` is handed rows of the given ranges in order, each with its raw span. Nothing changes until the manifest names the result.
pub(crate) fn rewrite(
    segments: &Path,
    id: u64,
    segment: &Segment,
    ranges: &[ProjectRange],
    understand: &dyn Understand,
    mut renew: impl FnMut(&ProjectSlug, Vec<StoredSpan>) -> Result<Renewed, StoreError>,
) -> Result<Option<Description>, StoreError> {
    let mut rewriting = Rewriting { segment, path: directory_of_segment(segments, id), schema: core_schema()?, row_next: 0, started: None };
    for ProjectRange { project, rows } in ranges {
        let mut whole = WholeRows::new(segment, rows.clone())?;
        let mut row = rows.start;
        for batch in segment.core.read(None, std::slice::from_ref(rows), limits::READ_WHOLE_BATCH_ROWS)? {
            let core = conform(&batch?, &rewriting.schema)?;
            let renewed = renew(project, whole.stored(&core)?)?;
            rewriting.take(row, &core, &renewed)?;
            row += core.num_rows() as u64;
        }
    }
    rewriting.finish(segments, id, understand)
}

/// Rows of core columns with their raw spans, whose batches end elsewhere.
struct WholeRows<'a> {
    segment: &'a Segment,
    content: Batches<'a>,
    raws: VecDeque<Arc<RawSpan>>,
}

impl<'a> WholeRows<'a> {
    fn new(segment: &'a Segment, rows: Range<u64>) -> Result<Self, StoreError> {
        let content = segment.content.read(Some(&CONTENT_COLUMNS), &[rows], limits::READ_WHOLE_BATCH_ROWS)?;
        Ok(Self { segment, content, raws: VecDeque::new() })
    }

    /// Reads a batch of core columns; batches must come in order.
    fn stored(&mut self, core: &RecordBatch) -> Result<Vec<StoredSpan>, StoreError> {
        let mut stored = rows_from_batch(core)?;
        for stored in &mut stored {
            while self.raws.is_empty() {
                let too_few = || StoreError::Damaged(format!("{} has too few rows", self.segment.content.path().display()));
                self.raws.extend(raws_from_batch(&self.content.next().ok_or_else(too_few)??)?);
            }
            stored.span.raw = self.raws.pop_front();
        }
        Ok(stored)
    }
}

/// A segment on its way to its successor, which begins with the first row that changes.
struct Rewriting<'a> {
    segment: &'a Segment,
    path: PathBuf,
    schema: SchemaRef,
    /// The first row that is not written yet.
    row_next: u64,
    started: Option<Started>,
}

struct Started {
    core: ParquetFileWriter,
    start_unix_nanos: Option<(u64, u64)>,
    span_end_unix_nanos: Option<u64>,
}

impl Rewriting<'_> {
    fn take(&mut self, row_first: u64, core: &RecordBatch, renewed: &Renewed) -> Result<(), StoreError> {
        if self.started.is_none() && renewed.is_empty() {
            return Ok(());
        }
        self.copy_until(row_first)?;
        self.write(&renewed.apply(core)?)
    }

    /// Writes rows that stay as they are.
    fn copy_until(&mut self, row: u64) -> Result<(), StoreError> {
        if self.row_next < row {
            let rows = self.row_next..row;
            for batch in self.segment.core.read(None, std::slice::from_ref(&rows), limits::READ_BATCH_ROWS)? {
                let batch = conform(&batch?, &self.schema)?;
                self.write(&batch)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let started = match &mut self.started {
            Some(started) => started,
            None => self.started.insert(start(&self.path, &self.schema)?),
        };
        let starts = Columns(batch).get::<UInt64Array>("start_unix_nanos")?;
        if let (Some(first), Some(last)) = (min(starts), max(starts)) {
            let (earliest, latest) = started.start_unix_nanos.unwrap_or((first, last));
            started.start_unix_nanos = Some((earliest.min(first), latest.max(last)));
        }
        let ends = Columns(batch).get::<UInt64Array>("end_unix_nanos")?;
        started.span_end_unix_nanos = started.span_end_unix_nanos.max(max(ends)).max(max(starts));
        self.row_next += batch.num_rows() as u64;
        started.core.write(batch)
    }

    fn finish(mut self, segments: &Path, id: u64, understand: &dyn Understand) -> Result<Option<Description>, StoreError> {
        if self.started.is_none() {
            return Ok(None);
        }
        self.copy_until(self.segment.description.span_rows)?;
        let Some(Started { core, start_unix_nanos, span_end_unix_nanos }) = self.started else {
            return Ok(None);
        };
        let mut description = Description { id, start_unix_nanos, span_end_unix_nanos, ..self.segment.description.clone() };
        core.finish(&mut description)?;
        let failed = |source| StoreError::failed(format!("failed to write the segment {}", self.path.display()), source);
        description.files.remove(TRACE_TABLE);
        description.files.remove(UNDERSTOOD);
        for name in description.files.keys().filter(|name| *name != CORE) {
            link(&self.segment.directory().join(name), &self.path.join(name)).map_err(failed)?;
        }
        write_trace_table(segments, &mut description, &CoreRows::InFile, understand)?;
        sync_directory(&self.path).and_then(|()| sync_directory(segments)).map_err(failed)?;
        Ok(Some(description))
    }
}

fn start(path: &Path, schema: &SchemaRef) -> Result<Started, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to write the segment {}", path.display()), source);
    // What an earlier try left.
    if path.exists() {
        std::fs::remove_dir_all(path).map_err(failed)?;
    }
    std::fs::create_dir(path).map_err(failed)?;
    Ok(Started {
        core: ParquetFileWriter::create(path, CORE, schema.clone(), core_properties())?,
        start_unix_nanos: None,
        span_end_unix_nanos: None,
    })
}

/// Gives a file that never changes a second name; where the file system has none, a copy does.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

fn core_schema() -> Result<SchemaRef, StoreError> {
    projected(&spans::schema(), &columns_of_files(&spans::schema()).0)
}
