//! Random queries over recorded traffic: lists find what the whole traces say, whatever columns and indexes know of it.
//!
//! `CLEW_QUERIES` names how many are asked, `PROPTEST_RNG_SEED` which, `CLEW_QUERY` a single one; the smallest that fails is told.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{LogRecord, ProjectSlug, Span, SpanId, TraceId, TraceSummary};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use query::{Filter, Matcher, TraceRow};
use serde_json::Value;
use store::{Detail, SpanQuery, SpanStore, TraceQuery, Understand};
use store_embedded::{EmbeddedStore, Options};
use tempfile::{TempDir, tempdir};
use wire::{Format, Limits, Signal};

use crate::running::fixture;

const QUERIES_DEFAULT: u32 = 40;

/// Larger than what the recordings hold: paging has tests of its own.
const PAGE: usize = 1_000;

/// A trace as its page shows it.
struct Whole {
    trace_id: TraceId,
    spans: Vec<Span>,
    logs: Vec<LogRecord>,
}

struct Recorded {
    store: Arc<EmbeddedStore>,
    traces: Vec<Whole>,
    _directory: TempDir,
}

#[test]
fn random_queries_find_what_the_traces_say() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let recorded = runtime.block_on(recorded());
    if let Ok(text) = std::env::var("CLEW_QUERY") {
        let filter = query::parse(&text).unwrap().filter;
        runtime.block_on(compare(&recorded, &filter)).unwrap();
        return;
    }
    let cases = std::env::var("CLEW_QUERIES").ok().and_then(|text| text.parse().ok()).unwrap_or(QUERIES_DEFAULT);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let (asked, telling) = (Cell::new(0_u64), Cell::new(0_u64));
    let outcome = runner.run(&queries(tests_of(&recorded.traces)), |text| {
        // Not everything that can be put together is a query.
        let Ok(parsed) = query::parse(&text) else { return Err(TestCaseError::reject("refused")) };
        let tells_apart = runtime.block_on(compare(&recorded, &parsed.filter))?;
        asked.set(asked.get() + 1);
        telling.set(telling.get() + u64::from(tells_apart));
        Ok(())
    });
    let (asked, telling) = (asked.get(), telling.get());
    println!("{asked} queries over {} traces; {telling} of them found some and left others", recorded.traces.len());
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, text)) => panic!("{text}\n{reason}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    // Queries that find nothing, or everything, tell little.
    assert!(telling * 5 > asked, "{telling} of {asked}");
}

