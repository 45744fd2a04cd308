//! What the receivers saw last, for the first-run page and `clew doctor`.
//!
//! Kept in memory only: it answers "does anything arrive, and why not", not "what arrived last week".

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::limits::JOURNAL_EVENTS_MAX;

/// One request to a receiver and what became of it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct ReceiverEvent {
    pub sequence: u64,
    /// Decimal string.
    pub time_unix_nanos: String,
    pub peer: String,
    pub user_agent: String,
    /// `http/protobuf`, `http/json`, `grpc` or `unknown`.
    pub protocol: &'static str,
    /// `traces`, `logs`, `metrics` or `unknown`.
    pub signal: &'static str,
    pub path: String,
    pub encoding: String,
    /// As sent.
    pub bytes: u64,
    /// HTTP status; for gRPC the one that stands for its code.
    pub status: u16,
    /// `accepted`, `partial` or `rejected`.
    pub outcome: &'static str,
    pub reason: Option<String>,
    pub hint: Option<String>,
    pub project: Option<String>,
    pub records: u64,
    pub stored: u64,
    /// Spans recognised as model calls.
    pub llm_calls: u64,
    /// Whether one of them carried messages.
    pub content: bool,
    /// A trace of the request.
    pub trace_id: Option<String>,
}

/// The last events, and a channel for those to come; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    events: Arc<Mutex<VecDeque<ReceiverEvent>>>,
    sender: broadcast::Sender<ReceiverEvent>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { events: Arc::default(), sender: broadcast::channel(JOURNAL_EVENTS_MAX).0 }
    }
}

impl Journal {
    pub(crate) fn record(&self, mut event: ReceiverEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        event.sequence = events.front().map_or(1, |newest| newest.sequence + 1);
        events.push_front(event.clone());
        events.truncate(JOURNAL_EVENTS_MAX);
        // Fails only where nobody listens.
        let _ = self.sender.send(event);
    }

    /// Newest first.
    pub(crate) fn recent(&self) -> Vec<ReceiverEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn follow(&self) -> broadcast::Receiver<ReceiverEvent> {
        self.sender.subscribe()
    }
}
