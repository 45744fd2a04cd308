//! Work that takes a while, on threads that may be held: other requests must not wait for it.

use axum::http::StatusCode;

use crate::problem::Problem;

/// Does work aside; `doing` tells the log and the caller what failed, where the work panicked.
pub(crate) async fn aside<Answer: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Answer + Send + 'static,
) -> Result<Answer, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "failed to {doing}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", format!("the server failed to {doing}"))
            .with_hint("The server's log says more under this request's id.")
    })
}
