//! What questions for figures have in common: how fields, measures and buckets are named, and how figures are told.

mod bucket;
mod measure;
mod shape;

pub(crate) use bucket::{bucket, clock, fitting_width};
pub(crate) use measure::{NamedMeasure, measure, measures};
pub(crate) use shape::{FigureAnswer, QuestionCost, amount, extent};

use query::{Field, Subject};
use store::aggregate::Dimension;

use crate::problem::Problem;

/// Reads names of dimensions, separated by commas; a comma in brackets belongs to its name.
pub(crate) fn dimensions(text: &str) -> Result<Vec<Dimension>, Problem> {
    separated(text).into_iter().map(dimension).collect()
}

/// Finds what rows can be grouped by or measured in: a field by its name in the API, or what the query language calls by the name.
pub(crate) fn dimension(name: &str) -> Result<Dimension, Problem> {
    if let Some(field) = query::field(name) {
        return Ok(Dimension::Field(field));
    }
    let refused = |reason: String, fix: String| Problem::bad_request("unknown-field", reason).with_hint(fix);
    match <[Subject; 1]>::try_from(subjects(name)?) {
        Ok([subject]) => Dimension::of(subject).ok_or_else(|| {
            let fix = "Use a field, an attribute, a place such as `output.route`, or `score.NAME`.";
            refused(format!("`{}` is no value of a single span", shown(name)), fix.to_owned())
        }),
        Err(several) => {
            let names: Vec<String> = several.into_iter().filter_map(Dimension::of).map(|one| format!("`{}`", one.name())).collect();
            Err(refused(format!("`{}` stands for several fields", shown(name)), format!("Use one of {}.", names.join(", "))))
        }
    }
}

/// Finds what the query language calls by a name.
pub(crate) fn subjects(name: &str) -> Result<Vec<Subject>, Problem> {
    query::subjects(name).map_err(|mistake| Problem::bad_request("unknown-field", mistake.reason).with_hint(mistake.fix))
}

/// Finds a field by its name in the API.
pub(crate) fn field(name: &str) -> Result<&'static Field, Problem> {
    query::field(name).ok_or_else(|| {
        let names: Vec<&str> = query::FIELDS.iter().map(|field| field.name).collect();
        Problem::bad_request("unknown-field", format!("there is no field `{}`", shown(name)))
            .with_hint(format!("Use one of {}.", names.join(", ")))
    })
}

/// The parts of a list, without empty ones; commas in quotes or parentheses separate nothing.
fn separated(text: &str) -> Vec<&str> {
    let (mut parts, mut first, mut is_quoted, mut depth) = (Vec::new(), 0, false, 0_usize);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if is_quoted => drop(characters.next()),
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            ',' if !is_quoted && depth == 0 => {
                parts.push(&text[first..at]);
                first = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[first..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_are_grouped_by_is_named_as_in_queries() {
        let name = |text: &str| dimension(text).map(|dimension| dimension.name());
        for (text, expected) in [
            ("request_model", "request_model"),
            ("user", "user_id"),
            ("output.route", "output.route"),
            ("step_name", "step_name"),
            ("tenant.id", "tenant.id"),
            ("attr[\"a, b\"]", "attr[\"a, b\"]"),
            ("score.helpfulness", "score.helpfulness"),
        ] {
            assert_eq!(name(text).ok().as_deref(), Some(expected), "{text}");
        }
        for text in ["model", "tokens", "errors", "nothing", "output.", "a b"] {
            assert!(name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn commas_in_brackets_separate_nothing() {
        assert_eq!(separated("a, attr[\"b, c\"],,sum(d, e)"), ["a", "attr[\"b, c\"]", "sum(d, e)"]);
        assert_eq!(separated("attr[\"a\\\"b,c\"],d"), ["attr[\"a\\\"b,c\"]", "d"]);
        assert!(separated(" , ").is_empty());
    }
}
