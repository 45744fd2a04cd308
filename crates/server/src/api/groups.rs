//! Sessions and users: traces by the name they carry. A trace is of one session and of one user at most.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use store::{Group, GroupKey, GroupQuery};
use utoipa::ToSchema;

use super::figures::QuestionCost;
use super::page::{ListParams, PageRequest, TotalCount, encode_cursor};
use super::params::Params;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// A page of sessions or users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupList {
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<GroupAnswer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<Vec<GroupAnswer>>,
    next_cursor: Option<String>,
    total: TotalCount,
    cost: QuestionCost,
}

/// One session or user, summed over its traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupAnswer {
    id: String,
    trace_count: u32,
    /// Traces whose root failed.
    error_count: u32,
    /// Start of the first trace.
    first_unix_nanos: String,
    /// Start of the last span.
    last_unix_nanos: String,
    usage: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    cost_status: &'static str,
    /// The newest 100, in order of start.
    trace_ids: Vec<String>,
    /// What went into the first trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_preview: Option<String>,
    /// What came out of the last trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_preview: Option<String>,
}

/// Lists sessions, the last active first.
#[utoipa::path(get, operation_id = "list_sessions", path = "/api/v1/projects/{project}/sessions", tag = "sessions", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = GroupList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sessions(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<GroupList>, Problem> {
    let (groups, next_cursor, total) = list(&scope, GroupKey::Session, params.check()?).await?;
    Ok(Json(GroupList { sessions: Some(groups), users: None, next_cursor, total, cost: QuestionCost::of_request() }))
}

/// Lists users, the last active first.
#[utoipa::path(get, operation_id = "list_users", path = "/api/v1/projects/{project}/users", tag = "users", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = GroupList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn users(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<GroupList>, Problem> {
    let (groups, next_cursor, total) = list(&scope, GroupKey::User, params.check()?).await?;
    Ok(Json(GroupList { sessions: None, users: Some(groups), next_cursor, total, cost: QuestionCost::of_request() }))
}

type Listed = (Vec<GroupAnswer>, Option<String>, TotalCount);

async fn list(scope: &ProjectScope, key: GroupKey, page: PageRequest) -> Result<Listed, Problem> {
    let query = GroupQuery { key, range: page.range, filter: page.filter, limit: page.limit, after: page.after };
    let found = scope.list_groups(&query).await?;
    let groups = found.groups.into_iter().map(GroupAnswer::from).collect();
    Ok((groups, found.next.as_ref().map(encode_cursor), found.total.into()))
}

impl From<Group> for GroupAnswer {
    fn from(group: Group) -> Self {
        let totals = &group.totals;
        Self {
            id: group.name,
            trace_count: totals.trace_count,
            error_count: totals.error_count,
            first_unix_nanos: group.first_unix_nanos.to_string(),
            last_unix_nanos: group.last_unix_nanos.to_string(),
            usage: totals.usage().iter().map(|(unit, count)| (unit.to_owned(), count)).collect(),
            cost_usd: totals.cost().map(|cost| cost.to_string()),
            cost_status: totals.cost_status().as_str(),
            trace_ids: group.trace_ids.iter().map(ToString::to_string).collect(),
            input_preview: group.input_preview,
            output_preview: group.output_preview,
        }
    }
}