/// What the list of traces shows of a trace is what a filter finds it by.
#[test]
fn a_trace_is_found_by_what_its_row_shows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let recorded = runtime.block_on(recorded());
    let rows = runtime.block_on(recorded.rows());
    let mut missed = Vec::new();
    for whole in &recorded.traces {
        let row = &rows[&whole.trace_id];
        let mut shown = vec![format!("name:{}", quoted(&row.name)), format!("status:{}", row.status.as_str())];
        shown.push(format!("cost_status:{}", row.cost_status.as_str()));
        shown.push(row.duration_nanos.map_or("no:duration".into(), |nanos| format!("duration:{nanos}ns")));
        shown.push(row.cost.map_or("no:cost".into(), |cost| format!("cost:${}", cost.0 as f64 / 1e9)));
        shown.push(format!("errors:{}", row.error_count));
        shown.push(format!("spans:{}", row.span_count));
        for text in shown {
            let filter = query::parse(&text).unwrap_or_else(|error| panic!("{text}: {error:?}")).filter;
            if !Matcher::new(&filter).trace(&TraceRow::new(&whole.spans, &whole.logs)) {
                missed.push(format!("{} is not found by {text}", whole.trace_id));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Holds both lists against the traces; tells whether the query tells traces apart.
async fn compare(recorded: &Recorded, filter: &Filter) -> Result<bool, TestCaseError> {
    let matcher = Matcher::new(filter);
    let (mut traces, mut spans) = (BTreeSet::new(), BTreeSet::new());
    for whole in &recorded.traces {
        let row = TraceRow::new(&whole.spans, &whole.logs);
        if matcher.trace(&row) {
            traces.insert(whole.trace_id);
        }
        let met = matcher.spans(&row);
        spans.extend(whole.spans.iter().zip(met).filter(|(_, met)| *met).map(|(span, _)| (span.trace_id, span.span_id)));
    }
    let found: BTreeSet<TraceId> = recorded.list_traces(filter).await.into_iter().collect();
    prop_assert_eq!(difference(&found, &traces), (vec![], vec![]), "traces: found and not meant, meant and not found");
    let found: BTreeSet<(TraceId, SpanId)> = recorded.list_spans(filter).await.into_iter().collect();
    prop_assert_eq!(difference(&found, &spans), (vec![], vec![]), "spans: found and not meant, meant and not found");
    Ok(!traces.is_empty() && traces.len() < recorded.traces.len())
}

fn difference<Row: Ord + Copy>(left: &BTreeSet<Row>, right: &BTreeSet<Row>) -> (Vec<Row>, Vec<Row>) {
    (left.difference(right).copied().collect(), right.difference(left).copied().collect())
}

impl Recorded {
    async fn list_traces(&self, filter: &Filter) -> Vec<TraceId> {
        let (mut ids, mut query) = (Vec::new(), TraceQuery { filter: filter.clone(), limit: PAGE, ..TraceQuery::default() });
        loop {
            let page = self.store.list_traces(&project(), &query).await.unwrap();
            ids.extend(page.traces.iter().map(|trace| trace.trace_id));
            match page.next {
                None => return ids,
                after => query.after = after,
            }
        }
    }

    async fn rows(&self) -> HashMap<TraceId, TraceSummary> {
        let query = TraceQuery { limit: PAGE, ..TraceQuery::default() };
        let page = self.store.list_traces(&project(), &query).await.unwrap();
        page.traces.into_iter().map(|row| (row.trace_id, row)).collect()
    }

    async fn list_spans(&self, filter: &Filter) -> Vec<(TraceId, SpanId)> {
        let (mut ids, mut query) = (Vec::new(), SpanQuery { filter: filter.clone(), limit: PAGE, ..SpanQuery::default() });
        loop {
            let page = self.store.list_spans(&project(), &query).await.unwrap();
            ids.extend(page.spans.iter().map(|span| (span.trace_id, span.span_id)));
            match page.next {
                None => return ids,
                after => query.after = after,
            }
        }
    }
}

fn project() -> ProjectSlug {
    ProjectSlug::default_project()
}

/// All recordings in one project: two halves in segments with indexes, so that traces lie in both, and the last ones in memory.
async fn recorded() -> Recorded {
    let directory = tempdir().unwrap();
    let catalog = catalog_sql::open(&directory.path().join(catalog_sql::FILE_NAME)).await.unwrap();
    let prices = pipeline::PriceShelf::open(catalog.clone()).await.unwrap();
    let understanding = pipeline::Understanding::new(prices.clone());
    let options = Options {
        understand: Arc::new(understanding.clone()),
        derive_content: pipeline::derive_content(),
        search_delay: Duration::ZERO,
        ..Options::default()
    };
    let store = store_embedded::open(directory.path(), options).await.unwrap();
    let entrance = pipeline::start(store.clone(), catalog, prices);
    let requests = requests();
    let flushed_at = [requests.len() / 2, requests.len() * 9 / 10];
    for (number, path) in requests.iter().enumerate() {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let signal = [Signal::Traces, Signal::Logs, Signal::Metrics].into_iter().find(|signal| name.contains(signal.as_str())).unwrap();
        let incoming = wire::decode(signal, Format::Protobuf, &bytes, &Limits::default()).unwrap();
        entrance.submit(project(), incoming, bytes.len()).await.unwrap();
        if flushed_at.contains(&number) {
            store.flush().await.unwrap();
        }
    }
    while store.status().search_rows_waiting > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let recorded = Recorded { store, traces: Vec::new(), _directory: directory };
    let mut traces = Vec::new();
    for trace_id in recorded.list_traces(&Filter::everything()).await {
        let records = recorded.store.trace(&project(), trace_id, Detail::Whole).await.unwrap().unwrap();
        let logs = records.logs.clone();
        traces.push(Whole { trace_id, spans: understanding.spans(&project(), records), logs });
    }
    assert!(traces.len() > 100, "{} traces are recorded", traces.len());
    Recorded { traces, ..recorded }
}

fn requests() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    collect(Path::new(&fixture("")), &mut paths);
    paths.sort();
    paths
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "pb") {
            paths.push(path);
        }
    }
}

