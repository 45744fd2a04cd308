//! Traces of any size: the tree in columns, and the content of one span.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text};

const LARGE: u64 = 10_000;

/// A run of 10,000 spans: model calls and tools under steps under one root, some failed, one whose parent never comes.
async fn send_large(harness: &Harness) -> String {
    let mut numbers = (1..=LARGE).collect::<Vec<u64>>();
    // The order of arrival says nothing.
    numbers.reverse();
    for chunk in numbers.chunks(2_000) {
        let mut request = export(7, &[]);
        request.resource_spans[0].scope_spans[0].spans = chunk.iter().map(|number| large_span(*number)).collect();
        assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await.status(), 200);
    }
    crate::harness::trace_id(7)
}

fn large_span(number: u64) -> Span {
    let parent = match number {
        1 => None,
        LARGE => Some(u64::MAX),
        number if number % 20 == 0 => Some(1),
        number => Some((number / 20 * 20).max(1)),
    };
    let call = [("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-5-mini"), ("gen_ai.usage.input_tokens", "12")];
    let attributes = if number % 2 == 0 { Vec::new() } else { call.iter().map(|(key, value)| text(key, value)).collect() };
    let start = 1_790_000_000_000_000_000 + number * 1_000_000;
    Span {
        trace_id: vec![7; 16],
        span_id: number.to_be_bytes().to_vec(),
        parent_span_id: parent.map(|parent| parent.to_be_bytes().to_vec()).unwrap_or_default(),
        name: format!("step {}", number % 40),
        start_time_unix_nano: start,
        // One still runs.
        end_time_unix_nano: if number == 40 { 0 } else { start + number },
        attributes,
        status: (number % 500 == 3).then(|| Status { code: 2, message: "429 tokens per minute".into() }),
        ..Span::default()
    }
}

/// What a reader makes of a text column.
fn text_at<'a>(skeleton: &'a Value, field: &str, row: usize) -> &'a Value {
    const NONE: &Value = &Value::Null;
    let column = &skeleton["texts"][field];
    if column.is_null() {
        return NONE;
    }
    let place = column.get("rows").map_or(0, |rows| rows[row].as_i64().unwrap());
    usize::try_from(place).map_or(NONE, |place| &column["values"][place])
}

fn id_at(skeleton: &Value, row: usize) -> &str {
    &skeleton["span_ids"].as_str().unwrap()[row * 16..row * 16 + 16]
}

fn parent_at<'a>(skeleton: &'a Value, column: &str, row: usize) -> Value {
    let place = skeleton.get(column).unwrap_or(&skeleton["parents"])[row].as_i64().unwrap();
    let count = skeleton["span_count"].as_i64().unwrap();
    match place {
        -1 => Value::Null,
        place if place < count => json!(id_at(skeleton, place as usize)),
        place => skeleton["missing_parents"][(place - count) as usize].clone(),
    }
}

/// The skeleton tells of every span what the whole trace tells of it.
#[tokio::test]
async fn ten_thousand_spans_are_answered_in_columns_without_loss() {
    let harness = Harness::start().await;
    let address = format!("/api/v1/projects/default/traces/{}", send_large(&harness).await);
    let skeleton = harness.json(&format!("{address}/skeleton")).await;
    let whole = harness.json(&format!("{address}?content=none")).await;
    let spans = whole["spans"].as_array().unwrap();
    assert_eq!((spans.len() as u64, skeleton["span_count"].as_u64(), &skeleton["spans_left_out"]), (LARGE, Some(LARGE), &json!(0)));
    assert_eq!((&skeleton["trace"], &skeleton["placeholders"]), (&whole["trace"], &whole["placeholders"]));
    assert_eq!(skeleton["missing_parents"].as_array().unwrap().len(), 1);
    let mut start: u64 = skeleton["start_unix_nanos"].as_str().unwrap().parse().unwrap();
    for (row, span) in spans.iter().enumerate() {
        start += skeleton["starts"][row].as_u64().unwrap();
        let duration = skeleton["durations"][row].as_u64().map(|nanos| json!(nanos.to_string()));
        assert_eq!(id_at(&skeleton, row), span["span_id"]);
        assert_eq!(span["start_unix_nanos"], start.to_string());
        assert_eq!(span.get("duration_nanos").cloned(), duration, "{span}");
        assert_eq!(parent_at(&skeleton, "parents", row), span["parent_span_id"], "{span}");
        assert_eq!(parent_at(&skeleton, "effective_parents", row), span["effective_parent_id"], "{span}");
        assert_eq!(skeleton["input_tokens"][row], span["usage"]["input_tokens"], "{span}");
        for field in ["name", "obs_type", "status", "visibility", "billing", "request_model", "cost_usd", "cost_status", "service_name"] {
            assert_eq!(text_at(&skeleton, field, row), &span[field], "{field} of {span}");
        }
    }
    let failed = (0..spans.len()).filter(|row| text_at(&skeleton, "status_message", *row) == "429 tokens per minute").count();
    assert_eq!(failed as u64, LARGE / 500);
}

