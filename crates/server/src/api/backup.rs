//! A backup into a folder of the server's machine.

use std::path::PathBuf;

use axum::Json;
use axum::extract::Extension;
use axum::extract::rejection::JsonRejection;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shapes::DamageShape;
use crate::auth::AnyProject;
use crate::listen::Peer;
use crate::problem::Problem;

/// Where the backup goes.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BackupRequest {
    /// Absolute path of a new or empty folder on the server's machine.
    path: String,
}

/// What the backup holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackupAnswer {
    path: String,
    files: u64,
    bytes: u64,
    /// Spans, log records and metric points.
    rows: u64,
    /// What could not be copied because it is not as it was written.
    damaged: Vec<DamageShape>,
}

/// Copies everything acknowledged so far into a folder, while records arrive. Only callers on the server's machine may ask.
#[utoipa::path(post, operation_id = "backup", path = "/api/v1/backup", tag = "health", request_body = BackupRequest,
    responses((status = 200, body = BackupAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn backup(
    any: AnyProject,
    Extension(Peer(peer)): Extension<Peer>,
    request: Result<Json<BackupRequest>, JsonRejection>,
) -> Result<Json<BackupAnswer>, Problem> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-local", format!("`{}` is not on the server's machine", peer.ip()))
            .with_hint("A backup is written to the server's disk: ask for it there."));
    }
    let Json(BackupRequest { path }) = request.map_err(|error| Problem::bad_request("invalid-body", error.body_text()))?;
    let target = PathBuf::from(&path);
    if !target.is_absolute() {
        return Err(Problem::bad_request("invalid-path", format!("`{path}` is not an absolute path")));
    }
    // On a task of its own: a client that goes away leaves a whole backup behind, not half of one.
    let work = tokio::spawn(async move { any.backup(target).await });
    let receipt = work.await.map_err(|error| {
        tracing::error!(%error, "a backup broke off");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to make a backup")
    })??;
    let damaged = receipt.damaged.into_iter().map(Into::into).collect();
    Ok(Json(BackupAnswer { path, files: receipt.files, bytes: receipt.bytes, rows: receipt.rows, damaged }))
}
