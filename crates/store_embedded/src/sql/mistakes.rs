//! What is wrong with a question, in words that say what to do, and where.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use store::StoreError;
use store::sql::{SqlError, TABLES};

use crate::limits;

pub(super) fn refused(what: String) -> SqlError {
    SqlError::Refused { what, hint: None, at: None }
}

/// For everything that is no question.
pub(super) fn only_questions(sql: &str) -> SqlError {
    let word: String = sql.trim_start().chars().take_while(|letter| letter.is_ascii_alphabetic()).take(40).collect();
    let what = match word.is_empty() {
        true => "this is no question".to_owned(),
        false => format!("`{}` is not answered", word.to_ascii_uppercase()),
    };
    SqlError::Refused { what, hint: Some(allowed()), at: Some(0) }
}

fn allowed() -> String {
    format!("Only one SELECT is, over the tables {}; nothing can be changed.", table_names())
}

fn table_names() -> String {
    let names: Vec<String> = TABLES.iter().map(|table| format!("`{}`", table.name)).collect();
    names.join(", ")
}

/// Tells an error of the planner or of the work itself.
pub(super) fn of(error: DataFusionError, sql: &str) -> SqlError {
    if let DataFusionError::ResourcesExhausted(text) = error.find_root() {
        return match text.contains("would make") {
            true => SqlError::TooMuch { what: text.clone(), hint: MADE_HINT },
            false => out_of_memory(),
        };
    }
    let diagnosed = diagnostic(&error).and_then(|diagnostic| place_of_diagnostic(diagnostic, sql));
    told(error, sql, diagnosed)
}

fn told(error: DataFusionError, sql: &str, at: Option<usize>) -> SqlError {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => told(*inner, sql, at),
        DataFusionError::Shared(inner) => match inner.find_root() {
            DataFusionError::External(_) => StoreError::failed("failed to read for a question in SQL", inner.to_string()).into(),
            _ => refused_at(plain(&inner.to_string()), None, at),
        },
        DataFusionError::Collection(mut errors) if !errors.is_empty() => told(errors.swap_remove(0), sql, at),
        DataFusionError::External(source) => match source.downcast::<StoreError>() {
            Ok(error) => SqlError::Store(*error),
            Err(source) => refused_at(plain(&source.to_string()), None, at),
        },
        DataFusionError::ArrowError(error, _) => match *error {
            ArrowError::ExternalError(source) => told(DataFusionError::External(source), sql, at),
            error => refused_at(plain(&error.to_string()), None, at),
        },
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            let at = at.or_else(|| place_in_text(&text, sql));
            refused_at(plain(&text), None, at)
        }
        DataFusionError::SchemaError(error, _) => match *error {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let known: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
                refused_at(
                    format!("there is no column `{}`", field.name),
                    nearest_hint(&field.name, &known),
                    at.or_else(|| place_of_word(&field.name, sql)),
                )
            }
            error => refused_at(plain(&error.to_string()), None, at),
        },
        DataFusionError::ExecutionJoin(error) => StoreError::failed("failed to finish a question in SQL", *error).into(),
        DataFusionError::IoError(error) => StoreError::failed("failed to read for a question in SQL", error).into(),
        error => {
            let text = plain(&error.strip_backtrace());
            match missing_table(&text) {
                Some(name) => {
                    let known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
                    let hint = nearest_hint(&name, &known)
                        .filter(|hint| hint.starts_with("Did"))
                        .unwrap_or_else(|| format!("There are {}.", table_names()));
                    let at = at.or_else(|| place_of_word(&name, sql));
                    refused_at(format!("there is no table `{name}`"), Some(hint), at)
                }
                None => refused_at(text, None, at),
            }
        }
    }
}

fn refused_at(what: String, hint: Option<String>, at: Option<usize>) -> SqlError {
    SqlError::Refused { what, hint, at }
}

const MADE_HINT: &str = "Join fewer or shorter texts, or cut them first with `left`.";

fn out_of_memory() -> SqlError {
    let what = format!("the question needs more than {} MiB of memory", limits::SQL_MEMORY_BYTES_MAX >> 20);
    SqlError::TooMuch { what, hint: "Join, group or sort fewer rows: bound the time with `t`, filter first, or leave long columns out." }
}

