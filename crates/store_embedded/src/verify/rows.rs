//! Rows against the indexes beside them, and against each other.

use std::collections::BTreeMap;
use std::ops::Range;

use datafusion::arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray};
use model::{Origin, ProjectSlug, TraceId};
use store::StoreError;

use crate::keys::{ContentHash, RecordKey, RecordKind, content_record_key, span_record_key};
use crate::limits;
use crate::rows::Columns;
use crate::segment::{RowFile, Segment};
use crate::tail::{Projects, span_key};
use crate::wal::Record;

/// What was seen of all rows so far: some forty bytes for each.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) spans: u64,
    pub(super) logs: u64,
    pub(super) points: u64,
    /// Rows of segments that the ledger counts as stored.
    pub(super) stored_in_segments: u64,
    /// First versions of spans that were received as spans.
    firsts_received: u64,
    /// Whether some rows could not be read.
    pub(super) is_incomplete: bool,
    /// Records that came first under their key, with the trace of spans.
    firsts: Vec<(RecordKey, Option<TraceId>)>,
    /// Spans that came to an older version.
    updates: Vec<(RecordKey, Option<TraceId>)>,
}

/// Rows of a trace in one project of one segment.
type TraceRanges = BTreeMap<(TraceId, String), [Range<u64>; 2]>;

const SPANS: usize = 0;
const LOGS: usize = 1;

impl Rows {
    /// Reads every page of a segment; returns what is wrong.
    pub(super) fn read_segment(&mut self, segment: &Segment) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        let mut traces = TraceRanges::new();
        let description = &segment.description;
        let stored = self.stored();
        if description.span_rows > 0 {
            let core = self.read_core(segment, &mut traces, &mut wrong)?;
            let content = identities_of(&segment.content, description.span_rows)?;
            if core != content {
                wrong.push("the core columns and the raw spans are not the same rows".into());
            }
        }
        self.read_logs(segment, &mut traces, &mut wrong)?;
        self.read_points(segment, &mut wrong)?;
        self.stored_in_segments += self.stored() - stored;
        for ((trace_id, project), [spans, logs]) in &traces {
            let number = description.projects.iter().position(|rows| rows.project == *project).map(|number| number as u32);
            let rows = segment.rows_of_trace(*trace_id)?.into_iter().find(|rows| Some(rows.project) == number);
            if rows.is_none_or(|rows| !is_same(&rows.spans, spans) || !is_same(&rows.logs, logs)) {
                wrong.push(format!("the index does not find the rows of trace {trace_id} in project `{project}`"));
            }
        }
        wrong.truncate(FINDINGS_OF_SEGMENT_MAX);
        Ok(wrong)
    }

    /// Records that are counted as stored.
    fn stored(&self) -> u64 {
        self.logs + self.points + self.firsts_received
    }

    fn read_core(&mut self, segment: &Segment, traces: &mut TraceRanges, wrong: &mut Vec<String>) -> Result<Identities, StoreError> {
        let rows = segment.description.span_rows;
        let (mut row, mut identities) = (0, Identities::default());
        for batch in segment.core.read(None, std::slice::from_ref(&(0..rows)), limits::READ_BATCH_ROWS)? {
            let batch = batch?;
            identities.add(&batch)?;
            for (key, trace_id, project) in self.take_spans(&batch)? {
                if segment.contents(key)?.is_empty() {
                    wrong.push(format!("the key index does not know a span of trace {trace_id}"));
                }
                extend(traces, trace_id, project, SPANS, row);
                row += 1;
            }
        }
        Ok(identities)
    }

    /// Notes the spans of a batch; returns of each its key, its trace and its project.
    fn take_spans(&mut self, batch: &RecordBatch) -> Result<Vec<(RecordKey, TraceId, String)>, StoreError> {
        let (columns, projects) = (Columns(batch), Projects::new(batch)?);
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let updates = columns.get::<BooleanArray>("is_update")?;
        let origins = columns.find::<StringArray>("origin")?;
        let mut seen = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let span = span_key(trace_ids.value(row), span_ids.value(row))?;
            let key = span_record_key(&projects.slug(row)?, span);
            // Rows of before the column came from spans; a span made of a log record was not received.
            let is_received = origins.is_none_or(|origins| origins.is_null(row) || origins.value(row) == Origin::Span.as_str());
            let is_first = !updates.value(row);
            if is_first { &mut self.firsts } else { &mut self.updates }.push((key, Some(span.trace_id)));
            self.firsts_received += u64::from(is_first && is_received);
            self.spans += 1;
            seen.push((key, span.trace_id, projects.text(row).to_owned()));
        }
        Ok(seen)
    }

    /// Notes log records or points; returns of each its key, its content and its project.
    fn take_contents(&mut self, batch: &RecordBatch, kind: RecordKind) -> Result<Vec<(RecordKey, ContentHash, ProjectSlug)>, StoreError> {
        let projects = Projects::new(batch)?;
        let hashes = Columns(batch).get::<FixedSizeBinaryArray>("content_hash")?;
        let mut seen = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let (project, hash) = (projects.slug(row)?, crate::tail::hash_from_bytes(hashes.value(row))?);
            let key = content_record_key(kind, &project, hash);
            self.firsts.push((key, None));
            seen.push((key, hash, project));
        }
        Ok(seen)
    }

    fn read_logs(&mut self, segment: &Segment, traces: &mut TraceRanges, wrong: &mut Vec<String>) -> Result<(), StoreError> {
        let rows = segment.description.log_rows;
        let mut row = 0;
        for batch in batches(&segment.logs, rows)? {
            let batch = batch?;
            let trace_ids = Columns(&batch).get::<FixedSizeBinaryArray>("trace_id")?;
            for (at, (key, hash, project)) in self.take_contents(&batch, RecordKind::Log)?.into_iter().enumerate() {
                if !segment.contents(key)?.contains(&hash) {
                    wrong.push(format!("the key index does not know the log record in row {row}"));
                }
                if trace_ids.is_valid(at) {
                    let trace_id = TraceId::from_bytes(trace_ids.value(at)).map_err(|error| StoreError::Damaged(error.to_string()))?;
                    extend(traces, trace_id, project.as_str().to_owned(), LOGS, row);
                }
                row += 1;
            }
        }
        self.logs += row;
        count_rows("log records", row, rows, wrong);
        Ok(())
    }

    fn read_points(&mut self, segment: &Segment, wrong: &mut Vec<String>) -> Result<(), StoreError> {
        let rows = segment.description.point_rows;
        let mut row = 0;
        for batch in batches(&segment.points, rows)? {
            let batch = batch?;
            for (key, hash, _) in self.take_contents(&batch, RecordKind::Point)? {
                if !segment.contents(key)?.contains(&hash) {
                    wrong.push(format!("the key index does not know the metric point in row {row}"));
                }
                row += 1;
            }
        }
        self.points += row;
        count_rows("metric points", row, rows, wrong);
        Ok(())
    }

    /// Takes in a record of the log; returns what is wrong.
    pub(super) fn read_record(&mut self, record: &Record) -> Result<Option<String>, StoreError> {
        let before = self.stored();
        if let Some(batch) = &record.batches.spans {
            self.take_spans(batch)?;
        }
        if let Some(batch) = &record.batches.logs {
            self.logs += self.take_contents(batch, RecordKind::Log)?.len() as u64;
        }
        if let Some(batch) = &record.batches.points {
            self.points += self.take_contents(batch, RecordKind::Point)?.len() as u64;
        }
        let (stored, counted) = (self.stored() - before, record.head.ledger.iter().map(|delta| delta.stored).sum::<u64>());
        let place = record.head.sequence_first;
        Ok((stored != counted).then(|| format!("the record from row {place} on stores {stored} records and counts {counted}")))
    }

    /// What no segment alone can tell: a record that is there twice, and an update of nothing.
    pub(super) fn wrong_together(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        self.firsts.sort_unstable();
        let twice: Vec<_> = self.firsts.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1).map(|same| same[0]).collect();
        if let Some((_, trace)) = twice.first() {
            wrong.push(format!("{} records are stored twice, {}", twice.len(), example(*trace)));
        }
        let is_known = |key: &RecordKey| self.firsts.binary_search_by(|first| first.0.cmp(key)).is_ok();
        let of_nothing: Vec<_> = self.updates.iter().filter(|(key, _)| !is_known(key)).collect();
        if let Some((_, trace)) = of_nothing.first().filter(|_| !self.is_incomplete) {
            wrong.push(format!("{} spans have a later version and no first one, {}", of_nothing.len(), example(*trace)));
        }
        wrong
    }
}

