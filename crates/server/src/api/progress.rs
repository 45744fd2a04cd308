//! How far a request is that is being answered.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use store::Progress;
use utoipa::ToSchema;

use crate::auth::ProjectScope;
use crate::problem::Problem;
use crate::questions::Questions;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressAnswer {
    /// Pieces of the store that are to be looked into, as far as that is known; some may turn out not to be needed.
    parts: u64,
    parts_done: u64,
    /// Rows looked at.
    rows: u64,
    /// Bytes of their columns.
    bytes: u64,
}

impl From<Progress> for ProgressAnswer {
    fn from(Progress { parts, parts_done, rows, bytes }: Progress) -> Self {
        Self { parts, parts_done, rows, bytes }
    }
}

/// Of the path; `ProjectScope` reads the project.
#[derive(Debug, Deserialize)]
pub(crate) struct RequestPath {
    request_id: String,
}

/// Tells how far a request is that is being answered: one to the same project that gave itself an id by the header `x-request-id`.
#[utoipa::path(get, operation_id = "get_progress", path = "/api/v1/projects/{project}/requests/{request_id}", tag = "figures",
    params(("project" = String, Path, description = "Slug"), ("request_id" = String, Path, description = "As the request had it")),
    responses((status = 200, body = ProgressAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get(
    scope: ProjectScope,
    State(questions): State<Questions>,
    Path(path): Path<RequestPath>,
) -> Result<Json<ProgressAnswer>, Problem> {
    let progress = questions.progress(scope.project().as_str(), &path.request_id);
    let gone = || {
        Problem::not_found("no request of this id is being answered")
            .with_hint("It is answered already, or was sent without the header `x-request-id`.")
    };
    Ok(Json(progress.ok_or_else(gone)?.into()))
}
