//! Answers questions from the tail and the segments.
//!
//! Lists run in two steps: DataFusion finds which traces, spans or groups are on the page from the few columns that decide it,
//! then the rows of the page alone are fetched on a direct path, as a single trace is. Versions of a span are merged in both. Everything here works on threads that may block.

mod page;
mod snapshot;

mod fetch;
mod scan;
mod sql;

mod groups;
mod logs;
mod spans;
mod traces;

pub(crate) use fetch::{projects_of_trace, trace};
pub(crate) use groups::list_groups;
pub(crate) use logs::list_logs;
pub(crate) use snapshot::updated_spans;
pub(crate) use spans::{list_spans, whole_spans};
pub(crate) use traces::list_traces;
