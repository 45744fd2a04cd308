//! What is asked of the content of a span: how the index finds it, and how a span is held against it.

use model::Span;
use query::{Filter, Matcher, Root, Subject, TraceRow, Words};

use super::keys::Place;
use super::words::{indexed_word, pair_of};

/// A question about one span that needs its content.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(super) question: Question,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
pub(super) enum Question {
    Words(WordQuery),
    Value {
        place: Place,
        /// Whether the place tells all the subject does.
        is_exact: bool,
        comparison: query::Comparison,
    },
    /// Every span has to be looked at.
    Anything,
}

/// Words as the index has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WordQuery {
    /// Each once.
    pub(super) words: Vec<String>,
    /// Whether each text that has all of them is meant.
    pub(super) is_exact: bool,
    /// A word of the index that no text has but one that is meant.
    pub(super) pair: Option<String>,
}

impl Condition {
    /// None for a filter that is not about the content of one span.
    pub(crate) fn of(filter: &Filter) -> Option<Self> {
        let question = match filter {
            Filter::Words(words) => Question::Words(WordQuery::of(words)),
            Filter::Test(test) => {
                let (place, is_exact) = Place::of_subject(&test.subject)?;
                let is_of_texts = matches!(&test.subject, Subject::Path { root: Root::Input | Root::Output, path } if path.is_empty())
                    && matches!(test.comparison, query::Comparison::Contains(_) | query::Comparison::Matches(_));
                match is_of_texts {
                    true => Question::Anything,
                    false => Question::Value { place, is_exact, comparison: test.comparison.clone() },
                }
            }
            _ => return None,
        };
        Some(Self { question, matcher: Matcher::new(filter) })
    }

    /// Whether it holds for a span with its content.
    pub(crate) fn holds(&self, span: &Span) -> bool {
        self.matcher.spans(&TraceRow::new(std::slice::from_ref(span), &[]))[0]
    }
}

impl WordQuery {
    fn of(words: &Words) -> Self {
        let mut is_exact = !words.words.is_empty();
        let mut indexed = Vec::new();
        for word in &words.words {
            let (word, is_whole) = indexed_word(word);
            is_exact &= is_whole;
            if !indexed.contains(&word) {
                indexed.push(word);
            }
        }
        let pair = match words.words.as_slice() {
            [first, second] if words.is_phrase && is_exact => pair_of(first, second),
            _ => None,
        };
        Self { is_exact: is_exact && (!words.is_phrase || words.words.len() == 1), words: indexed, pair }
    }
}
