//! Whatever finds the rows, they are the same.

use proptest::prelude::*;
use query::{Comparison, Filter, Operand, PathStep, Root, Subject, Test, Words, words_of};
use serde_json::{Value, json};
use store::SpanStore;

use super::{
    Condition, append_all, attribute, indexing, is, options, phrase, place, rows_in_segment, rows_in_tail, rows_to_look_at, span, text,
    wait_for_index, words,
};
use crate::open;

/// Asks the tail, the segment before it has an index, and the index.
async fn check(rows: Vec<Vec<(&str, Value)>>, questions: Vec<(Condition, Vec<u32>)>) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options()).await.unwrap();
    let spans = (0..).zip(&rows).map(|(number, attributes)| span(number, attributes)).collect();
    append_all(&store, spans).await;
    for (condition, expected) in &questions {
        assert_eq!(rows_in_tail(&store, condition), *expected, "tail: {condition:?}");
    }
    store.flush().await.unwrap();
    for (condition, expected) in &questions {
        assert_eq!(rows_in_segment(&store, condition), *expected, "scan: {condition:?}");
    }
    drop(store);
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    for (condition, expected) in &questions {
        assert_eq!(rows_in_segment(&store, condition), *expected, "index: {condition:?}");
    }
}

/// A text long enough to be a document of the index.
fn long(text: &str) -> String {
    format!("{text} {}", "-".repeat(crate::limits::SEARCH_TEXT_BYTES_MIN))
}

#[tokio::test]
async fn words_stand_in_one_text_in_any_case() {
    let rows = vec![
        vec![("input", json!(long("Refund the ORDER 4711"))), ("output", json!({"reply": "denied"}))],
        vec![("message", json!(long("refund"))), ("output", json!(long("order")))],
        vec![("document", json!(long("Ärger mit der Bestellung: order, then refund.")))],
        vec![("input", json!({"a": ["x", {"b": long("refund of an order")}], "n": 4711, "f": 0.5}))],
        vec![("input", json!(["refund", "order", "red green"]))],
    ];
    let questions = vec![
        (words("refund"), vec![0, 1, 2, 3, 4]),
        (words("order refund"), vec![0, 2, 3]),
        (words("refund denied"), vec![]),
        (words("red green"), vec![4]),
        (words("denied"), vec![0]),
        (words("4711"), vec![0, 3]),
        (words("ÄRGER"), vec![2]),
        (words("refun"), vec![]),
        (words("b"), vec![]),
        (words("refund refund"), vec![0, 1, 2, 3, 4]),
        (phrase("refund of an"), vec![3]),
        (phrase("order refund"), vec![]),
        (phrase("order then refund"), vec![2]),
        (phrase("green"), vec![4]),
        (phrase("red green"), vec![4]),
        (phrase("the-order"), vec![0]),
        (phrase("order-4711"), vec![0]),
        (phrase("0.5"), vec![3]),
    ];
    check(rows, questions).await;
}

#[tokio::test]
async fn a_word_without_end_is_known_whole() {
    let word = "a".repeat(crate::limits::SEARCH_WORD_CHARS_MAX);
    let longer = format!("{word}a");
    let rows = vec![vec![("input", json!(word))], vec![("input", json!(format!("{longer}b")))], vec![("input", json!(longer))]];
    check(rows, vec![(words(&word), vec![0]), (words(&longer), vec![2]), (phrase(&longer), vec![2])]).await;
}

