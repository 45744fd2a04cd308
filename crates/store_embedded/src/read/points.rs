//! Lists metric points by time.

use std::slice;

use datafusion::arrow::array::{RecordBatch, StringArray, UInt64Array};
use model::ProjectSlug;
use store::{PointPage, PointQuery, StoreError};

use super::page::PageCollector;
use super::places::{CONTENT_COLUMNS_AND_VERSION, Records, RowTie, Sources};
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::limits;
use crate::rows::Columns;
use crate::rows::points::points_from_batch;
use crate::tail::Projects;

/// What decides whether a point is on a page.
const COLUMNS: [&str; 4] = ["project", "version", "name", "time_unix_nanos"];

pub(crate) fn list_points(engine: &Engine, project: &ProjectSlug, query: &PointQuery) -> Result<PointPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    for (source, batch) in snapshot.points.iter().enumerate() {
        scan(batch, project, query, (source, 0), &mut page)?;
    }
    for (index, segment) in snapshot.segments.iter().enumerate() {
        let (source, mut first) = (snapshot.points.len() + index, 0);
        let rows = 0..segment.description.point_rows;
        if rows.is_empty() {
            continue;
        }
        for batch in segment.points.read(Some(&COLUMNS), slice::from_ref(&rows), limits::READ_BATCH_ROWS)? {
            let batch = batch?;
            scan(&batch, project, query, (source, first), &mut page)?;
            first += batch.num_rows() as u64;
        }
    }
    let page = page.finish();
    let sources = Sources {
        batches: &snapshot.points,
        files: snapshot.segments.iter().map(|segment| &segment.points).collect(),
        columns: &CONTENT_COLUMNS_AND_VERSION,
    };
    let Records { records: points, next, .. } =
        sources.read_page(&page, query.bytes_max, RowTie::places, points_from_batch, |mut rows| rows.pop())?;
    Ok(PointPage { points, next, total: page.total })
}

fn scan(
    batch: &RecordBatch,
    project: &ProjectSlug,
    query: &PointQuery,
    (source, row_first): (usize, u64),
    page: &mut PageCollector<RowTie>,
) -> Result<(), StoreError> {
    let columns = Columns(batch);
    let (projects, names) = (Projects::new(batch)?, columns.get::<StringArray>("name")?);
    let (versions, times) = (columns.get::<UInt64Array>("version")?, columns.get::<UInt64Array>("time_unix_nanos")?);
    let is_wanted = |row: usize| {
        let named = query.name.as_deref().is_none_or(|name| names.value(row) == name);
        named && query.range.contains(times.value(row)) && projects.text(row) == project.as_str()
    };
    for row in (0..batch.num_rows()).filter(|row| is_wanted(*row)) {
        page.add(times.value(row), RowTie::new(versions.value(row), (source, row_first + row as u64)));
    }
    Ok(())
}
