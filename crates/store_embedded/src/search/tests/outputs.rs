//! Outputs of steps come out of the index as they would be derived.

use std::sync::Arc;

use model::{Span, StepPosition};
use serde_json::{Value, json};
use store::{SpanStore, StepOutput, StepQuery};

use super::{append_all, derive, indexing, options, span, wait_for_index};
use crate::limits::{SEARCH_OUTPUT_BYTES_MAX, SEARCH_OUTPUT_TEXT_BYTES_MAX, SEARCH_TEXT_BYTES_MIN};
use crate::tests::project;
use crate::{EmbeddedStore, open};

/// What each run gave back, and how many of them the engine left to be derived.
async fn outputs(store: &EmbeddedStore) -> (Vec<Option<Value>>, usize) {
    let query = StepQuery { step_name: "triage".into(), limit: 100, ..StepQuery::default() };
    let runs = store.runs_of_step(&project(), &query).await.unwrap().runs;
    let raw = runs.iter().filter(|run| matches!(run.output, StepOutput::Raw(_))).count();
    let output = |output| match output {
        StepOutput::Known(output) => output,
        StepOutput::Raw(raw) => derive(Arc::clone(&raw)).content.into_inner().output,
    };
    (runs.into_iter().map(|run| output(run.output)).collect(), raw)
}

#[tokio::test]
async fn the_index_has_short_outputs_at_hand() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options()).await.unwrap();
    // A row with long texts has several documents.
    let long_text = json!("word ".repeat(SEARCH_TEXT_BYTES_MIN));
    let at_the_limit = json!(["x".repeat(SEARCH_OUTPUT_BYTES_MAX - 4)]);
    let beyond = json!(["x".repeat(SEARCH_OUTPUT_BYTES_MAX - 3)]);
    let (word, answer) = (json!("x".repeat(SEARCH_OUTPUT_TEXT_BYTES_MAX)), json!("x".repeat(SEARCH_OUTPUT_TEXT_BYTES_MAX + 1)));
    let rows: Vec<Vec<(&str, Value)>> = vec![
        vec![("output", json!({"route": "refund", "confidence": 0.5}))],
        vec![("input", long_text.clone()), ("message", long_text.clone()), ("document", long_text)],
        vec![("output", json!({"route": "refund", "confidence": 0.5}))],
        vec![("output", at_the_limit.clone())],
        vec![("output", beyond.clone())],
        vec![("output", word.clone())],
        vec![("output", answer.clone())],
        vec![("output", json!(""))],
        vec![("output", json!(null))],
    ];
    let step = StepPosition { name: Some("triage".into()), ..StepPosition::default() };
    let run = |(number, attributes): (u8, &Vec<_>)| Span { step: step.clone(), ..span(number, attributes) };
    append_all(&store, (0..).zip(&rows).map(run).collect()).await;
    let route = Some(json!({"route": "refund", "confidence": 0.5}));
    // Newest first.
    let texts = [Some(json!(null)), Some(json!("")), Some(answer), Some(word)];
    let expected = [texts.to_vec(), vec![Some(beyond), Some(at_the_limit), route.clone(), None, route]].concat();
    assert_eq!(outputs(&store).await, (expected.clone(), rows.len()), "in memory");
    store.flush().await.unwrap();
    assert_eq!(outputs(&store).await, (expected.clone(), rows.len()), "without an index");
    drop(store);
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    assert_eq!(outputs(&store).await, (expected, 2), "with an index");
}

/// The index knows the outputs of spans that were sent once.
#[tokio::test]
async fn outputs_of_spans_are_those_of_their_newest_versions() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    let output = |number: u8, text: &str| span(number, &[("output", json!(text))]);
    append_all(&store, vec![output(0, "first"), output(1, "alone"), output(2, "second")]).await;
    store.flush().await.unwrap();
    append_all(&store, vec![output(2, "second again")]).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let asked: Vec<_> = [2, 0, 9, 1].map(|number| span(number, &[])).iter().map(|span| (span.trace_id, span.span_id)).collect();
    let found = store.outputs(&project(), &asked).await.unwrap();
    let known = found.iter().filter(|span| matches!(span.output, StepOutput::Known(_))).count();
    let told: Vec<_> = found.into_iter().map(|span| (span.span_id, span.output.derived(derive))).collect();
    let expected = [(2, "second again"), (0, "first"), (1, "alone")].map(|(number, text)| (span(number, &[]).span_id, Some(json!(text))));
    assert_eq!((told, known), (expected.to_vec(), 2));
}