#[tokio::test]
async fn values_are_found_at_their_places() {
    let rows = vec![
        vec![("output", json!({"route": "refund", "score": 0.75, "tags": ["a", "b"], "ok": true, "none": null}))],
        vec![("output", json!({"route": "sales", "score": 1, "items": [{"id": 7}, {"id": 8}], "deep": {"route": "refund"}}))],
        vec![("output", json!("refund")), ("metadata", json!({"route": "refund", "user.plan": "pro", "score": "0.9"}))],
        vec![("arguments", json!({"route": "refund", "id": 7})), ("arguments", json!({"id": 9_007_199_254_740_993_i64}))],
        vec![("score", json!({"name": "tone", "score": 0.5, "label": "warm"})), ("input", json!({"a": {"b": "say hello there"}}))],
    ];
    let output = |path: &str, comparison: Comparison| place(Root::Output, path, comparison);
    let at_least = |number: f64| Comparison::AtLeast(Operand::Decimal(number));
    let between = |low: i64, high: i64| Comparison::Between(Operand::Integer(low), Operand::Integer(high));
    let score = |comparison| super::condition(Filter::Test(Test { subject: Subject::Score("tone".into()), comparison }));
    let questions = vec![
        (output("route", is(text("refund"))), vec![0]),
        (output("deep.route", is(text("refund"))), vec![1]),
        (output("", is(text("refund"))), vec![2]),
        (output("route", Comparison::Is(vec![text("refund"), text("sales")])), vec![0, 1]),
        (output("route", is(text("Refund"))), vec![]),
        (output("score", is(Operand::Integer(1))), vec![1]),
        (output("score", is(Operand::Decimal(0.75))), vec![0]),
        (output("score", at_least(0.75)), vec![0, 1]),
        (output("score", Comparison::Above(Operand::Decimal(0.75))), vec![1]),
        (output("score", Comparison::Below(Operand::Integer(1))), vec![0]),
        (output("score", Comparison::AtMost(Operand::Integer(1))), vec![0, 1]),
        (output("score", between(1, 2)), vec![1]),
        (output("ok", is(Operand::Truth(true))), vec![0]),
        (output("ok", is(Operand::Truth(false))), vec![]),
        (output("tags", is(text("b"))), vec![0]),
        (output("tags.[*]", is(text("b"))), vec![0]),
        (output("tags.[0]", is(text("b"))), vec![]),
        (output("tags.[1]", is(text("b"))), vec![0]),
        (output("route.[*]", is(text("refund"))), vec![]),
        (output("items.id", is(Operand::Integer(8))), vec![1]),
        (output("items.[*].id", is(Operand::Integer(8))), vec![1]),
        (output("items.[0].id", is(Operand::Integer(8))), vec![]),
        (output("items", Comparison::Exists), vec![1]),
        (output("none", Comparison::Exists), vec![]),
        (output("deep", Comparison::Exists), vec![1]),
        (output("", Comparison::Exists), vec![0, 1, 2]),
        (output("", Comparison::Contains("FUND".into())), vec![0, 1, 2, 3]),
        (output("route", Comparison::Matches("^re".into())), vec![0]),
        (place(Root::Input, "a", Comparison::Contains("hello".into())), vec![4]),
        (place(Root::Metadata, "route", is(text("refund"))), vec![2]),
        (place(Root::Metadata, "user.plan", is(text("pro"))), vec![]),
        (place(Root::Metadata, "score", at_least(0.5)), vec![2]),
        (place(Root::Metadata, "", Comparison::Exists), vec![2]),
        (place(Root::ToolArguments, "id", is(Operand::Integer(7))), vec![3]),
        (place(Root::ToolArguments, "id", is(Operand::Integer(9_007_199_254_740_993))), vec![3]),
        (place(Root::ToolArguments, "id", is(Operand::Integer(9_007_199_254_740_992))), vec![]),
        (place(Root::Input, "", Comparison::Exists), vec![4]),
        (attribute("metadata", Comparison::Exists), vec![2]),
        (attribute("output", is(text("\"refund\""))), vec![2]),
        (attribute("none", Comparison::Exists), vec![]),
        (score(Comparison::Exists), vec![4]),
        (score(is(text("warm"))), vec![4]),
        (score(at_least(0.6)), vec![]),
    ];
    check(rows, questions).await;
}

/// What is asked most is answered without looking at a row.
#[tokio::test]
async fn the_index_tells_words_and_values_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    let text_of = |number: u8| json!({"text": long(&format!("tea number {number}")), "n": number, "kind": "green tea"});
    append_all(&store, (0..50).map(|number| span(number, &[("output", text_of(number))])).collect()).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let n = |comparison| place(Root::Output, "n", comparison);
    for (condition, rows) in [
        (words("green"), 50),
        (words("number 17"), 1),
        (place(Root::Output, "kind", is(text("green tea"))), 50),
        (n(is(Operand::Integer(17))), 1),
        (n(Comparison::AtLeast(Operand::Integer(40))), 10),
        (attribute("output", Comparison::Exists), 50),
    ] {
        assert_eq!((rows_in_segment(&store, &condition).len(), rows_to_look_at(&store, &condition)), (rows, 0), "{condition:?}");
    }
    assert_eq!(rows_to_look_at(&store, &phrase("number 17")), 1, "only where all words stand in one text");
    assert_eq!(rows_to_look_at(&store, &words("nowhere")), 0);
}

/// A row with more values than the index holds, and one that is too deep.
/// They are found all the same.
#[tokio::test]
async fn what_is_too_much_for_the_index_is_looked_at() {
    let mut deep = json!({"leaf": "found"});
    for _ in 0..crate::limits::SEARCH_DEPTH_MAX + 1 {
        deep = json!({"in": deep});
    }
    let path = format!("{}leaf", "in.".repeat(crate::limits::SEARCH_DEPTH_MAX + 1));
    let wide: Vec<usize> = (0..2 * crate::limits::SEARCH_KEYS_MAX).collect();
    let rows = vec![vec![("input", json!({"wide": wide}))], vec![("input", deep)], vec![("input", json!({"wide": 1}))]];
    let wide = |number| place(Root::Input, "wide", is(Operand::Integer(number)));
    let questions = vec![
        (wide(1), vec![0, 2]),
        (wide(2 * crate::limits::SEARCH_KEYS_MAX as i64 - 1), vec![0]),
        (place(Root::Input, &path, is(text("found"))), vec![1]),
    ];
    check(rows, questions).await;
}

