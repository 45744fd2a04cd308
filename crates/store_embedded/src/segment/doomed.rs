//! Which rows of segments go, and what was taken away of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion::arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::compute::filter_record_batch;
use model::{LogRecord, Origin, ProjectSlug, TraceId};
use store::{SaidByLog, StoreError};

use super::read::Segment;
use crate::claims::{ClaimColumns, entry_of_trace};
use crate::keys::{RecordKind, content_record_key, span_record_key};
use crate::limits;
use crate::rows::Columns;
use crate::rows::columns::compacted;
use crate::rows::logs::rows_from_batch as logs_from_batch;
use crate::tail::{Projects, hash_from_bytes, span_key};

/// Which rows go, by project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doomed(BTreeMap<String, DoomedRows>);

/// Which rows of one project go.
#[derive(Debug, Clone, Default)]
pub(crate) struct DoomedRows {
    /// With every span and log record.
    pub(crate) traces: HashSet<TraceId>,
    /// Log records without a trace that say this.
    pub(crate) said_by_logs: Option<SaidByLog>,
    /// Log records without a trace, and metric points, of before.
    pub(crate) before_unix_nanos: u64,
}

impl DoomedRows {
    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty() && self.said_by_logs.is_none() && self.before_unix_nanos == 0
    }

    fn has_lone_log(&self, time_unix_nanos: u64, log: impl FnOnce() -> LogRecord) -> bool {
        time_unix_nanos < self.before_unix_nanos || self.said_by_logs.as_ref().is_some_and(|said| said.is_said_by(&log()))
    }
}

impl Doomed {
    pub(crate) fn of_project(project: &ProjectSlug, rows: DoomedRows) -> Self {
        Self([(project.to_string(), rows)].into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.values().all(DoomedRows::is_empty)
    }

    pub(crate) fn projects(&self) -> impl Iterator<Item = (&str, &DoomedRows)> {
        self.0.iter().map(|(project, rows)| (project.as_str(), rows))
    }

    /// Whether a trace goes from a segment in every project that has it there.
    pub(crate) fn has_everywhere(&self, segment: &Segment, trace_id: TraceId) -> bool {
        let of = |project: u32| segment.description.projects.get(project as usize);
        let goes = |project: u32| of(project).is_some_and(|rows| self.has_trace(&rows.project, trace_id.as_bytes()));
        segment.rows_of_trace(trace_id).is_ok_and(|rows| rows.iter().all(|rows| goes(rows.project)))
    }

    /// What goes beside traces.
    fn without_traces(&self) -> Self {
        let rows = self.0.iter().map(|(project, rows)| (project.clone(), DoomedRows { traces: HashSet::new(), ..rows.clone() }));
        Self(rows.collect())
    }

    fn has_logs_of(&self, project: &str) -> bool {
        self.0.get(project).is_some_and(|rows| rows.said_by_logs.is_some() || rows.before_unix_nanos > 0)
    }

    pub(crate) fn has_trace(&self, project: &str, trace_id: &[u8]) -> bool {
        let is_doomed = |rows: &DoomedRows| TraceId::from_bytes(trace_id).is_ok_and(|id| rows.traces.contains(&id));
        self.0.get(project).is_some_and(is_doomed)
    }

    /// Says of each span row whether it goes.
    fn spans(&self, batch: &RecordBatch) -> Result<Vec<bool>, StoreError> {
        let (projects, trace_ids) = (Projects::new(batch)?, Columns(batch).get::<FixedSizeBinaryArray>("trace_id")?);
        let mut doomed = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            // Rows of a trace stand together.
            let is_same = row > 0 && trace_ids.value(row) == trace_ids.value(row - 1) && projects.text(row) == projects.text(row - 1);
            doomed.push(if is_same { doomed[row - 1] } else { self.has_trace(projects.text(row), trace_ids.value(row)) });
        }
        Ok(doomed)
    }

