//! Questions in SQL, and the tables they may name.

mod answer;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use store::sql::{Column, SqlFormat, SqlQuestion, TABLES, Table};
use utoipa::ToSchema;

use self::answer::SqlRows;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::{SQL_BODY_BYTES_MAX, SQL_ROWS_DEFAULT};
use crate::problem::Problem;

/// A question in SQL.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlBody {
    /// One `SELECT` over the tables that `GET …/sql/tables` lists.
    sql: String,
    /// `json`, `csv`, `arrow` or `parquet`; without it the header `Accept` decides, and JSON where that says nothing.
    format: Option<String>,
    /// Rows of the answer: 1 to 1000000, by default 10000. Where there are more, the answer says that it is cut.
    max_rows: Option<usize>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time. Rows of all tables that start outside of it are not there.
    t: Option<String>,
}

/// The tables that SQL may name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SqlTables {
    tables: Vec<SqlTable>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SqlTable {
    name: &'static str,
    /// What a row is.
    about: &'static str,
    columns: Vec<SqlColumn>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SqlColumn {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// What a number counts, or how a text is written.
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'static str,
    about: &'static str,
}

impl From<&Table> for SqlTable {
    fn from(table: &Table) -> Self {
        Self { name: table.name, about: table.about, columns: table.columns.iter().map(SqlColumn::from).collect() }
    }
}

impl From<&Column> for SqlColumn {
    fn from(column: &Column) -> Self {
        Self { name: column.name, kind: column.kind.as_str(), unit: column.unit, about: column.about }
    }
}

/// Lists the tables that SQL may name, with their columns, types and units.
#[utoipa::path(get, operation_id = "list_sql_tables", path = "/api/v1/projects/{project}/sql/tables", tag = "sql",
    params(("project" = String, Path, description = "Slug")),
    responses((status = 200, body = SqlTables), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn tables(_scope: ProjectScope) -> Json<SqlTables> {
    Json(SqlTables { tables: TABLES.iter().map(SqlTable::from).collect() })
}

/// Answers a question in SQL over the rows of the project; nothing can be changed.
///
/// CSV, Arrow and Parquet come as they are; what a JSON answer says beside its rows then stands in the headers `x-clew-rows`,
/// `x-clew-cut`, `x-clew-cost-rows`, `x-clew-cost-bytes` and `x-clew-cost-nanos`, which every answer has.
#[utoipa::path(post, operation_id = "ask_sql", path = "/api/v1/projects/{project}/sql", tag = "sql",
    params(("project" = String, Path, description = "Slug")), request_body = SqlBody,
    responses((status = 200, body = SqlRows), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ask(scope: ProjectScope, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let question = question(&read(body).await?, &headers)?;
    let answer = scope.sql(&question).await?;
    answer::response(question.format, answer)
}

async fn read(body: Body) -> Result<SqlBody, Problem> {
    let bytes = to_bytes(body, SQL_BODY_BYTES_MAX).await.map_err(|_| {
        let detail = format!("the body is over the limit of {SQL_BODY_BYTES_MAX} bytes or broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::bad_request("invalid-body", format!("the body is no question: {error}"))
            .with_hint(r#"Send e.g. {"sql": "SELECT count(*) FROM spans"}."#)
    })
}

fn question(body: &SqlBody, headers: &HeaderMap) -> Result<SqlQuestion, Problem> {
    let accepted = || headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).and_then(accepted);
    let format = match &body.format {
        Some(name) => named(name)?,
        None => accepted().unwrap_or(SqlFormat::Json),
    };
    let range = time_range::parse(body.t.as_deref())?;
    Ok(SqlQuestion { sql: body.sql.clone(), range, rows_max: body.max_rows.unwrap_or(SQL_ROWS_DEFAULT), format })
}

fn named(name: &str) -> Result<SqlFormat, Problem> {
    match name {
        "json" => Ok(SqlFormat::Json),
        "csv" => Ok(SqlFormat::Csv),
        "arrow" => Ok(SqlFormat::Arrow),
        "parquet" => Ok(SqlFormat::Parquet),
        _ => {
            let shown: String = name.chars().take(80).collect();
            Err(Problem::bad_request("invalid-format", format!("`{shown}` is no format of an answer"))
                .with_hint("Use `json`, `csv`, `arrow` or `parquet`."))
        }
    }
}

/// The first of the formats that a header names.
fn accepted(header: &str) -> Option<SqlFormat> {
    let types = header.split(',').map(|part| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    types.into_iter().find_map(|wanted| answer::CONTENT_TYPES.iter().find(|(_, known)| wanted == *known)).map(|(format, _)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_a_format() {
        assert_eq!(accepted("text/csv;q=0.9, */*"), Some(SqlFormat::Csv));
        assert_eq!(accepted("text/html, application/vnd.apache.parquet"), Some(SqlFormat::Parquet));
        assert_eq!(accepted("*/*"), None);
    }
}