/// Texts up to the limit are told apart by the index, and longer ones by looking, also those that stand under one key; from the second
/// on, the same text needs no look.
#[tokio::test]
async fn long_texts_that_share_a_key_are_told_apart() {
    let limit = crate::limits::SEARCH_KEY_TEXT_BYTES_MAX;
    let key = |text: &str| crate::search::keys::Place::of_attribute("input").first_long_text(text);
    let longer = |number: usize| format!("{number:->width$}", width = limit + 1);
    let twin = (1..).find(|number| key(&longer(*number)) == key(&longer(0))).unwrap();
    let texts = [longer(0), longer(twin), "x".repeat(limit), "y".repeat(limit), longer(0)];
    let rows: Vec<_> = texts.iter().map(|text| vec![("input", json!(text))]).collect();
    let at_input = |sought: &str| place(Root::Input, "", is(text(sought)));
    let holders = |sought: &str| (0..).zip(&texts).filter(|(_, text)| *text == sought).map(|(row, _)| row).collect();
    check(rows.clone(), texts.iter().map(|text| (at_input(text), holders(text))).collect()).await;

    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    append_all(&store, (0..).zip(&rows).map(|(number, attributes)| span(number, attributes)).collect()).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    let looked_at: Vec<_> = texts.iter().map(|text| rows_to_look_at(&store, &at_input(text))).collect();
    assert_eq!(looked_at, [2, 2, 0, 0, 2]);
}

const PLACES: [&str; 10] = ["input", "output", "before", "after", "metadata", "arguments", "message", "document", "score", "other"];
const KEYS: [&str; 3] = ["a", "b", "c"];
const WORDS: [&str; 10] = [
    "red",
    "Green",
    "4.5",
    "red green",
    "4",
    "TRUE",
    "a long text of red and of green, at any rate",
    "a longer text of red and green: of so long a one the index has a few bits of its hash",
    "red-4",
    "4 red",
];

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => prop::sample::select(&WORDS[..]).prop_map(Value::from),
        2 => (-2..3_i64).prop_map(Value::from),
        1 => prop_oneof![Just(json!(0.5)), Just(json!(1.0)), Just(json!(-1.5))],
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let objects = prop::collection::vec((prop::sample::select(&KEYS[..]), inner.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            objects.prop_map(|fields| Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

fn rows() -> impl Strategy<Value = Vec<Vec<(&'static str, Value)>>> {
    let attributes = prop::collection::vec((prop::sample::select(&PLACES[..]), values()), 0..4);
    prop::collection::vec(attributes, 1..12)
}

fn conditions() -> impl Strategy<Value = Condition> {
    let operand = prop_oneof![
        prop::sample::select(&WORDS[..]).prop_map(text),
        (-2..5_i64).prop_map(Operand::Integer),
        prop_oneof![Just(0.5), Just(1.0), Just(-1.5), Just(4.5)].prop_map(Operand::Decimal),
        any::<bool>().prop_map(Operand::Truth),
    ];
    let comparison = prop_oneof![
        1 => Just(Comparison::Exists),
        4 => prop::collection::vec(operand.clone(), 1..3).prop_map(Comparison::Is),
        1 => operand.clone().prop_map(Comparison::Above),
        1 => operand.clone().prop_map(Comparison::AtLeast),
        1 => operand.clone().prop_map(Comparison::Below),
        1 => operand.clone().prop_map(Comparison::AtMost),
        1 => (operand.clone(), operand).prop_map(|(low, high)| Comparison::Between(low, high)),
        1 => prop::sample::select(&["re", "een", "4"][..]).prop_map(|part| Comparison::Contains(part.into())),
    ];
    let step = prop_oneof![
        4 => prop::sample::select(&KEYS[..]).prop_map(|key| PathStep::Key(key.into())),
        1 => Just(PathStep::Each),
        1 => (0..2_usize).prop_map(PathStep::At),
    ];
    let root = prop::sample::select(&super::super::keys::ROOTS[..]);
    let path = (root, prop::collection::vec(step, 0..3)).prop_map(|(root, path)| Subject::Path { root, path });
    let attribute = prop::sample::select(&["input", "other", "none"][..]).prop_map(|key| Subject::Attribute(key.into()));
    let test = (prop_oneof![4 => path, 1 => attribute], comparison)
        .prop_map(|(subject, comparison)| super::condition(Filter::Test(Test { subject, comparison })));
    let words = (prop::sample::select(&["red", "red green", "green red", "of red", "4 5", "red-4", "4 red", "true"][..]), any::<bool>());
    let words = words.prop_map(|(words, is_phrase)| super::condition(Filter::Words(Words { words: words_of(words), is_phrase })));
    prop_oneof![3 => test, 1 => words]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_question_has_one_answer(rows in rows(), conditions in prop::collection::vec(conditions(), 40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let holding = |condition: &Condition| {
                let holds = |(number, attributes)| {
                    condition.holds(&super::derive(span(number, attributes).raw.unwrap())).then_some(u32::from(number))
                };
                (0..).zip(&rows).filter_map(|(number, attributes): (u8, &Vec<_>)| holds((number, attributes))).collect()
            };
            let questions = conditions.iter().map(|condition| (condition.clone(), holding(condition))).collect();
            check(rows.clone(), questions).await;
        });
    }
}
