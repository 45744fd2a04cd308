//! Why a request was turned away, in terms that both HTTP and gRPC can say.

use std::time::Duration;

use http::StatusCode;
use pipeline::{SubmitError, limits::RETRY_AFTER};
use store::{StoreError, with_causes};
use tonic::Code;
use wire::DecodeError;

use crate::problem::Problem;

/// A request that was refused as a whole.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    pub code: Code,
    pub detail: String,
    pub hint: Option<&'static str>,
    /// Present where the same request may succeed later.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), hint: None, retry_after: None }
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Speaks to people: the reason and what to do.
    pub(crate) fn into_problem(self) -> Problem {
        let kind = self.status.canonical_reason().unwrap_or("refused").to_ascii_lowercase().replace(' ', "-");
        let mut problem = Problem::new(self.status, &kind, self.detail);
        if let Some(hint) = self.hint {
            problem = problem.with_hint(hint);
        }
        match self.retry_after {
            Some(retry_after) => problem.with_retry_after(retry_after),
            None => problem,
        }
    }
}

impl From<pipeline::Refusal> for Refusal {
    fn from(refusal: pipeline::Refusal) -> Self {
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::TOO_MANY_REQUESTS, Code::ResourceExhausted, refusal.to_string()) }
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        let detail = with_causes(&error);
        if error.is_too_large() {
            return Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::InvalidArgument, detail)
                .with_hint("Send smaller batches: lower the exporter's max_export_batch_size.");
        }
        if error.is_unknown_encoding() {
            return Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unimplemented, detail)
                .with_hint("Send gzip, deflate, zstd or no content encoding.");
        }
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, detail)
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        let detail = with_causes(&error);
        match error {
            SubmitError::Store(StoreError::Busy { retry_after, .. }) => {
                Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, detail) }
            }
            SubmitError::Store(_) | SubmitError::Broken(_) => {
                tracing::error!(error = detail, "batch not stored");
                // Retryable for the sender: another attempt may meet a repaired server, and its own queue is the best place to wait.
                Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, detail) }
            }
        }
    }
}
