//! Runs every page under `cases/`.

use std::path::Path;
use std::sync::Arc;

use dialect::{assemble, places_of_logs, spans_from_logs};
use model::{BoxedContent, LogRecord, Origin, Span};
use serde_json::{Map, Value, json};

use crate::both::translate;
use crate::{page, raw, show};

fn translated(input: &Value) -> Vec<Span> {
    if input["made_from"].is_array() {
        return made(&raw::logs(&json!({"logs": input["made_from"]})));
    }
    let inputs = input.as_array().map_or_else(|| std::slice::from_ref(input), Vec::as_slice);
    let origin = |input: &Value| input["origin"].as_str().and_then(Origin::from_text).unwrap_or_default();
    inputs.iter().map(|input| Span { origin: origin(input), ..translate(Arc::new(raw::span(input)), &raw::logs(input)) }).collect()
}

fn made(logs: &[LogRecord]) -> Vec<Span> {
    let places = places_of_logs(logs);
    let of = |span_id| logs.iter().zip(&places).filter(move |(_, place)| place.is_some_and(|(_, own)| own == span_id));
    let spans = spans_from_logs(logs).into_iter();
    let own = |span_id| of(span_id).map(|(log, _)| log.clone()).collect::<Vec<_>>();
    spans.map(|span| Span { origin: Origin::Log, ..translate(Arc::new(span.clone()), &own(span.span_id)) }).collect()
}

fn trace(spans: Vec<Span>) -> Value {
    let columns = spans.iter().cloned().map(|span| Span { content: BoxedContent::default(), raw: None, ..span });
    let from_columns = assemble(columns.collect());
    let trace = assemble(spans);
    assert_eq!(from_columns.summary, trace.summary, "columns alone give another summary");
    assert_eq!(from_columns.placeholders, trace.placeholders, "columns alone give other placeholders");
    let placeholders: Vec<Value> = trace.placeholders.iter().map(show::placeholder).collect();
    let spans: Map<String, Value> = trace.spans.iter().map(|node| (node.span.span_id.to_string(), show::node(node))).collect();
    json!({"summary": show::summary(&trace.summary), "spans": spans, "placeholders": placeholders})
}

#[test]
fn every_page_holds() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for case in page::cases(&text) {
            count += 1;
            let spans = translated(&case.input);
            let actual = if case.what == "span" { show::span(&spans[0]) } else { trace(spans) };
            if let Some(difference) = page::difference(&case.expected, &actual, &case.what) {
                failures.push(format!("{}:{} `{}`: {difference}", path.file_name().unwrap().display(), case.line, case.heading));
            }
        }
    }
    assert!(count > 20, "only {count} cases found");
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
}
