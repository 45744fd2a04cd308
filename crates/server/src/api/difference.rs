//! What is different between two selections of traces: every field, those that differ most first.

mod statistics;

mod field;

mod profile;

mod compare;
mod sample;

mod read;
mod shapes;

use axum::Json;
use query::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::limits::{DIFFERENCE_FIELDS_DEFAULT, DIFFERENCE_FIELDS_MAX, DIFFERENCE_TRACES_MAX};
use crate::problem::Problem;
use compare::compare;
use field::asked_names;
use read::{COMPARE, profiles};
use sample::select;
use shapes::{Difference, SideAnswer};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DifferenceParams {
    /// The traces in question: a query, of traces.
    a: Option<String>,
    /// The traces they are held against; absent are those of the time that are not in `a`.
    b: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Fields that are shown: 1 to 500, by default 50.
    limit: Option<usize>,
    /// Traces of each side that are looked at: 1 to 1000, by default 1000.
    traces: Option<usize>,
}

/// Tells in which fields two selections of traces differ, and by which values.
///
/// Traces are counted, not spans: a trace has a value where one of its spans has it, as in queries. Of more traces than are looked at,
/// each part of the time gives its share.
#[utoipa::path(get, operation_id = "explain_difference", path = "/api/v1/projects/{project}/difference", tag = "figures", params(("project" = String, Path, description = "Slug"), DifferenceParams),
    responses((status = 200, body = Difference), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explain(scope: ProjectScope, Params(params): Params<DifferenceParams>) -> Result<Json<Difference>, Problem> {
    let began = std::time::Instant::now();
    let limit = bounded("limit", params.limit, DIFFERENCE_FIELDS_DEFAULT, DIFFERENCE_FIELDS_MAX)?;
    let traces_max = bounded("traces", params.traces, DIFFERENCE_TRACES_MAX, DIFFERENCE_TRACES_MAX)?;
    let filters = params.filters()?;
    let range = time_range::parse(params.t.as_deref())?;
    let (mut sides, mut told) = (Vec::new(), Vec::new());
    for filter in &filters {
        let selection = select(&scope, range, filter, traces_max).await?;
        let (total, is_sampled) = (selection.total, selection.is_sampled);
        let side = profiles(&scope, selection.traces).await?;
        told.push(SideAnswer::new(query::format(filter), total, side.len(), is_sampled));
        sides.push(side);
    }
    let asked: Vec<String> = filters.iter().flat_map(asked_names).collect();
    let answer = aside(COMPARE, move || {
        let is_comparable = sides.iter().all(|side| !side.is_empty());
        let compared = is_comparable.then(|| compare([&sides[0], &sides[1]]));
        Difference::new(told, compared, &asked, limit)
    });
    Ok(Json(answer.await?.after(began.elapsed())))
}

impl DifferenceParams {
    fn filters(&self) -> Result<[Filter; 2], Problem> {
        let first = parse_query(self.a.as_deref())?;
        if first.is_everything() {
            return Err(Problem::bad_request("invalid-parameter", "`a` does not say which traces to explain")
                .with_hint("Give a query, as in `a=status:error`; `b` says what to hold them against."));
        }
        let second = match self.b.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => parse_query(Some(text))?,
            None => Filter::Not(Box::new(first.clone())),
        };
        Ok([first, second])
    }
}

fn bounded(name: &str, wanted: Option<usize>, default: usize, max: usize) -> Result<usize, Problem> {
    let wanted = wanted.unwrap_or(default);
    if (1..=max).contains(&wanted) {
        return Ok(wanted);
    }
    Err(Problem::bad_request("invalid-limit", format!("`{name}` is {wanted}: expected 1 to {max}")))
}
