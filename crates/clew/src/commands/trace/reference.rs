//! The ways to name a trace: its id, an address copied from the browser, or `last`.

use std::str::FromStr;

use model::{SpanId, TraceId};

use crate::failure::{Exit, Failure};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum TraceReference {
    Last,
    Id {
        trace_id: String,
        span_id: Option<String>,
        /// The server an address points to.
        server: Option<String>,
    },
}

impl FromStr for TraceReference {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text == "last" {
            return Ok(Self::Last);
        }
        if let Ok(trace_id) = text.parse::<TraceId>() {
            return Ok(Self::Id { trace_id: trace_id.to_string(), span_id: None, server: None });
        }
        from_address(text).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{text}` names no trace: expected 32 hex digits, the address of a trace, or `last`"))
                .with_hint("List traces and their ids with `clew traces --json`.")
        })
    }
}

fn from_address(text: &str) -> Option<TraceReference> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let (path, search) = path.split_once('?').unwrap_or((path, ""));
    let trace_id = path.split('/').find_map(|part| part.parse::<TraceId>().ok())?;
    let span = search.split(['&', '#']).find_map(|pair| pair.strip_prefix("span="));
    let span_id = span.and_then(|span| span.trim_matches(|quote| quote == '"').parse::<SpanId>().ok());
    Some(TraceReference::Id {
        trace_id: trace_id.to_string(),
        span_id: span_id.map(|span_id| span_id.to_string()),
        server: Some(format!("{scheme}://{host}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn ids_of_either_case_and_addresses_name_a_trace() {
        let id = |span_id: Option<&str>, server: Option<&str>| TraceReference::Id {
            trace_id: ID.to_owned(),
            span_id: span_id.map(str::to_owned),
            server: server.map(str::to_owned),
        };
        assert_eq!(ID.to_uppercase().parse::<TraceReference>().unwrap(), id(None, None));
        let address = format!("http://box:4318/p/default/traces/{ID}?mode=tree&span=b7ad6b7169203331");
        assert_eq!(address.parse::<TraceReference>().unwrap(), id(Some("b7ad6b7169203331"), Some("http://box:4318")));
        assert_eq!(format!("http://box:4318/t/{ID}").parse::<TraceReference>().unwrap(), id(None, Some("http://box:4318")));
        assert_eq!("last".parse::<TraceReference>().unwrap(), TraceReference::Last);
    }

    #[test]
    fn anything_else_is_a_usage_error() {
        for text in ["0af7", "http://box:4318/p/default/traces", "first", ""] {
            assert_eq!(text.parse::<TraceReference>().unwrap_err().exit, Exit::Usage, "{text}");
        }
    }
}
