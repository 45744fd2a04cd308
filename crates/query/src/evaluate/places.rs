//! Raw attributes, places in JSON values, and scores.

use std::borrow::Cow;

use model::{AnyValue, ObservationType, Span};
use serde_json::{Map, Value};

use super::scalar::{Found, Scalar};
use crate::content::{Side, content_texts, messages_json};
use crate::filter::{PathStep, Root};

/// The value of a raw attribute: of the span, else of its resource, else of its scope.
pub(super) fn attribute_value<'a>(key: &str, span: &'a Span, entered: bool) -> Found<'a> {
    let mut found = Found { is_open: true, ..Found::default() };
    let Some(raw) = &span.raw else { return found };
    let places = [&raw.attributes, &raw.resource.attributes, &raw.scope.attributes];
    if let Some(value) = places.into_iter().filter_map(|attributes| attributes.get(key)).find(|value| **value != AnyValue::Empty) {
        found.exists = true;
        add_any(value, entered, &mut found);
    }
    found
}

pub(super) fn add_any<'a>(value: &'a AnyValue, entered: bool, found: &mut Found<'a>) {
    match value {
        // Bytes are there, and equal nothing that can be written.
        AnyValue::Empty | AnyValue::Bytes(_) => {}
        AnyValue::Bool(truth) => found.scalars.push(Scalar::Truth(*truth)),
        AnyValue::Int(number) => found.scalars.push(Scalar::Integer((*number).into())),
        AnyValue::Double(number) => found.scalars.push(Scalar::Decimal(*number)),
        AnyValue::String(text) => found.scalars.push(Scalar::Text(Cow::Borrowed(text))),
        AnyValue::Array(items) => items.iter().for_each(|item| add_any(item, entered, found)),
        AnyValue::Map(map) if entered => map.0.iter().for_each(|pair| add_any(&pair.value, entered, found)),
        AnyValue::Map(_) => {}
    }
}

/// The values at a place. The whole input or output, searched for a text, is searched where words are.
pub(super) fn place_value<'a>(root: Root, path: &[PathStep], span: &'a Span, entered: bool) -> Found<'a> {
    let side = match root {
        Root::Input => Some(Side::Input),
        Root::Output => Some(Side::Output),
        _ => None,
    };
    if let Some(side) = side.filter(|_| entered && path.is_empty()) {
        let scalars: Vec<_> = content_texts(span, side).into_iter().map(Scalar::Text).collect();
        return Found { exists: !scalars.is_empty(), scalars, is_open: true };
    }
    let mut found = Found { is_open: true, ..Found::default() };
    if let Some(value) = root_value(root, span) {
        each_value_at(&value, path, &mut |value| found.add_json(value, entered));
    }
    found
}

/// The JSON value of a root; None where the span says nothing of it.
pub fn root_value(root: Root, span: &Span) -> Option<Cow<'_, Value>> {
    let content = &span.content;
    let told = |value: &'_ Option<Value>, messages: &[model::Message]| match value {
        Some(value) => Some(value.clone()),
        None => (!messages.is_empty()).then(|| messages_json(messages)),
    };
    let owned = |value: Option<Value>| value.map(Cow::Owned);
    match root {
        Root::Input => owned(told(&content.input, &content.input_messages)),
        Root::Output => owned(told(&content.output, &content.output_messages)),
        Root::Metadata => {
            let map: Map<String, Value> = span.metadata.iter().cloned().collect();
            (!map.is_empty()).then(|| Cow::Owned(Value::Object(map)))
        }
        Root::StateBefore => content.state.before.as_ref().map(Cow::Borrowed),
        Root::StateAfter => content.state.after.as_ref().map(Cow::Borrowed),
        Root::ToolArguments => tool_arguments(span).map(Cow::Owned),
    }
}

/// What a tool is called with: of a tool span its input, of another span the arguments of the calls it asks for, as a list.
pub(super) fn tool_arguments(span: &Span) -> Option<Value> {
    let calls = &span.content.tool_calls;
    if span.observation_type == ObservationType::Tool && span.content.input.is_some() {
        return span.content.input.clone();
    }
    (!calls.is_empty()).then(|| calls.iter().map(|call| call.arguments.clone()).collect())
}

/// Hands every value at a path to `visit`; a list is entered where a key follows it.
pub fn each_value_at(value: &Value, path: &[PathStep], visit: &mut impl FnMut(&Value)) {
    let Some((step, rest)) = path.split_first() else { return visit(value) };
    match (step, value) {
        (PathStep::Key(key), Value::Object(map)) => {
            if let Some(inner) = map.get(key) {
                each_value_at(inner, rest, visit);
            }
        }
        (PathStep::Key(_), Value::Array(items)) => items.iter().for_each(|item| each_value_at(item, path, visit)),
        (PathStep::Each, Value::Array(items)) => items.iter().for_each(|item| each_value_at(item, rest, visit)),
        (PathStep::At(index), Value::Array(items)) => {
            if let Some(item) = items.get(*index) {
                each_value_at(item, rest, visit);
            }
        }
        _ => {}
    }
}

/// The value and the label of the scores of a name.
pub(super) fn score_value<'a>(name: &str, span: &'a Span) -> Found<'a> {
    let mut found = Found { is_open: true, ..Found::default() };
    for score in span.content.scores.iter().filter(|score| score["name"] == name) {
        found.exists = true;
        found.add_json(&score["score"], false);
        found.add_json(&score["label"], false);
    }
    found
}
