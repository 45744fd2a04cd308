//! Identifiers: newtypes, so that a trace id is never taken for a span id.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("`{text}` is not a {what}: expected {digits} hex digits")]
    Hex { what: &'static str, text: String, digits: usize },
    #[error("a {what} of {bytes} bytes: expected {bytes_expected}")]
    Length { what: &'static str, bytes: usize, bytes_expected: usize },
    #[error("an all-zero {what}")]
    Zero { what: &'static str },
    #[error("`{text}` is not a project slug: expected 1 to 128 of a-z, 0-9, `-`, `_` and `.`, starting with a letter or digit")]
    Slug { text: String },
}

macro_rules! hex_id {
    ($name:ident, $bytes:literal, $what:literal) => {
        #[doc = concat!("A ", $what, " of ", stringify!($bytes), " bytes, never all zero (W3C Trace Context).")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Takes the id from its bytes as OTLP carries them.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
                let fixed: [u8; $bytes] =
                    bytes.try_into().map_err(|_| IdError::Length { what: $what, bytes: bytes.len(), bytes_expected: $bytes })?;
                if fixed == [0; $bytes] {
                    return Err(IdError::Zero { what: $what });
                }
                Ok(Self(fixed))
            }

            /// Returns the bytes as OTLP carries them.
            pub fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Reads hex digits of either case.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError::Hex {
                    what: $what,
                    text: text.chars().take(64).collect(),
                    digits: $bytes * 2,
                })?;
                Self::from_bytes(&bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

// One macro for two ids: they differ in length and name only, and generics over the length would hide both from the reader.
hex_id!(TraceId, 16, "trace id");
hex_id!(SpanId, 8, "span id");

/// The name of a project as it stands in addresses and headers. Each record has one: a copy shares the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectSlug(Arc<str>);

impl ProjectSlug {
    /// The project of everything that names none.
    pub const DEFAULT: &'static str = "default";

    /// Returns the project `default`.
    pub fn default_project() -> Self {
        Self(Self::DEFAULT.into())
    }

    /// Makes a slug of any name a sender gives: lower case, foreign characters become `-`. None if nothing is left.
    pub fn from_name(name: &str) -> Option<Self> {
        let slug: String = name
            .trim()
            .chars()
            .take(SLUG_CHARS_MAX)
            .map(|character| character.to_ascii_lowercase())
            .map(|character| if is_slug_character(character) { character } else { '-' })
            .collect();
        slug.trim_matches('-').parse().ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Long enough for a branch name, short enough for a path segment.
const SLUG_CHARS_MAX: usize = 128;

fn is_slug_character(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '-' | '_' | '.')
}

impl FromStr for ProjectSlug {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
        if starts_well && text.len() <= SLUG_CHARS_MAX && text.chars().all(is_slug_character) {
            return Ok(Self(text.into()));
        }
        Err(IdError::Slug { text: text.chars().take(SLUG_CHARS_MAX).collect() })
    }
}

impl fmt::Display for ProjectSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_of_either_case_is_the_same_id() {
        let lower: TraceId = "0af7651916cd43dd8448eb211c80319c".parse().unwrap();
        let upper: TraceId = "0AF7651916CD43DD8448EB211C80319C".parse().unwrap();
        assert_eq!(lower, upper);
        assert_eq!(lower.to_string(), "0af7651916cd43dd8448eb211c80319c");
    }

    #[test]
    fn short_long_and_zero_ids_are_refused() {
        assert!(SpanId::from_bytes(&[1; 7]).is_err());
        assert!(SpanId::from_bytes(&[1; 9]).is_err());
        assert_eq!(SpanId::from_bytes(&[0; 8]), Err(IdError::Zero { what: "span id" }));
        assert!("xyz".parse::<SpanId>().is_err());
    }

    #[test]
    fn any_name_becomes_a_slug() {
        assert_eq!(ProjectSlug::from_name("Support Agent/EU").unwrap().as_str(), "support-agent-eu");
        assert_eq!(ProjectSlug::from_name("-ß-").map(|slug| slug.to_string()), None);
        assert!("Upper".parse::<ProjectSlug>().is_err());
        assert!("a".repeat(128).parse::<ProjectSlug>().is_ok());
        assert!("a".repeat(129).parse::<ProjectSlug>().is_err());
    }
}
