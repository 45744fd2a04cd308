//! Steps of workflows, and what their outputs say over many runs.
//!
//! An output is what the raw span of a run says, as a trace page shows it; the store has most of them at hand.

mod distribution;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use query::{Comparison, Filter, Subject, Test};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::aggregate::{AggregateQuery, Dimension, Group, Grouping, Measure};
use store::{StepQuery, StepRun};
use utoipa::{IntoParams, ToSchema};

use super::figures::{QuestionCost, amount, dimension, field};
use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::leaves::each_leaf;
use crate::limits::{GROUPS_DEFAULT, STEP_LEAVES_MAX, STEP_PARTS_MAX, STEP_PATHS_MAX, STEP_RUNS_MAX};
use crate::problem::Problem;
use distribution::{Distribution, Gathered};

const READ_OUTPUTS: &str = "read the outputs of the step";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StepParams {
    /// Filter in the query language, of spans.
    q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutputParams {
    /// How many of the last runs are looked at: 1 to 1000, by default 1000.
    last: Option<usize>,
    /// What splits the runs: a field, an attribute, a place in the same span or a score, as `release` or `metadata.plan`.
    by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepList {
    /// Those with the most runs first.
    steps: Vec<StepSummary>,
    /// Steps, those beyond the first hundred included.
    step_count: u64,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepSummary {
    name: String,
    runs: u64,
    error_count: u64,
    /// Runs that have not ended have no duration and are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    duration_p50_nanos: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    duration_p95_nanos: Option<Value>,
    /// Start of the last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_unix_nanos: Option<Value>,
}

/// Lists steps with how often they ran.
#[utoipa::path(get, operation_id = "list_steps", path = "/api/v1/projects/{project}/steps", tag = "steps", params(("project" = String, Path, description = "Slug"), StepParams),
    responses((status = 200, body = StepList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope, Params(params): Params<StepParams>) -> Result<Json<StepList>, Problem> {
    let (step_name, duration) = (field("step_name")?, field("duration_nanos")?);
    let is_step = Filter::Test(Test { subject: Subject::Field(step_name), comparison: Comparison::Exists });
    let grouping = |by, limit| Grouping { by, limit, ..Grouping::default() };
    let durations = [500, 950].map(|thousandths| Measure::Quantile(duration.into(), thousandths));
    let measures: Vec<Measure> = durations.into_iter().chain([Measure::Max(field("start_unix_nanos")?.into())]).collect();
    let query = AggregateQuery {
        range: time_range::parse(params.t.as_deref())?,
        filter: Filter::All(vec![is_step, parse_query(params.q.as_deref())?]),
        groupings: vec![
            grouping(vec![step_name.into()], GROUPS_DEFAULT),
            grouping(vec![step_name.into(), field("status")?.into()], 10 * GROUPS_DEFAULT),
        ],
        measures: measures.clone(),
    };
    let answer = scope.aggregate(&query).await?;
    let (steps, by_status) = (&answer.groupings[0], &answer.groupings[1]);
    let errors: BTreeMap<&str, u64> = by_status.groups.iter().filter_map(failed_runs).collect();
    let step = |group: &Group| {
        let name = group.values.first().cloned().flatten().unwrap_or_default();
        let figure = |place: usize| group.figures[place].amount.map(|known| amount(&measures[place], known));
        let error_count = errors.get(name.as_str()).copied().unwrap_or(0);
        let [duration_p50_nanos, duration_p95_nanos, last_unix_nanos] = [0, 1, 2].map(figure);
        StepSummary { name, runs: group.rows, error_count, duration_p50_nanos, duration_p95_nanos, last_unix_nanos }
    };
    Ok(Json(StepList { steps: steps.groups.iter().map(step).collect(), step_count: steps.total, cost: answer.cost.into() }))
}

fn failed_runs(group: &Group) -> Option<(&str, u64)> {
    match group.values.as_slice() {
        [Some(name), Some(status)] if status == "error" => Some((name, group.rows)),
        _ => None,
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutputPaths {
    step: String,
    /// Runs that were looked at.
    runs: usize,
    /// Runs without any output.
    runs_without_output: usize,
    /// The places of the outputs, those that most runs have first.
    paths: Vec<PathAnswer>,
    /// Places, those beyond the first 500 included.
    path_count: usize,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PathAnswer {
    /// Keys with points between, `[*]` for the elements of a list, `$` for an output that is one value.
    path: String,
    distribution: Distribution,
}

/// Lists the places of a step's outputs over its last runs, each with how its values are distributed.
#[utoipa::path(get, operation_id = "list_step_outputs", path = "/api/v1/projects/{project}/steps/{step}", tag = "steps",
    params(("project" = String, Path, description = "Slug"), ("step" = String, Path, description = "Name of the step"), StepParams, OutputParams),
    responses((status = 200, body = OutputPaths), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn outputs(
    scope: ProjectScope,
    Path(place): Path<(String, String)>,
    Params(params): Params<StepParams>,
    Params(wanted): Params<OutputParams>,
) -> Result<Json<OutputPaths>, Problem> {
    if wanted.by.is_some() {
        return Err(Problem::bad_request("invalid-parameter", "`by` needs a path of the output").with_hint("Ask `/steps/{step}/{path}`."));
    }
    let (_, step) = place;
    let (runs, cost) = runs(&scope, &step, &params, &wanted, None).await?;
    Ok(Json(aside(READ_OUTPUTS, move || paths(step, &runs, cost)).await?))
}

fn paths(step: String, runs: &[Run], cost: QuestionCost) -> OutputPaths {
    let mut places: BTreeMap<String, Gathered<'_>> = BTreeMap::new();
    for run in runs {
        for (path, values) in run.leaves() {
            places.entry(path).or_default().add(values);
        }
    }
    let path_count = places.len();
    let distribution = |(path, gathered): (String, Gathered<'_>)| PathAnswer { path, distribution: gathered.distribution(runs.len()) };
    let mut paths: Vec<PathAnswer> = places.into_iter().map(distribution).collect();
    paths.sort_by(|one, other| other.distribution.runs_known().cmp(&one.distribution.runs_known()).then_with(|| one.path.cmp(&other.path)));
    paths.truncate(STEP_PATHS_MAX);
    let runs_without_output = runs.iter().filter(|run| run.output.is_none()).count();
    OutputPaths { step, runs: runs.len(), runs_without_output, paths, path_count, cost }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutputValues {
    step: String,
    path: String,
    /// Runs that were looked at.
    runs: usize,
    distribution: Distribution,
    /// The same for each value of the field that runs are split by, those with the most runs first.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<OutputPart>>,
    /// Different values of that field, those beyond the first 20 included.
    #[serde(skip_serializing_if = "Option::is_none")]
    part_count: Option<usize>,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutputPart {
    /// Absent for the runs that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    runs: usize,
    distribution: Distribution,
}

/// Tells how the values at one place of a step's outputs are distributed over its last runs.
#[utoipa::path(get, operation_id = "describe_step_output", path = "/api/v1/projects/{project}/steps/{step}/{path}", tag = "steps",
    params(("project" = String, Path, description = "Slug"), ("step" = String, Path, description = "Name of the step"),
        ("path" = String, Path, description = "Place in the output, as `list_step_outputs` names it"), StepParams, OutputParams),
    responses((status = 200, body = OutputValues), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn output(
    scope: ProjectScope,
    Path(place): Path<(String, String, String)>,
    Params(params): Params<StepParams>,
    Params(wanted): Params<OutputParams>,
) -> Result<Json<OutputValues>, Problem> {
    let (_, step, path) = place;
    let by = wanted.by.as_deref().filter(|name| !name.is_empty()).map(dimension).transpose()?;
    let is_split = by.is_some();
    let (runs, cost) = runs(&scope, &step, &params, &wanted, by).await?;
    Ok(Json(aside(READ_OUTPUTS, move || values(step, path, is_split, &runs, cost)).await?))
}

fn values(step: String, path: String, is_split: bool, runs: &[Run], cost: QuestionCost) -> OutputValues {
    let parts = is_split.then(|| {
        let mut parts: BTreeMap<Option<String>, Vec<&Run>> = BTreeMap::new();
        for run in runs {
            run.groups.iter().for_each(|name| parts.entry(name.clone()).or_default().push(run));
        }
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.sort_by_key(|(_, runs)| std::cmp::Reverse(runs.len()));
        parts
    });
    let part_count = parts.as_ref().map(Vec::len);
    let part = |(value, runs): (Option<String>, Vec<&Run>)| OutputPart {
        value,
        runs: runs.len(),
        distribution: distribution_at(&path, runs.into_iter()),
    };
    let parts = parts.map(|parts| parts.into_iter().take(STEP_PARTS_MAX).map(part).collect());
    let distribution = distribution_at(&path, runs.iter());
    OutputValues { step, runs: runs.len(), distribution, parts, part_count, path, cost }
}

fn distribution_at<'a>(path: &str, runs: impl Iterator<Item = &'a Run>) -> Distribution {
    let (mut gathered, mut count) = (Gathered::default(), 0);
    for run in runs {
        count += 1;
        if let Some(values) = run.leaves().remove(path) {
            gathered.add(values);
        }
    }
    gathered.distribution(count)
}

/// One run of a step with its output, as the mapping of today reads it.
struct Run {
    groups: Vec<Option<String>>,
    output: Option<Value>,
}

impl Run {
    fn new(stored: StepRun) -> Self {
        Self { groups: stored.groups, output: stored.output.derived(|raw| dialect::translate(raw, &[])) }
    }

    /// The values at each place.
    fn leaves(&self) -> BTreeMap<String, Vec<&Value>> {
        let mut leaves: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        if let Some(output) = &self.output {
            each_leaf(output, STEP_LEAVES_MAX, |path, leaf| match leaves.get_mut(path) {
                Some(values) => values.push(leaf),
                None => drop(leaves.insert(path.to_owned(), vec![leaf])),
            });
        }
        leaves
    }
}

async fn runs(
    scope: &ProjectScope,
    step: &str,
    params: &StepParams,
    wanted: &OutputParams,
    by: Option<Dimension>,
) -> Result<(Vec<Run>, QuestionCost), Problem> {
    let limit = wanted.last.unwrap_or(STEP_RUNS_MAX);
    if !(1..=STEP_RUNS_MAX).contains(&limit) {
        return Err(Problem::bad_request("invalid-limit", format!("`last` is {limit}: expected 1 to {STEP_RUNS_MAX}")));
    }
    let query = StepQuery {
        step_name: step.to_owned(),
        range: time_range::parse(params.t.as_deref())?,
        filter: parse_query(params.q.as_deref())?,
        by,
        limit,
    };
    let page = scope.runs_of_step(&query).await?;
    let cost = page.cost.into();
    let runs = aside(READ_OUTPUTS, move || page.runs.into_iter().map(Run::new).collect()).await?;
    Ok((runs, cost))
}
