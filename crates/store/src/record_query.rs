//! Questions about records as they were sent, and about metric points.

use model::{MetricPoint, TraceId};

use crate::query::{KeysetCursor, Order, TimeRange, Total};

/// Asks for spans by start, or for log records by time, as they were sent; earliest first.
#[derive(Debug, Clone, Default)]
pub struct RawQuery {
    pub range: TimeRange,
    /// Only records of this trace, where given.
    pub trace_id: Option<TraceId>,
    pub limit: usize,
    /// A page ends before its records take more than so many bytes, as the engine stores them; one record always fits.
    pub bytes_max: Option<usize>,
    pub after: Option<KeysetCursor>,
}

/// A page of records as they were sent.
#[derive(Debug, Clone)]
pub struct RawPage<Record> {
    pub records: Vec<Record>,
    pub next: Option<KeysetCursor>,
}

/// Asks for metric points whose time lies in the range, by time; equal times in order of arrival.
#[derive(Debug, Clone, Default)]
pub struct PointQuery {
    pub range: TimeRange,
    /// Only points of metrics of this name, where given.
    pub name: Option<String>,
    pub order: Order,
    pub limit: usize,
    /// As in `RawQuery`.
    pub bytes_max: Option<usize>,
    pub after: Option<KeysetCursor>,
}

#[derive(Debug, Clone)]
pub struct PointPage {
    pub points: Vec<MetricPoint>,
    pub next: Option<KeysetCursor>,
    /// Of the whole range, not of the page.
    pub total: Total,
}
