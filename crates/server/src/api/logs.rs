//! Log records of a project.

use axum::Json;
use serde::Serialize;
use store::LogQuery;
use utoipa::ToSchema;

use super::page::{ListParams, TotalCount, encode_cursor};
use super::params::Params;
use super::shapes::LogAnswer;
use super::spans::start_order;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// A page of log records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogList {
    logs: Vec<LogAnswer>,
    next_cursor: Option<String>,
    total: TotalCount,
}

/// Lists log records, newest first.
#[utoipa::path(get, operation_id = "list_logs", path = "/api/v1/projects/{project}/logs", tag = "logs", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = LogList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<LogList>, Problem> {
    let page = params.check()?;
    let order = start_order(params.sort.as_deref())?;
    let found = scope.list_logs(&LogQuery { range: page.range, order, limit: page.limit, after: page.after, span: None }).await?;
    let logs = found.logs.iter().map(LogAnswer::from).collect();
    Ok(Json(LogList { logs, next_cursor: found.next.as_ref().map(encode_cursor), total: found.total.into() }))
}
