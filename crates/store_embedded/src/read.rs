//! Answers questions from the tail and the segments.
//!
//! Lists run in two steps: a scan of the few columns that decide what is on the page, in bounded memory per trace or span found,
//! then the rows of the page alone. Versions of a span are merged in both. Everything here works on threads that may block.

mod page;
mod snapshot;

mod fetch;
mod scan;

mod groups;
mod logs;
mod spans;
mod traces;

pub(crate) use fetch::{projects_of_trace, trace};
pub(crate) use groups::list_groups;
pub(crate) use logs::list_logs;
pub(crate) use spans::list_spans;
pub(crate) use traces::list_traces;
