//! The part of a span that is answered as it was sent.

use std::collections::HashMap;

use dialect::LinkType;
use model::{Event, Link, RawSpan, Span, TraceId};
use serde::Serialize;
use serde_json::{Map, Value};
use store::attributes_json;
use utoipa::ToSchema;

/// The span as it was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RawAnswer {
    attributes: Map<String, Value>,
    resource: Map<String, Value>,
    scope_attributes: Map<String, Value>,
    events: Vec<EventAnswer>,
    links: Vec<LinkAnswer>,
    trace_state: String,
    flags: u32,
    dropped_attributes_count: u32,
    dropped_events_count: u32,
    dropped_links_count: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventAnswer {
    name: String,
    /// Decimal string.
    time_unix_nanos: String,
    attributes: Map<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkAnswer {
    /// What it means: `causes`, `resumes`, `evaluates`, `batch` or `transport`.
    #[serde(rename = "type")]
    link_type: &'static str,
    trace_id: String,
    span_id: String,
    trace_state: String,
    attributes: Map<String, Value>,
}

impl RawAnswer {
    /// `sessions` are those of the traces that links point at, as far as they are known.
    pub(super) fn new(span: &Span, raw: &RawSpan, sessions: &HashMap<TraceId, String>) -> Self {
        let link_types = dialect::link_types(span, raw, sessions);
        Self {
            attributes: attributes_json(&raw.attributes),
            resource: attributes_json(&raw.resource.attributes),
            scope_attributes: attributes_json(&raw.scope.attributes),
            events: raw.events.iter().map(EventAnswer::from).collect(),
            links: raw.links.iter().zip(link_types).map(|(link, link_type)| LinkAnswer::new(link, link_type)).collect(),
            trace_state: raw.trace_state.clone(),
            flags: raw.flags,
            dropped_attributes_count: raw.dropped_attributes_count,
            dropped_events_count: raw.dropped_events_count,
            dropped_links_count: raw.dropped_links_count,
        }
    }
}

impl From<&Event> for EventAnswer {
    fn from(event: &Event) -> Self {
        Self {
            name: event.name.clone(),
            time_unix_nanos: event.time_unix_nanos.to_string(),
            attributes: attributes_json(&event.attributes),
        }
    }
}

impl LinkAnswer {
    fn new(link: &Link, link_type: LinkType) -> Self {
        Self {
            link_type: link_type.as_str(),
            trace_id: link.trace_id.to_string(),
            span_id: link.span_id.to_string(),
            trace_state: link.trace_state.clone(),
            attributes: attributes_json(&link.attributes),
        }
    }
}
