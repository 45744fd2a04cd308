//! Log records and events.

use model::{AnyValue, Attributes, Event, LogRecord};

use super::tree::TraceRow;
use crate::filter::LogTest;

/// Whether a record of the span, or an event inside it, meets a test.
pub(super) fn of_span(test: &LogTest, trace: &TraceRow<'_>, at: usize) -> bool {
    let span = &trace.spans[at];
    let own = |log: &&LogRecord| log.span() == Some((span.trace_id, span.span_id));
    let events = || span.raw.iter().flat_map(|raw| &raw.events).any(|event| meets_event(test, event));
    trace.logs.iter().filter(own).any(|log| meets_log(test, log)) || events()
}

/// Whether a record of the trace meets a test, one that names no span included, or an event of one of its spans.
pub(super) fn of_trace(test: &LogTest, trace: &TraceRow<'_>) -> bool {
    trace.logs.iter().any(|log| meets_log(test, log)) || (0..trace.spans.len()).any(|at| of_span(test, trace, at))
}

fn meets_log(test: &LogTest, log: &LogRecord) -> bool {
    test.severity_min.is_none_or(|least| log.severity_number >= least)
        && meets_words(test, log.event_name(), &log.attributes, log.body.as_ref())
}

/// An event has no severity, and so not a high one.
fn meets_event(test: &LogTest, event: &Event) -> bool {
    test.severity_min.is_none() && meets_words(test, &event.name, &event.attributes, None)
}

fn meets_words(test: &LogTest, name: &str, attributes: &Attributes, body: Option<&AnyValue>) -> bool {
    test.event_name.as_ref().is_none_or(|wanted| wanted == name)
        && test.text.as_ref().is_none_or(|text| {
            let wanted = text.to_lowercase();
            let mut values = attributes.iter().map(|(_, value)| value).chain(body);
            name.to_lowercase().contains(&wanted) || values.any(|value| contains(value, &wanted))
        })
}

/// Depth is bounded where records are decoded.
fn contains(value: &AnyValue, wanted: &str) -> bool {
    match value {
        AnyValue::String(text) => text.to_lowercase().contains(wanted),
        AnyValue::Int(number) => number.to_string().contains(wanted),
        AnyValue::Double(number) => number.to_string().contains(wanted),
        AnyValue::Array(items) => items.iter().any(|item| contains(item, wanted)),
        AnyValue::Map(map) => map.iter().any(|(_, item)| contains(item, wanted)),
        AnyValue::Bool(_) | AnyValue::Bytes(_) | AnyValue::Empty => false,
    }
}
