//! One line of what went in and one of what came out.

use model::{Content, Message, Part, Previews};
use serde_json::Value;

use crate::json;
use crate::limits::{PREVIEW_BYTES_READ_MAX, PREVIEW_CHARS_MAX};
use crate::messages;

/// Keys that hold the one text that matters of a small object.
const INPUT_KEYS: &[&str] = &[
    "question",
    "query",
    "user_msg",
    "user_input",
    "user_query",
    "user_message",
    "prompt",
    "message",
    "text",
    "input",
    "q",
    "content",
    "topic",
];
const OUTPUT_KEYS: &[&str] = &[
    "answer",
    "output",
    "result",
    "response",
    "text",
    "message",
    "content",
    "final_answer",
    "final_output",
    "completion",
    "summary",
    "return_value",
    "raw_output",
];

pub(crate) fn of(content: &Content) -> Previews {
    let input = last_text(&content.input_messages, "user").or_else(|| content.input.as_ref().and_then(|value| of_value(value, "user", 0)));
    let output = answer(&content.output_messages).or_else(|| content.output.as_ref().and_then(|value| of_value(value, "assistant", 0)));
    let input = input.or_else(|| content.query.clone());
    Previews { input: input.as_deref().and_then(line), output: output.as_deref().and_then(line) }
}

pub(crate) fn last_text(messages: &[Message], role: &str) -> Option<String> {
    let own = messages.iter().rev().filter(|message| message.role == role).find_map(messages::text_of);
    own.or_else(|| messages.iter().rev().find_map(messages::text_of))
}

/// The final text, or the calls asked for where there is none.
pub(crate) fn answer(messages: &[Message]) -> Option<String> {
    let own = messages.iter().rev().filter(|message| message.role == "assistant").find_map(messages::text_of);
    own.or_else(|| {
        let calls = messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::ToolCall(call) => {
                Some(format!("{}({})", call.name, if call.arguments.is_null() { String::new() } else { call.arguments.to_string() }))
            }
            _ => None,
        });
        let calls: Vec<String> = calls.collect();
        (!calls.is_empty()).then(|| calls.join(", "))
    })
    .or_else(|| messages.iter().rev().find_map(messages::text_of))
    .or_else(|| messages.iter().rev().flat_map(|message| &message.parts).find_map(response_text))
}

fn response_text(part: &Part) -> Option<String> {
    match part {
        Part::ToolCallResponse { response, .. } if !response.is_null() => {
            Some(response.as_str().map_or_else(|| response.to_string(), str::to_owned))
        }
        _ => None,
    }
}

pub(crate) fn of_value(value: &Value, role: &str, depth: usize) -> Option<String> {
    let conversation = messages::read_conversation(value, role);
    let spoken = if role == "user" { last_text(&conversation, role) } else { answer(&conversation) };
    if spoken.is_some() {
        return spoken;
    }
    match value {
        Value::Null => None,
        Value::String(text) => Some(start_of(text).to_owned()),
        Value::Object(map) if depth < 3 => {
            let keys = if role == "user" { INPUT_KEYS } else { OUTPUT_KEYS };
            // A lone sentence speaks for itself; a lone `A-4` needs its key.
            let only = map.values().next().filter(|value| map.len() == 1 && value.as_str().is_some_and(|text| text.contains(' ')));
            let inner = keys.iter().find_map(|key| map.get(*key).filter(|inner| inner.is_string() || inner.is_object())).or(only);
            inner.and_then(|inner| of_value(inner, role, depth + 1)).or_else(|| Some(json::start_of_text(value, PREVIEW_BYTES_READ_MAX)))
        }
        other => Some(json::start_of_text(other, PREVIEW_BYTES_READ_MAX)),
    }
}

/// Folds white space and cuts to one line of a list.
pub(crate) fn line(text: &str) -> Option<String> {
    let text = start_of(text).trim();
    let start = chars_of_a_line_and_one(text);
    if !is_one_line(start.as_bytes()) {
        return folded(text);
    }
    match cut(start) {
        Some(cut) => Some(start[..cut].trim_end().to_owned() + "…"),
        None => (!start.is_empty()).then(|| start.to_owned()),
    }
}

/// Where a text is cut that has a character too many: behind the cut stands, too, the one whose place the ellipsis takes.
fn cut(start: &str) -> Option<usize> {
    if start.is_ascii() {
        return (start.len() > PREVIEW_CHARS_MAX).then_some(PREVIEW_CHARS_MAX - 1);
    }
    let last = start.char_indices().nth(PREVIEW_CHARS_MAX - 1);
    last.filter(|(cut, last)| start.len() > cut + last.len_utf8()).map(|(cut, _)| cut)
}

fn chars_of_a_line_and_one(text: &str) -> &str {
    // Most texts begin with characters of one byte each.
    let bytes = text.len().min(PREVIEW_CHARS_MAX + 1);
    if text.as_bytes()[..bytes].is_ascii() {
        return &text[..bytes];
    }
    let mut chars = text.chars();
    chars.nth(PREVIEW_CHARS_MAX);
    &text[..text.len() - chars.as_str().len()]
}

/// Whether there is nothing to fold: no white space but single spaces. It looks at all of it, many bytes at a time.
///
/// White space that is not ASCII begins with one of four bytes; so do dashes and quotation marks, whose texts are looked at closer.
fn is_one_line(start: &[u8]) -> bool {
    let is_visible = start.iter().fold(true, |all, byte| all & (*byte >= b' ') & !matches!(byte, 0xc2 | 0xe1 | 0xe2 | 0xe3));
    let behind = start.get(1..).unwrap_or_default();
    let has_two_spaces = start.iter().zip(behind).fold(false, |any, (a, b)| any | ((*a == b' ') & (*b == b' ')));
    is_visible && !has_two_spaces
}

fn folded(text: &str) -> Option<String> {
    let mut line = String::with_capacity(text.len().min(PREVIEW_CHARS_MAX + '…'.len_utf8()));
    let mut chars = 0;
    for word in text.split_whitespace() {
        if chars > 0 {
            line.push(' ');
            chars += 1;
        }
        line.push_str(word);
        chars += if word.is_ascii() { word.len() } else { word.chars().count() };
        if chars > PREVIEW_CHARS_MAX {
            let (end, _) = line.char_indices().nth(PREVIEW_CHARS_MAX - 1).unwrap_or((line.len(), ' '));
            line.truncate(line[..end].trim_end().len());
            line.push('…');
            break;
        }
    }
    (!line.is_empty()).then_some(line)
}

/// The part of a text that a preview is made from.
fn start_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(PREVIEW_BYTES_READ_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_folded_and_short() {
        assert_eq!(line(" a\n\n b\t"), Some("a b".into()));
        assert_eq!(line(" \n"), None);
        let long = line(&"ä ".repeat(100_000)).unwrap();
        assert!(long.chars().count() <= PREVIEW_CHARS_MAX && long.ends_with('…'), "{long}");
    }

    #[test]
    fn a_line_that_needs_no_folding_is_the_one_that_folding_makes() {
        for length in PREVIEW_CHARS_MAX - 3..PREVIEW_CHARS_MAX + 4 {
            for (text, end) in
                [("a", ""), ("a", " "), ("a ", ""), ("a", " b"), ("ä ö", ""), ("é", "  é"), ("語", "\u{3000}a"), ("a", "\u{a0}b")]
            {
                let text = text.chars().cycle().take(length).collect::<String>() + end;
                assert_eq!(line(&text), folded(text.trim()), "{text:?}");
            }
        }
    }
}
