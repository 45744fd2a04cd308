//! The ways to name a span: its id, its trace's id with it, or an address copied from the browser.

use std::str::FromStr;

use model::{SpanId, TraceId};
use serde_json::Value;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::options::ServerArgs;

/// A span as the user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpanReference {
    trace_id: Option<TraceId>,
    span_id: SpanId,
    /// The server an address points to.
    server: Option<String>,
}

/// Where a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanPlace {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

impl FromStr for SpanReference {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if let Ok(span_id) = text.parse() {
            return Ok(Self { trace_id: None, span_id, server: None });
        }
        let found = match text.split_once("://") {
            Some(_) => from_address(text),
            None => text.split_once(['/', ':']).and_then(|(trace_id, span_id)| {
                Some(Self { trace_id: Some(trace_id.parse().ok()?), span_id: span_id.parse().ok()?, server: None })
            }),
        };
        found.ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{text}` names no span: expected 16 hex digits, TRACE_ID/SPAN_ID, or the address of a span"))
                .with_hint("`clew trace ID --json` lists the spans of a trace; the page of a span has its address.")
        })
    }
}

fn from_address(text: &str) -> Option<SpanReference> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let (path, search) = path.split_once('?')?;
    let trace_id = path.split('/').find_map(|part| part.parse().ok())?;
    let span = search.split(['&', '#']).find_map(|pair| pair.strip_prefix("span="))?;
    let span_id = span.trim_matches(|quote| quote == '"').parse().ok()?;
    Some(SpanReference { trace_id: Some(trace_id), span_id, server: Some(format!("{scheme}://{host}")) })
}

impl SpanReference {
    /// Points the client to the server that an address names.
    pub(crate) fn choose_server(&self, args: &mut ServerArgs) {
        if let Some(server) = &self.server {
            args.server.clone_from(server);
        }
    }

    /// Finds the trace of the span; asks the server where only the span is named.
    pub(crate) async fn locate(&self, client: &Client) -> Result<SpanPlace, Failure> {
        let span_id = self.span_id;
        if let Some(trace_id) = self.trace_id {
            return Ok(SpanPlace { trace_id, span_id });
        }
        let query = [("span_id", span_id.to_string()), ("limit", "1".to_owned())];
        let found = client.get(&client.in_project("spans"), &query).await?;
        let trace_id = found.pointer("/spans/0/trace_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let trace_id = trace_id.ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("project `{}` has no span `{span_id}`", client.project()))
                .with_hint("Name another project with --project.")
        })?;
        Ok(SpanPlace { trace_id, span_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn spans_are_named_by_id_by_pair_and_by_address() {
        let read = |text: &str| text.parse::<SpanReference>().unwrap();
        let (trace_id, span_id) = (TRACE.parse().ok(), SPAN.parse().unwrap());
        assert_eq!(read(SPAN), SpanReference { trace_id: None, span_id, server: None });
        assert_eq!(read(&format!("{TRACE}/{SPAN}")), SpanReference { trace_id, span_id, server: None });
        let address = format!("http://box:4318/p/default/traces/{TRACE}?mode=tree&span={SPAN}");
        assert_eq!(read(&address), SpanReference { trace_id, span_id, server: Some("http://box:4318".into()) });
    }

    #[test]
    fn a_trace_alone_is_no_span() {
        for text in [TRACE, "", "last", "http://box:4318/t/0af7651916cd43dd8448eb211c80319c"] {
            assert_eq!(text.parse::<SpanReference>().unwrap_err().exit, Exit::Usage, "{text}");
        }
    }
}
