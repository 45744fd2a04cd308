//! Parameters and answers that all lists share.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use query::{Filter, Rows};
use serde::{Deserialize, Serialize};
use store::limits::PAGE_ROWS_MAX;
use store::{KeysetCursor, TimeRange, Total};
use utoipa::{IntoParams, ToSchema};

use super::time_range;
use crate::limits::PAGE_ROWS_DEFAULT;
use crate::problem::Problem;

/// What every list takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Filter in the query language.
    pub q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    pub t: Option<String>,
    /// Sort key, `-` first for descending order.
    pub sort: Option<String>,
    /// Rows of a page: 1 to 1000, by default 50.
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The same, checked.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    pub range: TimeRange,
    pub limit: usize,
    pub after: Option<KeysetCursor>,
    pub filter: Filter,
}

/// How many rows the whole list has.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct TotalCount {
    pub count: u64,
    pub exact: bool,
}

impl From<Total> for TotalCount {
    fn from(total: Total) -> Self {
        Self { count: total.count, exact: total.exact }
    }
}

impl ListParams {
    pub(crate) fn check(&self) -> Result<PageRequest, Problem> {
        let filter = parse_query(self.q.as_deref())?;
        let limit = self.limit.unwrap_or(PAGE_ROWS_DEFAULT);
        if !(1..=PAGE_ROWS_MAX).contains(&limit) {
            return Err(Problem::bad_request("invalid-limit", format!("`limit` is {limit}: expected 1 to {PAGE_ROWS_MAX}")));
        }
        let after = self.cursor.as_deref().filter(|text| !text.is_empty()).map(decode_cursor).transpose()?;
        Ok(PageRequest { range: time_range::parse(self.t.as_deref())?, limit, after, filter })
    }

    /// For lists that have no filter yet.
    pub(crate) fn check_without_query(&self) -> Result<PageRequest, Problem> {
        let page = self.check()?;
        match page.filter.is_everything() {
            true => Ok(page),
            false => Err(Problem::bad_request("query-not-supported", "this list takes no query yet").with_hint("Leave `q` out.")),
        }
    }
}

/// Reads a query; the first mistake is told, with its place.
pub(crate) fn parse_query(text: Option<&str>) -> Result<Filter, Problem> {
    let parsed = query::parse(text.unwrap_or_default());
    parsed.map(|parsed| parsed.filter).map_err(|mistakes| match mistakes.first() {
        Some(mistake) => {
            Problem::bad_request("invalid-query", mistake.reason.clone()).with_hint(sentence(&mistake.fix)).with_place(mistake.from)
        }
        None => Problem::bad_request("invalid-query", "the query cannot be read"),
    })
}

/// Reads what the rows of a list are; traces where nothing is said.
pub(crate) fn rows(name: Option<&str>) -> Result<Rows, Problem> {
    match name.unwrap_or("traces") {
        "traces" => Ok(Rows::Traces),
        "spans" => Ok(Rows::Spans),
        "sessions" => Ok(Rows::Sessions),
        other => {
            let shown: String = other.chars().take(80).collect();
            Err(Problem::bad_request("invalid-parameter", format!("there are no rows `{shown}`"))
                .with_hint("Use traces, spans or sessions."))
        }
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Cursors are opaque to clients; the first byte is the version of the form.
const CURSOR_VERSION: u8 = 1;

pub(crate) fn encode_cursor(cursor: &KeysetCursor) -> String {
    let mut bytes = vec![CURSOR_VERSION];
    bytes.extend_from_slice(&cursor.key.to_be_bytes());
    bytes.extend_from_slice(&cursor.tie);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode_cursor(text: &str) -> Result<KeysetCursor, Problem> {
    let invalid =
        || Problem::bad_request("invalid-cursor", "`cursor` is not one of this server's").with_hint("Start again without a cursor.");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
    let Some((&CURSOR_VERSION, rest)) = bytes.split_first() else { return Err(invalid()) };
    let (key, tie) = rest.split_first_chunk::<8>().ok_or_else(invalid)?;
    Ok(KeysetCursor { key: u64::from_be_bytes(*key), tie: tie.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor = KeysetCursor { key: u64::MAX, tie: vec![0, 255, 7] };
        assert_eq!(decode_cursor(&encode_cursor(&cursor)).unwrap(), cursor);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        for text in ["%%%", "", "AA", "Ag"] {
            assert!(decode_cursor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_page_has_one_to_a_thousand_rows() {
        let ask = |limit| ListParams { limit: Some(limit), ..ListParams::default() }.check();
        assert!(ask(0).is_err() && ask(1_001).is_err());
        assert!(ask(1).is_ok() && ask(1_000).is_ok());
    }
}
