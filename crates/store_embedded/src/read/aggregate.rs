//! Answers by figures: each segment gathers groups of the columns a question names, on all cores, and groups are joined.
//!
//! Rows are chosen as lists choose them, and say what their traces make of them. Texts stay what they are on disk, numbers of a
//! dictionary: a row costs some nanoseconds a column, where grouping by the texts themselves costs ten times that. A segment never
//! changes: what it said to a question is kept, and a question asked again costs what joining its groups costs.

mod asked;

mod open;

mod columns;

mod exploded;
mod measured;

mod grouper;
mod row_groups;

mod part;

mod steps;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use datafusion::arrow::buffer::BooleanBuffer;
use model::ProjectSlug;
use store::aggregate::{AggregateAnswer, AggregateQuery, Gathered, QueryCost};
use store::{Order, StoreError, TimeRange};

pub(super) use columns::absent_column;
pub(crate) use steps::runs_of_step;

use self::asked::Asked;
use self::open::OpenColumns;
use self::part::{Gathering, Part, wanted_rows};
use self::row_groups::{ReadSize, columns_of_batch, row_groups};
use super::apart::Apart;
use super::cores::on_all_cores;
use super::masks::Source;
use super::snapshot::Snapshot;
use super::sources::SegmentSource;
use super::stop::Stop;
use super::verify::Verifier;
use crate::engine::Engine;
use crate::search::KnownTexts;
use crate::segment::Segment;

pub(crate) fn aggregate(
    engine: &Engine,
    project: &ProjectSlug,
    query: &AggregateQuery,
    stop: &Stop,
) -> Result<AggregateAnswer, StoreError> {
    let began = Instant::now();
    query.check()?;
    let snapshot = Snapshot::new(&engine.read());
    forget_segments_that_are_gone(engine, &snapshot);
    let gathered = Mutex::new((Gathered::new(query), ReadSize::default()));
    let join = |part: &Part, read: ReadSize| {
        let mut gathered = gathered.lock().map_err(|_| StoreError::failed("failed to join groups", "a thread panicked"))?;
        gathered.1.rows += read.rows;
        gathered.1.bytes += read.bytes;
        gathered.0.add_rows(part.rows);
        let groups = part.groupings.iter().enumerate().flat_map(|(grouping, groups)| groups.iter().map(move |group| (grouping, group)));
        groups.into_iter().try_for_each(|(grouping, (key, values))| gathered.0.add_group(grouping, key, values))
    };
    let (kinds, _) = store::aggregate::TallyKind::of_measures(&query.measures);
    let verifier = Verifier::new(engine, project, &query.filter, stop);
    let texts = KnownTexts::default();
    let asked = Asked { engine, snapshot: &snapshot, project, query, kinds, verifier, stop, texts };
    for apart in Apart::all(engine, &snapshot, project)? {
        let (part, read) = part_apart(&asked, &apart)?;
        join(&part, read)?;
    }
    let segments = snapshot.segments_in(Order::Descending, query.range);
    stop.asking.add_parts(segments.len() as u64);
    on_all_cores(&segments, |(segment, starts)| {
        stop.check()?;
        let part = part_of_segment(&asked, segment, *starts)?;
        let read = part.as_ref().map(|(_, read)| *read).unwrap_or_default();
        stop.asking.end_part(read.rows, read.bytes);
        part.map_or(Ok(()), |(part, read)| join(&part, read))
    })?;
    let (gathered, read) = gathered.into_inner().map_err(|_| StoreError::failed("failed to join groups", "a thread panicked"))?;
    Ok(gathered.answer(QueryCost { rows: read.rows, bytes: read.bytes, nanos: began.elapsed().as_nanos() as u64 }))
}

fn forget_segments_that_are_gone(engine: &Engine, snapshot: &Snapshot) {
    let paths: Vec<_> = snapshot.segments.iter().flat_map(|segment| [segment.core.path(), segment.understood.path()]).collect();
    engine.planner.footers.keep(&paths);
    engine.partials.keep_segments(&snapshot.segment_ids());
}

/// What traces say that are in memory or in several places.
fn part_apart(asked: &Asked<'_>, apart: &Apart<'_>) -> Result<(Part, ReadSize), StoreError> {
    let mut gathering = Gathering::new(asked);
    let wanted = wanted_rows(asked, apart, asked.query.range)?;
    if wanted.count_set_bits() > 0 {
        let open = OpenColumns::read(asked, apart, &wanted)?;
        let (rows, read) = columns_of_batch(apart.spans()?, &asked.columns())?;
        gathering.add((open.beside(rows, 0)?, read), wanted)?;
    }
    let read = gathering.read;
    Ok((gathering.finish(), read))
}

/// What a segment says; None where the project has nothing there.
fn part_of_segment(asked: &Asked<'_>, segment: &Segment, (first, last): (u64, u64)) -> Result<Option<(Arc<Part>, ReadSize)>, StoreError> {
    let Some(source) = SegmentSource::new(asked.engine, segment, asked.project) else { return Ok(None) };
    let is_inside = asked.query.range.contains(first) && asked.query.range.contains(last);
    let range = if is_inside { TimeRange::default() } else { asked.query.range };
    let apart = source.rows_apart(asked.engine, asked.snapshot)?;
    let question = asked.hash(range, &apart);
    if let Some(known) = asked.engine.partials.get::<Part>(segment.description.id, question) {
        return Ok(Some((known, ReadSize::default())));
    }
    let (part, read) = gather_segment(asked, segment, &source, range, &apart)?;
    let part = Arc::new(part);
    asked.engine.partials.keep(segment.description.id, question, &part, part.bytes());
    Ok(Some((part, read)))
}

fn gather_segment(
    asked: &Asked<'_>,
    segment: &Segment,
    source: &SegmentSource<'_>,
    range: TimeRange,
    apart: &[u32],
) -> Result<(Part, ReadSize), StoreError> {
    let mut wanted = wanted_rows(asked, source, range)?;
    if !apart.is_empty() {
        let mut rows: Vec<bool> = wanted.iter().collect();
        let rows_of_traces = source.rows_of_traces()?;
        apart.iter().for_each(|trace| rows[rows_of_traces[*trace as usize].clone()].fill(false));
        wanted = BooleanBuffer::from(rows);
    }
    let mut gathering = Gathering::new(asked);
    let open = OpenColumns::read(asked, source, &wanted)?;
    let (columns, mut row) = (asked.columns(), 0);
    for group in row_groups(asked.engine, segment, source.rows())? {
        let wanted = wanted.slice(row, group.count());
        if wanted.count_set_bits() > 0 {
            asked.stop.check()?;
            let (rows, read) = group.read(&columns)?;
            gathering.add((open.beside(rows, row)?, read), wanted)?;
        }
        row += group.count();
    }
    let read = gathering.read;
    Ok((gathering.finish(), read))
}