/// Tests of one thing, of values that the recordings have.
fn tests_of(traces: &[Whole]) -> Vec<String> {
    let fixed = [
        "status:error",
        "status:ok",
        "kind:llm",
        "kind:tool",
        "kind:agent",
        "kind:retrieval",
        "is:root",
        "has:cost",
        "no:user",
        "has:session",
        "has:error",
        "duration > 1s",
        "duration < 5ms",
        "tokens > 100",
        "input_tokens >= 20",
        "output_tokens:1..50",
        "cost > $0.0001",
        "errors > 0",
        "spans > 4",
        "step_index > 1",
        "attempt > 1",
        "occurrence:2",
        "billing:leaf",
        "visibility:app",
        "level:error",
        "stream:true",
        "span_kind:client",
        "log(severity >= info)",
        "log(severity >= error)",
        "model:gpt*",
        "name ~ /^[a-z_]+$/",
        "tool contains e",
        "finish:stop",
        "has:metadata.user",
        "output.role:assistant",
        "input[*].role:user",
        "arguments.city exists",
        "input contains weather",
    ];
    let mut tests: BTreeSet<String> = fixed.into_iter().map(str::to_owned).collect();
    for span in traces.iter().flat_map(|whole| &whole.spans) {
        let mut add = |name: &str, value: Option<&str>| {
            tests.extend(value.filter(|value| !value.is_empty() && value.len() < 60).map(|value| format!("{name}:{}", quoted(value))));
        };
        add("name", Some(&span.name));
        add("model", span.response_model.as_deref());
        add("provider", span.provider.as_deref());
        add("session", span.session_id.as_deref());
        add("user", span.user_id.as_deref());
        add("agent", span.agent_name.as_deref());
        add("tool", span.tool_name.as_deref());
        add("step", span.step.name.as_deref());
        add("error", span.error_type.as_deref());
        add("tag", span.tags.first().map(String::as_str));
        add("scope", Some(&span.scope_name));
        for (key, value) in &span.metadata {
            tests.extend(leaf(value).map(|value| format!("metadata[{}]:{value}", quoted(key))));
        }
        for (root, value) in [("input", &span.content.input), ("output", &span.content.output)] {
            if let Some(Value::Object(entries)) = value {
                tests.extend(entries.iter().filter_map(|(key, value)| Some(format!("{root}[{}]:{}", quoted(key), leaf(value)?))));
            }
        }
        let preview = span.previews.output.as_deref().unwrap_or_default();
        let words: Vec<&str> = preview.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.len() > 3).take(4).collect();
        tests.extend(words.iter().map(|word| quoted(word)));
        tests.extend(words.windows(2).map(|pair| quoted(&pair.join(" "))));
    }
    tests.into_iter().collect()
}

fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() < 40 => Some(quoted(text)),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}

/// Tests put together in every way the language has.
fn queries(tests: Vec<String>) -> impl Strategy<Value = String> {
    prop::sample::select(tests).prop_recursive(4, 16, 3, |inner| {
        let around = prop::sample::select(vec!["span", "trace", "child", "parent", "ancestor", "descendant", "sibling", "before", "after"]);
        let numbers = prop::sample::select(vec![
            "count(@) > 1",
            "count(@):1",
            "sum(tokens, @) > 50",
            "sum(cost, @) > $0.0001",
            "max(duration, @) > 100ms",
            "min(duration, @) < 1ms",
            "repeats(@) >= 2",
        ]);
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) ({right})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or ({right})")),
            2 => inner.clone().prop_map(|inner| format!("not ({inner})")),
            4 => (around, inner.clone()).prop_map(|(around, inner)| format!("{around}({inner})")),
            2 => (numbers, inner.clone()).prop_map(|(number, inner)| number.replace('@', &inner)),
            1 => (inner.clone(), inner.clone()).prop_map(|(first, then)| format!("({first}) then ({then})")),
            1 => (inner.clone(), inner.clone(), inner)
                .prop_map(|(first, then, never)| format!("({first}) then ({then}) without ({never}) between")),
        ]
    })
}
