//! What one can ask for: the fields of the language, and the names that the data has had.

use axum::Json;
use axum::extract::State;
use query::{COMPUTED_WORDS, EITHER_WORDS, FIELD_WORDS, Field, FieldType, ROOT_WORDS, Rows, SeenKind, Subject, Unit, sum_of_session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::rows;
use super::params::Params;
use super::time_range;
use crate::app::App;
use crate::auth::ProjectScope;
use crate::problem::Problem;
use crate::seen::{Place, SeenData};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FieldParams {
    /// What the rows of the list are: `traces`, `spans` or `sessions`; by default `traces`.
    rows: Option<String>,
    /// The time whose names are told: `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldList {
    /// Those of the language, in the order in which people are shown them.
    fields: Vec<NamedField>,
    /// Names in the data: of metadata, of attributes, of what steps, then any spans put out, of inputs; those of most spans first.
    seen: Vec<SeenField>,
    /// The newest spans and runs of steps, among which names were sought.
    spans_looked_at: usize,
}

/// A field of the language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedField {
    /// As the language writes it.
    name: &'static str,
    /// Its name in the API, where it is one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// Other names that are understood.
    also: Vec<&'static str>,
    /// `text`, `texts` (a list), `number`, `truth`, or `json` for what has places inside.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Of a number: `count`, `nanos`, `unix_nanos` or `usd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    /// What it is, for people.
    about: &'static str,
    /// All there are, of a closed set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'static str>,
    /// Who must meet a test of it: the `row` itself, one of its spans (`span`), or of a session one of its traces (`trace`).
    of: &'static str,
}

/// A name that was seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenField {
    /// As the language writes it.
    name: String,
    /// `metadata`, `attribute`, `step_output`, `output` or `input`.
    place: &'static str,
    /// Of a step's output.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// `text`, `number`, `truth`, or `mixed` for lists and values of several types.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Spans that have it, among those that were looked at.
    spans: u64,
}

/// Lists what one can ask for: the fields of the language, and the names that the newest data has.
#[utoipa::path(get, operation_id = "list_fields", path = "/api/v1/projects/{project}/fields", tag = "query", params(("project" = String, Path, description = "Slug"), FieldParams),
    responses((status = 200, body = FieldList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    scope: ProjectScope,
    State(app): State<App>,
    Params(params): Params<FieldParams>,
) -> Result<Json<FieldList>, Problem> {
    let rows = rows(params.rows.as_deref())?;
    let asked = params.t.unwrap_or_default();
    let seen = app.seen.of(&scope, &asked, time_range::parse(Some(&asked))?).await?;
    Ok(Json(FieldList { fields: known_fields(rows), seen: seen_fields(&seen), spans_looked_at: seen.spans }))
}

fn known_fields(rows: Rows) -> Vec<NamedField> {
    let named = FIELD_WORDS.iter().filter_map(|word| {
        let field = query::field(word.field)?;
        let (kind, unit) = type_of(field);
        let also = word.also.iter().copied().chain([word.field].into_iter().filter(|name| *name != word.word)).collect();
        let values = query::values_of(field);
        Some(NamedField {
            name: word.word,
            field: Some(field.name),
            also,
            kind,
            unit,
            about: word.about,
            values,
            of: of_field(rows, field),
        })
    });
    let plain = |name, kind, unit, about, of| NamedField { name, field: None, also: Vec::new(), kind, unit, about, values: Vec::new(), of };
    let eithers = EITHER_WORDS.iter().map(move |either| plain(either.word, "text", None, either.about, of_span(rows)));
    let computed = COMPUTED_WORDS.iter().map(move |(word, about)| {
        let of = if *word == "occurrence" { of_span(rows) } else { "row" };
        plain(word, "number", Some("count"), about, of)
    });
    let roots = ROOT_WORDS
        .iter()
        .map(move |(word, _, also, about)| NamedField { also: also.to_vec(), ..plain(word, "json", None, about, of_span(rows)) });
    named.chain(eithers).chain(computed).chain(roots).collect()
}

fn of_field(rows: Rows, field: &'static Field) -> &'static str {
    let exists = query::Test { subject: Subject::Field(field), comparison: query::Comparison::Exists };
    match rows {
        Rows::Spans => "row",
        Rows::Traces if query::is_field_of_trace(field) => "row",
        Rows::Sessions if sum_of_session(&exists).is_some() => "row",
        Rows::Sessions if query::is_field_of_trace(field) => "trace",
        Rows::Traces | Rows::Sessions => "span",
    }
}

fn of_span(rows: Rows) -> &'static str {
    if rows == Rows::Spans { "row" } else { "span" }
}

fn type_of(field: &Field) -> (&'static str, Option<&'static str>) {
    match field.kind {
        FieldType::Text => ("text", None),
        FieldType::Texts => ("texts", None),
        FieldType::Truth => ("truth", None),
        FieldType::Number(unit) => ("number", Some(unit_name(unit))),
    }
}

/// The name of a unit in answers.
pub(crate) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Nanos => "nanos",
        Unit::UnixNanos => "unix_nanos",
        Unit::NanoUsd => "usd",
    }
}

fn seen_fields(seen: &SeenData) -> Vec<SeenField> {
    let field = |seen: &crate::seen::SeenName| {
        let step = match &seen.place {
            Place::StepOutput(step) => Some(step.clone()),
            _ => None,
        };
        let picked = step.as_ref().map(|step| format!("step({}).{}", query::value_text(step), seen.name));
        SeenField {
            name: picked.unwrap_or_else(|| seen.name.clone()),
            place: seen.place.as_str(),
            step,
            kind: kind_name(seen.kind),
            spans: seen.spans,
        }
    };
    seen.names.iter().map(field).collect()
}

fn kind_name(kind: SeenKind) -> &'static str {
    match kind {
        SeenKind::Text => "text",
        SeenKind::Number => "number",
        SeenKind::Truth => "truth",
        SeenKind::Mixed => "mixed",
    }
}
