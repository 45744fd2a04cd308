//! Recorded traffic: the language says of a trace what the list of traces says of it, and every value that a span has is found by asking for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dialect::{Trace, assemble, translate};
use model::{LogRecord, RawSpan, Span, SpanId, TraceId};
use query::{FIELDS, Filter, Matcher, TraceRow, format, is_field_of_trace, parse, word_of};
use serde_json::Value;
use wire::{Format, Limits, Signal};

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Every trace of every recording whose spans came as spans, assembled as the server does.
fn traces() -> Vec<(String, Trace)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let recordings = folders(&root).iter().flat_map(|emitter| folders(emitter)).collect::<Vec<_>>();
    recordings.iter().flat_map(|recording| traces_of(recording).into_iter().map(|trace| (recording.display().to_string(), trace))).collect()
}

fn traces_of(recording: &Path) -> Vec<Trace> {
    let meta: Value = serde_json::from_str(&std::fs::read_to_string(recording.join("meta.json")).unwrap()).unwrap();
    let mut spans: BTreeMap<(TraceId, SpanId), RawSpan> = BTreeMap::new();
    let mut logs: BTreeMap<(TraceId, SpanId), Vec<LogRecord>> = BTreeMap::new();
    for request in meta["requests"].as_array().unwrap() {
        let file = request["file"].as_str().unwrap();
        let signal = match request["signal"].as_str().unwrap() {
            "traces" => Signal::Traces,
            "logs" => Signal::Logs,
            _ => continue,
        };
        let format = if file.ends_with(".json") { Format::Json } else { Format::Protobuf };
        let incoming = wire::decode(signal, format, &std::fs::read(recording.join(file)).unwrap(), &Limits::default()).unwrap();
        spans.extend(incoming.spans.into_iter().map(|span| ((span.trace_id, span.span_id), span)));
        incoming
            .logs
            .into_iter()
            .filter_map(|log| Some((log.span()?, log)))
            .for_each(|(place, log)| logs.entry(place).or_default().push(log));
    }
    let mut by_trace: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
    for (place, span) in spans {
        let own = logs.get(&place).map_or(&[][..], Vec::as_slice);
        by_trace.entry(place.0).or_default().push(translate(Arc::new(span), own));
    }
    by_trace.into_values().map(assemble).collect()
}

fn filter_of(text: &str) -> Filter {
    parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}")).filter
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}

#[test]
fn a_trace_is_found_by_what_the_list_says_of_it() {
    let traces = traces();
    assert!(traces.len() > 100, "only {} traces recorded", traces.len());
    for (recording, trace) in &traces {
        let spans: Vec<Span> = trace.spans.iter().map(|node| node.span.clone()).collect();
        let (row, summary) = (TraceRow::new(&spans, &[]), &trace.summary);
        let number = |word: &str, number: Option<u64>| number.map_or_else(|| format!("no:{word}"), |number| format!("{word}:{number}"));
        let nanos = |word: &str, nanos: Option<u64>| nanos.map_or_else(|| format!("no:{word}"), |nanos| format!("{word}:{nanos}ns"));
        let texts = [
            format!("status:{}", summary.status),
            format!("cost_status:{}", summary.cost_status),
            summary.cost.map_or_else(|| "no:cost".to_owned(), |cost| format!("cost:${cost}")),
            nanos("duration", summary.duration_nanos),
            nanos("ttft", summary.ttft_nanos),
            number("input_tokens", summary.usage.get("input_tokens")),
            number("output_tokens", summary.usage.get("output_tokens")),
            number("spans", Some(summary.span_count)),
            number("errors", Some(summary.error_count)),
            summary.models.iter().map(|model| format!("span(model:{})", quoted(model))).collect::<Vec<_>>().join(" "),
            summary.session_id.as_ref().map_or_else(|| "*".to_owned(), |session| format!("session:{}", quoted(session))),
            summary.error_type.as_ref().map_or_else(|| "*".to_owned(), |error| format!("error:{}", quoted(error))),
        ];
        for text in texts {
            assert!(Matcher::new(&filter_of(&text)).trace(&row), "{recording}: trace {} does not meet {text}", summary.trace_id);
        }
    }
}

#[test]
fn a_span_is_found_by_each_value_it_has() {
    let mut asked = 0;
    for (recording, trace) in traces() {
        let spans: Vec<Span> = trace.spans.into_iter().map(|node| node.span).collect();
        for span in &spans {
            let row = TraceRow::new(std::slice::from_ref(span), &[]);
            for text in values(span) {
                asked += 1;
                let filter = filter_of(&text);
                assert!(Matcher::new(&filter).spans(&row)[0], "{recording}: span {} does not meet {text}", span.span_id);
                assert_eq!(filter_of(&format(&filter)), filter, "{text}");
            }
        }
    }
    assert!(asked > 5_000, "only {asked} values asked for");
}

/// A query for each raw attribute, each text in the content, and some fields.
fn values(span: &Span) -> Vec<String> {
    let raw = span.raw.as_ref().unwrap();
    let mut texts =
        vec![format!("kind:{}", span.observation_type), format!("name:{}", quoted(&span.name)), format!("span_id:{}", span.span_id)];
    // Of a key that was sent twice the last value holds.
    for (key, value) in raw.attributes.iter().filter(|(key, value)| raw.attributes.get(key) == Some(value)) {
        let name = format!("attr[{}]", quoted(key));
        match value {
            model::AnyValue::String(text) if text.len() < 500 => texts.push(format!("{name} = {}", quoted(text))),
            model::AnyValue::Int(number) => texts.push(format!("{name} = {number}")),
            model::AnyValue::Double(number) if number.is_finite() => texts.push(format!("{name} >= {number} {name} <= {number}")),
            model::AnyValue::Bool(truth) => texts.push(format!("{name} = {truth}")),
            _ => {}
        }
    }
    for side in [query::Side::Input, query::Side::Output] {
        for text in query::content_texts(span, side).iter().filter(|text| text.len() < 500) {
            let words = query::words_of(text);
            texts.extend((!words.is_empty()).then(|| quoted(text)));
            texts.extend((!text.is_empty()).then(|| format!("content contains {}", quoted(text))));
        }
    }
    texts
}

#[test]
fn every_field_of_a_trace_has_a_word() {
    assert!(FIELDS.iter().filter(|field| is_field_of_trace(field)).all(|field| parse(&format!("has:{}", word_of(field))).is_ok()));
}
