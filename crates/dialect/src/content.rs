//! The heavy part of a span: inputs, outputs, messages, documents, definitions, parameters.

use model::{Content, Document, Message, ObservationType, Part, StepState, ToolCall};
use serde_json::{Map, Value, json};

use crate::facts::Facts;
use crate::json::{self, any_of, any_text};
use crate::messages;
use crate::table::Field;
use crate::vectors;

/// Reads everything a span carries for people to read.
pub(crate) fn read(facts: &Facts<'_>, kind: ObservationType) -> Content {
    let input_messages = conversation(facts, Field::InputMessages, "user");
    let output_messages = conversation(facts, Field::OutputMessages, "assistant");
    let is_model_call = kind == ObservationType::Llm;
    let input = facts.first(Field::Input, |value, _| Some(payload(value, kind)));
    let output = facts.first(Field::Output, |value, _| Some(payload(value, kind)));
    let tool_definitions = tool_definitions(facts, input.as_ref());
    let tool_calls = tool_calls(facts, &output_messages);
    let documents = documents(facts);
    let query = query(facts, kind, input.as_ref());
    Content {
        // A model call's request repeats its messages; the raw span keeps it.
        input: input.filter(|_| !is_model_call || input_messages.is_empty()),
        output: output.filter(|_| !is_model_call || output_messages.is_empty()),
        system_instructions: facts
            .first(Field::SystemInstructions, |value, _| Some(messages::read_parts(value)).filter(|parts| !parts.is_empty()))
            .unwrap_or_default(),
        input_messages,
        output_messages,
        tool_definitions,
        tool_calls,
        documents,
        query,
        top_k: facts.first(Field::TopK, |value, _| json::count_of(&value)),
        model_params: model_params(facts),
        prompt_template: facts.text(Field::PromptTemplate),
        prompt_variables: facts.first(Field::PromptVariables, |value, _| Some(json::decoded(value))),
        state: state(facts),
        expected_output: facts.first(Field::ExpectedOutput, |value, _| Some(json::decoded(value))),
        guardrail: guardrail(facts),
        scores: scores(facts),
    }
}

fn state(facts: &Facts<'_>) -> StepState {
    let of = |detail: &str| facts.first_of(Field::State, detail, |value, _| Some(json::decoded(value)));
    StepState { before: of("before"), after: of("after"), delta: of("delta") }
}

/// A guardrail's words, put together from attributes of their own.
fn guardrail(facts: &Facts<'_>) -> Option<Value> {
    let mut words = Map::new();
    for candidate in facts.of(Field::Guardrail) {
        if let (false, Some(value)) = (words.contains_key(&candidate.rule.detail), facts.value(candidate)) {
            facts.take(candidate);
            words.insert(candidate.rule.detail.clone(), json::decoded(value));
        }
    }
    (!words.is_empty()).then_some(Value::Object(words))
}

/// Scores told within the span, from all places, each as one object.
fn scores(facts: &Facts<'_>) -> Vec<Value> {
    let mut scores = Vec::new();
    for candidate in facts.of(Field::Scores) {
        let Some(value) = facts.value(candidate) else { continue };
        facts.take(candidate);
        scores.extend(scores_of(json::decoded(value)));
    }
    scores
}

fn scores_of(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.into_iter().flat_map(scores_of).collect(),
        Value::Object(mut map) => {
            for wrapper in ["evaluation", "annotation"] {
                if let Some(inner) = map.remove(wrapper) {
                    return scores_of(inner);
                }
            }
            let mut score = Map::new();
            for (ours, theirs) in SCORE_KEYS {
                if let Some(value) = any_of(&map, theirs) {
                    score.insert((*ours).to_owned(), value.clone());
                }
            }
            match score.contains_key("score") || score.contains_key("label") {
                true => vec![Value::Object(score)],
                // A plain object of scores by name (Braintrust).
                false => map
                    .into_iter()
                    .filter(|(_, value)| value.is_number())
                    .map(|(name, score)| json!({"name": name, "score": score}))
                    .collect(),
            }
        }
        _ => Vec::new(),
    }
}

