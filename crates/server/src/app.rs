//! What every handler may reach.

use std::sync::Arc;

use axum::extract::FromRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Gate;
use crate::journal::Journal;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::questions::Questions;
use crate::seen::SeenShelf;
use crate::stop::Stop;

/// The state of the router; cheap to clone.
#[derive(Clone, FromRef)]
pub(crate) struct App {
    pub gate: Gate,
    pub journal: Journal,
    pub live: Live,
    pub metrics: Metrics,
    pub seen: SeenShelf,
    pub questions: Questions,
    pub about: Arc<About>,
    pub wire_limits: Arc<wire::Limits>,
    pub stop: Stop,
}

/// What this server is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct About {
    pub version: &'static str,
    /// Where OTLP over HTTP, the API and the UI are.
    pub http: String,
    /// Where OTLP over gRPC is.
    pub grpc: String,
    /// Decimal string.
    pub started_unix_nanos: String,
    pub data_dir: String,
}
