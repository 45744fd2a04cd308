//! The parameter `q`: which rows are meant.

use query::Filter;

use crate::problem::Problem;

/// Reads a filter; nothing at all means every row.
pub(crate) fn parse(text: Option<&str>) -> Result<Filter, Problem> {
    if text.is_none_or(|text| text.trim().is_empty()) {
        return Ok(Filter::everything());
    }
    Err(Problem::bad_request("query-not-supported", "this server has no query language yet").with_hint("Leave `q` out."))
}
