//! Saved views: lists and questions in SQL with a name, which a link and a command can call by it.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::limits::SQL_BYTES_MAX;
use store::{SavedView, ViewSaved, ViewTerms};
use utoipa::ToSchema;

use super::page::parse_query;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::{VIEW_BODY_BYTES_MAX, VIEW_COLUMN_CHARS_MAX, VIEW_COLUMNS_MAX, VIEW_NAME_CHARS_MAX};
use crate::problem::Problem;

/// Pages whose views are saved, as their addresses name them.
const PAGES: [&str; 5] = ["traces", "spans", "sessions", "logs", SQL_PAGE];
const SQL_PAGE: &str = "query";

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewList {
    /// By name.
    views: Vec<ViewAnswer>,
}

/// A saved view; shared by all who may read the project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewAnswer {
    /// What links name it by. Never given twice.
    id: String,
    name: String,
    /// `traces`, `spans`, `sessions`, `logs`, or `query` for a question in SQL.
    page: String,
    /// Of a list, in the query language, empty for everything; of `query`, in SQL.
    query: String,
    /// `24h`, or `<utc>~<utc>`; absent for all time.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    /// In their order; none for the usual ones.
    columns: Vec<String>,
    /// When it was saved last; decimal string.
    updated_unix_nanos: String,
}

impl From<SavedView> for ViewAnswer {
    fn from(view: SavedView) -> Self {
        let ViewTerms { name, page, query, range, columns } = view.terms;
        Self { id: view.id.to_string(), name, page, query, range, columns, updated_unix_nanos: view.updated_unix_nanos.to_string() }
    }
}

/// What a view is to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewBody {
    /// Of at most 100 characters; no two views of a page have the same.
    name: String,
    /// `traces`, `spans`, `sessions`, `logs`, or `query` for a question in SQL; by default `traces`.
    page: Option<String>,
    /// Of a list, in the query language; of `query`, in SQL, which is not looked into before it is asked.
    #[serde(default)]
    query: String,
    /// `24h`, or `<utc>~<utc>`.
    range: Option<String>,
    /// Of a list; a question names its own.
    #[serde(default)]
    columns: Vec<String>,
}

/// Of the path; `ProjectScope` reads the project.
#[derive(Debug, Deserialize)]
pub(crate) struct ViewPath {
    id: String,
}

