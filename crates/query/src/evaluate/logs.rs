//! Log records and events: of spans and traces, and as rows of their own.

use model::{AnyValue, Attributes, Event, LogRecord};

use super::Matcher;
use super::compare::meets;
use super::places::add_any;
use super::scalar::{Found, Scalar};
use super::trace_row::TraceRow;
use crate::filter::{Comparison, Filter, LogTest, Subject, Words};
use crate::format::format;
use crate::words::words_of;

/// Fields that a log record has by itself.
const OF_LOGS: [&str; 6] = ["trace_id", "span_id", "name", "service_name", "scope_name", "scope_version"];

/// Returns the first part of a filter that cannot be asked of a log record; None where it can be asked as a whole.
///
/// `log(..)` is asked of the record itself, words of its body, the name of its event and the values of its attributes.
pub fn not_of_logs(filter: &Filter) -> Option<String> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().find_map(not_of_logs),
        Filter::Not(inner) => not_of_logs(inner),
        Filter::Log(_) | Filter::Words(_) => None,
        Filter::Test(test) => match &test.subject {
            Subject::Attribute(_) => None,
            Subject::Field(field) if OF_LOGS.contains(&field.name) => None,
            _ => Some(format(filter)),
        },
        Filter::Span(_) | Filter::Trace(_) | Filter::Relative(..) | Filter::Sequence(_) => Some(format(filter)),
    }
}

impl Matcher {
    /// Says whether a log record meets the filter, as a row of its own; what cannot be asked of one is not met.
    pub fn log(&self, log: &LogRecord) -> bool {
        self.meets_log_row(self.filter(), log)
    }

    fn meets_log_row(&self, filter: &Filter, log: &LogRecord) -> bool {
        match filter {
            Filter::All(parts) => parts.iter().all(|part| self.meets_log_row(part, log)),
            Filter::Any(parts) => parts.iter().any(|part| self.meets_log_row(part, log)),
            Filter::Not(inner) => !self.meets_log_row(inner, log),
            Filter::Log(test) => meets_log(test, log),
            Filter::Words(words) => has_words(words, log),
            Filter::Test(test) => {
                let entered = matches!(test.comparison, Comparison::Contains(_) | Comparison::Matches(_));
                meets(&value_of_log(&test.subject, log, entered), &test.comparison, self.regexes())
            }
            Filter::Span(_) | Filter::Trace(_) | Filter::Relative(..) | Filter::Sequence(_) => false,
        }
    }
}

fn value_of_log<'a>(subject: &Subject, log: &'a LogRecord, entered: bool) -> Found<'a> {
    let known = |text: &'a str| Found::text(Some(text).filter(|text| !text.is_empty()));
    match subject {
        Subject::Attribute(key) => {
            let places = [&log.attributes, &log.resource.attributes, &log.scope.attributes];
            let mut found = Found { is_open: true, ..Found::default() };
            if let Some(value) = places.into_iter().filter_map(|place| place.get(key)).find(|value| **value != AnyValue::Empty) {
                found.exists = true;
                add_any(value, entered, &mut found);
            }
            found
        }
        Subject::Field(field) => match field.name {
            "trace_id" => Found::one(log.trace().map(|id| Scalar::Text(id.to_string().into()))),
            "span_id" => Found::one(log.span().map(|(_, id)| Scalar::Text(id.to_string().into()))),
            "name" => known(log.event_name()),
            "service_name" => Found::text(log.resource.attributes.text("service.name")),
            "scope_name" => known(&log.scope.name),
            "scope_version" => known(&log.scope.version),
            _ => Found::default(),
        },
        _ => Found::default(),
    }
}

/// Whether one text of a record has the words.
fn has_words(wanted: &Words, log: &LogRecord) -> bool {
    let mut texts = vec![log.event_name().to_owned()];
    log.attributes.iter().map(|(_, value)| value).chain(&log.body).for_each(|value| add_texts(value, &mut texts));
    texts.iter().any(|text| {
        let words = words_of(text);
        match wanted.is_phrase {
            true => words.windows(wanted.words.len().max(1)).any(|window| window == wanted.words),
            false => wanted.words.iter().all(|word| words.contains(word)),
        }
    })
}

/// Depth is bounded where records are decoded.
fn add_texts(value: &AnyValue, texts: &mut Vec<String>) {
    match value {
        AnyValue::String(text) => texts.push(text.to_string()),
        AnyValue::Int(number) => texts.push(number.to_string()),
        AnyValue::Double(number) => texts.push(number.to_string()),
        AnyValue::Array(items) => items.iter().for_each(|item| add_texts(item, texts)),
        AnyValue::Map(map) => map.iter().for_each(|(_, item)| add_texts(item, texts)),
        AnyValue::Bool(_) | AnyValue::Bytes(_) | AnyValue::Empty => {}
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn record() -> LogRecord {
        let trace = model::TraceId::from_bytes(&[7; 16]).unwrap();
        let mut log = LogRecord::default();
        log.trace_id = Some(trace);
        log.severity_number = 17;
        log.body = Some(AnyValue::String("Connection to orders timed out".into()));
        log.attributes.push("event.name", "tool.failed");
        log.attributes.push("http.status", 504_i64);
        log
    }

    #[test]
    fn a_record_is_asked_as_a_row_of_its_own() {
        let log = record();
        let meets = |text: &str| {
            let filter = parse(text).unwrap().filter;
            assert_eq!(not_of_logs(&filter), None, "{text}");
            Matcher::new(&filter).log(&log)
        };
        let id = "07".repeat(16);
        for text in [
            "",
            "log(severity >= error)",
            "timed orders",
            "\"timed out\" -refund",
            "http.status >= 500",
            "http.status:504 or nothing",
            "name:tool.failed",
            "has:trace_id no:span_id no:service",
            "log(severity >= warn \"TIMED\" event:tool.failed)",
            &format!("trace_id:{id}"),
        ] {
            assert!(meets(text), "{text}");
        }
        for text in ["log(severity >= fatal)", "\"out timed\"", "refund", "http.status < 500", "trace_id:aa", "has:service"] {
            assert!(!meets(text), "{text}");
        }
    }

    #[test]
    fn what_only_spans_have_is_told() {
        let part = |text: &str| not_of_logs(&parse(text).unwrap().filter);
        assert_eq!(part("refund status:error").as_deref(), Some("status:error"));
        assert_eq!(part("not (timeout or duration > 2s)").as_deref(), Some("duration > 2s"));
        assert!(part("span(kind:llm)").is_some() && part("errors > 2").is_some() && part("output.route:x").is_some());
    }
}
