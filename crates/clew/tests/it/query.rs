//! Questions in SQL: over the API and by `clew query`; what they count is what the lists show.

use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::running::{Server, fixture};

/// Recordings of several senders: agents, workflows, log records that stand for spans, retries.
const RECORDINGS: [&str; 6] = [
    "otel-genai-langchain/react_agent/001.traces.pb",
    "openinference-openai-agents",
    "langsmith-langgraph-otel",
    "vercel-ai-sdk-5",
    "gemini-cli/tool_run",
    "claude-code",
];

struct Place {
    server: Server,
    runtime: tokio::runtime::Runtime,
    data: TempDir,
}

impl Place {
    fn new() -> Self {
        let data = tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Self { server: Server::start(data.path()), runtime, data }
    }

    fn recorded() -> Self {
        let place = Self::new();
        for recording in RECORDINGS {
            place.server.text(&["send", &fixture(recording)]);
        }
        place
    }

    fn restarted(self) -> Self {
        let Self { server, runtime, data } = self;
        assert_eq!(server.terminate(), Some(0));
        Self { server: Server::start(data.path()), runtime, data }
    }

    fn get(&self, path: &str) -> Value {
        let address = format!("{}/api/v1/projects/default/{path}", self.server.http);
        self.runtime.block_on(async { reqwest::get(address).await.unwrap().json().await.unwrap() })
    }

    /// Sends OTLP as JSON.
    fn send(&self, signal: &str, request: &Value) {
        let request = reqwest::Client::new().post(format!("{}/v1/{signal}", self.server.http)).json(request);
        let answer = self.runtime.block_on(async { request.send().await.unwrap() });
        assert_eq!(answer.status(), 200);
    }

    fn post(&self, body: &Value) -> Response {
        let address = format!("{}/api/v1/projects/default/sql", self.server.http);
        let request = reqwest::Client::new().post(address).json(body);
        self.runtime.block_on(async { request.send().await.unwrap() })
    }

    fn answer(&self, sql: &str) -> Value {
        let response = self.post(&json!({"sql": sql, "max_rows": 100_000}));
        let status = response.status();
        let answer: Value = self.runtime.block_on(response.json()).unwrap();
        assert_eq!(status, 200, "{sql}: {answer}");
        answer
    }

    fn rows(&self, sql: &str) -> Vec<Value> {
        self.answer(sql)["rows"].as_array().unwrap().clone()
    }

    fn one(&self, sql: &str) -> Value {
        let mut rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}");
        rows.remove(0)
    }

    /// Every item of a list, page by page.
    fn listed(&self, list: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{list}?limit=1000&cursor={cursor}"));
            items.extend(page[list].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return items,
            }
        }
    }
}

fn nano_usd(text: &Value) -> i64 {
    (text.as_str().map_or(0.0, |text| text.parse::<f64>().unwrap()) * 1e9).round() as i64
}

/// A value of the API as a column has it: times are decimal strings there and numbers here, an absent list is empty there and null here.
fn same(listed: &Value, told: &Value, what: &str) {
    let is_nothing = listed.is_null() || *listed == json!([]) || *listed == json!({});
    let is_same = match (listed, told) {
        (_, Value::Null) => is_nothing,
        (Value::String(digits), Value::Number(number)) => *digits == number.to_string(),
        (Value::Object(_) | Value::Array(_), Value::String(text)) => serde_json::from_str::<Value>(text).unwrap() == *listed,
        _ => listed == told,
    };
    assert!(is_same, "{what}: the list says {listed}, SQL says {told}");
}

/// Compares the columns that items of the API and rows of a table have in common.
fn same_rows(place: &Place, listed: &[Value], key: &str, sql: &str, when: &str) {
    let told = place.rows(sql);
    assert_eq!((listed.len(), told.is_empty()), (told.len(), false), "{key}, {when}");
    for row in &told {
        let is_same = |item: &&Value| item[key] == row[key] && item["trace_id"] == row["trace_id"];
        let item = listed.iter().find(is_same).unwrap_or_else(|| panic!("{when}: {row}"));
        for (name, value) in row.as_object().unwrap() {
            let of_list = if name.ends_with("_tokens") { &item["usage"][name] } else { &item[name] };
            same(of_list, value, &format!("{name} of {}, {when}", row[key]));
        }
    }
}

