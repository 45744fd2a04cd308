//! The shape that most messages have, read without copying: a JSON list of `{"role", "parts"}` as OpenTelemetry writes it.
//!
//! Whatever differs from it by a single key is left to the reader of all shapes, so that both never disagree.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Roles that are canonical as they stand.
const ROLES: [&str; 4] = ["user", "assistant", "system", "tool"];

/// Brackets in one raw value: far below the nesting at which a JSON reader gives up.
const BRACKETS_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    role: &'a str,
    #[serde(borrow)]
    parts: Vec<Part<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
}

/// Messages of which at least one says something.
pub(crate) struct PlainMessages<'a>(Vec<Message<'a>>);

impl<'a> PlainMessages<'a> {
    /// Reads a JSON text; None where it has another shape, or where a reader of all of it might find it broken.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        // Half a surrogate pair is no text, and raw values are not looked into.
        if !text.starts_with('[') || text.contains("\\ud") || text.contains("\\uD") {
            return None;
        }
        let messages: Vec<Message<'a>> = serde_json::from_str(text).ok()?;
        let all_known = messages.iter().all(|message| {
            ROLES.contains(&message.role)
                && message.finish_reason.is_none_or(is_text)
                && message.parts.iter().all(|part| match part.kind {
                    "text" => part.content.is_some_and(is_text) && part.others_are(is_text),
                    "tool_call" | "tool_call_response" => part.content.is_none() && part.others_are(is_readable),
                    _ => false,
                })
        });
        let says_something = || messages.iter().flat_map(|message| &message.parts).any(|part| part.kind != "text" || !is_empty(part));
        (all_known && says_something()).then_some(Self(messages))
    }

    /// The text of the last message of a role that has one, else of the last of any role.
    pub(crate) fn last_text(&self, role: &str) -> Option<String> {
        self.last_text_of(role).or_else(|| self.0.iter().rev().find_map(text_of))
    }

    /// The text of the last message of a role that has one.
    pub(crate) fn last_text_of(&self, role: &str) -> Option<String> {
        self.0.iter().rev().filter(|message| message.role == role).find_map(text_of)
    }
}

impl Part<'_> {
    fn others_are(&self, known: fn(&RawValue) -> bool) -> bool {
        [self.id, self.name, self.arguments, self.response].into_iter().flatten().all(known)
    }
}

fn is_text(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

fn is_empty(part: &Part<'_>) -> bool {
    part.content.is_some_and(|content| content.get() == "\"\"")
}

/// Whether a value can be read: numbers that are too large are found only by reading them.
fn is_readable(value: &RawValue) -> bool {
    let text = value.get();
    is_text(value)
        || (text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() <= BRACKETS_MAX && serde_json::from_str::<Value>(text).is_ok())
}

/// The text parts of a message, one below the other.
fn text_of(message: &Message<'_>) -> Option<String> {
    let texts = message.parts.iter().filter(|part| part.kind == "text").filter_map(|part| part.content);
    let texts = texts.filter_map(|raw| serde_json::from_str::<String>(raw.get()).ok()).filter(|text| !text.trim().is_empty());
    texts.reduce(|all, text| all + "\n" + &text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{read, text_of};
    use super::PlainMessages;

    /// Where the short way answers at all, it says what the long way says.
    fn check(text: &str, is_plain: bool) {
        let plain = PlainMessages::read(text);
        assert_eq!(plain.is_some(), is_plain, "{text}");
        let Some(plain) = plain else { return };
        let whole = read(json!(text), "user");
        assert!(!whole.is_empty(), "{text}");
        for role in ["user", "assistant", "tool", "other"] {
            let own = whole.iter().rev().filter(|message| message.role == role).find_map(text_of);
            assert_eq!(plain.last_text_of(role), own, "{role} of {text}");
            assert_eq!(plain.last_text(role), own.or_else(|| whole.iter().rev().find_map(text_of)), "{role} of {text}");
        }
    }

    #[test]
    fn the_short_way_and_the_long_way_agree() {
        let text = |role: &str, text: &str| json!({"role": role, "parts": [{"type": "text", "content": text}]});
        check(&json!([text("user", "hi\n\"you\""), text("assistant", "ü"), text("user", " ")]).to_string(), true);
        check(&format!("  {}\n", json!([text("assistant", "a"), text("user", "")])), true);
        check(&json!([{"role": "user", "parts": [{"type": "text", "content": "a"}, {"type": "text", "content": "b"}]}]).to_string(), true);
        check(
            &json!([
                text("user", "weather?"),
                {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "look", "arguments": {"city": ["Bonn"]}}],
                 "finish_reason": "tool_calls"},
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"sky": 1.5}}]},
            ])
            .to_string(),
            true,
        );
    }

    #[test]
    fn other_shapes_are_left_alone() {
        for other in [
            r#"[]"#,
            r#"[{"role":"user","content":"a"}]"#,
            r#"[{"role":"User","parts":[{"type":"text","content":"a"}]}]"#,
            r#"[{"role":"user","parts":[{"type":"text","content":""}]}]"#,
            r#"[{"role":"user","parts":[{"type":"text","content":null}]}]"#,
            r#"[{"role":"user","role":"tool","parts":[{"type":"text","content":"a"}]}]"#,
            r#"[{"role":"user","parts":[{"type":"reasoning","content":"a"}]}]"#,
            r#"[{"role":"user","parts":[{"type":"text","content":"\ud800"}]}]"#,
            r#"[{"role":"tool","parts":[{"type":"tool_call_response","response":1e999}]}]"#,
            r#"[{"role":"user","parts":[{"type":"text","content":"a"}]}"#,
            r#"{"role":"user","parts":[{"type":"text","content":"a"}]}"#,
            "hello",
        ] {
            check(other, false);
        }
    }
}
