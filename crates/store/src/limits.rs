//! The bounds of every question a store answers.

/// Rows of one page: API.md, conventions.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// Spans of one trace that are read at once; a trace beyond it answers its first spans by start, and says so.
///
/// A million spans of columns only are about a gigabyte in memory.
pub const TRACE_SPANS_MAX: usize = 1_000_000;
