//! The canonical text of a filter: short words, one spelling for one meaning.
//!
//! For every filter that `parse` makes, the text gives that filter again.

use crate::filter::{Filter, Follower, LogTest, Relation, Sequence, Subject, Words};
use crate::names::{KEYWORDS, OPERATOR_WORDS, SEVERITIES};

mod subject;
mod test;
mod value;

pub(crate) use subject::write_subject;
use value::quoted;

/// Writes a text as a value of a test, in quotes where it would be read as something else.
pub fn value_text(text: &str) -> String {
    value::text(text, value::Spelling::Open)
}

/// Writes the name of what a test is about, as it stands before an operator.
pub fn name_of(subject: &Subject) -> String {
    write_subject(subject)
}

/// Writes a filter; nothing for one that everything meets.
pub fn format(filter: &Filter) -> String {
    if filter.is_everything() { String::new() } else { write(filter, Place::Whole, BareWords::Content) }
}

/// What stands around a filter, and so which filters need parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing, or the parentheses of a function.
    Whole,
    /// Other tests that must hold too.
    Conjunction,
    /// Other tests of which one must hold.
    Alternative,
    /// `not` or `then`.
    Operand,
}

/// What a bare word would mean where the filter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BareWords {
    Content,
    /// Spans are asked for.
    Names,
    /// The trace is asked for.
    TraceNames,
}

/// Writes what stands between the parentheses of a function.
pub(crate) fn write_arguments(filter: &Filter) -> String {
    write_inside(filter, BareWords::Names)
}

fn write_inside(filter: &Filter, bare: BareWords) -> String {
    if filter.is_everything() { String::new() } else { write(filter, Place::Whole, bare) }
}

fn write(filter: &Filter, place: Place, bare: BareWords) -> String {
    if let Some(text) = test::write_either(filter, bare) {
        return text;
    }
    match filter {
        Filter::All(parts) if parts.is_empty() => "*".into(),
        Filter::Any(parts) if parts.is_empty() => grouped("not *".into(), place == Place::Operand),
        Filter::All(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| write(part, Place::Conjunction, bare)).collect();
            grouped(parts.join(" "), matches!(place, Place::Alternative | Place::Operand))
        }
        Filter::Any(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| write(part, Place::Alternative, bare)).collect();
            grouped(parts.join(" or "), matches!(place, Place::Conjunction | Place::Operand))
        }
        Filter::Not(inner) => grouped(format!("not {}", write(inner, Place::Operand, bare)), place == Place::Operand),
        Filter::Test(test) => test::write_test(test),
        Filter::Words(words) => write_words(words, bare),
        // Where spans are asked for, `span(..)` is the span itself; any span of the trace is the trace's.
        Filter::Span(_) if bare == BareWords::Names => format!("trace({})", write(filter, Place::Whole, BareWords::TraceNames)),
        Filter::Span(inner) => test::write_picked(inner).unwrap_or_else(|| format!("span({})", write_arguments(inner))),
        Filter::Trace(inner) => format!("trace({})", write_inside(inner, BareWords::TraceNames)),
        Filter::Relative(relation, inner) => format!("{}({})", relation_word(*relation), write_arguments(inner)),
        Filter::Sequence(sequence) => grouped(write_sequence(sequence), place == Place::Operand),
        Filter::Log(log) => format!("log({})", write_log(log)),
    }
}

fn grouped(text: String, needs: bool) -> String {
    if needs { format!("({text})") } else { text }
}

/// The word of a relation.
pub(crate) fn relation_word(relation: Relation) -> &'static str {
    match relation {
        Relation::Parent => "parent",
        Relation::Ancestor => "ancestor",
        Relation::Child => "child",
        Relation::Descendant => "descendant",
        Relation::Sibling => "sibling",
        Relation::Earlier => "after",
        Relation::Later => "before",
    }
}

fn write_words(words: &Words, bare: BareWords) -> String {
    match words.words.as_slice() {
        [word] if bare == BareWords::Content && stands_bare(word) => word.clone(),
        [_] => quoted(&words.words[0]),
        several if words.is_phrase => quoted(&several.join(" ")),
        several => format!("words({})", several.join(" ")),
    }
}

/// Whether a word of letters and digits means itself where it stands alone.
fn stands_bare(word: &str) -> bool {
    !KEYWORDS.contains(&word) && !OPERATOR_WORDS.contains(&word)
}

fn write_sequence(sequence: &Sequence) -> String {
    let operand = |filter: &Filter| write(filter, Place::Operand, BareWords::Names);
    let follower = |follower: &Follower| {
        let without = follower.without.as_ref().map(|without| format!(" without {} between", operand(without)));
        format!(" then {}{}", operand(&follower.filter), without.unwrap_or_default())
    };
    let then: String = sequence.then.iter().map(follower).collect();
    format!("{}{then}", operand(&sequence.first))
}

fn write_log(log: &LogTest) -> String {
    let severity = log.severity_min.map(|least| {
        let name = SEVERITIES.iter().find(|(_, number)| *number == least);
        name.map_or_else(|| format!("severity >= {least}"), |(name, _)| format!("severity >= {name}"))
    });
    let event = log.event_name.as_ref().map(|name| format!("event:{}", value::text(name, value::Spelling::Plain)));
    let text = log.text.as_ref().map(|text| quoted(text));
    severity.into_iter().chain(event).chain(text).collect::<Vec<_>>().join(" ")
}
