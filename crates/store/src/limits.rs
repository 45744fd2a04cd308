//! The bounds of every question a store answers.

/// Rows of one page: API.md, conventions.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// Spans of one trace that are read at once; a trace beyond it answers its first spans by start, and says so.
///
/// A million spans of columns only are about a gigabyte in memory.
pub const TRACE_SPANS_MAX: usize = 1_000_000;

/// Traces whose spans are read at once: a page of a list.
pub const TRACES_READ_MAX: usize = PAGE_ROWS_MAX;

/// Two views of one call start this close together; ids of answers that stand-ins for a provider repeat are other calls beyond it.
///
/// A view made from a log record starts when the record says less how long the call took, which agrees to a second or so.
/// Views are compared by windows of this length, so that they may be up to twice as far apart.
pub const SAME_CALL_NANOS: u64 = 10_000_000_000;

/// Rows of the own price table over all projects: each is looked at for each priced span, and so many cost a few microseconds.
pub const OWN_PRICES_MAX: usize = 2_000;

/// Saved views of a project, 16 MiB at most where all are the longest SQL; more nobody finds again.
pub const VIEWS_MAX: usize = 500;

/// Groupings of one question: the facets, the histogram and the totals of a page, with room.
pub const AGGREGATE_GROUPINGS_MAX: usize = 32;

/// Fields that rows are grouped by at once; more than this nobody reads.
pub const AGGREGATE_KEYS_MAX: usize = 4;

/// Figures of each group.
pub const AGGREGATE_MEASURES_MAX: usize = 32;

/// Combinations of values that an answer tells of one grouping.
pub const GROUPS_ANSWERED_MAX: usize = 1_000;

/// Groups that are made for one question, over all its groupings; each has its values and figures in memory, some hundred bytes to some
/// kilobytes. A question that would make more is refused: it groups by something nearly every row has of its own.
pub const GROUPS_MADE_MAX: usize = 200_000;

/// Traces of a session or user that are named one by one, the newest; the rest is a list of traces of its own.
pub const GROUP_TRACES_MAX: usize = 100;

/// Bytes of a question in SQL: a page of text, and a list of some hundred ids. Its depth is bounded with it.
pub const SQL_BYTES_MAX: usize = 32 << 10;

/// Rows of an answer to a question in SQL.
pub const SQL_ROWS_MAX: usize = 1_000_000;

/// Bytes of an answer to a question in SQL, as it is written: it is in memory until it is sent.
pub const SQL_ANSWER_BYTES_MAX: usize = 64 << 20;
