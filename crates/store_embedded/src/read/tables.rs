//! Rows of a table batch by batch, for whoever wants all of them: spans and traces as traces make them, log records, metric points.
//!
//! A table has parts that can be read side by side: what is in memory or in several places, and each segment.

mod records;
mod scores;
mod trees;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use model::{LogRecord, MetricPoint, ProjectSlug, RawSpan, TraceId};
use serde_json::Value;
use store::{StoreError, TimeRange};

use self::trees::RowsApart;
use super::aggregate::absent_column;
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::limits;
use crate::rows::{logs, points, spans, traces};

/// A table as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredTable {
    Spans,
    Traces,
    /// Spans, each as often as it tells scores.
    Scores,
    Logs,
    Points,
}

/// What is wanted of a table; more rows may come than lie in the range or are of the traces.
#[derive(Debug, Clone)]
pub(crate) struct WantedRows {
    pub(crate) table: StoredTable,
    /// Stored columns.
    pub(crate) columns: Vec<&'static str>,
    /// Whether what was sent is wanted too.
    pub(crate) with_contents: bool,
    pub(crate) range: TimeRange,
    /// Only rows of these, where given.
    pub(crate) traces: Option<BTreeSet<TraceId>>,
}

/// Rows that can be read by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// In memory; of spans and traces also those of traces in several places.
    Apart,
    /// Which segment of the snapshot.
    Segment(usize),
}

/// Some rows: the columns that were wanted, and what was sent.
pub(crate) struct StoredRows {
    pub(crate) columns: RecordBatch,
    pub(crate) contents: Contents,
    /// Of the columns that were read for them, decoded.
    pub(crate) bytes: u64,
}

/// What was sent, one for each row.
pub(crate) enum Contents {
    /// It was not wanted, or the table has none.
    Unread,
    /// None where a span is gone meanwhile.
    Spans(Vec<Option<Arc<RawSpan>>>),
    /// As `model::Content::scores` has them.
    Scores(Vec<Value>),
    Logs(Vec<LogRecord>),
    Points(Vec<MetricPoint>),
}

impl StoredRows {
    /// Those rows alone.
    pub(crate) fn only(self, is_wanted: &[bool]) -> Result<Self, StoreError> {
        let columns = filter_record_batch(&self.columns, &BooleanArray::from(is_wanted.to_vec()));
        let columns = columns.map_err(|source| StoreError::failed("failed to filter rows", source))?;
        Ok(Self { columns, contents: self.contents.only(is_wanted), bytes: self.bytes })
    }
}

impl Contents {
    /// Those of some rows.
    fn only(self, is_wanted: &[bool]) -> Self {
        fn kept<Content>(contents: Vec<Content>, is_wanted: &[bool]) -> Vec<Content> {
            contents.into_iter().zip(is_wanted).filter(|(_, is_wanted)| **is_wanted).map(|(content, _)| content).collect()
        }
        match self {
            Self::Unread => Self::Unread,
            Self::Spans(spans) => Self::Spans(kept(spans, is_wanted)),
            Self::Scores(scores) => Self::Scores(kept(scores, is_wanted)),
            Self::Logs(logs) => Self::Logs(kept(logs, is_wanted)),
            Self::Points(points) => Self::Points(kept(points, is_wanted)),
        }
    }
}

/// Takes rows; false ends the reading.
pub(crate) type TakeRows<'a> = &'a mut dyn FnMut(StoredRows) -> Result<bool, StoreError>;

/// Reads tables of a project in one state of the store.
pub(crate) struct TableReader {
    pub(crate) engine: Arc<Engine>,
    snapshot: Snapshot,
    project: ProjectSlug,
    /// Read for the first table that needs it.
    apart: Mutex<Option<Arc<Vec<RowsApart>>>>,
}

impl TableReader {
    pub(crate) fn new(engine: Arc<Engine>, project: ProjectSlug) -> Self {
        let snapshot = Snapshot::new(&engine.read());
        Self { engine, snapshot, project, apart: Mutex::default() }
    }

