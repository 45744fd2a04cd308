//! Tests as they are written.

use super::BareWords;
use super::subject::{is_name, write_subject};
use super::value::{self, Spelling, is_bare};
use crate::filter::{Comparison, Filter, Operand, Subject, Test};
use crate::glob::glob_of_regex;
use crate::names::{EITHER_WORDS, either_subjects};

/// Writes one test.
pub(super) fn write_test(test: &Test) -> String {
    compared(&write_subject(&test.subject), &test.subject, &test.comparison)
}

fn compared(word: &str, subject: &Subject, comparison: &Comparison) -> String {
    let operand = |operand: &Operand| value::operand(subject, operand);
    match comparison {
        Comparison::Exists if is_name(subject) => format!("has:{word}"),
        Comparison::Exists => format!("{word} exists"),
        Comparison::Is(values) => match values.as_slice() {
            [value] => format!("{word}:{}", operand(value)),
            values => format!("{word} in ({})", values.iter().map(operand).collect::<Vec<_>>().join(", ")),
        },
        Comparison::Above(number) => format!("{word} > {}", operand(number)),
        Comparison::AtLeast(number) => format!("{word} >= {}", operand(number)),
        Comparison::Below(number) => format!("{word} < {}", operand(number)),
        Comparison::AtMost(number) => format!("{word} <= {}", operand(number)),
        Comparison::Between(low, high) => format!("{word}:{}..{}", operand(low), operand(high)),
        Comparison::Contains(text) => format!("{word} contains {}", value::text(text, Spelling::Plain)),
        Comparison::Matches(pattern) => match shown_glob(subject, pattern) {
            Some(glob) => format!("{word}:{glob}"),
            None => format!("{word} ~ /{}/", slashed(pattern)),
        },
    }
}

fn shown_glob(subject: &Subject, pattern: &str) -> Option<String> {
    let is_open = value::spelling_of(subject) == Spelling::Open;
    glob_of_regex(pattern).filter(|glob| glob != "*" && is_bare(glob) && !(is_open && glob.contains("..")))
}

/// A pattern between slashes: a slash inside is escaped, what is escaped already stays.
fn slashed(pattern: &str) -> String {
    let mut out = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(['\\'].into_iter().chain(characters.next())),
            '/' => out.push_str("\\/"),
            other => out.push(other),
        }
    }
    out
}

/// Writes a test of one of several subjects by the word that means them; None where there is no such word.
pub(super) fn write_either(filter: &Filter, bare: BareWords) -> Option<String> {
    let Filter::Any(parts) = filter else { return None };
    let Filter::Test(first) = parts.first()? else { return None };
    let is_same = |(part, subject): (&Filter, &Subject)| matches!(part, Filter::Test(test) if test.subject == *subject && test.comparison == first.comparison);
    let either = EITHER_WORDS.iter().find(|either| {
        let subjects = either_subjects(either);
        subjects.len() == parts.len() && parts.iter().zip(&subjects).all(is_same)
    })?;
    let name = bare_name(&first.comparison).filter(|_| either.word == "named" && bare != BareWords::Content);
    if name.is_some() {
        return name;
    }
    Some(compared(either.word, &first.subject, &first.comparison))
}

/// The name alone, where it would be understood.
fn bare_name(comparison: &Comparison) -> Option<String> {
    let name = match comparison {
        Comparison::Is(values) => match values.as_slice() {
            [Operand::Text(name)] if !name.contains('*') => name.clone(),
            _ => return None,
        },
        Comparison::Matches(pattern) => glob_of_regex(pattern).filter(|glob| glob != "*")?,
        _ => return None,
    };
    let is_plain = |character: char| character.is_alphanumeric() || "_-./#*".contains(character);
    let starts = name.starts_with(|first: char| first.is_alphanumeric() || first == '_');
    (is_bare(&name) && starts && name.chars().all(is_plain) && !name.eq_ignore_ascii_case("null")).then_some(name)
}

/// Writes spans picked by a name and tested once as `step(triage).output.route:refund`; None where that does not fit.
pub(super) fn write_picked(inner: &Filter) -> Option<String> {
    let Filter::All(parts) = inner else { return None };
    let [Filter::Test(pick), Filter::Test(test)] = parts.as_slice() else { return None };
    let (Subject::Field(field), Comparison::Is(values)) = (&pick.subject, &pick.comparison) else { return None };
    let is_picker = matches!(field.name, "step_name" | "tool_name" | "agent_name");
    let is_plain = is_name(&test.subject) && test.comparison != Comparison::Exists;
    match values.as_slice() {
        [value] if is_picker && is_plain => {
            let name = value::operand(&pick.subject, value);
            Some(format!("{}({name}).{}", crate::names::word_of(field), write_test(test)))
        }
        _ => None,
    }
}

/// Whether a test is that a field equals one text.
pub(super) fn is_equality(test: &Test, name: &str, text: &str) -> bool {
    let is_field = matches!(&test.subject, Subject::Field(field) if field.name == name);
    is_field && test.comparison == Comparison::Is(vec![Operand::Text(text.to_owned())])
}
