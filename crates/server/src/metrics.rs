//! The server's own counters: what came in, how fast, what was turned away and why, how long the disk took.
//!
//! Kept in memory since the start; what became of records is counted by the ledger, durably, and not here.

mod exposition;
mod histogram;
mod rate;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use store::{Ledger, StoreStatus};

pub(crate) use exposition::Gauges;
pub(crate) use histogram::Snapshot;
pub(crate) use rate::Second;

use crate::journal::ReceiverEvent;
use histogram::Histogram;
use rate::Rate;

/// Counters of the receivers; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// By protocol.
    received: Mutex<BTreeMap<&'static str, Received>>,
    /// By HTTP status.
    refused: Mutex<BTreeMap<u16, Refused>>,
    rate: Rate,
    appends: Histogram,
}

/// What came over one protocol since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) requests_accepted: u64,
    pub(crate) requests_refused: u64,
    /// Spans, log records and metric points that decoded or were rejected alone.
    pub(crate) records: u64,
    /// Of bodies, as sent.
    pub(crate) bytes: u64,
}

/// Requests that were turned away as a whole with one status since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) requests: u64,
    /// Of the last one; decimal string.
    pub(crate) last_unix_nanos: String,
    pub(crate) last_detail: String,
}

impl Metrics {
    /// Counts a request to a receiver by what its journal entry says.
    pub(crate) fn request(&self, event: &ReceiverEvent) {
        let is_refused = event.outcome == "rejected";
        let mut received = lock(&self.0.received);
        let counts = received.entry(event.protocol).or_default();
        counts.requests_accepted += u64::from(!is_refused);
        counts.requests_refused += u64::from(is_refused);
        counts.records += event.records;
        counts.bytes += event.bytes;
        drop(received);
        self.0.rate.add(event.records, event.bytes);
        if is_refused {
            let mut refused = lock(&self.0.refused);
            let of_status = refused.entry(event.status).or_default();
            of_status.requests += 1;
            of_status.last_unix_nanos.clone_from(&event.time_unix_nanos);
            of_status.last_detail = event.reason.clone().unwrap_or_default();
        }
    }

    /// Counts a batch that was taken from decoded to on disk.
    pub(crate) fn append(&self, took: Duration) {
        self.0.appends.observe(took);
    }

    pub(crate) fn received(&self) -> BTreeMap<&'static str, Received> {
        lock(&self.0.received).clone()
    }

    pub(crate) fn refused(&self) -> BTreeMap<u16, Refused> {
        lock(&self.0.refused).clone()
    }

    /// The last whole seconds, oldest first; fewer where the server is younger.
    pub(crate) fn last_seconds(&self) -> Vec<Second> {
        self.0.rate.last_seconds()
    }

    pub(crate) fn appends(&self) -> Snapshot {
        self.0.appends.snapshot()
    }

    /// Writes all metrics in the Prometheus text format 0.0.4.
    pub(crate) fn render(&self, ledger: &Ledger, status: &StoreStatus, gauges: &Gauges) -> String {
        exposition::render(self, ledger, status, gauges)
    }
}

/// Names why requests of a status are turned away, for labels and lists.
pub(crate) fn refusal_reason(status: u16) -> &'static str {
    match StatusCode::from_u16(status).unwrap_or_default() {
        StatusCode::BAD_REQUEST => "not_decodable",
        StatusCode::UNAUTHORIZED => "no_key",
        StatusCode::FORBIDDEN => "key_not_allowed",
        StatusCode::NOT_FOUND => "wrong_path",
        StatusCode::REQUEST_TIMEOUT => "body_stalled",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_otlp",
        StatusCode::TOO_MANY_REQUESTS => "receivers_full",
        StatusCode::SERVICE_UNAVAILABLE => "store_busy_or_stopped",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        _ => "other",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
