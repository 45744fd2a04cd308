//! The values that a field or a name of the data has had.

use axum::Json;
use axum::extract::State;
use query::{Field, FieldType, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TimeRange;
use store::aggregate::{AggregateQuery, Grouping, Groups};
use utoipa::{IntoParams, ToSchema};

use super::figures::subjects;
use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::app::App;
use crate::auth::ProjectScope;
use crate::limits::{COMPLETION_VALUES_READ_MAX, VALUES_DEFAULT};
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ValueParams {
    /// A name of the language: `release`, `model`, `metadata.tenant`, `output.route`.
    field: Option<String>,
    /// How a value begins, in any case of letters.
    prefix: Option<String>,
    /// Filter in the query language, of spans; of canonical fields only.
    q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Values, the most frequent first: 1 to 1000, by default 20.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueList {
    /// The name as the language writes it.
    field: String,
    /// The most frequent first.
    values: Vec<SeenValue>,
    /// Whether all spans of the time were counted, or only the newest ones.
    counted_all: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenValue {
    #[schema(value_type = Object)]
    pub(crate) value: Value,
    /// As it is written behind an operator.
    pub(crate) text: String,
    /// Spans that have it.
    pub(crate) count: u64,
}

/// Lists the values of a field, those of most spans first.
///
/// Values of canonical fields are counted over all spans of the time, those of metadata, attributes, inputs and outputs over the newest.
#[utoipa::path(get, operation_id = "list_values", path = "/api/v1/projects/{project}/values", tag = "query", params(("project" = String, Path, description = "Slug"), ValueParams),
    responses((status = 200, body = ValueList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    scope: ProjectScope,
    State(app): State<App>,
    Params(params): Params<ValueParams>,
) -> Result<Json<ValueList>, Problem> {
    let name = params.field.as_deref().unwrap_or_default();
    let subjects = subjects(name)?;
    let limit = params.limit.unwrap_or(VALUES_DEFAULT);
    if !(1..=COMPLETION_VALUES_READ_MAX).contains(&limit) {
        return Err(Problem::bad_request("invalid-limit", format!("`limit` is {limit}: expected 1 to {COMPLETION_VALUES_READ_MAX}")));
    }
    let filter = parse_query(params.q.as_deref())?;
    let asked = params.t.unwrap_or_default();
    let wanted = Wanted { name, asked: &asked, range: time_range::parse(Some(&asked))?, typed: params.prefix.unwrap_or_default(), limit };
    let counted_all = !fields_of(&subjects).is_empty();
    if !counted_all && !filter.is_everything() {
        return Err(Problem::bad_request("query-not-supported", format!("values of `{name}` are known without a query only"))
            .with_hint("Leave `q` out, or ask for the list of spans."));
    }
    let field = match subjects.as_slice() {
        [subject] => query::name_of(subject),
        _ => name.to_ascii_lowercase(),
    };
    Ok(Json(ValueList { field, values: known_values(&scope, &app, &wanted, filter).await?, counted_all }))
}

/// Which values are asked for.
pub(crate) struct Wanted<'a> {
    /// A name of the language.
    pub(crate) name: &'a str,
    /// The range as it was written.
    pub(crate) asked: &'a str,
    pub(crate) range: TimeRange,
    /// How they begin.
    pub(crate) typed: String,
    pub(crate) limit: usize,
}

/// The values of a name that begin as what is typed; none of a name that cannot have any.
pub(crate) async fn known_values(
    scope: &ProjectScope,
    app: &App,
    wanted: &Wanted<'_>,
    filter: query::Filter,
) -> Result<Vec<SeenValue>, Problem> {
    let subjects = query::subjects(wanted.name).unwrap_or_default();
    let fields = fields_of(&subjects);
    let counts = match fields.is_empty() {
        false => {
            let grouping =
                |field: &&'static Field| Grouping { by: vec![(*field).into()], limit: COMPLETION_VALUES_READ_MAX, ..Grouping::default() };
            let groupings = fields.iter().map(grouping).collect();
            let query = AggregateQuery { range: wanted.range, filter, groupings, measures: Vec::new() };
            counted(scope.aggregate(&query).await?.groupings)
        }
        true => match subjects.as_slice() {
            [subject @ (Subject::Path { .. } | Subject::Attribute(_))] => {
                app.seen.of(scope, wanted.asked, wanted.range).await?.values_of(&query::name_of(subject))
            }
            _ => Vec::new(),
        },
    };
    let typed = wanted.typed.to_lowercase();
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let begins = counts.into_iter().filter(|(value, _)| plain(value).to_lowercase().starts_with(&typed));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), query::value_text);
    let shown = begins.map(|(value, count)| SeenValue { text: text(&value), value, count });
    Ok(shown.take(wanted.limit).collect())
}

/// The fields of texts and truths that a name means; numbers have no values worth a list.
fn fields_of(subjects: &[Subject]) -> Vec<&'static Field> {
    let fields = subjects.iter().filter_map(|subject| match subject {
        Subject::Field(field) => Some(*field),
        _ => None,
    });
    fields.filter(|field| !matches!(field.kind, FieldType::Number(_))).collect()
}

/// Values and how many spans have each, the most first.
fn counted(groupings: Vec<Groups>) -> Vec<(Value, u64)> {
    let mut counts: Vec<(Value, u64)> = Vec::new();
    for group in groupings.into_iter().flat_map(|groups| groups.groups) {
        let Some(value) = group.values.into_iter().next().flatten().map(Value::String) else { continue };
        match counts.iter_mut().find(|(known, _)| *known == value) {
            // Of two fields of a span, which often say the same.
            Some((_, count)) => *count = group.rows.max(*count),
            None => counts.push((value, group.rows)),
        }
    }
    counts.sort_by(|(one, less), (other, more)| more.cmp(less).then_with(|| one.as_str().cmp(&other.as_str())));
    counts
}