/// What a score's property is called by OpenInference and in events of the OpenTelemetry conventions.
const SCORE_KEYS: &[(&str, &[&str])] = &[
    ("name", &["name", "gen_ai.evaluation.name"]),
    ("score", &["score", "value", "gen_ai.evaluation.score.value"]),
    ("label", &["label", "gen_ai.evaluation.score.label"]),
    ("explanation", &["explanation", "gen_ai.evaluation.explanation"]),
    ("annotator_kind", &["annotator_kind"]),
    ("identifier", &["identifier"]),
    ("metadata", &["metadata"]),
    ("response_id", &["gen_ai.response.id"]),
];

pub(crate) fn conversation(facts: &Facts<'_>, field: Field, role: &str) -> Vec<Message> {
    facts.first(field, |value, _| Some(messages::read(value, role)).filter(|messages| !messages.is_empty())).unwrap_or_default()
}

/// A value as its sender meant it: JSON texts opened, the arguments of a traced function without their wrapper.
pub(crate) fn payload(value: Value, kind: ObservationType) -> Value {
    let value = match json::decoded(value) {
        // A list of JSON texts, as the AI SDK writes values and embeddings.
        Value::Array(items) if items.iter().all(|item| item.as_str().and_then(json::decode_text).is_some()) => {
            items.into_iter().map(json::decoded).collect()
        }
        value => value,
    };
    let value = value.as_object().and_then(messages::arguments_body).unwrap_or(value);
    match kind {
        ObservationType::Embedding | ObservationType::Retrieval | ObservationType::Rerank => vectors::described(value),
        _ => value,
    }
}

fn tool_calls(facts: &Facts<'_>, output_messages: &[Message]) -> Vec<ToolCall> {
    let parts = output_messages.iter().flat_map(|message| &message.parts);
    let calls: Vec<ToolCall> = parts.filter_map(|part| if let Part::ToolCall(call) = part { Some(call.clone()) } else { None }).collect();
    if !calls.is_empty() {
        return calls;
    }
    let told = facts.first(Field::ToolCalls, |value, _| {
        let list = match json::decoded(value) {
            Value::Array(items) => items,
            single => vec![single],
        };
        let calls: Vec<ToolCall> = list.into_iter().filter_map(|call| messages::tool_call(&json::decoded(call))).collect();
        (!calls.is_empty()).then_some(calls)
    });
    told.unwrap_or_default()
}

/// Definitions as sent; those inside the request of a model call count too.
fn tool_definitions(facts: &Facts<'_>, input: Option<&Value>) -> Vec<Value> {
    let told = facts.first(Field::ToolDefinitions, |value, _| match json::decoded(value) {
        Value::Array(items) => Some(items.into_iter().map(definition).collect::<Vec<_>>()),
        single @ Value::Object(_) => Some(vec![definition(single)]),
        _ => None,
    });
    told.unwrap_or_else(|| input.and_then(|input| input.get("tools")?.as_array().cloned()).unwrap_or_default())
}

fn definition(value: Value) -> Value {
    let value = json::decoded(value);
    let in_class = || value.get("data").filter(|data| data.get("name").is_some() && data.get("parameters").is_some());
    let inner = value.get("tool").and_then(|tool| tool.get("json_schema")).or_else(|| value.get("json_schema")).or_else(in_class);
    match inner {
        Some(schema) => json::decoded(schema.clone()),
        None => value,
    }
}

pub(crate) fn query(facts: &Facts<'_>, kind: ObservationType, input: Option<&Value>) -> Option<String> {
    if let Some(told) = facts.text(Field::Query) {
        let opened = json::decode_text(&told);
        return opened.as_ref().and_then(Value::as_object).and_then(|map| any_text(map, &["query_str", "query"])).or(Some(told));
    }
    if kind != ObservationType::Retrieval {
        return None;
    }
    match input? {
        Value::Object(map) => any_text(map, &["query", "question", "query_str", "input", "text"]),
        other => json::text_of(other),
    }
}

