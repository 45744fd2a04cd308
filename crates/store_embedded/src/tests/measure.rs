//! Figures, printed: bytes and CPU time per span. Run in the release profile for numbers that mean anything.

use std::sync::Arc;
use std::time::Instant;

use model::{Billing, Resource, Span, Usage};
use store::conformance::SpanSeed;
use store::{Detail, Rederive, SpanStore, TraceQuery};

use super::{batch, manual, project};
use crate::open;

/// About 1.3 KB of OTLP, as a small span of an LLM application has.
fn spans(number: u64) -> Vec<Span> {
    let resource = Arc::new(Resource {
        attributes: [("service.name", "shop"), ("telemetry.sdk.language", "python"), ("telemetry.sdk.name", "opentelemetry")]
            .into_iter()
            .collect(),
        ..Resource::default()
    });
    let mut state = number + 1;
    let mut word = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ["order", "refund", "ticket", "please", "customer", "the", "agent", "price", "late", "answer"][(state >> 33) as usize % 10]
            .to_owned()
    };
    let span = |span: u8| {
        let mut raw =
            SpanSeed { span, start: number * 1_000_000 + u64::from(span), end: number * 1_000_000 + 900, ..SpanSeed::default() }.raw();
        let mut trace_id = [1; 16];
        trace_id[8..].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        raw.trace_id = model::TraceId::from_bytes(&trace_id).unwrap();
        raw.resource = Arc::clone(&resource);
        for key in ["gen_ai.operation.name", "gen_ai.request.model", "gen_ai.response.id", "gen_ai.provider.name"] {
            raw.attributes.push(key, word());
        }
        raw.attributes.push("gen_ai.input.messages", (0..90).map(|_| word()).collect::<Vec<_>>().join(" "));
        raw.attributes.push("gen_ai.output.messages", (0..60).map(|_| word()).collect::<Vec<_>>().join(" "));
        raw.attributes.push("gen_ai.usage.input_tokens", 120_i64);
        Span::from_raw(Arc::new(raw))
    };
    (0..8).map(span).collect()
}

/// User and system time of this process so far.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    // Fields 14 and 15 of proc(5), counted after the name; a tick is a hundredth of a second.
    (ticks(11) + ticks(12)) / 100.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, no test"]
async fn bytes_and_time_per_span() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let batches: Vec<_> = (0..250).map(|number| batch((0..8).flat_map(|part| spans(number * 8 + part)).collect())).collect();
    let count = 250.0 * 64.0;
    let (before, began) = (cpu_seconds(), Instant::now());
    for batch in batches {
        store.append(batch).await.unwrap();
    }
    println!("append: {:.1} CPU-ms per 1,000 spans, {:.2} s", (cpu_seconds() - before) * 1e6 / count, began.elapsed().as_secs_f64());
    let status = store.status();
    println!("tail {:.0} bytes per span, log {:.0} bytes per span", status.tail_bytes as f64 / count, status.wal_bytes as f64 / count);
    let query = TraceQuery { limit: 50, ..TraceQuery::default() };
    ask(&store, &query, "tail").await;
    let before = cpu_seconds();
    store.flush().await.unwrap();
    println!("flush: {:.1} CPU-ms per 1,000 spans", (cpu_seconds() - before) * 1e6 / count);
    println!("segment {:.0} bytes per span", store.status().segment_bytes as f64 / count);
    ask(&store, &query, "segment").await;
}

async fn ask(store: &Arc<crate::EmbeddedStore>, query: &TraceQuery, place: &str) {
    for _ in 0..2 {
        let began = Instant::now();
        let page = store.list_traces(&project(), query).await.unwrap();
        println!("{place}: list of {} of {} traces in {:?}", page.traces.len(), page.total.count, began.elapsed());
        let began = Instant::now();
        store.trace(&project(), page.traces[0].trace_id, Detail::Whole).await.unwrap().unwrap();
        println!("{place}: trace in {:?}", began.elapsed());
    }
}

/// The same appends with a claim on every span and with none, before and after ten segments that have to be asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, no test"]
async fn cost_of_a_claim() {
    for with_claims in [false, true, false, true] {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path(), manual()).await.unwrap();
        let call = |number: u64| {
            let claimed = |(at, span): (usize, Span)| Span {
                billing: if with_claims { Billing::Leaf } else { Billing::None },
                response_id: Some(format!("chatcmpl-{number}-{at}")),
                usage: [(Usage::INPUT, 120)].into_iter().collect(),
                ..span
            };
            spans(number).into_iter().enumerate().map(claimed).collect::<Vec<_>>()
        };
        for round in 0..11 {
            let batches: Vec<_> = (0..100).map(|n| batch((0..8).flat_map(|part| call(round * 800 + n * 8 + part)).collect())).collect();
            let (before, began) = (cpu_seconds(), Instant::now());
            for batch in batches {
                store.append(batch).await.unwrap();
            }
            if round == 0 || round == 10 {
                let cpu = (cpu_seconds() - before) * 1e6 / 6_400.0;
                println!("claims {with_claims}, {round} segments: {cpu:.1} CPU-ms per 1,000 spans, {:.2} s", began.elapsed().as_secs_f64());
            }
            store.flush().await.unwrap();
        }
        println!("segments: {:.0} bytes per span", store.status().segment_bytes as f64 / (11.0 * 6_400.0));
    }
}

/// What the store adds to whatever a derivation costs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, no test"]
async fn spans_rederived_per_second() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    for number in 0..1_000 {
        store.append(batch((0..8).flat_map(|part| spans(number * 8 + part)).collect())).await.unwrap();
    }
    store.flush().await.unwrap();
    let renamed = |span: Span| Span { name: "new".into(), ..span };
    for (what, request) in [("nothing changes", Rederive::all(|span| span)), ("all change", Rederive::all(renamed))] {
        let (before, began) = (cpu_seconds(), Instant::now());
        let receipt = store.rederive(request).await.unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let cpu = (cpu_seconds() - before) * 1e6 / receipt.spans_seen as f64;
        println!(
            "{what}: {receipt:?} in {seconds:.2} s, {:.0} spans/s, {cpu:.1} CPU-ms per 1,000 spans",
            receipt.spans_seen as f64 / seconds
        );
    }
}
