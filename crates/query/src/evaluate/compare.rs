//! Comparisons of plain values.

use std::cmp::Ordering;
use std::collections::HashMap;

use model::Span;
use regex::Regex;

use super::fields::field_value;
use super::places::{attribute_value, place_value, score_value};
use super::scalar::{Found, Scalar};
use super::summary::span_tokens;
use crate::filter::{Comparison, Operand, Subject};

/// What a span says of a subject; `entered` tells whether objects are.
pub(super) fn value_of<'a>(subject: &Subject, span: &'a Span, entered: bool) -> Found<'a> {
    match subject {
        Subject::Field(field) => field_value(field, span),
        Subject::Attribute(key) => attribute_value(key, span, entered),
        Subject::Path { root, path } => place_value(*root, path, span, entered),
        Subject::Tokens => Found::number(span_tokens(span)),
        Subject::Score(name) => score_value(name, span),
        // Both need the whole trace and are answered where it is at hand.
        Subject::Occurrence | Subject::RollUp(_) => Found::default(),
    }
}

/// Whether one of the values meets a comparison.
pub(super) fn meets(found: &Found<'_>, comparison: &Comparison, regexes: &HashMap<String, Regex>) -> bool {
    let any = |test: &dyn Fn(&Scalar<'_>) -> bool| found.scalars.iter().any(test);
    let order = |operand: &Operand, wanted: &[Ordering]| {
        any(&|scalar| compared(scalar, operand, found.is_open).is_some_and(|order| wanted.contains(&order)))
    };
    match comparison {
        Comparison::Exists => found.exists,
        Comparison::Is(operands) => any(&|scalar| operands.iter().any(|operand| equals(scalar, operand, found.is_open))),
        Comparison::Above(operand) => order(operand, &[Ordering::Greater]),
        Comparison::AtLeast(operand) => order(operand, &[Ordering::Greater, Ordering::Equal]),
        Comparison::Below(operand) => order(operand, &[Ordering::Less]),
        Comparison::AtMost(operand) => order(operand, &[Ordering::Less, Ordering::Equal]),
        Comparison::Between(low, high) => any(&|scalar| {
            compared(scalar, low, found.is_open).is_some_and(Ordering::is_ge)
                && compared(scalar, high, found.is_open).is_some_and(Ordering::is_le)
        }),
        Comparison::Contains(text) => {
            let wanted = text.to_lowercase();
            any(&|scalar| spelled(scalar).to_lowercase().contains(&wanted))
        }
        Comparison::Matches(pattern) => regexes.get(pattern).is_some_and(|regex| any(&|scalar| regex.is_match(&spelled(scalar)))),
    }
}

fn equals(scalar: &Scalar<'_>, operand: &Operand, is_open: bool) -> bool {
    match (scalar, operand) {
        (Scalar::Text(text), Operand::Text(wanted)) => text == wanted,
        (Scalar::Truth(truth), Operand::Truth(wanted)) => truth == wanted,
        (Scalar::Text(text), Operand::Truth(wanted)) if is_open => text.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
        (scalar, Operand::Integer(_) | Operand::Decimal(_)) => compared(scalar, operand, is_open) == Some(Ordering::Equal),
        _ => false,
    }
}

/// How a value stands to a number; None where one of them is none.
fn compared(scalar: &Scalar<'_>, operand: &Operand, is_open: bool) -> Option<Ordering> {
    match (scalar, operand) {
        (Scalar::Integer(number), Operand::Integer(wanted)) => Some(number.cmp(&i128::from(*wanted))),
        (Scalar::Integer(number), Operand::Decimal(wanted)) => (*number as f64).partial_cmp(wanted),
        (Scalar::Decimal(number), Operand::Integer(wanted)) => number.partial_cmp(&(*wanted as f64)),
        (Scalar::Decimal(number), Operand::Decimal(wanted)) => number.partial_cmp(wanted),
        (Scalar::Text(text), Operand::Integer(_) | Operand::Decimal(_)) if is_open => compared(&spelled_number(text)?, operand, false),
        _ => None,
    }
}

/// The number a text spells as a plain decimal: a sign, digits, and digits behind a point.
pub(super) fn spelled_number(text: &str) -> Option<Scalar<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    text.parse().ok().map(Scalar::Integer).or_else(|| text.parse().ok().map(Scalar::Decimal))
}

/// A value as a text.
fn spelled(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Text(text) => text.to_string(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Decimal(number) => number.to_string(),
        Scalar::Truth(truth) => truth.to_string(),
    }
}
