//! Values as they are written: bare where that is safe, else in quotes.

use crate::field::{FieldType, Unit};
use crate::filter::{Measure, Operand, Quantity, Subject};
use crate::names::{KEYWORDS, OPERATOR_WORDS};
use crate::unit;

/// What a bare value would be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// A text, whatever it looks like.
    Plain,
    /// A number or a truth, where it looks like one.
    Open,
}

/// Writes a text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Writes a text as a value.
pub(super) fn text(text: &str, spelling: Spelling) -> String {
    let looks_typed = spelling == Spelling::Open && (text.contains("..") || spells_number_or_truth(text));
    let is_safe = is_bare(text) && !text.contains('*') && !text.eq_ignore_ascii_case("null") && !looks_typed;
    if is_safe { text.to_owned() } else { quoted(text) }
}

/// Whether a text can stand behind an operator and in a list without quotes.
pub(super) fn is_bare(text: &str) -> bool {
    let starts = |first: char| first.is_alphanumeric() || "_-.@#$%*".contains(first);
    let is_word = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    text.starts_with(starts)
        && !text.contains(|character: char| character.is_whitespace() || character.is_control() || "()[],\"'\\".contains(character))
        && !is_word(KEYWORDS)
        && !is_word(OPERATOR_WORDS)
}

/// Whether a bare value would be read as something else than a text; whoever doubts uses quotes.
fn spells_number_or_truth(text: &str) -> bool {
    text == "true" || text == "false" || text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit() || first == '.')
}

/// Writes an operand of a subject.
pub(super) fn operand(subject: &Subject, operand: &Operand) -> String {
    match (operand, unit_of(subject)) {
        (Operand::Integer(number), Some(unit)) => unit::write(*number, unit),
        (Operand::Integer(number), None) => number.to_string(),
        (Operand::Decimal(number), _) => number.to_string(),
        (Operand::Truth(truth), _) => truth.to_string(),
        (Operand::Text(value), _) => text(value, spelling_of(subject)),
    }
}

pub(super) fn spelling_of(subject: &Subject) -> Spelling {
    match subject {
        Subject::Attribute(_) | Subject::Path { .. } | Subject::Score(_) => Spelling::Open,
        _ => Spelling::Plain,
    }
}

/// The unit of a subject that is a number.
fn unit_of(subject: &Subject) -> Option<Unit> {
    let of_field = |field: &crate::field::Field| match field.kind {
        FieldType::Number(unit) => Some(unit),
        _ => None,
    };
    match subject {
        Subject::Field(field) => of_field(field),
        Subject::Tokens | Subject::Occurrence => Some(Unit::Count),
        Subject::RollUp(rollup) => match rollup.measure {
            Measure::Sum(Quantity::Field(field)) | Measure::Max(Quantity::Field(field)) | Measure::Min(Quantity::Field(field)) => {
                of_field(field)
            }
            _ => Some(Unit::Count),
        },
        Subject::Attribute(_) | Subject::Path { .. } | Subject::Score(_) => None,
    }
}