#[tokio::test]
async fn a_skeleton_is_compressed_for_who_takes_it_and_small() {
    let harness = Harness::start().await;
    let trace_id = send_large(&harness).await;
    let plain = harness.get(&format!("/api/v1/traces/{trace_id}/skeleton")).await;
    assert_eq!(plain.headers().get("content-encoding"), None);
    let plain = plain.bytes().await.unwrap();
    let path = format!("{}/api/v1/projects/default/traces/{trace_id}/skeleton", harness.http);
    let packed = harness.client.get(&path).header("accept-encoding", "br, gzip;q=0.8").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert!(plain.len() < 1_000_000 && packed.len() < 250_000, "{} bytes, {} compressed", plain.len(), packed.len());
    let refused = harness.client.get(&path).header("accept-encoding", "gzip;q=0").send().await.unwrap();
    assert_eq!(refused.headers().get("content-encoding"), None);
}

/// Every request of one recorded run, in the order it was sent.
fn recorded(case: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let signal_of = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        [(".traces.pb", "/v1/traces"), (".logs.pb", "/v1/logs")].into_iter().find_map(|(end, signal)| name.ends_with(end).then_some(signal))
    };
    files.iter().filter_map(|path| Some((signal_of(path)?, std::fs::read(path).unwrap()))).collect()
}

/// Over recorded traffic of real senders, with and without log records: a span read alone says what it says in its trace.
#[tokio::test]
async fn a_span_read_alone_is_the_span_of_the_trace() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let mut seen = BTreeSet::new();
    for case in ["openinference-langchain", "otel-openai-v2-event", "strands-agents", "logfire-pydantic-ai", "google-adk"] {
        let harness = Harness::start().await;
        for run in std::fs::read_dir(fixtures.join(case)).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            for (path, body) in recorded(&run) {
                let headers = [PROTOBUF, ("x-clew-project", "default")];
                assert_eq!(harness.post(path, &headers, body).await.status(), 200, "{}", run.display());
            }
        }
        let traces = harness.json("/api/v1/projects/default/traces?limit=1000").await;
        for trace in traces["traces"].as_array().unwrap() {
            let address = format!("/api/v1/projects/default/traces/{}", trace["trace_id"].as_str().unwrap());
            let whole = harness.json(&address).await;
            for span in whole["spans"].as_array().unwrap() {
                let span_id = span["span_id"].as_str().unwrap();
                let alone = harness.json(&format!("{address}/spans/{span_id}")).await;
                assert_eq!(&alone["span"], span, "{case}");
                let logs = whole["logs"].as_array().unwrap().iter().filter(|log| log["span_id"] == span_id).count();
                assert!(alone["logs"].as_array().unwrap().len() >= logs, "{case}: {alone}");
                seen.insert((case, span["obs_type"].as_str().unwrap().to_owned()));
            }
        }
    }
    assert!(seen.len() >= 10, "{seen:?}");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let trace = crate::harness::trace_id(1);
    for (path, status) in [
        ("/api/v1/projects/default/traces/0af7651916cd43dd8448eb211c80319c/skeleton".to_owned(), 404),
        ("/api/v1/traces/0af7651916cd43dd8448eb211c80319c/skeleton".to_owned(), 404),
        ("/api/v1/projects/default/traces/xyz/skeleton".to_owned(), 400),
        (format!("/api/v1/projects/default/traces/{trace}/spans/00000000000000ff"), 404),
        (format!("/api/v1/projects/default/traces/{trace}/spans/zz"), 400),
    ] {
        assert_eq!(harness.get(&path).await.status(), status, "{path}");
    }
}
