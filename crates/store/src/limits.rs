//! The bounds of every question a store answers.

/// Rows of one page: API.md, conventions.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// Spans of one trace that are read at once; a trace beyond it answers its first spans by start, and says so.
///
/// A million spans of columns only are about a gigabyte in memory.
pub const TRACE_SPANS_MAX: usize = 1_000_000;

/// Rows of the own price table over all projects: each is looked at for each priced span, and so many cost a few microseconds.
pub const OWN_PRICES_MAX: usize = 2_000;