fn documents(facts: &Facts<'_>) -> Vec<Document> {
    facts
        .first(Field::Documents, |value, _| Some(documents_of(&json::decoded(value))).filter(|documents| !documents.is_empty()))
        .unwrap_or_default()
}

fn documents_of(value: &Value) -> Vec<Document> {
    match value {
        Value::Array(items) => items.iter().filter_map(|item| document(&json::decoded(item.clone()))).collect(),
        Value::Object(map) => match any_of(map, &["documents", "nodes", "results", "output", "matches", "hits"]) {
            Some(inner) => documents_of(&json::decoded(inner.clone())),
            None => columns(map),
        },
        _ => Vec::new(),
    }
}

fn document(value: &Value) -> Option<Document> {
    let map = match value {
        Value::String(text) => return Some(Document { content: Some(text.clone()), ..Document::default() }),
        Value::Object(map) => map,
        _ => return None,
    };
    // Flattened OpenInference, LlamaIndex's node with score, LangChain's constructor.
    let body = ["document", "node", "kwargs"].iter().find_map(|key| map.get(*key)?.as_object()).unwrap_or(map);
    let both = |keys: &[&str]| any_of(body, keys).or_else(|| any_of(map, keys));
    let document = Document {
        id: both(&["id", "id_", "document_id", "node_id", "db.query.result.id"]).and_then(json::text_of),
        score: both(&["score", "similarity", "relevance_score", "db.query.result.score", "distance", "db.query.result.distance"])
            .and_then(json::number_of),
        content: both(&["content", "page_content", "text", "document", "chunk", "db.query.result.document"])
            .map(|content| json::text_of(content).unwrap_or_else(|| content.to_string())),
        metadata: both(&["metadata", "extra_info", "db.query.result.metadata"]).cloned().map(json::decoded),
    };
    (document.id.is_some() || document.content.is_some()).then_some(document)
}

/// Ids and scores in lists beside each other.
fn columns(map: &Map<String, Value>) -> Vec<Document> {
    let Some(Value::Array(ids)) = map.get("ids") else { return Vec::new() };
    let scores = map.get("scores").and_then(Value::as_array);
    let rows = ids.iter().enumerate().map(|(at, id)| Document {
        id: json::text_of(id),
        score: scores.and_then(|scores| json::number_of(scores.get(at)?)),
        ..Document::default()
    });
    rows.collect()
}

/// Keys of requests and responses that are no parameters of the model; some senders put the whole object there.
const NO_PARAMETERS: &[&str] = &[
    "model",
    "messages",
    "tools",
    "input",
    "prompt",
    "stream",
    "instructions",
    "functions",
    "type",
    "structured_output_schema",
    "max_retries",
    "id",
    "created_at",
    "completed_at",
    "object",
    "status",
    "output",
    "usage",
    "error",
    "metadata",
    "background",
    "incomplete_details",
    "previous_response_id",
    "headers",
    "base_url",
];

/// Collects parameters of all places under their usual snake-case names; the better place wins.
fn model_params(facts: &Facts<'_>) -> Vec<(String, Value)> {
    let mut params: Vec<(String, Value)> = Vec::new();
    for candidate in facts.of(Field::ModelParams) {
        let Some(Value::Object(map)) = facts.value(candidate).map(json::decoded) else { continue };
        facts.take(candidate);
        for (key, value) in map {
            let name = parameter_name(&key);
            let known = params.iter().any(|(known, _)| *known == name);
            if !known && !json::is_blank(&value) && !NO_PARAMETERS.contains(&name.as_str()) && !name.starts_with("context.") {
                params.push((name, json::decoded(value)));
            }
        }
    }
    params
}

fn parameter_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    match name.as_str() {
        "max_output_tokens" | "max_completion_tokens" => "max_tokens".to_owned(),
        "reasoning_effort" => "reasoning.level".to_owned(),
        "n" => "choice.count".to_owned(),
        _ => name,
    }
}
