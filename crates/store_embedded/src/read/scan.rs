//! Scans the columns that decide what is on a page.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array};
use model::{ProjectSlug, SpanId, TraceId};
use store::StoreError;

use super::snapshot::Snapshot;
use crate::keys::SpanKey;
use crate::limits;
use crate::rows::Columns;
use crate::tail::{Projects, span_key};

/// What lists need to know of a span, merged from its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpanFacts {
    pub(super) span: SpanKey,
    pub(super) start_unix_nanos: u64,
    pub(super) end_unix_nanos: u64,
    /// The session or the user, where the scan asks for one.
    pub(super) name: Option<String>,
}

/// Hands over every span of a project once. `name_column` is read where given.
pub(super) fn scan_spans(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    name_column: Option<&str>,
    mut take: impl FnMut(SpanFacts),
) -> Result<(), StoreError> {
    let mut updated = HashMap::new();
    let mut take_version = |version: u64, facts: SpanFacts| {
        // The common case: nothing to merge.
        if !snapshot.updated_spans.contains(&facts.span) {
            return take(facts);
        }
        updated.entry(facts.span).or_insert_with(Vec::new).push((version, facts));
    };
    for batch in &snapshot.spans {
        scan_span_batch(batch, project, name_column, &mut take_version)?;
    }
    let mut columns = vec!["project", "trace_id", "span_id", "version", "start_unix_nanos", "end_unix_nanos"];
    columns.extend(name_column);
    for segment in snapshot.segments.iter() {
        let Some((_, rows)) = segment.description.project(project).filter(|(_, rows)| !rows.spans.is_empty()) else {
            continue;
        };
        for batch in segment.core.read(Some(&columns), std::slice::from_ref(&rows.spans), limits::READ_BATCH_ROWS)? {
            scan_span_batch(&batch?, project, name_column, &mut take_version)?;
        }
    }
    updated.into_values().filter_map(merge_facts).for_each(take);
    Ok(())
}

fn scan_span_batch(
    batch: &RecordBatch,
    project: &ProjectSlug,
    name_column: Option<&str>,
    take: &mut impl FnMut(u64, SpanFacts),
) -> Result<(), StoreError> {
    let columns = Columns(batch);
    let projects = Projects::new(batch)?;
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let versions = columns.get::<UInt64Array>("version")?;
    let (starts, ends) = (columns.get::<UInt64Array>("start_unix_nanos")?, columns.get::<UInt64Array>("end_unix_nanos")?);
    let names = name_column.map(|name| columns.get::<StringArray>(name)).transpose()?;
    for row in (0..batch.num_rows()).filter(|row| projects.text(*row) == project.as_str()) {
        let name = names.filter(|names| names.is_valid(row)).map(|names| names.value(row).to_owned());
        let facts = SpanFacts {
            span: span_key(trace_ids.value(row), span_ids.value(row))?,
            start_unix_nanos: starts.value(row),
            end_unix_nanos: ends.value(row),
            name,
        };
        take(versions.value(row), facts);
    }
    Ok(())
}

/// The same rule as `model::merge`: the newest value that is present.
fn merge_facts(mut versions: Vec<(u64, SpanFacts)>) -> Option<SpanFacts> {
    versions.sort_by_key(|(version, _)| *version);
    let or_older = |newer: u64, older: u64| if newer == 0 { older } else { newer };
    let merge = |older: SpanFacts, newer: SpanFacts| SpanFacts {
        span: newer.span,
        start_unix_nanos: or_older(newer.start_unix_nanos, older.start_unix_nanos),
        end_unix_nanos: or_older(newer.end_unix_nanos, older.end_unix_nanos),
        name: newer.name.or(older.name),
    };
    versions.into_iter().map(|(_, facts)| facts).reduce(merge)
}

/// What lists need to know of a log record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogFacts {
    pub(super) version: u64,
    pub(super) time_unix_nanos: u64,
}

/// Where a log record lies: its source (tail batches first, then segments) and its row there.
pub(super) type LogPlace = (usize, u64);

/// Hands over every log record of a project, or of one of its spans.
pub(super) fn scan_logs(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    span: Option<(TraceId, SpanId)>,
    mut take: impl FnMut(LogFacts, LogPlace),
) -> Result<(), StoreError> {
    for (source, batch) in snapshot.logs.iter().enumerate() {
        scan_log_batch(batch, project, span, 0, &mut |facts, row| take(facts, (source, row)))?;
    }
    let columns = ["project", "trace_id", "span_id", "version", "time_unix_nanos"];
    for (index, segment) in snapshot.segments.iter().enumerate() {
        let Some((number, rows)) = segment.description.project(project) else {
            continue;
        };
        let rows = match span {
            None => rows.logs.clone(),
            Some((trace_id, _)) => {
                let of_project = segment.rows_of_trace(trace_id)?.into_iter().find(|rows| rows.project == number);
                of_project.map(|rows| rows.logs).unwrap_or(0..0)
            }
        };
        if rows.is_empty() {
            continue;
        }
        let (source, mut first) = (snapshot.logs.len() + index, rows.start);
        for batch in segment.logs.read(Some(&columns), &[rows], limits::READ_BATCH_ROWS)? {
            let batch = batch?;
            scan_log_batch(&batch, project, span, first, &mut |facts, row| take(facts, (source, row)))?;
            first += batch.num_rows() as u64;
        }
    }
    Ok(())
}

fn scan_log_batch(
    batch: &RecordBatch,
    project: &ProjectSlug,
    span: Option<(TraceId, SpanId)>,
    row_first: u64,
    take: &mut impl FnMut(LogFacts, u64),
) -> Result<(), StoreError> {
    let columns = Columns(batch);
    let projects = Projects::new(batch)?;
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let (versions, times) = (columns.get::<UInt64Array>("version")?, columns.get::<UInt64Array>("time_unix_nanos")?);
    let is_wanted = |row: usize| match span {
        None => true,
        Some((trace_id, span_id)) => {
            trace_ids.is_valid(row)
                && trace_ids.value(row) == trace_id.as_bytes()
                && span_ids.is_valid(row)
                && span_ids.value(row) == span_id.as_bytes()
        }
    };
    for row in (0..batch.num_rows()).filter(|row| projects.text(*row) == project.as_str() && is_wanted(*row)) {
        take(LogFacts { version: versions.value(row), time_unix_nanos: times.value(row) }, row_first + row as u64);
    }
    Ok(())
}