    fn logs(&self, batch: &RecordBatch) -> Result<Vec<bool>, StoreError> {
        let (projects, trace_ids) = (Projects::new(batch)?, Columns(batch).get::<FixedSizeBinaryArray>("trace_id")?);
        let times = Columns(batch).get::<UInt64Array>("time_unix_nanos")?;
        let mut doomed = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            doomed.push(match self.0.get(projects.text(row)) {
                Some(_) if trace_ids.is_valid(row) => self.has_trace(projects.text(row), trace_ids.value(row)),
                Some(rows) if rows.said_by_logs.is_some() => {
                    let log = logs_from_batch(&batch.slice(row, 1))?.remove(0).log;
                    rows.has_lone_log(times.value(row), || log)
                }
                Some(rows) => times.value(row) < rows.before_unix_nanos,
                None => false,
            });
        }
        Ok(doomed)
    }

    fn points(&self, batch: &RecordBatch) -> Result<Vec<bool>, StoreError> {
        let projects = Projects::new(batch)?;
        let times = Columns(batch).get::<UInt64Array>("time_unix_nanos")?;
        let is_doomed = |row| self.0.get(projects.text(row)).is_some_and(|rows: &DoomedRows| times.value(row) < rows.before_unix_nanos);
        Ok((0..batch.num_rows()).map(is_doomed).collect())
    }
}

/// How many records went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Removed {
    /// Each once, whatever versions it had.
    pub(crate) spans: u64,
    pub(crate) logs: u64,
    pub(crate) points: u64,
    /// Of these, the records that the ledger counts as stored: a span made from a log record is none.
    pub(crate) stored: u64,
}

impl Removed {
    pub(crate) fn add(&mut self, other: Self) {
        self.spans += other.spans;
        self.logs += other.logs;
        self.points += other.points;
        self.stored += other.stored;
    }
}

/// Takes doomed rows out of batches, and remembers by what they were known.
pub(crate) struct Remover<'a> {
    doomed: &'a Doomed,
    pub(crate) removed: Removed,
    /// Rows, however many versions they are of a span.
    pub(crate) rows: u64,
    keys: HashSet<u128>,
    /// Claims of removed spans, as entries.
    claims: HashSet<(u128, u128)>,
    /// Traces that are gone from the whole segment, in whatever project: every claim of theirs goes.
    gone_traces: HashSet<u128>,
}

impl<'a> Remover<'a> {
    pub(crate) fn new(doomed: &'a Doomed) -> Self {
        let (keys, claims, gone_traces) = Default::default();
        Self { doomed, removed: Removed::default(), rows: 0, keys, claims, gone_traces }
    }

    pub(crate) fn spans(&mut self, batch: RecordBatch) -> Result<RecordBatch, StoreError> {
        if self.doomed.is_empty() {
            return Ok(batch);
        }
        let mask = self.doomed.spans(&batch)?;
        for row in set(&mask) {
            self.note_span(&batch, row)?;
        }
        without(batch, &mask)
    }

    fn note_span(&mut self, batch: &RecordBatch, row: usize) -> Result<(), StoreError> {
        let one = batch.slice(row, 1);
        let (columns, project) = (Columns(&one), Projects::new(&one)?.slug(0)?);
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let span = span_key(trace_ids.value(0), span_ids.value(0))?;
        self.keys.insert(span_record_key(&project, span).0);
        if let Some(claim) = ClaimColumns::new(&one)?.claim(0, &project) {
            self.claims.insert((claim.0, entry_of_trace(span.trace_id).0));
        }
        self.rows += 1;
        if !columns.get::<BooleanArray>("is_update")?.value(0) {
            // Rows of before the column came from spans.
            let origins = columns.find::<StringArray>("origin")?;
            let is_received = origins.is_none_or(|origins| origins.is_null(0) || origins.value(0) == Origin::Span.as_str());
            self.removed.spans += 1;
            self.removed.stored += u64::from(is_received);
        }
        Ok(())
    }

    pub(crate) fn logs(&mut self, batch: RecordBatch) -> Result<RecordBatch, StoreError> {
        if self.doomed.is_empty() {
            return Ok(batch);
        }
        let mask = self.doomed.logs(&batch)?;
        let count = self.note_contents(&batch, &mask, RecordKind::Log)?;
        self.removed.logs += count;
        without(batch, &mask)
    }

    pub(crate) fn points(&mut self, batch: RecordBatch) -> Result<RecordBatch, StoreError> {
        if self.doomed.is_empty() {
            return Ok(batch);
        }
        let mask = self.doomed.points(&batch)?;
        let count = self.note_contents(&batch, &mask, RecordKind::Point)?;
        self.removed.points += count;
        without(batch, &mask)
    }

    fn note_contents(&mut self, batch: &RecordBatch, mask: &[bool], kind: RecordKind) -> Result<u64, StoreError> {
        let (projects, hashes) = (Projects::new(batch)?, Columns(batch).get::<FixedSizeBinaryArray>("content_hash")?);
        let mut count = 0;
        for row in set(mask) {
            self.keys.insert(content_record_key(kind, &projects.slug(row)?, hash_from_bytes(hashes.value(row))?).0);
            count += 1;
        }
        self.removed.stored += count;
        self.rows += count;
        Ok(count)
    }

