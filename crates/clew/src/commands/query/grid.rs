//! Answers and tables of SQL in aligned columns.

use serde_json::Value;

use crate::columns::{Align, aligned_rows};
use crate::format::MISSING;
use crate::line::{Line, Role, one_line};
use crate::screen::Screen;

/// Characters of a cell where output is a terminal: a preview has more, and would push all else off the screen.
const CELL_WIDTH_MAX: usize = 60;

/// The rows of an answer, under the names of their columns.
pub(super) fn rows(answer: &Value, screen: &Screen) -> Vec<Line> {
    let columns = array(answer, "columns");
    let names: Vec<&str> = columns.iter().map(|column| text(column, "name")).collect();
    let aligns: Vec<Align> = columns.iter().map(|column| align(text(column, "type"))).collect();
    let mut cells: Vec<Vec<String>> = vec![names.iter().map(|name| one_line(name)).collect()];
    cells.extend(array(answer, "rows").iter().map(|row| names.iter().map(|name| cell(&row[*name], screen)).collect()));
    let line = |(index, text)| Line::new().with(if index == 0 { Role::Dim } else { Role::Plain }, text);
    aligned_rows(&cells, &aligns).into_iter().enumerate().map(line).collect()
}

/// The tables that may be named.
pub(super) fn tables(answer: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    for table in array(answer, "tables") {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(Line::new().with(Role::Strong, text(table, "name")).with(Role::Plain, format!("  {}", text(table, "about"))));
        let columns = array(table, "columns").iter();
        let cells: Vec<Vec<String>> =
            columns.map(|column| ["name", "type", "unit", "about"].map(|key| text(column, key).to_owned()).to_vec()).collect();
        lines.extend(aligned_rows(&cells, &[Align::Left; 4]).into_iter().map(|text| Line::plain(format!("  {text}"))));
    }
    lines
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Numbers stand below each other by their last digits.
fn align(kind: &str) -> Align {
    let is_number = ["BIGINT", "INT", "DOUBLE", "DECIMAL"].iter().any(|number| kind.starts_with(number)) && !kind.ends_with("[]");
    if is_number { Align::Right } else { Align::Left }
}

fn cell(value: &Value, screen: &Screen) -> String {
    let text = match value {
        Value::Null => MISSING.to_owned(),
        Value::String(text) => one_line(text),
        value => value.to_string(),
    };
    match screen.is_terminal() && text.chars().count() > CELL_WIDTH_MAX {
        true => text.chars().take(CELL_WIDTH_MAX - 1).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_what_is_unknown_is_said() {
        let screen = Screen { color: false, ascii: false, columns: None };
        let answer = serde_json::json!({
            "columns": [{"name": "model", "type": "TEXT"}, {"name": "calls", "type": "BIGINT"}, {"name": "tags", "type": "TEXT[]"}],
            "rows": [{"model": "gpt-5", "calls": 12, "tags": ["a"]}, {"model": null, "calls": 3, "tags": null}],
        });
        let lines: Vec<String> = rows(&answer, &screen).iter().map(|line| line.paint(&screen)).collect();
        assert_eq!(lines, ["model  calls  tags", "gpt-5     12  [\"a\"]", "—          3  —"]);
    }
}
