//! How long and how deep a query may be, each number with its reason.

/// Longest text of a query. A link carries it, and a list of a few hundred ids fits.
pub(crate) const QUERY_BYTES_MAX: usize = 16 << 10;

/// Deepest nesting of parentheses, functions and `not`. People stop at four; the parser calls itself once a level.
pub(crate) const DEPTH_MAX: usize = 32;

/// Most tests, words and functions in one query; each may cost a scan of a column.
pub(crate) const TERMS_MAX: usize = 500;

/// Most values of one list.
pub(crate) const LIST_VALUES_MAX: usize = 1_000;

/// Longest regular expression.
pub(crate) const REGEX_BYTES_MAX: usize = 1_000;

/// What a compiled regular expression may take; one with counted repetitions can be short and huge.
pub(crate) const REGEX_COMPILED_BYTES_MAX: usize = 1 << 20;

/// Most steps of a path into a JSON value.
pub(crate) const PATH_STEPS_MAX: usize = 32;

/// Most spans that one `then` follows up; each is a pass over the trace.
pub(crate) const SEQUENCE_STEPS_MAX: usize = 16;

/// Most mistakes that are told at once: behind the first ones the rest is guesswork.
pub(crate) const DIAGNOSTICS_MAX: usize = 20;

/// Names suggested for an unknown one.
pub(crate) const NEAREST_NAMES_MAX: usize = 3;

/// Suggestions while a query is typed.
pub(crate) const SUGGESTIONS_MAX: usize = 100;