    /// Notes the doomed traces that no project of a segment has any more.
    pub(super) fn note_gone(&mut self, is_gone: impl Fn(TraceId) -> Result<bool, StoreError>) -> Result<(), StoreError> {
        let traces: BTreeSet<TraceId> = self.doomed.0.values().flat_map(|rows| &rows.traces).copied().collect();
        for trace_id in traces {
            if is_gone(trace_id)? {
                self.gone_traces.insert(entry_of_trace(trace_id).0);
            }
        }
        Ok(())
    }

    /// Whether an entry of the key index goes: what was known of a removed row, or a claim of a trace that is gone.
    pub(super) fn has_entry(&self, entry: &[u8]) -> bool {
        let number = |at: usize| u128::from_be_bytes(entry[at..at + 16].try_into().expect("the slice has sixteen bytes"));
        let (key, content) = (number(0), number(16));
        self.keys.contains(&key) || self.gone_traces.contains(&content) || self.claims.contains(&(key, content))
    }
}

fn set(mask: &[bool]) -> impl Iterator<Item = usize> {
    mask.iter().enumerate().filter(|(_, is_set)| **is_set).map(|(row, _)| row)
}

fn without(batch: RecordBatch, doomed: &[bool]) -> Result<RecordBatch, StoreError> {
    if !doomed.contains(&true) {
        return Ok(batch);
    }
    let kept: BooleanArray = doomed.iter().map(|is_doomed| Some(!is_doomed)).collect();
    let kept = filter_record_batch(&batch, &kept).map_err(|source| StoreError::failed("failed to leave rows out", source))?;
    // Views of the few rows that may be left would keep all that was read.
    compacted(&kept)
}

impl Segment {
    /// Whether there are doomed rows.
    pub(crate) fn has_doomed(&self, doomed: &Doomed) -> Result<bool, StoreError> {
        for (project, rows) in doomed.projects() {
            let Some(number) = self.number_of_project(project) else { continue };
            for trace_id in &rows.traces {
                if self.rows_of_trace(*trace_id)?.iter().any(|rows| rows.project == number) {
                    return Ok(true);
                }
            }
        }
        Ok(self.count_lone(doomed)?.rows > 0)
    }

    /// Counts doomed rows without writing anything.
    pub(crate) fn count_doomed(&self, doomed: &Doomed) -> Result<Removed, StoreError> {
        let mut remover = Remover::new(doomed);
        for (project, rows) in doomed.projects() {
            let Some(number) = self.number_of_project(project) else { continue };
            let (mut spans, mut logs) = (Vec::new(), Vec::new());
            for trace_id in &rows.traces {
                for rows in self.rows_of_trace(*trace_id)?.into_iter().filter(|rows| rows.project == number) {
                    spans.push(rows.spans);
                    logs.push(rows.logs);
                }
            }
            for batch in self.core.read_some(spans)? {
                remover.spans(batch?)?;
            }
            for batch in self.logs.read_some(logs)? {
                remover.logs(batch?)?;
            }
        }
        let mut removed = remover.removed;
        removed.add(self.count_lone(doomed)?.removed);
        Ok(removed)
    }

    /// Counts what goes without a trace: log records, and points.
    fn count_lone(&self, doomed: &Doomed) -> Result<Counted, StoreError> {
        let lone = doomed.without_traces();
        let mut remover = Remover::new(&lone);
        if self.description.projects.iter().any(|rows| lone.has_logs_of(&rows.project) && !rows.logs.is_empty()) {
            for batch in self.all_logs(limits::MERGE_READ_BYTES)? {
                remover.logs(batch?)?;
            }
        }
        let first = self.description.point_unix_nanos.map_or(0, |(first, _)| first);
        if lone.0.values().any(|rows| first < rows.before_unix_nanos) {
            for batch in self.all_points(limits::MERGE_READ_BYTES)? {
                remover.points(batch?)?;
            }
        }
        Ok(Counted { removed: remover.removed, rows: remover.rows })
    }

    pub(super) fn number_of_project(&self, project: &str) -> Option<u32> {
        self.description.projects.iter().position(|rows| rows.project == project).map(|number| number as u32)
    }
}

struct Counted {
    removed: Removed,
    rows: u64,
}
