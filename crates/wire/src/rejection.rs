//! Why a single record is refused, for the answer to its sender and for the ledger.

use std::fmt;

use crate::limits::{DETAIL_BYTES_MAX, DETAIL_NAME_CHARS_MAX};

/// One record that was refused while the others of its request were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub reason: Reason,
    /// Names the record and what is wrong with it; of bounded length, and without attribute values.
    pub detail: String,
}

/// The closed set of reasons; the texts are keys of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    InvalidTraceId,
    InvalidSpanId,
    InvalidParentSpanId,
    /// A text that is not UTF-8.
    InvalidUtf8,
    /// A number or text that does not fit its field.
    InvalidValue,
    /// The bytes of the record do not follow the format.
    Malformed,
    TooDeep,
    TooManyAttributes,
    TooManyEvents,
    TooManyLinks,
    TooManyValues,
    KeyTooLong,
    MetricTooLarge,
}

impl Reason {
    /// All reasons, in their order of declaration.
    pub const ALL: &[Self] = &[
        Self::InvalidTraceId,
        Self::InvalidSpanId,
        Self::InvalidParentSpanId,
        Self::InvalidUtf8,
        Self::InvalidValue,
        Self::Malformed,
        Self::TooDeep,
        Self::TooManyAttributes,
        Self::TooManyEvents,
        Self::TooManyLinks,
        Self::TooManyValues,
        Self::KeyTooLong,
        Self::MetricTooLarge,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidTraceId => "invalid_trace_id",
            Self::InvalidSpanId => "invalid_span_id",
            Self::InvalidParentSpanId => "invalid_parent_span_id",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::InvalidValue => "invalid_value",
            Self::Malformed => "malformed",
            Self::TooDeep => "too_deep",
            Self::TooManyAttributes => "too_many_attributes",
            Self::TooManyEvents => "too_many_events",
            Self::TooManyLinks => "too_many_links",
            Self::TooManyValues => "too_many_values",
            Self::KeyTooLong => "key_too_long",
            Self::MetricTooLarge => "metric_too_large",
        }
    }

    /// Reads the text form; None for any other text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with one record, before it is known which one it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct RecordError {
    pub reason: Reason,
    pub detail: String,
}

impl RecordError {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// Says where inside the record it happened.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.detail.insert_str(0, ": ");
        self.detail.insert_str(0, place);
        self
    }

    /// Names the record.
    pub(crate) fn reject(self, record: &str, name: Option<&str>) -> Rejection {
        let mut detail = record.to_owned();
        if let Some(name) = name {
            detail.push_str(" `");
            detail.extend(name.chars().take(DETAIL_NAME_CHARS_MAX));
            detail.push('`');
        }
        detail.push_str(": ");
        detail.push_str(&self.detail);
        truncate(&mut detail, DETAIL_BYTES_MAX);
        Rejection { reason: self.reason, detail }
    }
}

/// Shortens a text to at most so many bytes, at a character's edge.
pub(crate) fn truncate(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_read_back_from_its_text() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_text(reason.as_str()), Some(*reason));
        }
        assert_eq!(Reason::from_text("other"), None);
    }

    #[test]
    fn a_detail_is_short_however_long_the_name() {
        let rejection = RecordError::new(Reason::TooDeep, "ü".repeat(500)).reject("span 1", Some(&"ä".repeat(10_000)));
        assert!(rejection.detail.len() <= DETAIL_BYTES_MAX);
        assert!(rejection.detail.starts_with("span 1 `ää"));
    }
}
