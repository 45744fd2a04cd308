//! Columns made anew from what is stored: by a newer mapping, or by newer prices.

use std::sync::Arc;

use model::{LogRecord, ProjectSlug, Span};

use crate::query::TimeRange;

/// Makes the columns of a span anew; it gets the span as `Detail::Whole` reads it with its log records, where the request asks for
/// them, and only the columns of its answer are kept.
pub type DeriveSpan = Arc<dyn Fn(Span, &[LogRecord]) -> Span + Send + Sync>;

/// Hears what is done and kept so far.
pub type RederiveProgress = Arc<dyn Fn(&RederiveReceipt) + Send + Sync>;

/// Which spans get new columns, and how they are made.
#[derive(Clone)]
pub struct Rederive {
    /// All projects where absent.
    pub project: Option<ProjectSlug>,
    /// Of the starts of spans.
    pub range: TimeRange,
    pub derive: DeriveSpan,
    /// Whether the log records of each span are read for it.
    pub with_logs: bool,
    /// Called now and then while the work goes on; it should not take long.
    pub progress: RederiveProgress,
}

impl Rederive {
    /// Asks for every span of every project, and tells nobody meanwhile.
    pub fn all(derive: impl Fn(Span) -> Span + Send + Sync + 'static) -> Self {
        let derive = Arc::new(move |span, _: &[LogRecord]| derive(span));
        Self { project: None, range: TimeRange::default(), derive, with_logs: false, progress: Arc::new(|_| {}) }
    }
}

/// How many spans were looked at, each counted once, and how many got other columns than they had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RederiveReceipt {
    pub spans_seen: u64,
    pub spans_changed: u64,
}

impl RederiveReceipt {
    pub fn add(&mut self, other: RederiveReceipt) {
        self.spans_seen += other.spans_seen;
        self.spans_changed += other.spans_changed;
    }
}