const SPAN_COLUMNS: &str = "trace_id, span_id, parent_span_id, name, raw_name, obs_type, operation, kind, origin, start_unix_nanos, \
    end_unix_nanos, duration_nanos, status, status_message, error_type, http_status, level, visibility, billing, billed_in, provider, \
    request_model, response_model, response_id, finish_reasons, stream, ttft_nanos, input_tokens, output_tokens, cache_read_tokens, \
    cost_usd, cost_status, session_id, user_id, tags, metadata, agent_name, workflow_name, step_name, step_index, attempt, tool_name, \
    tool_call_id, service_name, environment, release, scope_name, dialects";

const TRACE_COLUMNS: &str = "trace_id, root_span_id, name, start_unix_nanos, duration_nanos, last_seen_unix_nanos, status, error_type, \
    error_message, span_count, error_count, folded_count, llm_call_count, tool_call_count, models, providers, input_tokens, output_tokens, \
    cache_read_tokens, cost_usd, cost_status, ttft_nanos, session_id, user_id, tags, metadata, workflow_name, prompt_names, service_name, \
    environment, release, input_preview, output_preview";

fn same_as_lists(place: &Place, when: &str) {
    let traces = place.listed("traces");
    same_rows(place, &traces, "trace_id", &format!("SELECT {TRACE_COLUMNS} FROM traces"), when);
    // A list of spans shows each by itself; what its trace makes of it stands on the page of the trace, and is what queries ask about.
    let pages = traces.iter().map(|trace| place.get(&format!("traces/{}", trace["trace_id"].as_str().unwrap())));
    let spans: Vec<Value> = pages.flat_map(|page| page["spans"].as_array().unwrap().clone()).collect();
    same_rows(place, &spans, "span_id", &format!("SELECT {SPAN_COLUMNS} FROM spans"), when);
    assert_eq!(place.listed("spans").len(), spans.len(), "{when}");
    let logs = place.listed("logs");
    assert_eq!(place.one("SELECT count(*) AS logs FROM logs")["logs"], logs.len(), "{when}");
    let told =
        place.rows("SELECT time_unix_nanos, trace_id, span_id, severity, event_name, attributes, service_name FROM logs ORDER BY 1 DESC");
    let times = |rows: &[Value]| rows.iter().map(|row| row["time_unix_nanos"].to_string().replace('"', "")).collect::<Vec<_>>();
    assert_eq!(times(&told), times(&logs), "{when}");
    let sums = &place.get("aggregate?measures=sum(cost_usd),sum(input_tokens),count")["groups"][0]["figures"];
    let billed = place.one("SELECT sum(cost_usd) AS cost, sum(input_tokens) AS tokens FROM spans WHERE billed");
    assert_eq!(nano_usd(&billed["cost"]), nano_usd(&sums["sum(cost_usd)"]["value"]), "{when}");
    assert_eq!(billed["tokens"], sums["sum(input_tokens)"]["value"], "{when}");
    assert_ne!(billed["tokens"], 0, "{when}");
    let traces = place.one("SELECT sum(cost_usd) AS cost, sum(input_tokens) AS tokens, sum(span_count) AS spans FROM traces");
    assert_eq!((&traces["cost"], &traces["tokens"]), (&billed["cost"], &billed["tokens"]), "{when}");
    assert_eq!(traces["spans"], place.one("SELECT count(*) AS spans FROM spans")["spans"], "{when}");
    let of_steps = place.get("steps")["steps"].as_array().unwrap().iter().map(|step| step["runs"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(place.one("SELECT count(*) AS runs FROM steps")["runs"], of_steps, "{when}");
    assert_ne!(of_steps, 0, "{when}");
}

#[test]
fn tables_say_what_lists_show() {
    let place = Place::recorded();
    same_as_lists(&place, "in memory");
    let place = place.restarted();
    same_as_lists(&place, "in a segment");
    place.server.text(&["send", &fixture("otel-openai-v2-span")]);
    same_as_lists(&place, "in both");
}

#[test]
fn content_is_what_pages_of_spans_show() {
    let place = Place::recorded();
    for row in
        place.rows("SELECT trace_id, span_id, input, output, attributes, resource_attributes FROM spans WHERE obs_type = 'llm' LIMIT 20")
    {
        let [trace, span] = ["trace_id", "span_id"].map(|key| row[key].as_str().unwrap());
        let whole = place.get(&format!("traces/{trace}"));
        let shown = whole["spans"].as_array().unwrap().iter().find(|shown| shown["span_id"] == span).unwrap();
        for (column, field) in [("attributes", "attributes"), ("resource_attributes", "resource")] {
            same(&shown[field], &row[column], &format!("{column} of {span}"));
        }
        if !shown["output"].is_null() && shown["origin"] == "span" {
            assert_eq!(serde_json::from_str::<Value>(row["output"].as_str().unwrap()).unwrap(), shown["output"], "{span}");
        }
    }
}

#[test]
fn answers_say_what_they_cost_and_formats_are_chosen_by_name_and_header() {
    let place = Place::recorded();
    let sql = "SELECT span_id, cost_usd FROM spans";
    let answer = place.answer(sql);
    assert_eq!(
        (&answer["row_count"], &answer["cost"]["rows"], &answer["cut"]),
        (&answer["rows"].as_array().unwrap().len().into(), &answer["row_count"], &json!(false))
    );
    assert_eq!(answer["columns"], json!([{"name": "span_id", "type": "TEXT"}, {"name": "cost_usd", "type": "DECIMAL(19,9)"}]));
    assert!(answer["cost"]["bytes"].as_u64().unwrap() > 0 && answer["cost"]["nanos"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    let cut = place.runtime.block_on(place.post(&json!({"sql": sql, "max_rows": 2})).json::<Value>()).unwrap();
    assert_eq!((&cut["row_count"], &cut["cut"]), (&json!(2), &json!(true)));
    let signs: [(&str, &str, &[u8]); 3] = [
        ("csv", "text/csv", b"span_id,cost_usd\r\n"),
        ("arrow", "application/vnd.apache.arrow.stream", &[0xff; 4]),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ];
    for (name, content_type, first) in signs {
        let address = format!("{}/api/v1/projects/default/sql", place.server.http);
        let by_header = reqwest::Client::new().post(address).header("accept", content_type).json(&json!({"sql": sql}));
        for response in [place.post(&json!({"sql": sql, "format": name})), place.runtime.block_on(by_header.send()).unwrap()] {
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!((header("content-type").as_str(), header("x-clew-rows")), (content_type, answer["row_count"].to_string()), "{name}");
            assert_eq!((header("x-clew-cut").as_str(), header("x-clew-cost-rows")), ("false", answer["row_count"].to_string()), "{name}");
            assert!(place.runtime.block_on(response.bytes()).unwrap().starts_with(first), "{name}");
        }
    }
}

#[test]
fn refusals_are_problems_that_say_what_to_do() {
    let place = Place::recorded();
    let cases = [
        (json!({"sql": "DROP TABLE spans"}), 400, "invalid-sql", Some(0)),
        (json!({"sql": "SELECT modle FROM spans"}), 400, "invalid-sql", Some(7)),
        (json!({"sql": "SELECT 1; SELECT 2"}), 400, "invalid-sql", None),
        (json!({"sql": "SELECT * FROM '/etc/passwd'"}), 400, "invalid-sql", None),
        (json!({"sql": "SELECT 1", "format": "xlsx"}), 400, "invalid-format", None),
        (json!({"sql": "SELECT 1", "max_rows": 1_000_001}), 400, "invalid-sql", None),
        (json!({"sql": "SELECT 1", "t": "soon"}), 400, "invalid-time-range", None),
        (json!({"query": "SELECT 1"}), 400, "invalid-body", None),
        (json!({"sql": "x".repeat(300_000)}), 413, "too-large", None),
    ];
    for (body, status, kind, at) in cases {
        let response = place.post(&body);
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(response.status(), status, "{shown}");
        let problem: Value = place.runtime.block_on(response.json()).unwrap();
        assert_eq!(problem["type"], format!("urn:clew:problem:{kind}"), "{problem}");
        if let Some(at) = at {
            assert_eq!(problem["at"], at, "{problem}");
        }
    }
    let elsewhere = format!("{}/api/v1/projects/nobody/sql", place.server.http);
    let response = place.runtime.block_on(reqwest::Client::new().post(elsewhere).json(&json!({"sql": "SELECT 1"})).send()).unwrap();
    assert_eq!(response.status(), 404);
}

#[test]
fn another_project_is_not_in_the_tables() {
    let place = Place::recorded();
    place.server.text(&["send", &fixture("otel-openai-v2-span"), "--project", "chat"]);
    let own = place.listed("spans").len();
    assert_eq!(place.one("SELECT count(*) AS n FROM spans")["n"], own);
    for name in ["chat.spans", "\"chat\".spans", "chat.public.spans", "clew.chat.spans"] {
        let response = place.post(&json!({"sql": format!("SELECT * FROM {name}")}));
        assert_eq!(response.status(), 400, "{name}");
    }
    let of_chat = place.server.text(&["query", "SELECT count(*) AS n FROM spans", "--csv", "--project", "chat"]);
    assert_ne!(of_chat, "n\r\n0\r\n");
}

/// Twelve tables multiplied are more rows than anybody waits for. Whoever goes away leaves the place to others.
#[test]
fn a_connection_that_ends_ends_its_question() {
    let place = Place::recorded();
    let tables: Vec<String> = (0..12).map(|number| format!("spans s{number}")).collect();
    let endless = json!({"sql": format!("SELECT count(*) FROM {} WHERE s0.name <> s11.name", tables.join(", "))});
    let address = format!("{}/api/v1/projects/default/sql", place.server.http);
    for _ in 0..4 {
        let asked = reqwest::Client::new().post(&address).json(&endless).timeout(Duration::from_millis(700));
        let ended = place.runtime.block_on(async { asked.send().await });
        assert!(ended.is_err());
    }
    let began = Instant::now();
    assert_eq!(place.one("SELECT 1 AS one")["one"], 1);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn the_command_prints_tables_csv_and_json_and_writes_files() {
    let place = Place::recorded();
    let sql = "SELECT obs_type, count(*) AS spans FROM spans WHERE obs_type IN ('llm', 'tool') GROUP BY 1 ORDER BY 1";
    let table = place.server.text(&["query", sql]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines.len(), lines[0].split_whitespace().collect::<Vec<_>>()), (3, vec!["obs_type", "spans"]));
    assert!(lines[1].starts_with("llm") && lines[2].starts_with("tool"), "{table}");
    let csv = place.server.text(&["query", sql, "--csv"]);
    assert!(csv.starts_with("obs_type,spans\r\nllm,"), "{csv}");
    let answer: Value = serde_json::from_str(&place.server.text(&["query", sql, "--json"])).unwrap();
    assert_eq!((&answer["row_count"], &answer["rows"][0]["obs_type"]), (&json!(2), &json!("llm")));
    let file = place.data.path().join("answer.parquet");
    let path = file.to_str().unwrap();
    place.server.text(&["query", sql, "--parquet", path]);
    assert!(std::fs::read(&file).unwrap().starts_with(b"PAR1"));
    assert_eq!(place.server.ask(&["query", sql, "--parquet", path]).status.code(), Some(1), "nothing is overwritten");
    let tables = place.server.text(&["query", "--tables"]);
    for table in ["spans", "traces", "steps", "logs", "scores", "metrics"] {
        assert!(tables.lines().any(|line| line.starts_with(&format!("{table}  "))), "{table}");
    }
    let failed = place.server.ask(&["query", "SELECT modle FROM spans"]);
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1));
    assert!(said.contains("   1 | SELECT modle FROM spans\n     |        ^") && said.contains("Did you mean `model`?"), "{said}");
}

#[test]
fn a_saved_question_is_asked_by_its_name() {
    let place = Place::recorded();
    let ask = |words: &[&str]| place.server.text(&[&["query", "--csv"], words].concat());
    let sql = "SELECT obs_type, count(*) AS spans -- \"all\" of them\nFROM spans GROUP BY 1 ORDER BY 1";
    place.server.text(&["views", "save", "Kinds", sql, "--of", "query"]);
    assert!(ask(&[sql]).starts_with("obs_type,spans\r\n"));
    assert_eq!(ask(&["--saved", "Kinds"]), ask(&[sql]));
    let saved: Value = serde_json::from_str(&place.server.text(&["views", "--json"])).unwrap();
    assert_eq!(ask(&["--saved", saved["id"].as_str().unwrap()]), ask(&[sql]));
    let listed = place.server.text(&["views"]);
    assert!(
        listed
            .lines()
            .last()
            .unwrap()
            .ends_with("query  all   SELECT obs_type, count(*) AS spans -- \"all\" of them FROM spans GROUP BY 1 ORDER BY 1"),
        "{listed}"
    );

    // The recordings are old: the saved time has none of them, a typed one goes before it.
    let count = "SELECT count(*) AS spans FROM spans";
    place.server.text(&["views", "save", "Kinds", count, "--of", "query", "-t", "15m"]);
    assert_eq!(ask(&["--saved", "Kinds"]), "spans\r\n0\r\n", "saved in place of the one before");
    assert_eq!(ask(&["--saved", "Kinds", "-t", "2000-01-01T00:00:00Z~2100-01-01T00:00:00Z"]), ask(&[count]));
    assert_ne!(ask(&[count]), "spans\r\n0\r\n");

    let said = |words: &[&str]| {
        let output = place.server.ask(words);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = said(&["query", "--saved", "Nothing"]);
    assert!(code == Some(3) && told.contains("no saved query `Nothing`") && told.contains("clew views"), "{told}");
    place.server.text(&["views", "save", "Failed", "status:error"]);
    let (code, told) = said(&["query", "--saved", "Failed"]);
    assert!(code == Some(3) && told.contains("clew traces --view NAME"), "{told}");
    let (code, told) = said(&["traces", "--view", "Kinds"]);
    assert!(code == Some(3) && told.contains("clew query --saved NAME"), "{told}");
    let (code, told) = said(&["views", "save", "Empty", "--of", "query"]);
    assert!(code == Some(1) && told.contains("0 bytes of SQL"), "{told}");
    place.server.text(&["views", "save", "Wrong", "SELECT modle FROM spans", "--of", "query"]);
    let (code, told) = said(&["query", "--saved", "Wrong"]);
    assert!(code == Some(1) && told.contains("   1 | SELECT modle FROM spans\n     |        ^"), "{told}");
    assert_eq!(said(&["query", "--saved", "Kinds", count]).0, Some(2));
    place.server.text(&["views", "remove", "Kinds", "--of", "query"]);
    assert_eq!(said(&["query", "--saved", "Kinds"]).0, Some(3));
}

#[test]
fn the_questions_of_the_page_are_answered() {
    let place = Place::new();
    place.server.text(&["demo", "--traces", "300", "--now", "2026-11-21T14:31:00Z"]);
    for example in store::sql::EXAMPLES {
        let answer = place.answer(example.sql);
        assert_ne!(answer["row_count"], 0, "{}", example.asks);
    }
}

/// An evaluation inside a span, one in a log record on it, one of OpenInference, and a span without any.
#[test]
fn scores_are_rows_wherever_they_were_told() {
    let attribute = |key: &str, value: Value| json!({"key": key, "value": value});
    let text = |key: &str, value: &str| attribute(key, json!({"stringValue": value}));
    let evaluation = |name: &str, value: f64, label: &str| {
        let value = attribute("gen_ai.evaluation.score.value", json!({"doubleValue": value}));
        json!([text("gen_ai.evaluation.name", name), value, text("gen_ai.evaluation.score.label", label)])
    };
    let span = |number: u8, name: &str, more: Value| {
        let mut span = json!({
            "traceId": format!("{number:032x}"), "spanId": format!("{number:016x}"), "name": name, "kind": 1,
            "startTimeUnixNano": format!("17600000000000000{number:02}"), "endTimeUnixNano": "1760000001000000000",
        });
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span
    };
    let inside = json!({"events": [
        {"name": "gen_ai.evaluation.result", "timeUnixNano": "1760000000500000000", "attributes": evaluation("faithfulness", 0.25, "fail")},
        {"name": "gen_ai.evaluation.result", "timeUnixNano": "1760000000600000000", "attributes": evaluation("relevance", 1.0, "pass")},
    ]});
    let openinference = json!({"attributes": [
        text("evaluations.0.evaluation.name", "tone"),
        text("evaluations.0.evaluation.label", "polite"),
        attribute("evaluations.0.evaluation.score", json!({"intValue": "1"})),
        text("evaluations.0.evaluation.explanation", "says please"),
    ]});
    let spans =
        [span(1, "inside", inside), span(2, "by a log record", json!({})), span(3, "tool", openinference), span(4, "none", json!({}))];
    let logs = json!([{
        "timeUnixNano": "1760000000900000000", "traceId": format!("{:032x}", 2), "spanId": format!("{:016x}", 2),
        "eventName": "gen_ai.evaluation.result", "attributes": evaluation("faithfulness", 0.75, "pass"),
    }]);
    let place = Place::new();
    place.send("logs", &json!({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]}));
    place.send("traces", &json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}));

    let expected = json!([
        {"span_name": "by a log record", "name": "faithfulness", "value": 0.75, "label": "pass", "explanation": null},
        {"span_name": "inside", "name": "faithfulness", "value": 0.25, "label": "fail", "explanation": null},
        {"span_name": "inside", "name": "relevance", "value": 1.0, "label": "pass", "explanation": null},
        {"span_name": "tool", "name": "tone", "value": 1.0, "label": "polite", "explanation": "says please"},
    ]);
    let told = "SELECT span_name, name, value, label, explanation FROM scores ORDER BY span_name, name";
    let mean = "SELECT avg(value) AS mean, count(*) AS scores FROM scores WHERE name = 'faithfulness'";
    let ask = |place: &Place, when: &str| {
        assert_eq!(json!(place.rows(told)), expected, "{when}");
        assert_eq!(json!(place.rows(mean)), json!([{"mean": 0.5, "scores": 2}]), "{when}");
        assert_eq!(json!(place.rows("SELECT count(*) AS scores FROM scores WHERE span_name = 'inside'")), json!([{"scores": 2}]), "{when}");
    };
    ask(&place, "in memory");
    ask(&place.restarted(), "in a segment");
}

