//! Figures of what stands at places: whatever finds the values, the answer is that of a walk over the spans.

use std::sync::Arc;

use model::{ProjectSlug, Span, TraceSummary};
use proptest::prelude::*;
use query::{PathStep, Root, Subject};
use serde_json::{Value, json};
use store::aggregate::{AggregateAnswer, AggregateQuery, Amount, Dimension, Gathered, Grouping, Measure, QueryCost};
use store::{PlainUnderstanding, SpanStore, TraceRecords, Understand};

use super::{append_all, derive, indexing, options, span, wait_for_index};
use crate::open;
use crate::options::Options;
use crate::tests::project;

/// Spans by themselves, with their content.
struct Deriving;

impl Understand for Deriving {
    fn trace(&self, project: &ProjectSlug, records: TraceRecords) -> (TraceSummary, Vec<Span>) {
        PlainUnderstanding.trace(project, records)
    }

    fn spans(&self, _: &ProjectSlug, records: TraceRecords) -> Vec<Span> {
        records.spans.into_iter().filter_map(|span| span.raw.map(derive)).collect()
    }
}

fn understanding(options: Options) -> Options {
    Options { understand: Arc::new(Deriving), ..options }
}

fn at(name: &str) -> Dimension {
    let subject = query::subjects(name).unwrap().remove(0);
    Dimension::of(subject).unwrap()
}

fn questions() -> Vec<AggregateQuery> {
    let by = |names: &[&str]| Grouping { by: names.iter().map(|name| at(name)).collect(), limit: 1_000, ..Grouping::default() };
    let each = Dimension::of(Subject::Path { root: Root::Output, path: vec![PathStep::Key("a".into()), PathStep::Each] }).unwrap();
    let groupings = vec![
        by(&["output.a"]),
        by(&["output.a", "metadata.b"]),
        by(&["output"]),
        by(&["input.a.b", "name"]),
        by(&["score.tone"]),
        by(&["attr.output"]),
        Grouping { by: vec![each], limit: 1_000, ..Grouping::default() },
    ];
    let measures = [Measure::Sum, Measure::Mean, Measure::Min, Measure::Max, Measure::Distinct];
    let of_places = ["output.a", "metadata.b", "score.tone", "output.a[0]"];
    let measures = of_places.iter().flat_map(|place| measures.iter().map(|measure| measure(at(place)))).collect();
    vec![
        AggregateQuery { groupings, measures, ..AggregateQuery::default() },
        AggregateQuery {
            groupings: vec![by(&["output.a"])],
            filter: query::parse("metadata.b exists or output.a = 1").unwrap().filter,
            measures: vec![Measure::Quantile(at("output.a"), 900)],
            ..AggregateQuery::default()
        },
    ]
}

/// Values that look alike and are not the same, and lists of them.
fn plain() -> impl Strategy<Value = Value> {
    let alike = vec![
        json!(5),
        json!(5.0),
        json!("5"),
        json!("5.0"),
        json!(-1),
        json!(0.25),
        json!("0.25"),
        json!(true),
        json!("true"),
        json!("True"),
        json!("refund"),
        json!(""),
        json!(null),
        json!({"b": 1}),
        json!(9_007_199_254_740_993_i64),
        json!("9007199254740993"),
        json!(1e300),
        json!("a text that is so long that the index has no more than a few bits of its hash"),
        json!(format!("5.{}", "0".repeat(80))),
    ];
    prop::sample::select(alike)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![3 => plain(), 1 => prop::collection::vec(plain(), 0..4).prop_map(Value::Array)]
}

fn rows() -> impl Strategy<Value = Vec<Vec<(&'static str, Value)>>> {
    let attribute = prop_oneof![
        4 => value().prop_map(|value| ("output", json!({"a": value, "c": "x".repeat(30)}))),
        1 => value().prop_map(|value| ("output", value)),
        2 => value().prop_map(|value| ("metadata", json!({"b": value}))),
        1 => value().prop_map(|value| ("input", json!({"a": [{"b": value}, {"b": 1}]}))),
        1 => plain().prop_map(|value| ("score", json!({"name": "tone", "score": value, "label": "warm"}))),
        // More values than an index holds.
        1 => Just(("input", Value::Object((0..600).map(|key| (key.to_string(), json!(key))).collect()))),
    ];
    prop::collection::vec(prop::collection::vec(attribute, 0..3), 1..40)
}