    /// The parts that may have some of the rows.
    pub(crate) fn parts(&self, wanted: &WantedRows) -> Vec<Part> {
        let times = |number: &usize| {
            let description = &self.snapshot.segments[*number].description;
            match wanted.table {
                StoredTable::Spans | StoredTable::Traces | StoredTable::Scores => description.start_unix_nanos,
                StoredTable::Logs => description.log_unix_nanos,
                // A version wrote the segment that did not say.
                StoredTable::Points => description.point_unix_nanos.or((description.point_rows > 0).then_some((0, u64::MAX))),
            }
        };
        let is_wanted = |number: &usize| {
            let has_rows = self.snapshot.segments[*number].description.project(&self.project).is_some();
            has_rows && times(number).is_some_and(|(first, last)| wanted.range.meets(first, last))
        };
        let segments = (0..self.snapshot.segments.len()).filter(is_wanted).map(Part::Segment);
        std::iter::once(Part::Apart).chain(segments).collect()
    }

    /// Reads a part; blocks.
    pub(crate) fn read(&self, wanted: &WantedRows, part: Part, take: TakeRows<'_>) -> Result<(), StoreError> {
        match (wanted.table, part) {
            (StoredTable::Spans, Part::Apart) => self.spans_apart(wanted, take),
            (StoredTable::Traces, Part::Apart) => self.traces_apart(wanted, take),
            (StoredTable::Spans, Part::Segment(number)) => self.spans_of_segment(wanted, &self.snapshot.segments[number], take),
            (StoredTable::Traces, Part::Segment(number)) => self.traces_of_segment(wanted, &self.snapshot.segments[number], take),
            (StoredTable::Scores, Part::Apart) => self.scores_apart(wanted, take),
            (StoredTable::Scores, Part::Segment(number)) => self.scores_of_segment(wanted, &self.snapshot.segments[number], take),
            (StoredTable::Logs, Part::Apart) => self.records_in_memory(wanted, &self.snapshot.logs, take),
            (StoredTable::Points, Part::Apart) => self.records_in_memory(wanted, &self.snapshot.points, take),
            (StoredTable::Logs, Part::Segment(number)) => self.logs_of_segment(wanted, &self.snapshot.segments[number], take),
            (StoredTable::Points, Part::Segment(number)) => self.points_of_segment(wanted, &self.snapshot.segments[number], take),
        }
    }

    /// The traces that no single segment knows whole, read once.
    fn rows_apart(&self) -> Result<Arc<Vec<RowsApart>>, StoreError> {
        let mut apart = self.apart.lock().map_err(|_| StoreError::failed("failed to read rows in memory", "a thread panicked"))?;
        if let Some(apart) = &*apart {
            return Ok(Arc::clone(apart));
        }
        let read = Arc::new(RowsApart::read(&self.engine, &self.snapshot, &self.project)?);
        Ok(Arc::clone(apart.insert(read)))
    }
}

/// Rows that are read at once.
fn batch_rows(wanted: &WantedRows) -> usize {
    if wanted.with_contents { limits::READ_WHOLE_BATCH_ROWS } else { limits::READ_BATCH_ROWS }
}

fn schema_of(table: StoredTable) -> SchemaRef {
    match table {
        StoredTable::Spans | StoredTable::Scores => spans::schema(),
        StoredTable::Traces => traces::schema(),
        StoredTable::Logs => logs::schema(),
        StoredTable::Points => points::schema(),
    }
}

/// Puts the wanted columns together from those that were found; rows of an older version do not have all.
fn batch_of(
    table: StoredTable,
    wanted: &[&'static str],
    rows: usize,
    find: impl Fn(&str) -> Option<ArrayRef>,
) -> Result<RecordBatch, StoreError> {
    let failed = |source| StoreError::failed("failed to put columns together", source);
    let schema = schema_of(table);
    let (mut fields, mut columns) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for name in wanted {
        let field = schema.field_with_name(name).map_err(failed)?;
        columns.push(match find(name) {
            Some(column) => column,
            None => cast(&absent_column(name, field.data_type(), rows), field.data_type()).map_err(failed)?,
        });
        fields.push(Field::new(*name, field.data_type().clone(), true));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(failed)
}

/// So many rows at once.
fn in_pieces(rows: usize, piece: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(piece).map(move |first| first..rows.min(first + piece))
}
