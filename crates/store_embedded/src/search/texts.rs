//! The texts of a span in which words stand, as documents of the index.
//!
//! A longer text is a document of its own, so that words are found that stand in one text. Short ones are many, names and numbers
//! mostly: they are one document together, and where it has several of the words asked for, the span itself is looked at.

use std::collections::HashSet;

use model::Span;
use query::{Side, content_texts};
use xxhash_rust::xxh3::xxh3_128;

use crate::limits::{SEARCH_TEXT_BYTES_MIN, SEARCH_TEXTS_MAX};

#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) long: Vec<String>,
    /// All others, one behind the other.
    pub(super) short: String,
}

/// Returns the texts of a span; one that stands there several times, once.
pub(super) fn texts_of(span: &Span) -> Texts {
    let mut texts = Texts::default();
    let mut known = HashSet::new();
    for text in [Side::Input, Side::Output].into_iter().flat_map(|side| content_texts(span, side)) {
        // A conversation is often sent twice: as messages and as the request they stand in.
        if !known.insert(xxh3_128(text.as_bytes())) {
            continue;
        }
        if text.len() >= SEARCH_TEXT_BYTES_MIN && texts.long.len() < SEARCH_TEXTS_MAX {
            texts.long.push(text.into_owned());
        } else {
            texts.short.push_str(&text);
            texts.short.push('\n');
        }
    }
    texts
}
