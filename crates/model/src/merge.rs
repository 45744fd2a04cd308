//! A span seen again: the newest value that is present wins, nothing that was known is forgotten.
//!
//! Used when an SDK sends a span at its start and again at its end, or patches it later.

use std::sync::Arc;

use crate::kinds::SpanKind;
use crate::otlp::{Event, Link, RawSpan};
use crate::span::Span;
use crate::value::Attributes;

/// Merges two versions of one raw span.
pub fn merge_raw(older: &RawSpan, newer: &RawSpan) -> RawSpan {
    let text = |older: &str, newer: &str| if newer.is_empty() { older.to_owned() } else { newer.to_owned() };
    let nanos = |older: u64, newer: u64| if newer == 0 { older } else { newer };
    RawSpan {
        trace_id: newer.trace_id,
        span_id: newer.span_id,
        parent_span_id: newer.parent_span_id.or(older.parent_span_id),
        trace_state: text(&older.trace_state, &newer.trace_state),
        flags: if newer.flags == 0 { older.flags } else { newer.flags },
        name: text(&older.name, &newer.name),
        kind: if newer.kind == SpanKind::Unspecified { older.kind } else { newer.kind },
        start_unix_nanos: nanos(older.start_unix_nanos, newer.start_unix_nanos),
        end_unix_nanos: nanos(older.end_unix_nanos, newer.end_unix_nanos),
        attributes: merge_attributes(&older.attributes, &newer.attributes),
        dropped_attributes_count: newer.dropped_attributes_count.max(older.dropped_attributes_count),
        events: merge_events(&older.events, &newer.events),
        dropped_events_count: newer.dropped_events_count.max(older.dropped_events_count),
        links: merge_links(&older.links, &newer.links),
        dropped_links_count: newer.dropped_links_count.max(older.dropped_links_count),
        status: if newer.status.code == 0 && newer.status.message.is_empty() { older.status.clone() } else { newer.status.clone() },
        resource: if newer.resource.attributes.is_empty() { Arc::clone(&older.resource) } else { Arc::clone(&newer.resource) },
        scope: if newer.scope.name.is_empty() { Arc::clone(&older.scope) } else { Arc::clone(&newer.scope) },
    }
}

fn merge_attributes(older: &Attributes, newer: &Attributes) -> Attributes {
    let kept = older.0.iter().filter(|attribute| newer.get(&attribute.key).is_none());
    Attributes(kept.chain(&newer.0).cloned().collect())
}

fn merge_events(older: &[Event], newer: &[Event]) -> Vec<Event> {
    let mut events = older.to_vec();
    events.extend(newer.iter().filter(|event| !older.contains(event)).cloned());
    events.sort_by_key(|event| event.time_unix_nanos);
    events
}

fn merge_links(older: &[Link], newer: &[Link]) -> Vec<Link> {
    let mut links = older.to_vec();
    links.extend(newer.iter().filter(|link| !older.contains(link)).cloned());
    links
}

