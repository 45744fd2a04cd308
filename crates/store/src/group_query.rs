//! Sessions and users: traces by the name they carry.

use model::TraceId;
use query::Filter;

use crate::query::{KeysetCursor, TimeRange, Total};
use crate::trace_totals::TraceTotals;

/// What traces are grouped by: the one session and the one user that a trace says it is of, see `TraceSummary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKey {
    Session,
    User,
}

/// Asks for sessions or users with a trace that starts in the range, newest activity there first.
#[derive(Debug, Clone)]
pub struct GroupQuery {
    pub key: GroupKey,
    pub range: TimeRange,
    /// Of session rows, see `query::matches_session`; of all traces of a name, those outside the range too.
    pub filter: Filter,
    pub limit: usize,
    pub after: Option<KeysetCursor>,
}

/// One session or user, over all its traces: those outside the range too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// The earliest start of a trace.
    pub first_unix_nanos: u64,
    /// The latest start of a span.
    pub last_unix_nanos: u64,
    pub totals: TraceTotals,
    /// The newest, at most `limits::GROUP_TRACES_MAX`, in order of start.
    pub trace_ids: Vec<TraceId>,
    /// Of the first trace.
    pub input_preview: Option<String>,
    /// Of the last trace.
    pub output_preview: Option<String>,
}

#[derive(Debug, Clone)]
pub struct GroupPage {
    pub groups: Vec<Group>,
    pub next: Option<KeysetCursor>,
    /// Exact for some thousand names, and where a filter had to look at all of them.
    pub total: Total,
}
