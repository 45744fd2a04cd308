//! Rows of sorted tables on their way into one: where each table stands, and chunks of what is taken from them.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::compute::{concat_batches, interleave_record_batch};
use store::StoreError;

use super::write::{CHUNK_BYTES, CHUNK_ROWS};
use super::writer::id_at;
use crate::rows::Columns;
use crate::rows::columns::BytesColumn;

/// What spans and logs are sorted by first: project and trace, rows without a trace behind all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group<Text> {
    pub(super) project: Text,
    has_none: bool,
    trace_id: [u8; 16],
}

impl<Text> Group<Text> {
    pub(super) fn trace_id(&self) -> Option<[u8; 16]> {
        (!self.has_none).then_some(self.trace_id)
    }
}

impl Group<&str> {
    pub(super) fn to_owned(&self) -> Group<String> {
        Group { project: self.project.to_owned(), has_none: self.has_none, trace_id: self.trace_id }
    }

    fn is(&self, other: &Group<String>) -> bool {
        (self.project, self.has_none, self.trace_id) == (other.project.as_str(), other.has_none, other.trace_id)
    }
}

/// Some rows of a batch that stand together.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) batch: Arc<RecordBatch>,
    pub(super) rows: Range<usize>,
    /// Of the raw records.
    bytes: usize,
}

impl Piece {
    pub(super) fn copy(&self) -> RecordBatch {
        self.batch.slice(self.rows.start, self.rows.len())
    }

    /// One row of a batch of known size.
    pub(super) fn row(batch: &Arc<RecordBatch>, row: usize, bytes: usize) -> Self {
        Self { batch: Arc::clone(batch), rows: row..row + 1, bytes }
    }
}

/// A table that is read from its beginning to its end, one batch of it in memory.
pub(super) struct Cursor<'a> {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + 'a>,
    /// The column of times that rows are sorted by, where they are.
    time: Option<&'static str>,
    loaded: Option<Loaded>,
    row: usize,
}

struct Loaded {
    batch: Arc<RecordBatch>,
    projects: StringArray,
    trace_ids: FixedSizeBinaryArray,
    raws: Option<ArrayRef>,
    times: Option<UInt64Array>,
    versions: Option<UInt64Array>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(
        batches: impl Iterator<Item = Result<RecordBatch, StoreError>> + 'a,
        time: Option<&'static str>,
    ) -> Result<Self, StoreError> {
        let mut cursor = Self { batches: Box::new(batches), time, loaded: None, row: 0 };
        cursor.load()?;
        Ok(cursor)
    }

