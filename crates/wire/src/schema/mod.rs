//! The schema of OTLP as data: what JSON is rewritten by, and what bytes kept unread are checked against.

mod check;
mod tables;

pub(crate) use check::check;
pub(crate) use tables::{
    ANY_VALUE, EXPONENTIAL_HISTOGRAM_POINT, HISTOGRAM_POINT, LOG_RECORD, METRIC, NUMBER_POINT, RESOURCE, SCOPE, SPAN, SUMMARY_POINT,
};

use crate::rejection::Reason;

/// A message and its fields.
pub(crate) struct Message {
    pub(crate) fields: &'static [Field],
}

/// A field of a message.
pub(crate) struct Field {
    pub(crate) number: u32,
    /// The name in JSON, lowerCamelCase.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
}

/// Whether the default value says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Absent and default are the same, and the default is not written.
    Implicit,
    /// A default that is present differs from an absent field: `optional` fields and members of a `oneof`.
    Explicit,
    Repeated,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// Base64 in JSON.
    Bytes,
    /// Hex in JSON, against the rule for bytes (OTLP/HTTP, "JSON Protobuf Encoding"). The reason is for ids that are not hex;
    /// None leaves such an id out.
    Hex(Option<Reason>),
    Bool,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Fixed32,
    Fixed64,
    Sfixed64,
    Double,
    /// An enum whose names are a prefix and one of the words; the number is the word's position.
    Enum {
        prefix: &'static str,
        words: &'static [&'static str],
    },
    Message(&'static Message),
}

impl Message {
    pub(crate) fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// Finds a field by its JSON name, or by its name in the schema file, which JSON may use too.
    pub(crate) fn field_named(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| is_same_name(field.name, name))
    }

    /// Whether this is the one message that may contain itself.
    pub(crate) fn is_any_value(&self) -> bool {
        std::ptr::eq(self, &ANY_VALUE)
    }
}

/// Whether a name is this lowerCamelCase name, in either spelling.
pub(crate) fn is_same_name(camel: &str, name: &str) -> bool {
    if camel == name {
        return true;
    }
    if !name.contains('_') {
        return false;
    }
    let mut characters = name.chars();
    let mut expected = camel.chars();
    while let Some(character) = characters.next() {
        let character = if character == '_' { characters.next().map(|next| next.to_ascii_uppercase()) } else { Some(character) };
        if character.is_none() || character != expected.next() {
            return false;
        }
    }
    expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_both_spellings() {
        assert!(is_same_name("startTimeUnixNano", "startTimeUnixNano"));
        assert!(is_same_name("startTimeUnixNano", "start_time_unix_nano"));
        assert!(!is_same_name("startTimeUnixNano", "start_time_unix"));
        assert!(!is_same_name("startTime", "start_time_unix_nano"));
        assert!(!is_same_name("name", "name_"));
        assert!(!is_same_name("name", "Name"));
    }
}
