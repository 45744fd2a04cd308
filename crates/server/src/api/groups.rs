//! Sessions and users: traces by the name they carry.

use std::collections::BTreeMap;

use axum::Json;
use model::{CostStatus, NanoUsd, SpanStatus, Usage};
use serde::Serialize;
use store::{Detail, Group, GroupKey, GroupQuery};
use utoipa::ToSchema;

use super::page::{ListParams, PageRequest, TotalCount, encode_cursor};
use super::params::Params;
use super::read::summary_trace;
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
}

/// One session or user, summed over its traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupAnswer {
    id: String,
    trace_count: usize,
    /// Traces whose root failed.
    error_count: usize,
    first_unix_nanos: String,
    last_unix_nanos: String,
    usage: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    cost_status: &'static str,
    /// In order of start.
    trace_ids: Vec<String>,
    /// What went into the first trace that says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_preview: Option<String>,
    /// What came out of the last trace that says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_preview: Option<String>,
}

/// Lists sessions, the last active first.
#[utoipa::path(get, operation_id = "list_sessions", path = "/api/v1/projects/{project}/sessions", tag = "sessions", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = GroupList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sessions(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<GroupList>, Problem> {
    let (groups, next_cursor, total) = list(&scope, GroupKey::Session, params.check_without_query()?).await?;
    Ok(Json(GroupList { sessions: Some(groups), users: None, next_cursor, total }))
}

/// Lists users, the last active first.
#[utoipa::path(get, operation_id = "list_users", path = "/api/v1/projects/{project}/users", tag = "users", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = GroupList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn users(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<GroupList>, Problem> {
    let (groups, next_cursor, total) = list(&scope, GroupKey::User, params.check_without_query()?).await?;
    Ok(Json(GroupList { sessions: None, users: Some(groups), next_cursor, total }))
}

type Listed = (Vec<GroupAnswer>, Option<String>, TotalCount);

async fn list(scope: &ProjectScope, key: GroupKey, page: PageRequest) -> Result<Listed, Problem> {
    let found = scope.list_groups(&GroupQuery { key, range: page.range, limit: page.limit, after: page.after }).await?;
    let mut groups = Vec::with_capacity(found.groups.len());
    for group in found.groups {
        groups.push(summed(scope, group).await?);
    }
    Ok((groups, found.next.as_ref().map(encode_cursor), found.total.into()))
}

async fn summed(scope: &ProjectScope, group: Group) -> Result<GroupAnswer, Problem> {
    let mut usage = Usage::default();
    let mut costs: Vec<NanoUsd> = Vec::new();
    let mut statuses = Vec::new();
    let mut error_count = 0;
    let (mut input_preview, mut output_preview) = (None, None);
    for trace_id in &group.trace_ids {
        let Some(records) = scope.trace(*trace_id, Detail::Columns).await? else { continue };
        let summary = summary_trace(scope, records).await?.summary;
        usage.add(&summary.usage);
        costs.extend(summary.cost);
        statuses.push(summary.cost_status);
        error_count += usize::from(summary.status == SpanStatus::Error);
        input_preview = input_preview.or(summary.input_preview);
        output_preview = summary.output_preview.or(output_preview);
    }
    Ok(GroupAnswer {
        id: group.name,
        trace_count: group.trace_ids.len(),
        error_count,
        first_unix_nanos: group.first_unix_nanos.to_string(),
        last_unix_nanos: group.last_unix_nanos.to_string(),
        usage: usage.iter().map(|(unit, count)| (unit.to_owned(), count)).collect(),
        cost_usd: (!costs.is_empty()).then(|| costs.iter().copied().sum::<NanoUsd>().to_string()),
        cost_status: joined_status(&statuses).as_str(),
        trace_ids: group.trace_ids.iter().map(ToString::to_string).collect(),
        input_preview,
        output_preview,
    })
}

/// Priced where all is priced, partial where some is, and traces with nothing to price do not matter.
fn joined_status(statuses: &[CostStatus]) -> CostStatus {
    let has = |wanted| statuses.contains(&wanted);
    match (has(CostStatus::Priced), has(CostStatus::NoPrice), has(CostStatus::Partial)) {
        (_, _, true) | (true, true, _) => CostStatus::Partial,
        (true, false, false) => CostStatus::Priced,
        (false, true, false) => CostStatus::NoPrice,
        (false, false, false) => CostStatus::None,
    }
}
