//! The last runs of a step: found by their step name, newest first, then read whole.

use std::collections::BTreeSet;

use model::{ProjectSlug, Span, SpanId, TraceId};
use query::{Comparison, Field, Operand};
use store::aggregate::{Condition, QueryCost};
use store::limits::PAGE_ROWS_MAX;
use store::{StepPage, StepQuery, StoreError};

use super::columns::Rows;
use super::stop::Stop;
use super::walk::{Taker, Walked, Wanted, ids_of_row, walk};
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::read::spans::whole_spans;

pub(crate) fn runs_of_step(engine: &Engine, project: &ProjectSlug, query: &StepQuery, stop: &Stop) -> Result<StepPage, StoreError> {
    let began = std::time::Instant::now();
    let of_step = Comparison::Is(vec![Operand::Text(query.step_name.clone())]);
    let of_step = query::Filter::Test(query::Test { subject: query::Subject::Field(step_name()), comparison: of_step });
    let wanted = Wanted {
        project,
        range: query.range,
        condition: Condition::new(&query::Filter::All(vec![of_step, query.filter.clone()]))?,
        columns: BTreeSet::from(["trace_id", "span_id", "start_unix_nanos"]),
        newest_first: true,
    };
    let limit = query.limit.min(PAGE_ROWS_MAX);
    let Walked { takers, merged, cost } = walk(engine, &wanted, stop, || Newest::new(limit))?;
    let mut newest = Newest::new(limit);
    for taker in takers {
        taker.found.into_iter().for_each(|found| newest.add(found));
    }
    merged.iter().for_each(|span| newest.add((span.start_unix_nanos, span.trace_id, span.span_id)));
    let keys = newest.keys()?;
    let mut spans = whole_spans(engine, project, &keys)?;
    let runs: Vec<Span> = keys.iter().filter_map(|key| spans.remove(key)).collect();
    Ok(StepPage { runs, cost: QueryCost { nanos: began.elapsed().as_nanos() as u64, ..cost } })
}

fn step_name() -> &'static Field {
    query::field("step_name").expect("the field is in the list of fields")
}

/// A run by its start and its ids.
type Found = (u64, TraceId, SpanId);

/// The newest runs one thread has seen.
struct Newest {
    limit: usize,
    /// Twice as many as are wanted at most; then the older half goes.
    found: Vec<Found>,
    /// Runs that start before are not among the newest.
    oldest_wanted: u64,
}

impl Newest {
    fn new(limit: usize) -> Self {
        Self { limit, found: Vec::new(), oldest_wanted: 0 }
    }

    fn add(&mut self, run: Found) {
        if self.limit == 0 || run.0 < self.oldest_wanted {
            return;
        }
        self.found.push(run);
        if self.found.len() >= 2 * self.limit {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.found.sort_unstable_by(|one, other| other.cmp(one));
        self.found.truncate(self.limit);
        if self.found.len() == self.limit {
            self.oldest_wanted = self.found.last().map_or(0, |(start, ..)| *start);
        }
    }

    /// The newest first.
    fn keys(mut self) -> Result<Vec<SpanKey>, StoreError> {
        self.shrink();
        Ok(self.found.into_iter().map(|(_, trace_id, span_id)| SpanKey { trace_id, span_id }).collect())
    }
}

impl Taker for Newest {
    fn take(&mut self, rows: &Rows) -> Result<(), StoreError> {
        let starts = rows.unix_nanos("start_unix_nanos")?;
        for row in 0..rows.count() {
            if starts[row] >= self.oldest_wanted {
                let (trace_id, span_id) = ids_of_row(rows, row)?;
                self.add((starts[row], trace_id, span_id));
            }
        }
        self.shrink();
        Ok(())
    }

    fn wants(&self, latest_unix_nanos: u64) -> bool {
        latest_unix_nanos >= self.oldest_wanted
    }
}
