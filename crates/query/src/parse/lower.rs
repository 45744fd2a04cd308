//! From what was read to a filter: bare words get their meaning, and what joins them its plainest form.

use super::cursor::{Bare, Node, Parser};
use super::operand::Literal;
use super::subject::{Class, Target};
use crate::filter::{Filter, Follower, Sequence, Words};
use crate::names::{self, Meaning};
use crate::words::words_of;

/// What a word that stands for itself means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BareWords {
    /// It is searched for.
    Content,
    /// It names a span, and what stands beside it is asked of that span: within functions, and around `then`.
    Names,
    /// It names a span of the trace: within `trace(..)`.
    TraceNames,
}

/// Makes a filter of what was read.
pub(super) fn lower(node: Node, bare: BareWords, parser: &mut Parser<'_>) -> Filter {
    match node {
        Node::All(parts) => all_of(parts.into_iter().map(|part| lower(part, bare, parser)).collect()),
        Node::Any(parts) => {
            let mut filters = Vec::new();
            for part in parts {
                match peeled(part) {
                    Node::Any(inner) => filters.extend(inner.into_iter().map(|part| lower(part, bare, parser))),
                    part => filters.push(lower(part, bare, parser)),
                }
            }
            Filter::Any(filters)
        }
        Node::Not(inner) => match lower(*inner, bare, parser) {
            Filter::Not(twice) => *twice,
            once => Filter::Not(Box::new(once)),
        },
        Node::Bare(word) if bare == BareWords::Content => content(&word, parser),
        Node::Bare(word) => named(&word, parser),
        Node::Sequence(first, followers) => {
            let first = Box::new(lower(*first, BareWords::Names, parser));
            let mut then = Vec::new();
            for (node, without) in followers {
                let filter = lower(node, BareWords::Names, parser);
                then.push(Follower { filter, without: without.map(|node| lower(node, BareWords::Names, parser)) });
            }
            Filter::Sequence(Sequence { first, then })
        }
        Node::Picked(filter) if bare == BareWords::Names => filter,
        Node::Picked(filter) => Filter::Span(Box::new(filter)),
        Node::Ready(filter) => filter,
    }
}

/// All of some filters: without conjunctions inside each other, and without a conjunction of one.
pub(super) fn all_of(filters: Vec<Filter>) -> Filter {
    let mut flat = Vec::new();
    for filter in filters {
        match filter {
            Filter::All(parts) => flat.extend(parts),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { Filter::All(flat) }
}

/// A node without the parentheses around it.
fn peeled(node: Node) -> Node {
    match node {
        Node::All(mut parts) if parts.len() == 1 => peeled(parts.remove(0)),
        other => other,
    }
}

/// A word to search for. One that has signs inside (`order-4521`) is a phrase of its parts.
fn content(word: &Bare, parser: &mut Parser<'_>) -> Filter {
    let words = words_of(&word.text);
    if words.is_empty() {
        let fix = "take it away, or write `content contains \"..\"` to find signs";
        parser.mistake(word.from, word.to, format!("`{}` has no letter or digit to search for", word.text), fix);
    }
    if word.text.contains('*') && !words.is_empty() {
        let fix = format!("write `content contains \"{}\"`", word.text.trim_matches('*'));
        parser.mistake(word.from, word.to, "words are searched for whole", fix);
    }
    Filter::Words(Words { is_phrase: words.len() > 1, words })
}

/// A span of that name.
fn named(word: &Bare, parser: &mut Parser<'_>) -> Filter {
    let Some(Meaning::Either(known, subjects)) = names::meaning("named") else { return Filter::everything() };
    let target = Target { subjects, class: Class::Text, word: known.to_owned() };
    let literal = Literal { text: word.text.clone(), quoted: false, from: word.from, to: word.to };
    match parser.equality(&target, std::slice::from_ref(&literal)) {
        Node::Ready(filter) => filter,
        _ => Filter::everything(),
    }
}
