//! Questions in SQL: over rows in memory, in segments and in several places, and what is refused.

mod formats;
mod limits;
mod refused;

use std::collections::BTreeSet;

use model::Span;
use serde_json::{Value, json};
use store::conformance::{LogSeed, PointSeed, SpanSeed};
use store::sql::{SqlAnswer, SqlError, SqlFormat, SqlQuestion};
use store::{BatchParts, CleanBatch, SpanQuery, SpanStore, TimeRange};
use tempfile::TempDir;

use super::{batch, manual, project};
use crate::{EmbeddedStore, open};

pub(super) fn question(sql: &str) -> SqlQuestion {
    SqlQuestion { sql: sql.to_owned(), range: TimeRange::default(), rows_max: 10_000, format: SqlFormat::Json }
}

async fn answer(store: &EmbeddedStore, sql: &str) -> Result<SqlAnswer, SqlError> {
    store.sql(&project(), &question(sql)).await
}

/// The rows of an answer.
async fn rows(store: &EmbeddedStore, sql: &str) -> Value {
    let answer = answer(store, sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    serde_json::from_slice(&answer.body).unwrap()
}

fn span(trace: u8, span: u8, start: u64, end: u64) -> Span {
    SpanSeed { trace, span, start, end, response: Some(trace), flavour: span, ..SpanSeed::default() }.build()
}

/// Spans of a trace in a segment, of one in two segments, of one that is updated in another segment, and of one in memory.
async fn store_with_rows() -> (std::sync::Arc<EmbeddedStore>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    store.append(batch(vec![span(1, 1, 10, 20), span(1, 2, 11, 12), span(2, 1, 30, 40), span(3, 1, 50, 0)])).await.unwrap();
    store.flush().await.unwrap();
    store.append(batch(vec![span(2, 2, 31, 32), span(3, 1, 50, 60)])).await.unwrap();
    store.flush().await.unwrap();
    let mut in_memory = span(4, 2, 71, 72);
    in_memory.step.name = Some("triage".into());
    store.append(batch(vec![span(4, 1, 70, 80), in_memory, span(4, 3, 73, 0)])).await.unwrap();
    (store, directory)
}

/// What the list of spans shows.
async fn listed(store: &EmbeddedStore) -> BTreeSet<(String, String, u64, Option<u64>)> {
    let page = store.list_spans(&project(), &SpanQuery { limit: 100, ..SpanQuery::default() }).await.unwrap();
    let ended = |span: &Span| (!span.is_running()).then_some(span.end_unix_nanos);
    page.spans.iter().map(|span| (span.trace_id.to_string(), span.span_id.to_string(), span.start_unix_nanos, ended(span))).collect()
}

async fn told(store: &EmbeddedStore) -> BTreeSet<(String, String, u64, Option<u64>)> {
    let rows = rows(store, "SELECT trace_id, span_id, start_unix_nanos, end_unix_nanos FROM spans").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_row = |row: &Value| {
        (text(&row["trace_id"]), text(&row["span_id"]), row["start_unix_nanos"].as_u64().unwrap(), row["end_unix_nanos"].as_u64())
    };
    rows.as_array().unwrap().iter().map(of_row).collect()
}

#[tokio::test]
async fn every_span_is_one_row_wherever_it_lies() {
    let (store, _directory) = store_with_rows().await;
    for when in ["in memory", "in segments", "merged"] {
        let listed = listed(&store).await;
        assert_eq!((listed.len(), &told(&store).await), (8, &listed), "{when}");
        assert_eq!(rows(&store, "SELECT count(*) AS spans FROM spans").await, json!([{"spans": 8}]), "{when}");
        let sums = "SELECT count(*) AS calls, sum(input_tokens) AS tokens, count(duration_nanos) AS ended FROM spans WHERE billed";
        assert_eq!(rows(&store, sums).await, json!([{"calls": 8, "tokens": 24, "ended": 7}]), "{when}");
        let traces = rows(&store, "SELECT start_unix_nanos, span_count, input_tokens FROM traces ORDER BY 1").await;
        let wanted = [(10, 2), (30, 2), (50, 1), (70, 3)];
        let wanted: Vec<_> =
            wanted.map(|(start, spans)| json!({"start_unix_nanos": start, "span_count": spans, "input_tokens": 3 * spans})).into();
        assert_eq!(traces, Value::Array(wanted), "{when}");
        let steps = rows(&store, "SELECT step_name, start_unix_nanos FROM steps").await;
        assert_eq!(steps, json!([{"step_name": "triage", "start_unix_nanos": 71}]), "{when}");
        match when {
            "in memory" => store.flush().await.unwrap(),
            _ => store.compact_for_tests().await.unwrap(),
        }
    }
}

#[tokio::test]
async fn what_was_sent_can_be_read_of_every_span() {
    let (store, _directory) = store_with_rows().await;
    for when in ["in memory", "in segments"] {
        let sql = "SELECT span_id, json_get(attributes, 'flavour') AS flavour, json_get(resource_attributes, 'service.name') AS service \
                   FROM spans WHERE start_unix_nanos >= 30 ORDER BY start_unix_nanos";
        let flavours: Vec<Value> = rows(&store, sql).await.as_array().unwrap().iter().map(|row| row["flavour"].clone()).collect();
        assert_eq!(flavours, ["1", "2", "1", "1", "2", "3"], "{when}");
        assert_eq!(rows(&store, sql).await[0]["service"], "suite", "{when}");
        store.flush().await.unwrap();
    }
}

#[tokio::test]
async fn a_star_leaves_out_what_has_to_be_named() {
    let (store, _directory) = store_with_rows().await;
    let all = store::sql::table("spans").unwrap().columns.len() as u64;
    let traces = store::sql::table("traces").unwrap().columns.len() as u64;
    let cases = [
        ("SELECT * FROM spans", all - 4),
        ("SELECT * FROM clew.public.spans AS s", all - 4),
        ("SELECT s.*, s.input FROM spans s", all - 3),
        ("SELECT s.* FROM traces t JOIN spans s ON s.trace_id = t.trace_id", all - 4),
        ("SELECT * EXCLUDE (tags) FROM spans", all - 1),
        ("SELECT * FROM steps", store::sql::table("steps").unwrap().columns.len() as u64 - 2),
        ("SELECT * FROM traces", traces),
        ("WITH spans AS (SELECT trace_id, 1 AS input FROM traces) SELECT * FROM spans", 2),
        ("SELECT * FROM (SELECT input, attributes FROM spans)", 2),
    ];
    for (sql, wanted) in cases {
        let answer = answer(&store, sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!(answer.columns.len() as u64, wanted, "{sql}");
    }
}

#[tokio::test]
async fn conditions_leave_out_what_need_not_be_read() {
    let (store, _directory) = store_with_rows().await;
    store.flush().await.unwrap();
    let all = answer(&store, "SELECT span_id FROM spans").await.unwrap().cost.rows;
    let id = span(1, 1, 0, 0).trace_id;
    let cases = [
        (format!("SELECT span_id FROM spans WHERE trace_id = '{id}'"), 2),
        (format!("SELECT span_id FROM spans WHERE trace_id IN ('{id}', 'none')"), 2),
        ("SELECT span_id FROM spans WHERE start_unix_nanos < 15".to_owned(), 2),
        ("SELECT span_id FROM spans WHERE start_time >= '1970-01-01T00:00:00.000000070Z'".to_owned(), 3),
        ("SELECT span_id FROM spans WHERE 71 = start_unix_nanos".to_owned(), 1),
        (format!("SELECT span_id FROM spans WHERE trace_id = ' {id}'"), 0),
    ];
    for (sql, wanted) in cases {
        let answer = answer(&store, &sql).await.unwrap();
        assert_eq!(answer.rows, wanted, "{sql}");
        assert!(answer.cost.rows < all, "{sql}: {} of {all}", answer.cost.rows);
    }
}

#[tokio::test]
async fn a_range_bounds_all_tables() {
    let (store, _directory) = store_with_rows().await;
    let range = TimeRange { from_unix_nanos: Some(31), to_unix_nanos: Some(71) };
    let sql =
        "SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM traces) AS traces, (SELECT count(*) FROM steps) AS steps";
    let answer = store.sql(&project(), &SqlQuestion { range, ..question(sql) }).await.unwrap();
    let rows: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(rows, json!([{"spans": 3, "traces": 2, "steps": 0}]));
}

#[tokio::test]
async fn records_are_rows_in_memory_and_in_segments() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    for time in [1, 2] {
        let parts = BatchParts {
            project: project(),
            received_unix_nanos: 0,
            request_bytes: 0,
            spans: Vec::new(),
            logs: vec![
                LogSeed { span: Some((1, 1)), time, flavour: 7 }.build(),
                LogSeed { span: None, time: time + 10, flavour: 8 }.build(),
            ],
            points: vec![PointSeed { metric: 1, time, flavour: 1 }.build()],
            rejected: Default::default(),
        };
        store.append(CleanBatch::seal(parts)).await.unwrap();
        if time == 1 {
            store.flush().await.unwrap();
        }
    }
    let logs = rows(&store, "SELECT time_unix_nanos AS t, severity, body, trace_id IS NULL AS alone FROM logs ORDER BY 1").await;
    let log = |time: u64, body: &str| json!({"t": time, "severity": "INFO", "body": body, "alone": time > 9});
    assert_eq!(logs, json!([log(1, "7"), log(2, "7"), log(11, "8"), log(12, "8")]));
    let points = rows(&store, "SELECT time_unix_nanos AS t, name, kind FROM metrics ORDER BY 1").await;
    assert_eq!((points.as_array().unwrap().len(), &points[0]["t"], points[0]["name"].is_string()), (2, &json!(1), true));
}

#[tokio::test]
async fn another_project_is_not_there_in_any_spelling() {
    let (store, _directory) = store_with_rows().await;
    let parts = BatchParts {
        project: "chat".parse().unwrap(),
        received_unix_nanos: 0,
        request_bytes: 0,
        spans: vec![span(9, 1, 10, 20), span(1, 1, 10, 20)],
        logs: vec![LogSeed { span: Some((9, 1)), time: 1, flavour: 1 }.build()],
        points: vec![PointSeed { metric: 1, time: 1, flavour: 1 }.build()],
        rejected: Default::default(),
    };
    store.append(CleanBatch::seal(parts)).await.unwrap();
    for when in ["in memory", "in a segment"] {
        let counts = "SELECT (SELECT count(*) FROM spans) AS s, (SELECT count(*) FROM logs) AS l, (SELECT count(*) FROM metrics) AS m";
        assert_eq!(rows(&store, counts).await, json!([{"s": 8, "l": 0, "m": 0}]), "{when}");
        let id = span(9, 1, 0, 0).trace_id;
        assert_eq!(rows(&store, &format!("SELECT * FROM spans WHERE trace_id = '{id}'")).await, json!([]), "{when}");
        let of_chat = store.sql(&"chat".parse().unwrap(), &question("SELECT trace_id FROM spans")).await.unwrap();
        assert_eq!(of_chat.rows, 2, "{when}");
        store.flush().await.unwrap();
    }
    for name in ["chat.spans", "chat.public.spans", "clew.chat.spans", "\"chat\".\"spans\"", "\"spans@chat\"", "default.chat.spans"] {
        let error = answer(&store, &format!("SELECT * FROM {name}")).await.unwrap_err();
        assert!(matches!(error, SqlError::Refused { .. }), "{name}: {error:?}");
    }
}
