//! A query while it is typed: what it means, what is wrong with it, and what may come next.

use axum::Json;
use axum::extract::State;
use query::{Diagnostic, Filter, Parsed, Seen};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::rows;
use super::params::Params;
use super::time_range;
use super::values::{SeenValue, Wanted, known_values};
use crate::app::App;
use crate::auth::ProjectScope;
use crate::limits::COMPLETION_VALUES_MAX;
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
pub(crate) async fn complete(
    scope: ProjectScope,
    State(app): State<App>,
    Params(params): Params<CompleteParams>,
) -> Result<Json<QueryCompletion>, Problem> {
    let asked = params.t.unwrap_or_default();
    let range = time_range::parse(Some(&asked))?;
    let text = params.q.unwrap_or_default();
    let seen = app.seen.of(&scope, &asked, range).await?.for_queries();
    let completion = query::complete(&text, params.cursor.unwrap_or(text.len()), &seen);
    let suggested = completion.suggestions.into_iter();
    let mut suggestions: Vec<QuerySuggestion> = suggested
        .map(|suggestion| QuerySuggestion { text: suggestion.text, kind: suggestion.kind.as_str(), about: suggestion.about, count: None })
        .collect();
    if let Some(name) = &completion.values_of {
        let typed = text[completion.from..completion.to].trim_start_matches(['"', '\'']).to_owned();
        let wanted = Wanted { name, asked: &asked, range, typed, limit: COMPLETION_VALUES_MAX };
        let values = known_values(&scope, &app, &wanted, Filter::everything()).await?;
        suggestions.retain(|suggestion| values.iter().all(|value| value.text != suggestion.text));
        suggestions.splice(0..0, values.into_iter().map(QuerySuggestion::from));
    }
    Ok(Json(QueryCompletion { from: completion.from, to: completion.to, suggestions }))
}

impl From<SeenValue> for QuerySuggestion {
    fn from(seen: SeenValue) -> Self {
        Self { text: seen.text, kind: query::SuggestionKind::Value.as_str(), about: String::new(), count: Some(seen.count) }
    }
}
