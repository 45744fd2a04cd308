//! Figures say what the pages of traces say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::running::{Server, fixture};

/// Fields that a span may have from its trace, or from log records, and some that it has by itself.
const FIELDS: [&str; 11] = [
    "session_id",
    "user_id",
    "request_model",
    "billing",
    "visibility",
    "workflow_name",
    "cost_status",
    "obs_type",
    "name",
    "provider",
    "service_name",
];

/// Places, and what a span of a page has there; log records tell some of the messages.
const PLACES: [(&str, fn(&Value) -> BTreeSet<String>); 3] = [
    ("attr.gen_ai.operation.name", |span| plain(&span["attributes"]["gen_ai.operation.name"])),
    ("input.role", |span| roles(&span["input"], &span["input_messages"])),
    ("output.role", |span| roles(&span["output"], &span["output_messages"])),
];

fn plain(value: &Value) -> BTreeSet<String> {
    value.as_str().map(str::to_owned).into_iter().collect()
}

fn plain_values(by: &Value) -> impl Iterator<Item = String> + '_ {
    by.as_object().unwrap().values().flat_map(plain)
}

fn roles(whole: &Value, messages: &Value) -> BTreeSet<String> {
    let value = if whole.is_null() { messages } else { whole };
    let inside = |value: &Value| plain(&value["role"]);
    value.as_array().map_or_else(|| inside(value), |items| items.iter().flat_map(inside).collect())
}

fn json(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/api/v1/projects/default/{path}"));
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
}

/// Every trace as its page shows it.
fn pages(server: &Server) -> Vec<Value> {
    let list = json(server, "traces?limit=1000");
    let traces = list["traces"].as_array().unwrap();
    traces.iter().map(|trace| json(server, &format!("traces/{}", trace["trace_id"].as_str().unwrap()))).collect()
}

fn nano_usd(text: &Value) -> i64 {
    (text.as_str().map_or(0.0, |text| text.parse::<f64>().unwrap()) * 1e9).round() as i64
}

fn same_as_pages(server: &Server, when: &str) {
    let pages = pages(server);
    let spans: Vec<&Value> = pages.iter().flat_map(|page| page["spans"].as_array().unwrap()).collect();
    assert!(spans.len() > 10, "{when}: {} spans", spans.len());
    let facets = json(server, &format!("facets?limit=1000&fields={}", FIELDS.join(",")));
    for (field, facet) in FIELDS.iter().zip(facets["facets"].as_array().unwrap()) {
        let mut shown: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        spans.iter().for_each(|span| *shown.entry(span[*field].as_str()).or_default() += 1);
        let told = facet["values"].as_array().unwrap().iter();
        let told: BTreeMap<Option<&str>, u64> = told.map(|value| (value["value"].as_str(), value["count"].as_u64().unwrap())).collect();
        assert_eq!(told, shown, "{when}: {field}");
    }
    for (place, values_of) in PLACES {
        let mut shown: BTreeMap<Option<String>, u64> = BTreeMap::new();
        for span in &spans {
            let values = values_of(span);
            if values.is_empty() {
                *shown.entry(None).or_default() += 1;
            }
            values.into_iter().for_each(|value| *shown.entry(Some(value)).or_default() += 1);
        }
        assert!(shown.len() > 1, "{when}: {place}: {shown:?}");
        let groups = json(server, &format!("aggregate?limit=1000&by={place}"));
        let told = groups["groups"].as_array().unwrap().iter();
        let told: BTreeMap<Option<String>, u64> =
            told.map(|group| (plain_values(&group["by"]).next(), group["rows"].as_u64().unwrap())).collect();
        assert_eq!(told, shown, "{when}: {place}");
    }
    for query in ["obs_type:llm", "not child(obs_type:llm)", "the", "attr.gen_ai.operation.name:chat"] {
        let listed = json(server, &format!("spans?limit=1000&q={}", query.replace(' ', "%20")))["spans"].as_array().unwrap().len();
        let counted = &json(server, &format!("facets?fields=name&q={}", query.replace(' ', "%20")))["rows"];
        assert_eq!(counted, listed, "{when}: {query}");
        assert_ne!(listed, 0, "{when}: {query}");
    }
    let sums = &json(server, "aggregate?measures=sum(cost_usd),sum(input_tokens)")["groups"][0]["figures"];
    let shown = |get: fn(&Value) -> i64| pages.iter().map(|page| get(&page["trace"])).sum::<i64>();
    assert_eq!(nano_usd(&sums["sum(cost_usd)"]["value"]), shown(|trace| nano_usd(&trace["cost_usd"])), "{when}");
    assert_eq!(sums["sum(input_tokens)"]["value"].as_i64().unwrap(), shown(|trace| trace["usage"]["input_tokens"].as_i64().unwrap_or(0)));
    let sessions = json(server, "sessions");
    for session in sessions["sessions"].as_array().unwrap() {
        let of_session = || pages.iter().map(|page| &page["trace"]).filter(|trace| trace["session_id"] == session["id"]);
        assert_eq!(session["trace_count"], of_session().count() as u64, "{when}: {session}");
        assert_eq!(
            nano_usd(&session["cost_usd"]),
            of_session().map(|trace| nano_usd(&trace["cost_usd"])).sum::<i64>(),
            "{when}: {session}"
        );
    }
    assert_ne!(sessions["sessions"].as_array().map(Vec::len), Some(0), "{when}");
}

