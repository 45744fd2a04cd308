//! Figures say what the pages of traces say.

use std::collections::BTreeMap;

use serde_json::Value;
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
