//! Answers questions from the tail and the segments.
//!
//! Lists run in two steps: which rows are on the page is found from the few columns that decide it, newest segments first, then the
//! rows of the page alone are fetched, as a single trace is. Everything here works on threads that may block.

mod page;
mod snapshot;

mod bounds;
mod compare;
mod cores;
mod places;

mod masks;
mod narrowing;
mod roll_ups;
mod runs;
mod trees;

mod fetch;
mod stop;

mod apart;
mod sources;

mod looked_at;
mod looked_into;
mod verify;

mod scan;
mod sql;

mod groups;
mod logs;
mod outputs;
mod points;
mod spans;
mod traces;

mod raw;

mod aggregate;

mod tables;

pub(crate) use aggregate::{aggregate, runs_of_step};
pub(crate) use fetch::{logs_of_traces, projects_of_trace, trace, traces};
pub(crate) use groups::list_groups;
pub(crate) use logs::{list_logs, raw_logs};
pub(crate) use outputs::outputs;
pub(crate) use points::list_points;
pub(crate) use raw::raw_spans;
pub(crate) use snapshot::updated_spans;
pub(crate) use spans::{list_spans, whole_spans};
pub(crate) use stop::Stop;
pub(crate) use tables::{Contents, Part, StoredRows, StoredTable, TableReader, WantedRows};
pub(crate) use traces::{find_traces, list_traces};