/// Recordings of several senders, one of which tells its calls in log records; in memory, and in a segment of a server that starts anew.
#[test]
fn figures_count_what_pages_show() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    for case in ["otel-genai-langchain/react_agent/001.traces.pb", "gemini-cli/tool_run"] {
        server.text(&["send", &fixture(case)]);
    }
    same_as_pages(&server, "in memory");
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start(data.path());
    same_as_pages(&server, "in a segment");
    same_as_pages(&server, "asked again");
}

/// Eight runs of a step, grouped and split by what their outputs say.
#[test]
fn figures_are_made_of_what_steps_put_out() {
    let data = tempdir().unwrap();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let run = |number: u64| {
        let route = if number <= 5 { "refund" } else { "order" };
        let output = json!({"route": route, "confidence": 0.1 * number as f64, "items": [{"id": number}, {"id": null}]});
        let told = [("clew.step.name", "triage"), ("output.value", &output.to_string()), ("output.mime_type", "application/json")];
        let user = [("user.id", "u")].into_iter().filter(|_| number > 6);
        json!({
            "traceId": format!("{number:032x}"), "spanId": format!("{number:016x}"), "name": "triage", "kind": 1,
            "startTimeUnixNano": format!("176000000{number}000000000"), "endTimeUnixNano": format!("176000000{number}900000000"),
            "attributes": told.into_iter().chain(user).map(|(key, value)| text(key, value)).collect::<Vec<_>>(),
        })
    };
    let request = data.path().join("runs.traces.json");
    let spans: Vec<Value> = (1..=8).map(run).collect();
    std::fs::write(&request, json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()).unwrap();
    let server = Server::start(&data.path().join("data"));
    server.text(&["send", request.to_str().unwrap()]);
    let figures = |mean: f64, id: u64, rows: u64| {
        json!({
            "mean(output.confidence)": {"value": mean, "rows_known": rows, "rows_unknown": 0},
            "max(output.items.id)": {"value": id, "rows_known": rows, "rows_unknown": 0},
            "distinct(output.items.id)": {"value": rows, "rows_known": rows, "rows_unknown": 0},
        })
    };
    let expected = json!([
        {"by": {"output.route": "refund"}, "rows": 5, "figures": figures(0.3, 5, 5)},
        {"by": {"output.route": "order", "user.id": "u"}, "rows": 2, "figures": figures(0.75, 8, 2)},
        {"by": {"output.route": "order"}, "rows": 1, "figures": figures(0.6, 6, 1)},
    ]);
    let check = |server: &Server, when: &str| {
        let question = "by=output.route,attr.user.id&measures=mean(output.confidence),max(output.items.id),distinct(output.items.id)";
        assert_eq!(json(server, &format!("aggregate?{question}"))["groups"], expected, "{when}");
        let split = json(server, "steps/triage/confidence?by=output.route");
        let parts: Vec<_> = split["parts"].as_array().unwrap().iter().map(|part| (&part["value"], &part["runs"])).collect();
        assert_eq!(parts, [(&json!("refund"), &json!(5)), (&json!("order"), &json!(3))], "{when}");
    };
    check(&server, "in memory");
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start(&data.path().join("data"));
    check(&server, "in a segment");
}
