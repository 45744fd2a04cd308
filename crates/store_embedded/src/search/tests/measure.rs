//! Figures, printed: what an index costs. Run in the release profile for numbers that mean anything.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use model::Span;
use query::{Comparison, Operand, Root};
use serde_json::{Value, json};
use store::SpanStore;
use tantivy::schema::IndexRecordOption;

use super::super::build::{FORMAT_VERSION, Fields, IndexBuilder};
use super::super::pack::Made;
use super::super::rows::bounds_of_segment;
use super::{batch, derive, indexing, is, options, phrase, place, text, wait_for_index, words};
use crate::open;
use crate::tests::measure::cpu_seconds;

const SPANS: u64 = 16_000;

/// About 5 KB: a conversation of four turns and a structured answer, of words as frequent as those of a language.
fn spans(first: u64, count: u64) -> Vec<Span> {
    let mut state = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut word = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The rank of a word grows as its frequency falls.
        let rank = (60_000_f64.powf((state >> 11) as f64 / (1_u64 << 53) as f64)) as u64;
        format!("{}{:x}", ["be", "ca", "do", "fi", "gu", "ha"][(rank % 6) as usize], rank * 37)
    };
    let mut sentence = move |words: usize| (0..words).map(|_| word()).collect::<Vec<_>>().join(" ");
    let span = |number: u64| {
        let route = ["refund", "sales", "billing", "other"][(number % 4) as usize];
        let answer = json!({
            "route": route, "order_id": 100_000 + number,
            "confidence": (number * 37 % 100) as f64 / 100.0, "summary": sentence(40), "items": [{"sku": format!("SKU-{}", number % 900)}],
        });
        let mut attributes: Vec<(&str, Value)> = [60, 180, 150, 150].into_iter().map(|words| ("message", json!(sentence(words)))).collect();
        attributes.extend([("output", answer), ("session.id", json!(format!("session-{}", number / 40)))]);
        let span = super::span(0, &attributes);
        let mut raw = Arc::unwrap_or_clone(span.raw.unwrap());
        let mut trace_id = [1; 16];
        trace_id[8..].copy_from_slice(&(number / 12).to_be_bytes());
        raw.trace_id = model::TraceId::from_bytes(&trace_id).unwrap();
        raw.span_id = model::SpanId::from_bytes(&(number + 1).to_be_bytes()).unwrap();
        Span::from_raw(Arc::new(raw))
    };
    (first..first + count).map(span).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, no test"]
async fn cost_of_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options()).await.unwrap();
    let batches: Vec<_> = (0..SPANS / 64).map(|number| batch(spans(number * 64, 64))).collect();
    let per_thousand = |before: f64| (cpu_seconds() - before) * 1e3 / SPANS as f64;
    let before = cpu_seconds();
    for batch in batches {
        store.append(batch).await.unwrap();
    }
    println!("append: {:.3} CPU-s per 1,000 spans", per_thousand(before));
    let before = cpu_seconds();
    store.flush().await.unwrap();
    println!("flush: {:.3} CPU-s per 1,000 spans", per_thousand(before));
    let bytes = store.status().segment_bytes as f64 / SPANS as f64;
    ask(&store, "without an index");
    drop(store);
    let before = cpu_seconds();
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    let index = store.status().search_bytes as f64 / SPANS as f64;
    println!("index: {:.3} CPU-s per 1,000 spans, {index:.0} bytes a span beside {bytes:.0} of the segment", per_thousand(before));
    ask(&store, "with an index");
}

fn ask(store: &crate::EmbeddedStore, how: &str) {
    let at = |path: &str, comparison| place(Root::Output, path, comparison);
    let questions = [
        ("a common word", words("be129")),
        ("two words", words("be129 ca197")),
        ("a phrase", phrase("be129 ca197")),
        ("no word", words("nowhere")),
        ("output.route = refund", at("route", is(text("refund")))),
        ("output.order_id >= ...", at("order_id", Comparison::AtLeast(Operand::Integer(100_000 + SPANS as i64 * 9 / 10)))),
    ];
    let engine = store.engine_for_tests();
    for (what, condition) in &questions {
        let began = Instant::now();
        let rows = super::rows_in_segment(store, condition).len();
        let took = began.elapsed();
        let segments = engine.segments();
        let bounds = bounds_of_segment(&engine.indexes, &segments[0], 0..SPANS, condition).unwrap();
        println!("{how}: {what}: {rows} rows in {took:?}, {} of them looked at", bounds.maybe.len());
    }
}

/// What it would cost to keep where in a text words stand.
#[test]
#[ignore = "a measurement, no test"]
fn cost_of_positions() {
    let spans: Vec<Span> = spans(0, SPANS).into_iter().map(|span| derive(span.raw.unwrap())).collect();
    let directory = tempfile::tempdir().unwrap();
    for (what, recorded) in [("no positions", IndexRecordOption::Basic), ("positions", IndexRecordOption::WithFreqsAndPositions)] {
        let path = directory.path().join(what);
        let before = cpu_seconds();
        write(&spans, Fields::recording(recorded), &path);
        let cpu = (cpu_seconds() - before) * 1e3 / SPANS as f64;
        let bytes = std::fs::metadata(&path).unwrap().len() / SPANS;
        println!("{what}: {cpu:.3} CPU-s per 1,000 spans, {bytes} bytes a span");
    }
}

fn write(spans: &[Span], fields: Fields, path: &Path) {
    let mut builder = IndexBuilder::new(fields, BufWriter::new(File::create(path).unwrap()));
    for span in spans {
        builder.add(span).unwrap();
    }
    let made = Made { format: FORMAT_VERSION, derivation: 1, content: (0, 0), rows: spans.len() as u64 };
    builder.finish(&made).unwrap().into_inner().unwrap();
}
