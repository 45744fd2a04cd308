//! The last runs of a step: a list of spans of its name, newest first, with what each gave back.
//!
//! The search index of a segment has short outputs at hand. Others are read as they were sent, for the caller to derive.

use std::collections::{BTreeMap, HashMap};

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::compute::take;
use model::ProjectSlug;
use query::{Comparison, Field, Filter, Operand, Subject, Test};
use serde_json::Value;
use store::aggregate::{Dimension, QueryCost, value_of};
use store::limits::PAGE_ROWS_MAX;
use store::{SpanQuery, StepOutput, StepPage, StepQuery, StepRun, StoreError};

use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::read::masks::{Content, Source};
use crate::read::snapshot::Snapshot;
use crate::read::sources::SegmentSource;
use crate::read::spans::{FoundSpan, Listed, Place, listed, whole_spans};
use crate::read::stop::Stop;
use crate::rows::spans::{StoredSpan, rows_from_batch};

pub(crate) fn runs_of_step(engine: &Engine, project: &ProjectSlug, query: &StepQuery, stop: &Stop) -> Result<StepPage, StoreError> {
    let began = std::time::Instant::now();
    let snapshot = Snapshot::new(&engine.read());
    let of_step = spans_of_step(query);
    let Listed { page, apart } = listed(engine, &snapshot, project, &of_step, stop)?;
    stop.check()?;
    let mut found = Vec::new();
    for (place, spans) in by_place(page.keys.iter().map(|(_, span)| span)) {
        match place {
            Place::Apart(source) => found.extend(looked_up(&apart[source], &spans, query.by.as_ref(), vec![None; spans.len()])?),
            Place::Segment(id) => {
                if let Some(source) = snapshot.segment(id).and_then(|segment| SegmentSource::new(engine, segment, project)) {
                    let outputs = source.outputs(&spans.iter().map(|span| span.row).collect::<Vec<_>>())?;
                    found.extend(looked_up(&source, &spans, query.by.as_ref(), outputs)?);
                }
            }
            Place::Tail => return Err(StoreError::Invalid("only a list of all spans leaves those in memory unread".into())),
        }
    }
    let mut found: HashMap<SpanKey, LookedUp> = found.into_iter().collect();
    let unknown: Vec<SpanKey> = found.iter().filter(|(_, run)| run.output.is_none()).map(|(key, _)| *key).collect();
    let mut raw = whole_spans(engine, project, &unknown)?;
    let run = |(_, span): &(u64, FoundSpan)| {
        let key = span.key().ok()?;
        let LookedUp { groups, output } = found.remove(&key)?;
        let output = match output {
            Some(output) => StepOutput::Known(output),
            None => StepOutput::Raw(raw.remove(&key)?.raw?),
        };
        Some(StepRun { trace_id: key.trace_id, span_id: key.span_id, groups, output })
    };
    let runs: Vec<StepRun> = page.keys.iter().filter_map(run).collect();
    let cost = QueryCost { rows: runs.len() as u64, bytes: 0, nanos: began.elapsed().as_nanos() as u64 };
    Ok(StepPage { runs, cost })
}

/// What a source says of a run.
struct LookedUp {
    groups: Vec<Option<String>>,
    /// None where it has to be derived.
    output: Option<Option<Value>>,
}

fn by_place<'a>(spans: impl Iterator<Item = &'a FoundSpan>) -> BTreeMap<Place, Vec<&'a FoundSpan>> {
    let mut places: BTreeMap<Place, Vec<&FoundSpan>> = BTreeMap::new();
    spans.for_each(|span| places.entry(span.place).or_default().push(span));
    places
}

fn looked_up(
    source: &impl Content,
    spans: &[&FoundSpan],
    by: Option<&Dimension>,
    outputs: Vec<Option<Option<Value>>>,
) -> Result<Vec<(SpanKey, LookedUp)>, StoreError> {
    let groups = match by {
        Some(Dimension::Field(field)) => groups_by_field(source, spans, field)?,
        Some(by @ Dimension::Open(_)) => groups_by_content(source, spans, by)?,
        None => vec![Vec::new(); spans.len()],
    };
    let keys: Vec<SpanKey> = spans.iter().map(|span| span.key()).collect::<Result<_, _>>()?;
    let looked_up = groups.into_iter().zip(outputs).map(|(groups, output)| LookedUp { groups, output });
    Ok(keys.into_iter().zip(looked_up).collect())
}

/// The groups of spans by a field, from the columns that tell it.
fn groups_by_field(source: &impl Source, spans: &[&FoundSpan], field: &Field) -> Result<Vec<Vec<Option<String>>>, StoreError> {
    let rows: UInt64Array = spans.iter().map(|span| span.row as u64).collect();
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    for name in ["trace_id", "span_id", "start_unix_nanos", "end_unix_nanos", "status", field.column] {
        if columns.iter().all(|(known, _)| *known != name) {
            let column = take(&source.of_spans(name)?, &rows, None);
            columns.push((name, column.map_err(|source| StoreError::failed("failed to read the runs of a step", source))?));
        }
    }
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)));
    let batch = batch.map_err(|source| StoreError::failed("failed to read the runs of a step", source))?;
    let groups = |stored: &StoredSpan| value_of(&stored.span, field).group_names();
    Ok(rows_from_batch(&batch)?.iter().map(groups).collect())
}

/// The groups of spans by what each says itself at a place.
fn groups_by_content(source: &impl Content, spans: &[&FoundSpan], by: &Dimension) -> Result<Vec<Vec<Option<String>>>, StoreError> {
    let mut rows: Vec<usize> = spans.iter().map(|span| span.row).collect();
    rows.sort_unstable();
    let mut groups = HashMap::new();
    source.each_with_content(&rows, &mut |row, span| drop(groups.insert(row, by.group_names(span))))?;
    Ok(spans.iter().map(|span| groups.get(&span.row).cloned().unwrap_or_else(|| vec![None])).collect())
}

fn spans_of_step(query: &StepQuery) -> SpanQuery {
    let step_name = Subject::Field(query::field("step_name").expect("the field is in the list of fields"));
    let of_step = Test { subject: step_name, comparison: Comparison::Is(vec![Operand::Text(query.step_name.clone())]) };
    let filter = Filter::All(vec![Filter::Test(of_step), query.filter.clone()]);
    SpanQuery { range: query.range, filter, limit: query.limit.min(PAGE_ROWS_MAX), ..SpanQuery::default() }
}