#[test]
fn whoever_waits_is_told_how_far_it_is() {
    let place = Place::recorded();
    let traces = place.get("traces?limit=2");
    assert!(traces["cost"]["rows"].as_u64().unwrap() > 0 && traces["cost"]["nanos"].is_string(), "{}", traces["cost"]);
    let progress = |id: &str| {
        let address = format!("{}/api/v1/projects/default/requests/{id}", place.server.http);
        place.runtime.block_on(async {
            let answer = reqwest::get(address).await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        })
    };
    assert_eq!(progress("mine").0, 404);
    let endless = "SELECT count(*) FROM spans AS a, spans AS b, spans AS c, spans AS d WHERE a.name || b.name < c.name || d.name";
    let request = reqwest::Client::new().post(format!("{}/api/v1/projects/default/sql", place.server.http));
    let asked = place.runtime.spawn(request.header("x-request-id", "mine").json(&json!({"sql": endless})).send());
    let deadline = Instant::now() + Duration::from_secs(20);
    let told = loop {
        match progress("mine") {
            (200, told) if told["parts_done"].as_u64() > Some(0) => break told,
            (_, told) => assert!(Instant::now() < deadline && !asked.is_finished(), "{told}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(told["parts"].as_u64() >= told["parts_done"].as_u64() && told["rows"].as_u64() > Some(0), "{told}");
    asked.abort();
    while progress("mine").0 != 404 {
        assert!(Instant::now() < deadline, "a request whose asker has gone is being answered still");
        std::thread::sleep(Duration::from_millis(20));
    }
}
