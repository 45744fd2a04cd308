//! Subjects as they are written: the short word of a field, the shortest safe form of an attribute or place.

use super::value::quoted;
use super::{test, write_arguments};
use crate::filter::{Filter, Measure, PathStep, Quantity, RollUp, Subject};
use crate::limits::PATH_STEPS_MAX;
use crate::names::{self, Meaning};

/// Writes a subject as it stands before an operator.
pub(crate) fn write_subject(subject: &Subject) -> String {
    match subject {
        Subject::Field(field) => names::word_of(field).to_owned(),
        Subject::Attribute(key) => attribute(key),
        Subject::Path { root, path } => path.iter().fold(names::root_word(*root).to_owned(), |text, step| text + &path_step(step)),
        Subject::Tokens => "tokens".into(),
        Subject::Occurrence => "occurrence".into(),
        Subject::Score(name) if is_dotted(name) => format!("score.{name}"),
        Subject::Score(name) => format!("score[{}]", quoted(name)),
        Subject::RollUp(rollup) => roll_up(rollup),
    }
}

/// Whether a subject is written as a name, so that `has:` can stand before it.
pub(super) fn is_name(subject: &Subject) -> bool {
    !matches!(subject, Subject::RollUp(_)) || !write_subject(subject).contains('(')
}

fn attribute(key: &str) -> String {
    let first = key.split('.').next().unwrap_or_default();
    let is_taken = matches!(names::meaning(first), Some(Meaning::Root(_)))
        || ["attr", "attribute", "attributes", "resource", "score", "scores"].contains(&first.to_ascii_lowercase().as_str());
    let starts = key.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$');
    match (is_dotted(key), key.contains('.') && starts && !is_taken) {
        (true, true) => key.to_owned(),
        (true, false) => format!("attr.{key}"),
        (false, _) => format!("attr[{}]", quoted(key)),
    }
}

/// Whether a name is made of keys with dots between.
fn is_dotted(name: &str) -> bool {
    name.split('.').all(is_key) && name.split('.').count() < PATH_STEPS_MAX
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|character| character.is_alphanumeric() || "_-$".contains(character))
}

fn path_step(step: &PathStep) -> String {
    match step {
        PathStep::Each => "[*]".into(),
        PathStep::At(index) => format!("[{index}]"),
        PathStep::Key(key) if is_key(key) && !key.bytes().all(|byte| byte.is_ascii_digit()) => format!(".{key}"),
        PathStep::Key(key) => format!("[{}]", quoted(key)),
    }
}

fn roll_up(rollup: &RollUp) -> String {
    let filter = &rollup.filter;
    let measured = |word: &str, quantity: Quantity| {
        let number = match quantity {
            Quantity::Field(field) => names::word_of(field),
            Quantity::Tokens => "tokens",
        };
        if filter.is_everything() { format!("{word}({number})") } else { format!("{word}({number}, {})", write_arguments(filter)) }
    };
    match rollup.measure {
        Measure::Count if filter.is_everything() => "spans".into(),
        Measure::Count if is_failure(filter) => "errors".into(),
        Measure::Count => format!("count({})", write_arguments(filter)),
        // Empty parentheses mean tool spans.
        Measure::Repeats if filter.is_everything() => "repeats(*)".into(),
        Measure::Repeats => format!("repeats({})", write_arguments(filter)),
        Measure::Sum(quantity) => measured("sum", quantity),
        Measure::Max(quantity) => measured("max", quantity),
        Measure::Min(quantity) => measured("min", quantity),
    }
}

fn is_failure(filter: &Filter) -> bool {
    matches!(filter, Filter::Test(found) if test::is_equality(found, "status", "error"))
}
