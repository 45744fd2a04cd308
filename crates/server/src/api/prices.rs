//! The user's own price table: its rows, and how they are changed.

mod row;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use store::OwnPrices;
use utoipa::ToSchema;

use crate::auth::ProjectScope;
use crate::limits::PRICES_BODY_BYTES_MAX;
use crate::problem::Problem;
use row::{PriceRow, PriceRowAnswer};

/// The rows a project sees: its own and those of all projects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceTableAnswer {
    /// Rises by one with each change; a span's `cost_source` names it.
    version: u64,
    /// In the order they were added.
    rows: Vec<PriceRowAnswer>,
}

impl From<OwnPrices> for PriceTableAnswer {
    fn from(table: OwnPrices) -> Self {
        Self { version: table.version, rows: table.rows.iter().map(PriceRowAnswer::from).collect() }
    }
}

/// Rows to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceRows {
    rows: Vec<PriceRow>,
}

/// Of the path; `ProjectScope` reads the project.
#[derive(Debug, Deserialize)]
pub(crate) struct RowPath {
    id: String,
}

/// Lists the own price table.
#[utoipa::path(get, operation_id = "list_prices", path = "/api/v1/projects/{project}/prices", tag = "prices",
    params(("project" = String, Path, description = "Slug")),
    responses((status = 200, body = PriceTableAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope) -> Result<Json<PriceTableAnswer>, Problem> {
    Ok(Json(scope.own_prices().await?.into()))
}

/// Adds rows to the own price table, all or none; a row for the same calls from the same time on is replaced.
///
/// Spans that come from now on are priced by the new table; those stored keep their price.
#[utoipa::path(put, operation_id = "put_prices", path = "/api/v1/projects/{project}/prices", tag = "prices",
    params(("project" = String, Path, description = "Slug")), request_body = PriceRows,
    responses((status = 200, body = PriceTableAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put(scope: ProjectScope, body: Body) -> Result<Json<PriceTableAnswer>, Problem> {
    let bytes = to_bytes(body, PRICES_BODY_BYTES_MAX).await.map_err(|_| {
        Problem::new(
            http::StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("the body is over the limit of {PRICES_BODY_BYTES_MAX} bytes or broke off"),
        )
    })?;
    let rows: PriceRows = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::bad_request("invalid-body", format!("the body is no list of prices: {error}"))
            .with_hint(r#"Send e.g. {"rows": [{"model": "gpt-4o*", "prices": {"input_tokens": "2.50", "output_tokens": "10"}}]}."#)
    })?;
    if rows.rows.is_empty() {
        return Err(Problem::bad_request("invalid-price", "`rows` is empty: there is nothing to add"));
    }
    let terms = rows.rows.into_iter().enumerate().map(|(index, row)| row.check(scope.project()).map_err(|wrong| wrong.problem(index)));
    let terms = terms.collect::<Result<Vec<_>, _>>()?;
    Ok(Json(scope.put_own_prices(terms).await?.into()))
}

/// Removes a row of the own price table.
#[utoipa::path(delete, operation_id = "remove_price", path = "/api/v1/projects/{project}/prices/{id}", tag = "prices",
    params(("project" = String, Path, description = "Slug"), ("id" = String, Path, description = "Of the row")),
    responses((status = 200, body = PriceTableAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(scope: ProjectScope, Path(path): Path<RowPath>) -> Result<Json<PriceTableAnswer>, Problem> {
    let no_row = || {
        Problem::not_found(format!("the own price table has no row `{}` in this project", path.id.chars().take(80).collect::<String>()))
            .with_hint("GET …/prices lists the rows and their ids.")
    };
    let id = path.id.parse().map_err(|_| no_row())?;
    let table = scope.remove_own_price(id).await?.ok_or_else(no_row)?;
    Ok(Json(table.into()))
}
