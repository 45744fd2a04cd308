//! Answers to questions in SQL: an object of JSON, or rows alone with the rest in headers.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use serde_json::value::RawValue;
use store::StoreError;
use store::aggregate::QueryCost;
use store::sql::{SqlAnswer, SqlFormat};
use utoipa::ToSchema;

use crate::api::figures::QuestionCost;
use crate::problem::Problem;

/// What each format is called in headers.
pub(super) const CONTENT_TYPES: [(SqlFormat, &str); 4] = [
    (SqlFormat::Json, "application/json"),
    (SqlFormat::Csv, "text/csv"),
    (SqlFormat::Arrow, "application/vnd.apache.arrow.stream"),
    (SqlFormat::Parquet, "application/vnd.apache.parquet"),
];

/// Rows of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SqlRows {
    columns: Vec<AnswerColumn>,
    /// Objects by the names of columns; an unknown value is null. Decimals, and whole numbers beyond 2^53, are decimal strings; times are
    /// RFC 3339 in UTC.
    #[schema(value_type = Vec<serde_json::Map<String, serde_json::Value>>)]
    rows: Box<RawValue>,
    row_count: u64,
    /// Whether there are more rows than were asked for.
    cut: bool,
    /// Of the columns that were read, decoded.
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Makes a response of an answer.
pub(super) fn response(format: SqlFormat, answer: SqlAnswer) -> Result<Response, Problem> {
    let SqlAnswer { columns, body, rows, is_cut, cost } = answer;
    let mut response = match format {
        SqlFormat::Json => {
            let broken = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::failed("failed to write an answer", source);
            let text = String::from_utf8(body).map_err(|error| broken(error.into()))?;
            let rows_json = RawValue::from_string(text).map_err(|error| broken(error.into()))?;
            let columns = columns.into_iter().map(|column| AnswerColumn { name: column.name, kind: column.kind }).collect();
            Json(SqlRows { columns, rows: rows_json, row_count: rows, cut: is_cut, cost: cost.into() }).into_response()
        }
        _ => body.into_response(),
    };
    let content_type = CONTENT_TYPES.iter().find(|(known, _)| *known == format).map_or("", |(_, content_type)| content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in told(rows, is_cut, cost) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}

/// What stands beside the rows.
fn told(rows: u64, is_cut: bool, cost: QueryCost) -> [(&'static str, HeaderValue); 5] {
    [
        ("x-clew-rows", HeaderValue::from(rows)),
        ("x-clew-cut", HeaderValue::from_static(if is_cut { "true" } else { "false" })),
        ("x-clew-cost-rows", HeaderValue::from(cost.rows)),
        ("x-clew-cost-bytes", HeaderValue::from(cost.bytes)),
        ("x-clew-cost-nanos", HeaderValue::from(cost.nanos)),
    ]
}
