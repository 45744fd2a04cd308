//! Shapes of messages seen in the wild, and what must not be mistaken for one.

use serde_json::json;

use super::*;

fn texts(messages: &[Message]) -> Vec<(String, String)> {
    messages.iter().map(|message| (message.role.clone(), text_of(message).unwrap_or_default())).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(role, text)| ((*role).to_owned(), (*text).to_owned())).collect()
}

#[track_caller]
fn check(value: Value, role: &str, wanted: &[(&str, &str)]) {
    assert_eq!(texts(&read(value, role)), pairs(wanted));
}

#[test]
fn every_shape_of_a_question_is_the_same_message() {
    for value in [
        json!([{"role": "user", "content": "hi"}]),
        json!([{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]),
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}),
        json!({"messages": [[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "hi", "type": "human"}}]]}),
        json!([{"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "hi"}}]}}]),
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        json!([{"role": "user", "blocks": [{"block_type": "text", "text": "hi"}]}]),
        json!({"input": "hi", "model": "x"}),
        json!({"args": [], "kwargs": {"messages": [{"type": "human", "content": "hi"}]}}),
        json!("[{\"role\": \"user\", \"content\": \"[{\\\"text\\\": \\\"hi\\\"}]\"}]"),
        json!("hi"),
        json!([["human", "hi"]]),
    ] {
        check(value.clone(), "user", &[("user", "hi")]);
    }
}

#[test]
fn every_shape_of_an_answer_is_the_same_message() {
    for value in [
        json!({"role": "assistant", "content": "yes"}),
        json!({"choices": [{"message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]}),
        json!({"generations": [[{"text": "yes", "message": {"lc": 1, "type": "constructor", "id": ["AIMessage"], "kwargs": {"content": "yes"}}}]]}),
        json!({"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]}]}),
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "yes"}]}}]}),
        json!({"content": [{"type": "text", "text": "yes"}], "role": "assistant", "stop_reason": "end_turn"}),
        json!([{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}]),
    ] {
        check(value.clone(), "assistant", &[("assistant", "yes")]);
    }
}

#[test]
fn calls_in_every_spelling_are_decoded() {
    let wanted = Part::ToolCall(model::ToolCall { id: Some("c".into()), name: "f".into(), arguments: json!({"x": 1}) });
    for value in [
        json!([{"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}]}]),
        json!([{"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": 1}}]}]),
        json!([{"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}}]}]),
        json!([{"message": {"role": "assistant", "tool_calls": [{"tool_call": {"id": "c", "function": {"name": "f", "arguments": "{\"x\": 1}"}}}]}}]),
        json!([{"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "c", "toolName": "f", "input": {"x": 1}}]}]),
        json!({"role": "assistant", "content": "[{\"toolUse\": {\"toolUseId\": \"c\", \"name\": \"f\", \"input\": {\"x\": 1}}}]"}),
        json!({"output": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"x\": 1}"}]}),
        json!({"tool_calls": "[{\"toolCallId\": \"c\", \"toolName\": \"f\", \"input\": \"{\\\"x\\\": 1}\"}]"}),
    ] {
        let messages = read(value.clone(), "assistant");
        assert_eq!(messages.iter().flat_map(|message| &message.parts).collect::<Vec<_>>(), [&wanted], "{value}");
    }
}

#[test]
fn a_users_own_json_stays_a_text() {
    check(json!([{"role": "user", "content": "[1, 2]"}]), "user", &[("user", "[1, 2]")]);
    check(json!([{"role": "user", "content": "{\"a\": 1}"}]), "user", &[("user", "{\"a\": 1}")]);
}

#[test]
fn a_tools_answer_is_a_response_part() {
    let messages = read(json!([{"role": "tool", "tool_call_id": "c", "content": "{\"ok\": true}"}]), "user");
    assert_eq!(messages[0].parts, [Part::ToolCallResponse { id: Some("c".into()), name: None, response: json!({"ok": true}) }]);
}

#[test]
fn a_text_alone_is_no_conversation() {
    assert!(read_conversation(&json!("hi"), "user").is_empty());
    assert!(read_conversation(&json!({"question": "hi"}), "user").is_empty());
    assert_eq!(read_conversation(&json!({"messages": [{"role": "user", "content": "hi"}]}), "user").len(), 1);
}