/// One index that is wrong is wrong in many places; the first few tell enough.
const FINDINGS_OF_SEGMENT_MAX: usize = 10;

fn example(trace: Option<TraceId>) -> String {
    trace.map_or("none of them a span".into(), |trace| format!("e.g. in trace {trace}"))
}

fn count_rows(what: &str, found: u64, described: u64, wrong: &mut Vec<String>) {
    if found != described {
        wrong.push(format!("{found} {what} are there, {described} were written"));
    }
}

/// The batches of a table that may have no file.
fn batches(file: &RowFile, rows: u64) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>>, StoreError> {
    let batches = if rows == 0 { None } else { Some(file.read(None, std::slice::from_ref(&(0..rows)), limits::READ_WHOLE_BATCH_ROWS)?) };
    Ok(batches.into_iter().flatten())
}

fn extend(traces: &mut TraceRanges, trace_id: TraceId, project: String, table: usize, row: u64) {
    let rows = &mut traces.entry((trace_id, project)).or_insert([0..0, 0..0])[table];
    *rows = if rows.is_empty() { row..row + 1 } else { rows.start..row + 1 };
}

fn is_same(one: &Range<u64>, other: &Range<u64>) -> bool {
    one == other || one.is_empty() && other.is_empty()
}

/// Which rows a file has, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Identities {
    rows: u64,
    crc32c: u32,
}

impl Identities {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let (columns, projects) = (Columns(batch), Projects::new(batch)?);
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        for row in 0..batch.num_rows() {
            for part in [projects.text(row).as_bytes(), trace_ids.value(row), span_ids.value(row)] {
                self.crc32c = crc32c::crc32c_append(self.crc32c, part);
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }
}

fn identities_of(file: &RowFile, rows: u64) -> Result<Identities, StoreError> {
    let mut identities = Identities::default();
    for batch in file.read(None, std::slice::from_ref(&(0..rows)), limits::READ_WHOLE_BATCH_ROWS)? {
        identities.add(&batch?)?;
    }
    Ok(identities)
}