/// Lists the saved views of a project.
#[utoipa::path(get, operation_id = "list_views", path = "/api/v1/projects/{project}/views", tag = "views",
    params(("project" = String, Path, description = "Slug")),
    responses((status = 200, body = ViewList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope) -> Result<Json<ViewList>, Problem> {
    Ok(Json(ViewList { views: scope.views().await?.into_iter().map(ViewAnswer::from).collect() }))
}

/// Saves a new view.
#[utoipa::path(post, operation_id = "create_view", path = "/api/v1/projects/{project}/views", tag = "views",
    params(("project" = String, Path, description = "Slug")), request_body = ViewBody,
    responses((status = 201, body = ViewAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(scope: ProjectScope, body: Body) -> Result<(StatusCode, Json<ViewAnswer>), Problem> {
    let terms = read(body).await?;
    let view = saved(scope.save_view(None, &terms).await?, &terms, "")?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Saves a view anew in place of what it said.
#[utoipa::path(put, operation_id = "update_view", path = "/api/v1/projects/{project}/views/{id}", tag = "views",
    params(("project" = String, Path, description = "Slug"), ("id" = String, Path, description = "Of the view")), request_body = ViewBody,
    responses((status = 200, body = ViewAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn update(scope: ProjectScope, Path(path): Path<ViewPath>, body: Body) -> Result<Json<ViewAnswer>, Problem> {
    let id = path.id.parse().map_err(|_| no_view(&path.id))?;
    let terms = read(body).await?;
    Ok(Json(saved(scope.save_view(Some(id), &terms).await?, &terms, &path.id)?))
}

/// Removes a view; links that name it show their own filter and range.
#[utoipa::path(delete, operation_id = "remove_view", path = "/api/v1/projects/{project}/views/{id}", tag = "views",
    params(("project" = String, Path, description = "Slug"), ("id" = String, Path, description = "Of the view")),
    responses((status = 204, description = "It is gone"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(scope: ProjectScope, Path(path): Path<ViewPath>) -> Result<StatusCode, Problem> {
    let id = path.id.parse().map_err(|_| no_view(&path.id))?;
    if scope.remove_view(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(no_view(&path.id)) }
}

fn no_view(id: &str) -> Problem {
    let shown: String = id.chars().take(80).collect();
    Problem::not_found(format!("there is no saved view `{shown}` in this project")).with_hint("GET …/views lists the views and their ids.")
}

fn saved(outcome: ViewSaved, terms: &ViewTerms, id: &str) -> Result<ViewAnswer, Problem> {
    match outcome {
        ViewSaved::Done(view) => Ok(view.into()),
        ViewSaved::Missing => Err(no_view(id)),
        ViewSaved::NameTaken => {
            let taken = format!("there is a view `{}` of {} already", terms.name, terms.page);
            Err(Problem::new(StatusCode::CONFLICT, "name-taken", taken).with_hint("Choose another name, or PUT the view of that name."))
        }
    }
}

async fn read(body: Body) -> Result<ViewTerms, Problem> {
    let too_large = |_| {
        let detail = format!("the body is over the limit of {VIEW_BODY_BYTES_MAX} bytes or broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    };
    let bytes = to_bytes(body, VIEW_BODY_BYTES_MAX).await.map_err(too_large)?;
    let body: ViewBody = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::bad_request("invalid-body", format!("the body is no view: {error}"))
            .with_hint(r#"Send e.g. {"name": "Failed today", "page": "traces", "query": "status:error", "range": "24h"}."#)
    })?;
    body.check()
}

impl ViewBody {
    fn check(self) -> Result<ViewTerms, Problem> {
        let name = self.name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=VIEW_NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
            return Err(invalid(format!("`name` has {length} characters: expected 1 to {VIEW_NAME_CHARS_MAX}, on one line")));
        }
        let page = self.page.unwrap_or_else(|| "traces".into());
        if !PAGES.contains(&page.as_str()) {
            let shown: String = page.chars().take(80).collect();
            return Err(
                invalid(format!("there is no page `{shown}` whose views are saved")).with_hint(format!("Use one of {}.", PAGES.join(", ")))
            );
        }
        let query = self.query.trim();
        if page == SQL_PAGE {
            check_sql(query, &self.columns)?;
        } else {
            parse_query(Some(query))?;
        }
        time_range::parse(self.range.as_deref())?;
        let is_column =
            |column: &String| (1..=VIEW_COLUMN_CHARS_MAX).contains(&column.chars().count()) && !column.contains(char::is_control);
        if self.columns.len() > VIEW_COLUMNS_MAX || !self.columns.iter().all(is_column) {
            return Err(invalid(format!("`columns` are at most {VIEW_COLUMNS_MAX}, of 1 to {VIEW_COLUMN_CHARS_MAX} characters each")));
        }
        let range = self.range.filter(|range| !range.trim().is_empty());
        Ok(ViewTerms { name, page, query: query.to_owned(), range, columns: self.columns })
    }
}

/// A question is answered as it is written when it is asked; here it must be one that can be sent.
fn check_sql(sql: &str, columns: &[String]) -> Result<(), Problem> {
    if !(1..=SQL_BYTES_MAX).contains(&sql.len()) {
        let detail = format!("`query` has {} bytes of SQL: expected 1 to {SQL_BYTES_MAX}", sql.len());
        return Err(invalid(detail).with_hint("Send one SELECT as `query`."));
    }
    if !columns.is_empty() {
        return Err(invalid("`columns` are of lists".into()).with_hint("Name them in the SELECT."));
    }
    Ok(())
}

fn invalid(detail: String) -> Problem {
    Problem::bad_request("invalid-view", detail)
}