/// Merges the columns of two versions of one canonical span, without content and raw.
///
/// A projection of parts: where the raw spans are at hand, merge those and translate the result instead.
pub fn merge_columns(older: &Span, newer: &Span) -> Span {
    let mut merged = newer.clone();
    fill(&mut merged.parent_span_id, &older.parent_span_id);
    fill(&mut merged.start_unix_nanos, &older.start_unix_nanos);
    fill(&mut merged.end_unix_nanos, &older.end_unix_nanos);
    fill(&mut merged.name, &older.name);
    fill(&mut merged.raw_name, &older.raw_name);
    fill(&mut merged.kind, &older.kind);
    fill(&mut merged.observation_type, &older.observation_type);
    fill(&mut merged.operation, &older.operation);
    fill(&mut merged.origin, &older.origin);
    fill(&mut merged.billing, &older.billing);
    fill(&mut merged.billed_in, &older.billed_in);
    fill(&mut merged.visibility, &older.visibility);
    fill(&mut merged.level, &older.level);
    fill(&mut merged.status, &older.status);
    fill(&mut merged.status_message, &older.status_message);
    fill(&mut merged.error_type, &older.error_type);
    fill(&mut merged.http_status, &older.http_status);
    fill(&mut merged.rate_limit, &older.rate_limit);
    fill(&mut merged.provider, &older.provider);
    fill(&mut merged.request_model, &older.request_model);
    fill(&mut merged.response_model, &older.response_model);
    fill(&mut merged.response_id, &older.response_id);
    fill(&mut merged.finish_reasons, &older.finish_reasons);
    fill(&mut merged.stream, &older.stream);
    fill(&mut merged.ttft_nanos, &older.ttft_nanos);
    fill(&mut merged.usage, &older.usage);
    fill(&mut merged.usage_confidence, &older.usage_confidence);
    fill(&mut merged.cost_reported, &older.cost_reported);
    fill(&mut merged.price, &older.price);
    fill(&mut merged.session_id, &older.session_id);
    fill(&mut merged.user_id, &older.user_id);
    fill(&mut merged.trace_name, &older.trace_name);
    fill(&mut merged.tags, &older.tags);
    fill(&mut merged.metadata, &older.metadata);
    fill(&mut merged.agent_name, &older.agent_name);
    fill(&mut merged.workflow_name, &older.workflow_name);
    fill(&mut merged.step.name, &older.step.name);
    fill(&mut merged.step.index, &older.step.index);
    fill(&mut merged.step.attempt, &older.step.attempt);
    fill(&mut merged.prompt_name, &older.prompt_name);
    fill(&mut merged.prompt_version, &older.prompt_version);
    fill(&mut merged.tool_name, &older.tool_name);
    fill(&mut merged.tool_call_id, &older.tool_call_id);
    merged.labels.complete(&older.labels);
    fill(&mut merged.service_name, &older.service_name);
    fill(&mut merged.environment, &older.environment);
    fill(&mut merged.release, &older.release);
    fill(&mut merged.scope_name, &older.scope_name);
    fill(&mut merged.scope_version, &older.scope_version);
    fill(&mut merged.dialects, &older.dialects);
    fill(&mut merged.notes, &older.notes);
    fill(&mut merged.previews.input, &older.previews.input);
    fill(&mut merged.previews.output, &older.previews.output);
    merged
}

/// Takes the older value where the newer one says nothing.
fn fill<T: Default + PartialEq + Clone>(newer: &mut T, older: &T) {
    if *newer == T::default() {
        newer.clone_from(older);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpanStatus;

    fn raw(end_unix_nanos: u64, attributes: &[(&str, i64)]) -> RawSpan {
        let ids = ("0af7651916cd43dd8448eb211c80319c".parse().unwrap(), "b7ad6b7169203331".parse().unwrap());
        RawSpan {
            name: "work".into(),
            kind: SpanKind::Internal,
            start_unix_nanos: 5,
            end_unix_nanos,
            attributes: attributes.iter().copied().collect(),
            ..RawSpan::new(ids.0, ids.1, Arc::default(), Arc::default())
        }
    }

    #[test]
    fn an_ended_span_completes_its_start() {
        let merged = merge_raw(&raw(0, &[("a", 1), ("b", 1)]), &raw(9, &[("b", 2)]));
        assert_eq!(merged.end_unix_nanos, 9);
        assert_eq!(merged.attributes, [("a", 1), ("b", 2)].into_iter().collect());
    }

    #[test]
    fn a_late_start_does_not_reopen_an_ended_span() {
        assert_eq!(merge_raw(&raw(9, &[]), &raw(0, &[])).end_unix_nanos, 9);
    }

    #[test]
    fn columns_known_once_stay_known() {
        let mut older = Span::from_raw(Arc::new(raw(0, &[])));
        older.session_id = Some("s".into());
        older.status = SpanStatus::Error;
        let mut newer = Span::from_raw(Arc::new(raw(9, &[])));
        newer.user_id = Some("u".into());
        let merged = merge_columns(&older, &newer);
        assert_eq!((merged.session_id.as_deref(), merged.user_id.as_deref()), (Some("s"), Some("u")));
        assert_eq!((merged.status, merged.end_unix_nanos), (SpanStatus::Error, 9));
    }
}
