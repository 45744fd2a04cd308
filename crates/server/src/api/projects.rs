//! Which projects there are, and what server this is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::About;
use crate::auth::AnyProject;
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectList {
    projects: Vec<ProjectAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectAnswer {
    slug: String,
    /// Decimal string.
    created_unix_nanos: String,
}

/// Lists projects by slug.
#[utoipa::path(get, operation_id = "list_projects", path = "/api/v1/projects", tag = "projects",
    responses((status = 200, body = ProjectList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(any: AnyProject) -> Result<Json<ProjectList>, Problem> {
    let projects = any.projects().await?.into_iter();
    let projects = projects
        .map(|project| ProjectAnswer { slug: project.slug.to_string(), created_unix_nanos: project.created_unix_nanos.to_string() });
    Ok(Json(ProjectList { projects: projects.collect() }))
}

/// Says what server this is and where its receivers are.
#[utoipa::path(get, operation_id = "get_about", path = "/api/v1/about", tag = "health", responses((status = 200, body = About)))]
pub(crate) async fn about(State(about): State<Arc<About>>) -> Json<About> {
    Json((*about).clone())
}
