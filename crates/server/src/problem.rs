//! Errors as clients see them: RFC 9457 problem documents.
//!
//! The only place where an error of a floor below gets an HTTP status.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::sql::SqlError;
use store::{StoreError, with_causes};
use utoipa::ToSchema;

/// What went wrong, why, and what to do about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Offset in the input at which the problem stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:clew:problem:{kind}"),
            title: kind.replace('-', " "),
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            at: None,
            retry_after: None,
        }
    }

    pub(crate) fn bad_request(kind: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, kind, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says at which byte of the input the problem stands.
    pub(crate) fn with_place(mut self, at: usize) -> Self {
        self.at = Some(at);
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }
}

/// Writes a duration as `Retry-After` wants it: whole seconds, at least one.
pub(crate) fn retry_after_header(retry_after: Duration) -> HeaderValue {
    HeaderValue::from(retry_after.as_secs().max(1))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(retry_after) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_header(retry_after));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { retry_after, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-busy", error.to_string()).with_retry_after(retry_after)
            }
            StoreError::Stopped { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-stopped", error.to_string())
                .with_hint("An operator should look at the server's log and disk."),
            StoreError::Invalid(detail) => Self::bad_request("invalid-query", detail),
            StoreError::Damaged(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "data-damaged", error.to_string()),
            StoreError::Failed { .. } => {
                tracing::error!(error = %with_causes(&error), "question not answered");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to read its data")
                    .with_hint("The server's log says more under this request's id.")
            }
        }
    }
}

impl From<SqlError> for Problem {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Refused { what, hint, at } => Self { hint, at, ..Self::bad_request("invalid-sql", what) },
            SqlError::TooMuch { what, hint } => Self::bad_request("sql-too-much", what).with_hint(hint),
            SqlError::Store(error) => error.into(),
        }
    }
}
