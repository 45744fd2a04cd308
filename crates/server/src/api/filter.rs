//! The parameter `q`: which rows are meant.

use query::Filter;

use crate::problem::Problem;

/// Reads a filter; nothing at all means every row.
pub(crate) fn parse(text: Option<&str>) -> Result<Filter, Problem> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(Filter::everything()) };
    match query::parse(text) {
        Ok(parsed) => Ok(parsed.filter),
        Err(diagnostics) => Err(problem(&diagnostics)),
    }
}

/// Tells the first mistake; the place is told where it stands.
fn problem(diagnostics: &[query::Diagnostic]) -> Problem {
    match diagnostics.first() {
        Some(first) => Problem::bad_request("invalid-query", first.reason.clone()).with_hint(first.fix.clone()).at(first.from),
        None => Problem::bad_request("invalid-query", "the query cannot be understood"),
    }
}
