//! What models read and wrote, as text below a line.

use serde_json::Value;

use crate::client::{Message, Span};
use crate::line::{Line, Role};

/// Longer texts are cut here and say so; `--json` has everything.
const TEXT_LINES_MAX: usize = 40;

/// The messages of a span, each with its role; input and output where there are no messages.
pub(crate) fn message_lines(span: &Span, indent: &str, columns: Option<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let inputs = span.input_messages.as_deref().unwrap_or_default();
    let outputs = span.output_messages.as_deref().unwrap_or_default();
    if let Some(parts) = span.system_instructions.as_ref().filter(|parts| !parts.is_empty()) {
        lines.extend(message(&Message { role: "system".to_owned(), parts: parts.clone() }, indent));
    }
    for each in inputs.iter().chain(outputs) {
        lines.extend(message(each, indent));
    }
    if inputs.is_empty() && outputs.is_empty() {
        lines.extend(value("input", span.input.as_ref(), indent));
        lines.extend(value("output", span.output.as_ref(), indent));
    }
    match columns {
        Some(columns) => lines.into_iter().map(|line| line.cut(columns)).collect(),
        None => lines,
    }
}

/// Writes a JSON value over several lines, a text as it is.
pub(crate) fn json_lines(value: &Value, indent: &str) -> Vec<Line> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let mut lines: Vec<Line> = text.lines().take(TEXT_LINES_MAX).map(|line| Line::plain(format!("{indent}{line}"))).collect();
    let left = text.lines().count().saturating_sub(TEXT_LINES_MAX);
    if left > 0 {
        lines.push(Line::plain(indent).with(Role::Dim, format!("… {left} more lines: --json")));
    }
    lines
}

fn value(name: &str, value: Option<&Value>, indent: &str) -> Vec<Line> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Vec::new() };
    let mut lines = vec![Line::plain(indent).with(Role::Strong, name)];
    lines.extend(json_lines(value, &format!("{indent}  ")));
    lines
}

fn message(message: &Message, indent: &str) -> Vec<Line> {
    let mut lines = vec![Line::plain(indent).with(Role::Strong, message.role.clone())];
    for each in &message.parts {
        lines.extend(part(each, &format!("{indent}  ")));
    }
    lines
}

fn part(part: &Value, indent: &str) -> Vec<Line> {
    let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "text" => json_lines(part.get("content").unwrap_or(&Value::Null), indent),
        "reasoning" => {
            let mut lines = vec![Line::plain(indent).with(Role::Dim, "(reasoning)")];
            lines.extend(json_lines(part.get("content").unwrap_or(&Value::Null), indent));
            lines
        }
        "tool_call" => {
            let arguments = part.get("arguments").map(Value::to_string).unwrap_or_default();
            vec![Line::plain(indent).with(Role::Tool, "→ ").with(Role::Strong, text("name")).with(Role::Plain, format!("({arguments})"))]
        }
        "tool_call_response" => json_lines(part.get("response").or(part.get("result")).unwrap_or(&Value::Null), indent),
        kind => vec![Line::plain(indent).with(Role::Dim, format!("({kind})"))],
    }
}
