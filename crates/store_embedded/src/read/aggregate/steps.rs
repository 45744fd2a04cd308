//! The last runs of a step: a list of spans of its name, newest first, read with their raw spans.

use model::{ProjectSlug, Span};
use query::{Comparison, Filter, Operand, Subject, Test};
use store::aggregate::QueryCost;
use store::limits::PAGE_ROWS_MAX;
use store::{SpanQuery, StepPage, StepQuery, StoreError};

use super::stop::Stop;
use crate::engine::Engine;
use crate::read::spans::{keys_of_page, whole_spans};

pub(crate) fn runs_of_step(engine: &Engine, project: &ProjectSlug, query: &StepQuery, stop: &Stop) -> Result<StepPage, StoreError> {
    let began = std::time::Instant::now();
    let step_name = Subject::Field(query::field("step_name").expect("the field is in the list of fields"));
    let of_step = Test { subject: step_name, comparison: Comparison::Is(vec![Operand::Text(query.step_name.clone())]) };
    let filter = Filter::All(vec![Filter::Test(of_step), query.filter.clone()]);
    let listed = SpanQuery { range: query.range, filter, limit: query.limit.min(PAGE_ROWS_MAX), ..SpanQuery::default() };
    let keys = keys_of_page(engine, project, &listed)?;
    stop.check()?;
    let mut spans = whole_spans(engine, project, &keys)?;
    let runs: Vec<Span> = keys.iter().filter_map(|key| spans.remove(key)).collect();
    let cost = QueryCost { rows: runs.len() as u64, bytes: 0, nanos: began.elapsed().as_nanos() as u64 };
    Ok(StepPage { runs, cost })
}
