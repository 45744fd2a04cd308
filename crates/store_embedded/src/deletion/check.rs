//! Looks whether what was deleted is gone: from indexes, rows, descriptions and the log.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, FixedSizeBinaryArray};
use model::TraceId;
use store::{DeletionCheck, StoreError};

use crate::engine::Engine;
use crate::flush::Removal;
use crate::limits;
use crate::rows::Columns;
use crate::segment::{Doomed, RowFile, Segment};
use crate::tail::Projects;
use crate::wal;

/// Looks into every segment whose rows are not newer than the removal: by its index, and row by row where it was written anew.
pub(super) fn check(engine: &Engine, removal: &Removal, doomed: &Doomed) -> Result<DeletionCheck, StoreError> {
    let mut found = BTreeSet::new();
    for segment in engine.segments().iter().filter(|segment| segment.description.sequence_last <= removal.sequence_last) {
        look_into_index(segment, doomed, &mut found)?;
        if removal.written.contains(&segment.description.id) {
            look_into_rows(segment, doomed, &mut found)?;
        }
    }
    Ok(DeletionCheck { is_done: true, found: found.into_iter().collect(), left: left(engine, removal)? })
}

fn look_into_index(segment: &Segment, doomed: &Doomed, found: &mut BTreeSet<TraceId>) -> Result<(), StoreError> {
    for (project, rows) in doomed.projects() {
        let number = segment.description.projects.iter().position(|rows| rows.project == project);
        for trace_id in &rows.traces {
            let is_there = segment.rows_of_trace(*trace_id)?.iter().any(|rows| Some(rows.project as usize) == number);
            if is_there {
                found.insert(*trace_id);
            }
        }
    }
    Ok(())
}

fn look_into_rows(segment: &Segment, doomed: &Doomed, found: &mut BTreeSet<TraceId>) -> Result<(), StoreError> {
    let description = &segment.description;
    let traces = description.projects.iter().map(|rows| rows.traces.end).max().unwrap_or(0);
    let tables: [(&RowFile, u64); 4] = [
        (&segment.core, description.span_rows),
        (&segment.content, description.span_rows),
        (&segment.logs, description.log_rows),
        (&segment.trace_table, traces),
    ];
    for (file, rows) in tables.into_iter().filter(|(_, rows)| *rows > 0) {
        for batch in file.read(Some(&["project", "trace_id"]), std::slice::from_ref(&(0..rows)), limits::READ_COLUMN_ROWS)? {
            let batch = batch?;
            let (projects, trace_ids) = (Projects::new(&batch)?, Columns(&batch).get::<FixedSizeBinaryArray>("trace_id")?);
            for row in (0..batch.num_rows()).filter(|row| trace_ids.is_valid(*row)) {
                if doomed.has_trace(projects.text(row), trace_ids.value(row)) {
                    found.extend(TraceId::from_bytes(trace_ids.value(row)).ok());
                }
            }
        }
    }
    // Traces are named without their project there.
    let named = description.updated_spans.iter().map(|(trace_id, _)| trace_id).chain(&description.loose_traces);
    let mut is_gone = HashMap::new();
    for trace_id in named.filter_map(|id| id.parse::<TraceId>().ok()) {
        if *is_gone.entry(trace_id).or_insert_with(|| doomed.has_everywhere(segment, trace_id)) {
            found.insert(trace_id);
        }
    }
    Ok(())
}

/// What could not be looked at, or is on disk for a while yet.
fn left(engine: &Engine, removal: &Removal) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::failed("failed to list the write-ahead log", source);
    let directory = engine.wal_directory();
    let mut left: Vec<String> = engine
        .read()
        .set_aside
        .iter()
        .map(|segment| format!("{} is damaged and cannot be read; it is looked at again at each start", segment.damage.name))
        .collect();
    let kept_aside = wal::kept_aside(&directory).map_err(failed)?;
    left.extend(kept_aside.into_iter().map(|damage| format!("{} was damaged and is kept; remove it once it is of no use", damage.name)));
    let is_in_log = wal::number_first(&directory).map_err(failed)?.is_some_and(|first| first <= removal.wal_file_last);
    if is_in_log || engine.spares.has_some_through(removal.wal_file_last).map_err(failed)? {
        left.push("files of the write-ahead log that are in segments could not be deleted; the next flush tries again, and so does the next start".into());
    }
    let began = Instant::now();
    while removal.gone.iter().any(|folder| folder.exists()) && began.elapsed() < limits::DELETION_READERS_WAIT {
        std::thread::sleep(Duration::from_millis(20));
    }
    let held = removal.gone.iter().filter(|folder| folder.exists()).count();
    if held > 0 {
        left.push(format!("the files of {held} replaced segments go when the questions that read them are answered"));
    }
    Ok(left)
}