fn free(answer: AggregateAnswer) -> AggregateAnswer {
    AggregateAnswer { cost: QueryCost::default(), ..answer }
}

async fn check(rows: Vec<Vec<(&'static str, Value)>>) {
    let spans: Vec<_> = (0..).zip(&rows).map(|(number, attributes)| span(number, attributes)).collect();
    let matches = |query: &AggregateQuery, span: &Span| query::matches_span(&query.filter, std::slice::from_ref(span), 0);
    let questions = questions();
    let expected: Vec<_> = questions
        .iter()
        .map(|query| {
            let mut gathered = Gathered::new(query);
            let whole = spans.iter().map(|span| derive(span.raw.clone().unwrap()));
            whole.filter(|span| matches(query, span)).for_each(|span| gathered.add(&span).unwrap());
            gathered.answer(QueryCost::default())
        })
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), understanding(options())).await.unwrap();
    append_all(&store, spans).await;
    for (query, expected) in questions.iter().zip(&expected) {
        assert_eq!(free(store.aggregate(&project(), query).await.unwrap()), *expected, "in memory: {rows:?}");
    }
    store.flush().await.unwrap();
    for (query, expected) in questions.iter().zip(&expected) {
        assert_eq!(free(store.aggregate(&project(), query).await.unwrap()), *expected, "without an index: {rows:?}");
    }
    drop(store);
    let store = open(directory.path(), understanding(indexing())).await.unwrap();
    wait_for_index(&store).await;
    for _ in 0..2 {
        for (query, expected) in questions.iter().zip(&expected) {
            assert_eq!(free(store.aggregate(&project(), query).await.unwrap()), *expected, "with an index: {rows:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn figures_of_places_are_those_of_the_spans(rows in rows()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(check(rows));
    }
}

/// Each number of a list counts, though the keys of a row have it once.
#[tokio::test]
async fn each_number_of_a_list_counts() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    let numbers = |first: usize| json!({"n": (first..first + 480).chain([first]).map(|n| json!(n)).collect::<Vec<_>>()});
    append_all(&store, (0..255_u8).map(|number| span(number, &[("output", numbers(1_000 * usize::from(number)))])).collect()).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let all = Grouping { limit: 1, ..Grouping::default() };
    let measures = vec![Measure::Max(at("output.n")), Measure::Sum(at("output.n"))];
    let query = AggregateQuery { groupings: vec![all], measures, ..AggregateQuery::default() };
    let answer = store.aggregate(&project(), &query).await.unwrap();
    let figures = &answer.groupings[0].groups[0].figures;
    let sum: i128 = (0..255_i128).map(|row| (0..480).chain([0]).map(|n| row * 1_000 + n).sum::<i128>()).sum();
    assert_eq!((figures[0].amount, figures[1].amount), (Some(Amount::Whole(254_479)), Some(Amount::Whole(sum))));
}

/// The values of a place are counted by name.
#[tokio::test]
async fn values_of_a_place_are_counted_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), understanding(indexing())).await.unwrap();
    let routes = ["refund", "sales", "other"];
    let rows = (0..200_u8).map(|number| span(number, &[("output", json!({"route": routes[usize::from(number) % 3], "n": number}))]));
    append_all(&store, rows.collect()).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let by = Grouping { by: vec![at("output.route")], limit: 10, ..Grouping::default() };
    let query = AggregateQuery { groupings: vec![by], measures: vec![Measure::Sum(at("output.n"))], ..AggregateQuery::default() };
    let answer = store.aggregate(&project(), &query).await.unwrap();
    let counts: Vec<_> = answer.groupings[0].groups.iter().map(|group| (group.values[0].as_deref(), group.rows)).collect();
    assert_eq!(counts, [(Some("refund"), 67), (Some("sales"), 67), (Some("other"), 66)]);
}