    fn load(&mut self) -> Result<(), StoreError> {
        (self.loaded, self.row) = (None, 0);
        while let Some(batch) = self.batches.next().transpose()? {
            if batch.num_rows() > 0 {
                self.loaded = Some(Loaded::new(batch, self.time)?);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The group of the next row; None behind the last.
    pub(super) fn group(&self) -> Option<Group<&str>> {
        self.loaded.as_ref().map(|loaded| loaded.group(self.row))
    }

    pub(super) fn is_at(&self, group: &Group<String>) -> bool {
        self.group().is_some_and(|own| own.is(group))
    }

    /// Time and version of the next row, in whose order the rows of one group stand.
    pub(super) fn time_and_version(&self) -> Option<(u64, u64)> {
        let loaded = self.loaded.as_ref()?;
        Some((loaded.times.as_ref()?.value(self.row), loaded.versions.as_ref().map_or(0, |versions| versions.value(self.row))))
    }

    /// Project, time and trace of the next row, in whose order the rows of a table of traces stand.
    pub(super) fn place_in_table(&self) -> Option<(&str, u64, [u8; 16])> {
        let loaded = self.loaded.as_ref()?;
        Some((loaded.projects.value(self.row), loaded.times.as_ref()?.value(self.row), *id_at(&loaded.trace_ids, self.row)))
    }

    /// Takes the rows of a group that the batch in memory has; None where the next row is of another.
    pub(super) fn take_of(&mut self, group: &Group<String>) -> Result<Option<Piece>, StoreError> {
        let Some(loaded) = self.loaded.as_ref().filter(|loaded| loaded.group(self.row).is(group)) else { return Ok(None) };
        let rows = loaded.batch.num_rows();
        let end = (self.row + 1..rows).find(|row| !loaded.group(*row).is(group)).unwrap_or(rows);
        self.take_until(end)
    }

    /// Takes the next row; None behind the last.
    pub(super) fn take_row(&mut self) -> Result<Option<Piece>, StoreError> {
        self.take_until(self.row + 1)
    }

    fn take_until(&mut self, end: usize) -> Result<Option<Piece>, StoreError> {
        let Some(loaded) = &self.loaded else { return Ok(None) };
        let rows = self.row..end;
        let bytes = loaded.raws.as_ref().and_then(BytesColumn::of).map_or(0, |raws| raws.length(rows.clone()));
        let piece = Piece { batch: Arc::clone(&loaded.batch), rows, bytes };
        self.row = end;
        if end == loaded.batch.num_rows() {
            self.load()?;
        }
        Ok(Some(piece))
    }
}

/// The first group that any of them is at.
pub(super) fn least(cursors: &[Cursor<'_>]) -> Option<Group<String>> {
    cursors.iter().filter_map(Cursor::group).min().map(|group| group.to_owned())
}

impl Loaded {
    fn new(batch: RecordBatch, time: Option<&str>) -> Result<Self, StoreError> {
        let columns = Columns(&batch);
        Ok(Self {
            projects: columns.get::<StringArray>("project")?.clone(),
            trace_ids: columns.get::<FixedSizeBinaryArray>("trace_id")?.clone(),
            raws: batch.column_by_name("raw").cloned(),
            times: time.map(|time| columns.get::<UInt64Array>(time)).transpose()?.cloned(),
            versions: columns.find::<UInt64Array>("version")?.cloned(),
            batch: Arc::new(batch),
        })
    }

    fn group(&self, row: usize) -> Group<&str> {
        let has_none = self.trace_ids.is_null(row);
        Group { project: self.projects.value(row), has_none, trace_id: if has_none { [0; 16] } else { *id_at(&self.trace_ids, row) } }
    }
}

/// Pieces that are copied together into batches of bounded length and size.
#[derive(Default)]
pub(super) struct Chunk {
    pieces: Vec<Piece>,
    rows: usize,
    bytes: usize,
}

impl Chunk {
    /// Takes a piece; hands a batch over when there is enough.
    pub(super) fn add(&mut self, piece: Piece, take: impl FnMut(&RecordBatch) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut take = take;
        if self.bytes + piece.bytes > CHUNK_BYTES {
            self.finish(&mut take)?;
        }
        self.rows += piece.rows.len();
        self.bytes += piece.bytes;
        match self.pieces.last_mut() {
            Some(last) if Arc::ptr_eq(&last.batch, &piece.batch) && last.rows.end == piece.rows.start => last.rows.end = piece.rows.end,
            _ => self.pieces.push(piece),
        }
        if self.rows >= CHUNK_ROWS { self.finish(&mut take) } else { Ok(()) }
    }

    /// Hands over what is left.
    pub(super) fn finish(&mut self, mut take: impl FnMut(&RecordBatch) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let Self { pieces, rows, .. } = std::mem::take(self);
        match pieces.as_slice() {
            [] => Ok(()),
            [one] => take(&one.copy()),
            several if several.len() * PIECE_ROWS_LONG < rows => take(&joined(several)?),
            several => take(&mixed(several)?),
        }
    }
}

/// Pieces longer than this are copied faster as wholes than row by row.
const PIECE_ROWS_LONG: usize = 16;

fn joined(pieces: &[Piece]) -> Result<RecordBatch, StoreError> {
    let slices: Vec<_> = pieces.iter().map(Piece::copy).collect();
    concat_batches(slices[0].schema_ref(), &slices).map_err(gather_failed)
}

fn mixed(pieces: &[Piece]) -> Result<RecordBatch, StoreError> {
    let mut batches: Vec<&RecordBatch> = Vec::new();
    let mut positions = Vec::new();
    for piece in pieces {
        let known = batches.iter().position(|batch| std::ptr::eq(*batch, piece.batch.as_ref()));
        let batch = known.unwrap_or_else(|| {
            batches.push(&piece.batch);
            batches.len() - 1
        });
        positions.extend(piece.rows.clone().map(|row| (batch, row)));
    }
    interleave_record_batch(&batches, &positions).map_err(gather_failed)
}

fn gather_failed(source: datafusion::arrow::error::ArrowError) -> StoreError {
    StoreError::failed("failed to gather rows for a segment", source)
}
