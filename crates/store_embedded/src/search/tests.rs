//! The index against the scan, and the file of the index through crashes, damage and rewrites.

mod agree;
mod arguments;
mod background;
mod figures;
mod looking;
mod measure;
mod outputs;

use std::sync::Arc;
use std::time::Duration;

use model::{Document, Message, Part, RawSpan, Span, ToolCall};
use query::{Comparison, Filter, Operand, PathStep, Root, Subject, Test, Words, words_of};
use serde_json::Value;
use store::conformance::SpanSeed;
use store::{DeriveContent, SpanStore};

use super::condition::Condition;
use super::rows::{RowSet, bounds_of_segment};
use crate::EmbeddedStore;
use crate::options::Options;
use crate::tests::{batch, manual};
use looking::{rows_of_batch, rows_of_segment};

/// Content as these tests send it: attributes with JSON texts, one for each place of a span.
fn derive(raw: Arc<RawSpan>) -> Span {
    let mut span = Span::from_raw(Arc::clone(&raw));
    for (key, value) in raw.attributes.iter() {
        let Some(value) = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) else { continue };
        let content = &mut span.content;
        match key {
            "input" => content.input = Some(value),
            "output" => content.output = Some(value),
            "before" => content.state.before = Some(value),
            "after" => content.state.after = Some(value),
            "metadata" => span.metadata = value.as_object().cloned().unwrap_or_default().into_iter().collect(),
            "score" => content.scores.push(value),
            "arguments" => content.tool_calls.push(ToolCall { id: None, name: "tool".into(), arguments: value }),
            "message" => content.input_messages.push(message(&value)),
            "document" => content.documents.push(Document { content: value.as_str().map(str::to_owned), ..Document::default() }),
            _ => {}
        }
    }
    span
}

fn message(value: &Value) -> Message {
    Message { role: "user".into(), name: None, parts: vec![Part::text(value.as_str().unwrap_or_default())] }
}

fn options() -> Options {
    Options { derive_content: DeriveContent::new(1, derive), ..manual() }
}

/// Options under which a segment gets its index at once.
fn indexing() -> Options {
    Options { search_delay: Duration::ZERO, ..options() }
}

/// The span with a number, with attributes; spans of ten share a trace, and rows stand in the order of numbers.
fn span(number: u8, attributes: &[(&str, Value)]) -> Span {
    let mut raw = SpanSeed { trace: number / 10, span: number, start: u64::from(number) + 1, end: 300, ..SpanSeed::default() }.raw();
    raw.attributes.0.clear();
    for (key, value) in attributes {
        raw.attributes.push(*key, value.to_string());
    }
    Span::from_raw(Arc::new(raw))
}

async fn append_all(store: &EmbeddedStore, spans: Vec<Span>) {
    store.append(batch(spans)).await.unwrap();
}

/// Rows of the only segment, through whatever finds them there.
fn rows_in_segment(store: &EmbeddedStore, condition: &Condition) -> Vec<u32> {
    let engine = store.engine_for_tests();
    let segments = engine.segments();
    let [segment] = &segments[..] else { panic!("there is one segment") };
    let rows = rows_of_segment(&engine.indexes, segment, 0..segment.description.span_rows, condition).unwrap();
    rows.into_iter().collect()
}

/// How many rows the index does not tell.
fn rows_to_look_at(store: &EmbeddedStore, condition: &Condition) -> u64 {
    let engine = store.engine_for_tests();
    let segment = &engine.segments()[0];
    bounds_of_segment(&engine.indexes, segment, 0..segment.description.span_rows, condition).unwrap().maybe.len()
}

/// Rows of the tail, counted through its batches.
fn rows_in_tail(store: &EmbeddedStore, condition: &Condition) -> Vec<u32> {
    let engine = store.engine_for_tests();
    let batches = engine.read().active.spans.batches();
    let mut rows = RowSet::new();
    let mut first = 0;
    for batch in batches {
        rows.extend(rows_of_batch(&engine.indexes, &batch, condition).unwrap().into_iter().map(|row| row + first));
        first += batch.num_rows() as u32;
    }
    rows.into_iter().collect()
}

async fn wait_for_index(store: &Arc<EmbeddedStore>) {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || store.engine_for_tests().indexes.wait_until_all_are_ready()).await.unwrap();
}

fn condition(filter: Filter) -> Condition {
    Condition::of(&filter).unwrap()
}

fn words(text: &str) -> Condition {
    condition(Filter::Words(Words { words: words_of(text), is_phrase: false }))
}

fn phrase(text: &str) -> Condition {
    condition(Filter::Words(Words { words: words_of(text), is_phrase: true }))
}

fn is(operand: Operand) -> Comparison {
    Comparison::Is(vec![operand])
}

fn text(text: &str) -> Operand {
    Operand::Text(text.into())
}

/// A test of a place, its keys with dots between; `[*]` and `[0]` are steps of their own.
fn place(root: Root, path: &str, comparison: Comparison) -> Condition {
    let step = |step: &str| match step.strip_prefix('[').and_then(|step| step.strip_suffix(']')) {
        Some("*") => PathStep::Each,
        Some(at) => PathStep::At(at.parse().unwrap()),
        None => PathStep::Key(step.to_owned()),
    };
    let path = path.split('.').filter(|step| !step.is_empty()).map(step).collect();
    condition(Filter::Test(Test { subject: Subject::Path { root, path }, comparison }))
}

fn attribute(key: &str, comparison: Comparison) -> Condition {
    condition(Filter::Test(Test { subject: Subject::Attribute(key.into()), comparison }))
}
