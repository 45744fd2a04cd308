//! Status, error type, error message and level.

use model::{Level, SpanStatus};

use crate::facts::Facts;
use crate::json;
use crate::table::Field;

/// What went wrong, if anything.
pub(crate) struct Outcome {
    pub(crate) status: SpanStatus,
    pub(crate) message: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) level: Level,
}

pub(crate) fn read(facts: &Facts<'_>, finish_reasons: &[String]) -> Outcome {
    let status = status(facts, finish_reasons);
    let failed = status == SpanStatus::Error;
    let message = message(facts, failed);
    let error_type = if failed { error_type(facts, message.as_deref()) } else { None };
    Outcome { status, message, error_type, level: level(facts, failed) }
}

/// The sender's status; a vendor's own word for failure, a model that finished with nothing but `error` (a value of
/// `gen_ai.response.finish_reasons`) and an exception that left the span count as one.
fn status(facts: &Facts<'_>, finish_reasons: &[String]) -> SpanStatus {
    let sent = facts.raw.status.code;
    let vendor_says_failed = || {
        facts.of(Field::Status).any(|candidate| {
            let text = facts.value(candidate).and_then(|value| json::text_of(&json::decoded(value)));
            let says_failed =
                text.is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "error" | "failure" | "failed" | "false"));
            if says_failed {
                facts.take(candidate);
            }
            says_failed
        })
    };
    let ended_in_error = !finish_reasons.is_empty() && finish_reasons.iter().all(|reason| reason == "error");
    let escaped = || {
        let exceptions = facts.occurrences.iter().filter(|occurrence| occurrence.name == "exception");
        exceptions
            .filter_map(|exception| exception.attributes.get("exception.escaped"))
            .any(|escaped| json::truth_of(&json::from_any(escaped)) == Some(true))
    };
    match sent {
        2 => SpanStatus::Error,
        _ if ended_in_error || vendor_says_failed() || (sent == 0 && escaped()) => SpanStatus::Error,
        1 => SpanStatus::Ok,
        _ => SpanStatus::Unset,
    }
}

/// A vendor's message, then the status, then the exception.
fn message(facts: &Facts<'_>, failed: bool) -> Option<String> {
    let sent = Some(facts.raw.status.message.as_str()).filter(|text| !text.trim().is_empty());
    let vendor = facts.of(Field::StatusMessage).next().filter(|candidate| candidate.rule.row.event.is_none());
    let from_vendor = vendor.and_then(|candidate| {
        let text = json::text_of(&facts.value(candidate)?)?;
        facts.take(candidate);
        Some(text)
    });
    let message = from_vendor.or_else(|| sent.map(str::to_owned));
    if failed { message.or_else(|| facts.text(Field::StatusMessage)) } else { message }
}

fn error_type(facts: &Facts<'_>, message: Option<&str>) -> Option<String> {
    let told = facts.first(Field::ErrorType, |value, rule| {
        // A status code is an error type only where it is an error.
        let is_code = rule.row.key.as_deref() == Some("http.response.status_code");
        if is_code && json::count_of(&value).is_none_or(|code| code < 400) {
            return None;
        }
        json::text_of(&value).map(class_name)
    });
    let in_message = || message.and_then(leading_type);
    match told {
        // Wrappers that re-raise everything as the base class keep the type in the text.
        Some(base) if matches!(base.as_str(), "Exception" | "Error") => in_message().or(Some(base)),
        Some(told) => Some(told),
        None => in_message(),
    }
}

/// Python's way to print a class: `<class 'openai.RateLimitError'>`.
fn class_name(text: String) -> String {
    let inner = text.strip_prefix("<class '").and_then(|rest| rest.strip_suffix("'>"));
    inner.map(str::to_owned).unwrap_or(text)
}

/// The type at the head of `TimeoutError: no answer` or `TimeoutError('no answer')`.
fn leading_type(message: &str) -> Option<String> {
    let end = message.find([':', '('])?;
    let head = &message[..end];
    let named = head.ends_with("Error") || head.ends_with("Exception") || head.ends_with("Timeout") || head.ends_with("Interrupt");
    let plain = head.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.'));
    (named && plain).then(|| head.to_owned())
}

/// A vendor's level; severity numbers are OpenTelemetry's (`SeverityNumber`).
fn level(facts: &Facts<'_>, failed: bool) -> Level {
    let told = facts.first(Field::Level, |value, _| {
        let value = json::decoded(value);
        if let Some(number) = json::count_of(&value) {
            return Some(match number {
                0..=8 => Level::Debug,
                9..=12 => Level::Default,
                13..=16 => Level::Warning,
                _ => Level::Error,
            });
        }
        match value.as_str()?.to_ascii_lowercase().as_str() {
            "info" => Some(Level::Default),
            "warn" => Some(Level::Warning),
            word => Level::from_text(word),
        }
    });
    told.unwrap_or(if failed { Level::Error } else { Level::Default })
}