/// Without the names of the planner's own kinds of errors, and on one line.
fn plain(text: &str) -> String {
    const PREFIXES: [&str; 9] = [
        "Error during planning: ",
        "This feature is not implemented: ",
        "Execution error: ",
        "Schema error: ",
        "SQL error: ",
        "sql parser error: ",
        "Invalid or Unsupported Configuration: ",
        "Optimizer rule ",
        "Arrow error: ",
    ];
    let mut text = text.trim();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    let text = text.split("\nThis issue was likely caused by a bug").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn diagnostic(error: &DataFusionError) -> Option<&Diagnostic> {
    match error {
        DataFusionError::Diagnostic(diagnostic, _) => Some(diagnostic),
        DataFusionError::Context(_, inner) => diagnostic(inner),
        DataFusionError::Shared(inner) => diagnostic(inner),
        DataFusionError::Collection(errors) => errors.first().and_then(diagnostic),
        _ => None,
    }
}

fn place_of_diagnostic(diagnostic: &Diagnostic, sql: &str) -> Option<usize> {
    let start = diagnostic.span?.start;
    place(start.line, start.column, sql)
}

/// The parser says where it stands at the end of its texts: `at Line: 1, Column: 8`.
fn place_in_text(text: &str, sql: &str) -> Option<usize> {
    if text.trim_end().ends_with("found: EOF") {
        return Some(sql.len());
    }
    let (_, rest) = text.rsplit_once("Line: ")?;
    let (line, column) = rest.split_once(", Column: ")?;
    let column: String = column.chars().take_while(char::is_ascii_digit).collect();
    place(line.trim().parse().ok()?, column.parse().ok()?, sql)
}

/// The byte of a line and a column, both counted from one, the column in characters.
fn place(line: u64, column: u64, sql: &str) -> Option<usize> {
    let (line, column) = (usize::try_from(line).ok()?.checked_sub(1)?, usize::try_from(column).ok()?.checked_sub(1)?);
    let start: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = sql.get(start..)?;
    Some(start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
}

fn place_of_word(word: &str, sql: &str) -> Option<usize> {
    sql.to_ascii_lowercase().find(&word.to_ascii_lowercase())
}

/// The planner writes `table 'clew.public.span' not found`.
fn missing_table(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("table '")?;
    let (name, rest) = rest.split_once('\'')?;
    rest.trim_start().starts_with("not found").then(|| name.strip_prefix("clew.public.").unwrap_or(name).to_owned())
}

fn nearest_hint(name: &str, known: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> = known.iter().map(|known| (distance(&name, known), *known)).collect();
    near.sort_unstable();
    near.dedup();
    let near: Vec<String> = near
        .iter()
        .filter(|(distance, known)| *distance <= 1 + name.len() / 3 || known.contains(&name))
        .take(3)
        .map(|(_, known)| format!("`{known}`"))
        .collect();
    match near.is_empty() {
        false => Some(format!("Did you mean {}?", near.join(" or "))),
        true => (!known.is_empty()).then(|| format!("There are {} columns here; `clew query --tables` lists them.", known.len())),
    }
}

/// How many letters have to be put in, left out or exchanged to make one word of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let (mut before, first) = (row[0], at + 1);
        row[0] = first;
        for (place, other) in to.iter().enumerate() {
            let exchanged = before + usize::from(letter != *other);
            before = row[place + 1];
            row[place + 1] = exchanged.min(before + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bytes_of_the_text() {
        let sql = "SELECT 'ä',\n  nmae FROM spans";
        assert_eq!(place(2, 3, sql), sql.find("nmae"));
        assert_eq!(place(1, 12, sql), Some(12));
        assert_eq!(place_in_text("Expected: an expression, found: FROM at Line: 2, Column: 3", sql), sql.find("nmae"));
        assert_eq!(place(9, 1, sql), Some(sql.len()));
    }

    #[test]
    fn words_that_are_meant_are_found() {
        assert_eq!([distance("nmae", "name"), distance("modle", "model"), distance("", "ab"), distance("ab", "ab")], [2, 2, 2, 0]);
        assert_eq!(nearest_hint("span", &["traces", "spans"]), Some("Did you mean `spans`?".into()));
        assert_eq!(missing_table("table 'clew.public.span' not found"), Some("span".into()));
        assert_eq!(missing_table("table function 'range' not found"), None);
    }
}
