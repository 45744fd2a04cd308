//! The bounds of every question a store answers.

/// Rows of one page: API.md, conventions.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// Spans of one trace that are read at once; a trace beyond it answers its first spans by start, and says so.
///
/// A million spans of columns only are about a gigabyte in memory.
pub const TRACE_SPANS_MAX: usize = 1_000_000;

/// Two views of one call start this close together; ids of answers that stand-ins for a provider repeat are other calls beyond it.
///
/// A view made from a log record starts when the record says less how long the call took, which agrees to a second or so.
/// Views are compared by windows of this length, so that they may be up to twice as far apart.
pub const SAME_CALL_NANOS: u64 = 10_000_000_000;

/// Rows of the own price table over all projects: each is looked at for each priced span, and so many cost a few microseconds.
pub const OWN_PRICES_MAX: usize = 2_000;
