//! What calls were given is told by the index, so that runs of equal calls are counted without reading them.

use model::ObservationType;
use query::{Filter, Measure, RollUp};
use serde_json::json;
use store::{SpanStore, TraceQuery};

use super::*;
use crate::open;
use crate::search::{arguments_in_segment, scored_in_segment};
use crate::tests::project;

/// How many traces have so many calls of one tool, with equal arguments, one after the other.
async fn traces_with_runs(store: &EmbeddedStore, least: i64) -> usize {
    let rollup = RollUp { measure: Measure::Repeats, filter: Filter::everything() };
    let comparison = Comparison::AtLeast(Operand::Integer(least));
    let filter = Filter::Test(Test { subject: Subject::RollUp(Box::new(rollup)), comparison });
    let query = TraceQuery { filter, limit: 10, ..TraceQuery::default() };
    store.list_traces(&project(), &query).await.unwrap().traces.len()
}

fn call(number: u8, attributes: &[(&str, Value)]) -> Span {
    Span { observation_type: ObservationType::Tool, tool_name: Some("search".into()), ..span(number, attributes) }
}

#[tokio::test]
async fn runs_of_equal_calls_are_told_by_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    let same = [json!({"query": "tea", "limit": 3}), json!({"limit": 3, "query": "tea"})];
    let inputs = [&same[0], &same[1], &same[0], &json!({"query": "milk", "limit": 3}), &json!({"query": "tea", "limit": 3.5})];
    let mut spans: Vec<Span> = (1..).zip(inputs).map(|(number, input)| call(number, &[("input", input.clone())])).collect();
    // Unknown arguments repeat nothing.
    spans.extend((11..14).map(|number| call(number, &[])));
    append_all(&store, spans).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    // Whoever understands traces here derives no content: a whole trace would have no run.
    for (least, traces) in [(1, 2), (2, 1), (3, 1), (4, 0)] {
        assert_eq!(traces_with_runs(&store, least).await, traces, "{least}");
    }
    let engine = store.engine_for_tests();
    let known = arguments_in_segment(&engine.indexes, &engine.segments()[0], &mut (0..8).map(|row| (row, row as usize)));
    let known: Vec<Option<u64>> = (0..8).map(|row| known[&row]).collect();
    assert!(known[0].is_some() && known[0] == known[1] && known[0] == known[2]);
    assert!(![None, known[0]].contains(&known[3]) && ![None, known[0]].contains(&known[4]));
    assert_eq!(known[5..], [None; 3]);
}

#[tokio::test]
async fn spans_with_scores_are_told_by_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    // As many values as an index holds of one span, and more.
    let values: Vec<Value> = (0..2 * crate::limits::SEARCH_KEYS_MAX).map(Value::from).collect();
    let score = |name: &str| ("score", json!({"name": name, "score": 0.5}));
    let rows = [vec![score("tone")], vec![("input", json!("no score"))], vec![("input", json!(values)), score("length")]];
    append_all(&store, (0..).zip(&rows).map(|(number, attributes)| span(number, attributes)).collect()).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let engine = store.engine_for_tests();
    let scored = scored_in_segment(&engine.indexes, &engine.segments()[0]).unwrap().unwrap();
    assert_eq!(scored.into_iter().collect::<Vec<_>>(), [0, 2]);
    let question = store::sql::SqlQuestion {
        sql: "SELECT name, value FROM scores ORDER BY name".into(),
        range: store::TimeRange::default(),
        rows_max: 10,
        format: store::sql::SqlFormat::Json,
    };
    let answer = store.sql(&project(), &question).await.unwrap();
    let rows: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(rows, json!([{"name": "length", "value": 0.5}, {"name": "tone", "value": 0.5}]));
}
