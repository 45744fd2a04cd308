//! A query while it is typed: what it means, what is wrong with it, and what may come next.

use axum::Json;
use query::{Diagnostic, Field, Filter, Parsed, Rows, Seen, Subject, value_text};
use serde::{Deserialize, Serialize};
use store::aggregate::{AggregateQuery, Grouping, Groups};
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::{COMPLETION_VALUES_MAX, COMPLETION_VALUES_READ_MAX};
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ParseParams {
    /// Text in the query language; absent is the empty query, which everything meets.
    q: Option<String>,
    /// What the rows of the list are: `traces`, `spans` or `sessions`; by default `traces`.
    rows: Option<String>,
}

/// How a text reads; all places are bytes of its UTF-8.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryReading {
    /// The same query in its canonical text; absent where there are mistakes.
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical: Option<String>,
    /// The pieces of the text, for colouring it; gaps are white space.
    tokens: Vec<QueryToken>,
    /// In the order of the text.
    mistakes: Vec<QueryMistake>,
    /// What is allowed and probably not meant.
    warnings: Vec<QueryMistake>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryToken {
    from: usize,
    /// The byte behind it.
    to: usize,
    /// `field`, `function`, `operator`, `value`, `regex`, `word`, `phrase`, `keyword` or `punctuation`.
    kind: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryMistake {
    from: usize,
    to: usize,
    reason: String,
    /// What to do about it.
    fix: String,
    /// Known names close to an unknown one, closest first.
    nearest: Vec<String>,
}

/// Reads a query as far as it can be read. A text with mistakes is an answer, not an error.
#[utoipa::path(get, operation_id = "parse_query", path = "/api/v1/projects/{project}/query/parse", tag = "query", params(("project" = String, Path, description = "Slug"), ParseParams),
    responses((status = 200, body = QueryReading), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn parse(_: ProjectScope, Params(params): Params<ParseParams>) -> Result<Json<QueryReading>, Problem> {
    let rows = rows(params.rows.as_deref())?;
    let text = params.q.unwrap_or_default();
    let reading = query::read(&text, &Seen::default());
    let tokens = reading.tokens.iter().map(|token| QueryToken { from: token.from, to: token.to, kind: token.kind.as_str() }).collect();
    let parsed = query::parse(&text).ok();
    let mut warnings = reading.warnings;
    warnings.extend(parsed.iter().flat_map(|parsed: &Parsed| query::advice(&text, parsed, rows)));
    Ok(Json(QueryReading {
        canonical: parsed.map(|parsed| parsed.canonical),
        tokens,
        mistakes: reading.diagnostics.into_iter().map(QueryMistake::from).collect(),
        warnings: warnings.into_iter().map(QueryMistake::from).collect(),
    }))
}

fn rows(name: Option<&str>) -> Result<Rows, Problem> {
    match name.unwrap_or("traces") {
        "traces" => Ok(Rows::Traces),
        "spans" => Ok(Rows::Spans),
        "sessions" => Ok(Rows::Sessions),
        other => {
            let shown: String = other.chars().take(80).collect();
            Err(Problem::bad_request("invalid-parameter", format!("there are no rows `{shown}`"))
                .with_hint("Use traces, spans or sessions."))
        }
    }
}

impl From<Diagnostic> for QueryMistake {
    fn from(found: Diagnostic) -> Self {
        let Diagnostic { from, to, reason, fix, nearest } = found;
        Self { from, to, reason, fix, nearest }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompleteParams {
    /// The text as far as it is written.
    q: Option<String>,
    /// The byte at which something is to come; by default the end.
    cursor: Option<usize>,
    /// The time whose values are suggested: `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryCompletion {
    /// First byte of what a suggestion replaces.
    from: usize,
    /// The byte behind it.
    to: usize,
    /// Best first.
    suggestions: Vec<QuerySuggestion>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuerySuggestion {
    text: String,
    /// `field`, `function`, `operator`, `value` or `keyword`.
    kind: &'static str,
    /// What it is, for people.
    about: String,
    /// Of a value: how many spans have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Suggests what may come at a place of a query; values come from the data, those of most spans first.
#[utoipa::path(get, operation_id = "complete_query", path = "/api/v1/projects/{project}/query/complete", tag = "query", params(("project" = String, Path, description = "Slug"), CompleteParams),
    responses((status = 200, body = QueryCompletion), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn complete(scope: ProjectScope, Params(params): Params<CompleteParams>) -> Result<Json<QueryCompletion>, Problem> {
    let range = time_range::parse(params.t.as_deref())?;
    let text = params.q.unwrap_or_default();
    let completion = query::complete(&text, params.cursor.unwrap_or(text.len()), &Seen::default());
    let suggested = completion.suggestions.into_iter();
    let mut suggestions: Vec<QuerySuggestion> = suggested
        .map(|suggestion| QuerySuggestion { text: suggestion.text, kind: suggestion.kind.as_str(), about: suggestion.about, count: None })
        .collect();
    let fields = completion.values_of.as_deref().map(texts_of).unwrap_or_default();
    if !fields.is_empty() {
        let grouping = |field: &&'static Field| Grouping { by: vec![*field], limit: COMPLETION_VALUES_READ_MAX, ..Grouping::default() };
        let query =
            AggregateQuery { range, filter: Filter::everything(), groupings: fields.iter().map(grouping).collect(), measures: Vec::new() };
        let typed = text[completion.from..completion.to].trim_start_matches(['"', '\'']).to_lowercase();
        let values = values(scope.aggregate(&query).await?.groupings, &typed);
        suggestions.retain(|suggestion| values.iter().all(|value| value.text != suggestion.text));
        suggestions.splice(0..0, values);
    }
    Ok(Json(QueryCompletion { from: completion.from, to: completion.to, suggestions }))
}

/// The fields of texts that a name means.
fn texts_of(name: &str) -> Vec<&'static Field> {
    let is_of_texts = |field: &&'static Field| matches!(field.kind, query::FieldType::Text | query::FieldType::Texts);
    let fields = query::subjects(name).unwrap_or_default().into_iter().filter_map(|subject| match subject {
        Subject::Field(field) => Some(field),
        _ => None,
    });
    fields.filter(is_of_texts).collect()
}

/// The values that begin as what is typed, those of most spans first.
fn values(groupings: Vec<Groups>, typed: &str) -> Vec<QuerySuggestion> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for group in groupings.into_iter().flat_map(|groups| groups.groups) {
        let Some(value) = group.values.into_iter().next().flatten().filter(|value| value.to_lowercase().starts_with(typed)) else {
            continue;
        };
        match counts.iter_mut().find(|(known, _)| *known == value) {
            // Of two fields of a span, which often say the same.
            Some((_, count)) => *count = group.rows.max(*count),
            None => counts.push((value, group.rows)),
        }
    }
    counts.sort_by(|(one, less), (other, more)| more.cmp(less).then_with(|| one.cmp(other)));
    counts.truncate(COMPLETION_VALUES_MAX);
    let suggestion = |(value, count): (String, u64)| QuerySuggestion {
        text: value_text(&value),
        kind: query::SuggestionKind::Value.as_str(),
        about: String::new(),
        count: Some(count),
    };
    counts.into_iter().map(suggestion).collect()
}
