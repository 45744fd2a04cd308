//! A span seen again: the newest value that is present wins, nothing that was known is forgotten.
//!
//! Used when an SDK sends a span at its start and again at its end, or patches it later.

use std::sync::Arc;

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
        kind: if newer.kind == Default::default() { older.kind } else { newer.kind },
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
    macro_rules! keep_when_empty {
        ($($field:ident).+ $(, $($rest:ident).+)* $(,)?) => {
            if merged.$($field).+ == Default::default() {
                merged.$($field).+ = older.$($field).+.clone();
            }
            $(keep_when_empty!($($rest).+);)*
        };
    }
    keep_when_empty!(
        parent_span_id,
        start_unix_nanos,
        end_unix_nanos,
        name,
        raw_name,
        kind,
        observation_type,
        operation,
        billing,
        visibility,
        level,
        status,
        status_message,
        error_type,
        provider,
        request_model,
        response_model,
        response_id,
        finish_reasons,
        stream,
        ttft_nanos,
        usage,
        usage_confidence,
        cost_reported,
        price,
        session_id,
        user_id,
        trace_name,
        tags,
        metadata,
        agent_name,
        workflow_name,
        step.name,
        step.index,
        step.attempt,
        prompt_name,
        prompt_version,
        tool_name,
        tool_call_id,
        service_name,
        environment,
        release,
        scope_name,
        scope_version,
        dialects,
        notes,
        previews.input,
        previews.output,
    );
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::RawStatus;
    use crate::{SpanKind, SpanStatus};

    fn raw(end_unix_nanos: u64, attributes: &[(&str, i64)]) -> RawSpan {
        RawSpan {
            trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
            span_id: "b7ad6b7169203331".parse().unwrap(),
            parent_span_id: None,
            trace_state: String::new(),
            flags: 0,
            name: "work".into(),
            kind: SpanKind::Internal,
            start_unix_nanos: 5,
            end_unix_nanos,
            attributes: attributes.iter().copied().collect(),
            dropped_attributes_count: 0,
            events: Vec::new(),
            dropped_events_count: 0,
            links: Vec::new(),
            dropped_links_count: 0,
            status: RawStatus::default(),
            resource: Arc::default(),
            scope: Arc::default(),
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
