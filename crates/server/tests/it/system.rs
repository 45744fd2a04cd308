//! How the server is doing: what the health page shows and what Prometheus scrapes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export};

/// Three stored spans, one of them twice, one request that is no OTLP, one to a wrong path.
async fn busy() -> Harness {
    let harness = Harness::start().await;
    for spans in [&[1, 2, 3][..], &[2]] {
        assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, spans))).await.status(), 200);
    }
    assert_eq!(harness.post("/v1/traces", &[("content-type", "text/plain")], "hello").await.status(), 415);
    assert_eq!(harness.post("/v1/spans", &[PROTOBUF], "").await.status(), 404);
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], vec![0xff; 10]).await.status(), 400);
    harness
}

#[tokio::test]
async fn a_fresh_server_accepts_and_has_seen_nothing() {
    let harness = Harness::start().await;
    let system = harness.json("/api/v1/system").await;
    assert_eq!(system["state"], json!({"name": "accepting"}));
    assert_eq!((&system["refused"], &system["damaged"], &system["appends"]), (&json!([]), &json!([]), &json!({"count": 0})));
    assert_eq!((&system["ingest"]["protocols"], &system["ingest"]["records_per_second"]), (&json!([]), &json!(0.0)));
    assert_eq!(system["in_flight"], json!({"requests": 0, "requests_max": 1024, "bytes": 0, "bytes_max": 320 << 20}));
    assert_eq!(system["about"]["http"], harness.http);
    let limits = system["limits"].as_array().unwrap();
    let limit = |name: &str| limits.iter().find(|limit| limit["name"] == name).unwrap()["value"].clone();
    assert_eq!((limit("body_bytes"), limit("trace_spans")), (json!(64 << 20), json!(1_000_000)));
}

#[tokio::test]
async fn what_came_in_is_counted_by_protocol_and_what_was_refused_by_reason() {
    let harness = busy().await;
    let system = harness.json("/api/v1/system").await;
    let counts = json!({"received": 4, "stored": 3, "duplicate": 1, "updated": 0, "sampled_out": 0, "rejected": {}});
    assert_eq!(system["ledger"]["counts"], counts);
    let protocols = system["ingest"]["protocols"].as_array().unwrap();
    let protobuf = protocols.iter().find(|counts| counts["protocol"] == "http/protobuf").unwrap();
    assert_eq!((&protobuf["requests_accepted"], &protobuf["requests_refused"], &protobuf["records"]), (&json!(2), &json!(1), &json!(4)));
    let refused: Vec<(&Value, &Value, &Value)> = system["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| (&refused["status"], &refused["reason"], &refused["requests"]))
        .collect();
    assert_eq!(
        refused,
        [
            (&json!(400), &json!("not_decodable"), &json!(1)),
            (&json!(404), &json!("wrong_path"), &json!(1)),
            (&json!(415), &json!("not_otlp"), &json!(1))
        ]
    );
    assert_eq!(system["refused"][2]["last_detail"], "content type `text/plain` is not OTLP");
    assert_eq!((&system["appends"]["count"], &system["storage"]["memory_rows"]), (&json!(2), &json!(3)));
    for quantile in ["p50_nanos", "p95_nanos", "longest_nanos"] {
        assert!(system["appends"][quantile].as_str().unwrap().parse::<u64>().unwrap() > 0, "{system}");
    }
    let future = harness.json("/api/v1/system?t=2100-01-01T00:00:00Z~").await;
    assert_eq!((&future["ledger"]["counts"]["received"], &future["ledger"]["from_unix_nanos"]), (&json!(0), &json!("4102444800000000000")));
    assert_eq!(harness.get("/api/v1/system?t=yesterday").await.status(), 400);
}

/// A sample of a scrape: its name, its labels as written, its value.
type Samples = BTreeMap<(String, String), f64>;

/// Reads the text format strictly: each sample stands under the HELP and TYPE of its family, each family comes once.
fn parsed(text: &str) -> (Samples, BTreeMap<String, String>) {
    let (mut samples, mut kinds) = (Samples::new(), BTreeMap::new());
    let (mut helped, mut family) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty() && !kinds.contains_key(name), "{line}");
            name.clone_into(&mut helped);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, helped, "a type stands under its help");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            kinds.insert(name.to_owned(), kind.to_owned());
            name.clone_into(&mut family);
        } else {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = sample.split_once('{').map_or((sample, ""), |(name, labels)| (name, labels.strip_suffix('}').unwrap()));
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).filter(|base| *base == family);
            assert_eq!(base.unwrap_or(name), family, "{line}");
            assert_eq!(base.is_some(), kinds[&family] == "histogram", "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && name.starts_with("clew_"), "{line}");
            assert!(samples.insert((name.to_owned(), labels.to_owned()), value.parse().unwrap()).is_none(), "{line} comes twice");
        }
    }
    (samples, kinds)
}

#[tokio::test]
async fn metrics_are_prometheus_text_that_says_the_same_as_the_health_page() {
    let harness = busy().await;
    let response = harness.get("/metrics").await;
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.unwrap();
    let (samples, kinds) = parsed(&text);
    let value = |name: &str, labels: &str| samples.get(&(name.to_owned(), labels.to_owned())).copied();
    assert_eq!(value("clew_records_total", r#"outcome="stored""#), Some(3.0));
    assert_eq!(value("clew_records_total", r#"outcome="duplicate""#), Some(1.0));
    assert_eq!(value("clew_receiver_requests_total", r#"outcome="accepted""#), Some(2.0));
    assert_eq!(value("clew_receiver_requests_total", r#"outcome="refused""#), Some(3.0));
    assert_eq!(value("clew_receiver_refused_total", r#"status="415",reason="not_otlp""#), Some(1.0));
    assert_eq!(value("clew_receiver_records_total", r#"protocol="http/protobuf""#), Some(4.0));
    assert_eq!(value("clew_store_accepting", ""), Some(1.0));
    assert_eq!(value("clew_store_tail_rows", ""), Some(3.0));
    assert_eq!(value("clew_build_info", &format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), Some(1.0));

    let append = "clew_append_duration_seconds";
    assert_eq!(kinds[append], "histogram");
    let buckets: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with("clew_append_duration_seconds_bucket"))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
        .collect();
    assert!(buckets.is_sorted(), "{buckets:?}");
    let count = value("clew_append_duration_seconds_count", "");
    assert_eq!((buckets.last().copied(), count), (Some(2.0), Some(2.0)));
    assert!(value("clew_append_duration_seconds_sum", "").unwrap() > 0.0);
    for (name, kind) in &kinds {
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
    }
}
