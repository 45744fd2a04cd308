//! The shape of the answer about the server itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::health::LedgerAnswer;
use crate::app::About;
use crate::metrics::Received;

/// How the server is doing; counts of requests are since its start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemAnswer {
    /// Of the server's clock; decimal string.
    pub(super) now_unix_nanos: String,
    pub(super) about: About,
    /// Decimal string.
    pub(super) uptime_nanos: String,
    pub(super) state: StateAnswer,
    pub(super) ingest: IngestAnswer,
    /// Requests turned away as a whole, by status.
    pub(super) refused: Vec<RefusedAnswer>,
    pub(super) in_flight: InFlightAnswer,
    pub(super) appends: AppendsAnswer,
    pub(super) ledger: SystemLedger,
    pub(super) storage: StorageAnswer,
    /// Absent where records are kept for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retention: Option<RetentionAnswer>,
    /// What is stored and cannot be read, or was found to be lost.
    pub(super) damaged: Vec<DamageAnswer>,
    pub(super) limits: Vec<LimitAnswer>,
}

/// How long records are kept, and what went for it since the start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetentionAnswer {
    /// Of projects that are not named; absent where they keep records for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_seconds: Option<u64>,
    pub(super) projects: Vec<ProjectRetentionAnswer>,
    /// Decimal string; absent before the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) applied_unix_nanos: Option<String>,
    pub(super) traces: u64,
    pub(super) spans: u64,
    pub(super) logs: u64,
    pub(super) points: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectRetentionAnswer {
    pub(super) project: String,
    pub(super) keep_seconds: u64,
}

/// Whether records are taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateAnswer {
    /// `accepting`; `held_up` while the disk does not take the newest append; `stopped` for good until a restart.
    pub(super) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// What comes in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestAnswer {
    /// Mean over the last `seconds`.
    pub(super) records_per_second: f64,
    /// Of bodies as sent.
    pub(super) bytes_per_second: f64,
    /// Whole seconds that the means are over: at most ten, fewer just after the start.
    pub(super) seconds: usize,
    /// Of the last minute, oldest first.
    pub(super) records_by_second: Vec<u64>,
    pub(super) protocols: Vec<ProtocolAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProtocolAnswer {
    /// `http/protobuf`, `http/json`, `grpc` or `unknown`.
    protocol: &'static str,
    requests_accepted: u64,
    requests_refused: u64,
    records: u64,
    bytes: u64,
}

impl ProtocolAnswer {
    pub(super) fn new(protocol: &'static str, counts: &Received) -> Self {
        let Received { requests_accepted, requests_refused, records, bytes } = *counts;
        Self { protocol, requests_accepted, requests_refused, records, bytes }
    }
}

/// Requests to the receivers turned away with one status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedAnswer {
    /// HTTP status; for gRPC the one that stands for its code.
    pub(super) status: u16,
    /// `receivers_full`, `store_busy_or_stopped`, `too_large`, `not_decodable` and the like.
    pub(super) reason: &'static str,
    pub(super) requests: u64,
    /// Of the last one; decimal string.
    pub(super) last_unix_nanos: String,
    pub(super) last_detail: String,
}

/// What is being received at this moment, and how much may be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InFlightAnswer {
    pub(super) requests: usize,
    pub(super) requests_max: usize,
    pub(super) bytes: usize,
    pub(super) bytes_max: usize,
}

/// How long batches took from decoded to on disk and visible, since the start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppendsAnswer {
    pub(super) count: u64,
    /// At most so long, as decimal strings; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p50_nanos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) p95_nanos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longest_nanos: Option<String>,
}

/// The ledger of a time of receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemLedger {
    /// Decimal string; absent where the beginning is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_unix_nanos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_unix_nanos: Option<String>,
    pub(super) counts: LedgerAnswer,
}

/// What lies where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StorageAnswer {
    /// Of the newest append.
    pub(super) sequence: u64,
    /// On disk in the write-ahead log too, not yet in a segment.
    pub(super) memory_rows: u64,
    pub(super) memory_bytes: u64,
    pub(super) wal_bytes: u64,
    pub(super) segments: u64,
    pub(super) segment_rows: u64,
    pub(super) segment_bytes: u64,
    /// Of the disk of the data directory; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disk_free_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disk_total_bytes: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DamageAnswer {
    /// The file or folder, relative to the data directory.
    pub(super) name: String,
    pub(super) reason: String,
}

/// A bound in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitAnswer {
    pub(super) name: &'static str,
    pub(super) value: u64,
    /// `bytes`, `count` or `seconds`.
    pub(super) unit: &'static str,
    /// What it bounds.
    pub(super) about: &'static str,
}
