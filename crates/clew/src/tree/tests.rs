//! The tree as people see it: whole pages, from answers shaped as the API gives them.

use serde_json::{Value, json};

use super::{TreeOptions, failing_span, lines};
use crate::client::TraceDetail;
use crate::screen::Screen;

const SECOND: u64 = 1_000_000_000;

/// A span of kind and name that runs from one second to another.
fn span(id: &str, parent: Option<&str>, kind: &str, name: &str, (start, end): (f64, f64), more: Value) -> Value {
    let nanos = |seconds: f64| ((seconds * SECOND as f64) as u64 + 1_795_000_000 * SECOND).to_string();
    let mut span = json!({
        "span_id": id, "parent_span_id": parent, "effective_parent_id": parent, "name": name, "raw_name": format!("raw {name}"),
        "obs_type": kind, "visibility": "app", "billing": if kind == "llm" || kind == "embedding" { "leaf" } else { "none" },
        "status": "unset", "start_unix_nanos": nanos(start), "end_unix_nanos": nanos(end),
    });
    let (Some(span_fields), Value::Object(more)) = (span.as_object_mut(), more) else { panic!("both are objects") };
    span_fields.extend(more);
    span
}

fn model(model: &str, (input, output): (u64, u64), cost_usd: &str) -> Value {
    json!({"response_model": model, "usage": {"input_tokens": input, "output_tokens": output}, "cost_usd": cost_usd, "cost_status": "priced"})
}

/// The run of the design: 24 calls of one tool, then a model call that fails.
fn ticket() -> TraceDetail {
    let mut classify = model("gpt-5-mini", (412, 38), "0.001");
    classify["ttft_nanos"] = json!("900000000");
    let mut limited = model("claude-sonnet-4-5", (9_702, 198), "0.0339");
    limited["status"] = json!("error");
    limited["error_type"] = json!("RateLimitError");
    limited["status_message"] = json!("429 tokens per minute");
    let documents = json!({"documents": [{"score": 0.71}, {"score": 0.91}, {"score": 0.84}, {}, {}]});
    let hidden = json!({"visibility": "infra"});
    let mut spans = vec![
        span("root", None, "agent", "handle_ticket", (0.0, 505.0), json!({"status": "error", "error_type": "RateLimitError"})),
        span("classify", Some("root"), "step", "classify_intent", (0.1, 3.0), json!({})),
        span("mini", Some("classify"), "llm", "chat gpt-5-mini", (0.2, 2.8), classify),
        span("retrieve", Some("root"), "retrieval", "retrieve_policy", (3.0, 7.8), documents),
        span("http1", Some("retrieve"), "http", "POST", (3.1, 3.2), hidden.clone()),
        span("db", Some("retrieve"), "db", "SELECT", (3.3, 3.4), hidden.clone()),
        span("http2", Some("retrieve"), "http", "POST", (3.5, 3.6), hidden),
        span("research", Some("root"), "agent", "research_order", (8.0, 469.0), json!({"status": "error"})),
        span("get", Some("research"), "tool", "get_order", (24.0, 30.8), json!({"tool_name": "get_order"})),
    ];
    for call in 0..24_u32 {
        let start = 58.0 + f64::from(call) * 15.1;
        let failed = if call % 10 == 9 { json!({"status": "error"}) } else { json!({}) };
        spans.push(span(&format!("carrier{call}"), Some("research"), "tool", "carrier_status", (start, start + 12.1), failed));
    }
    spans.push(span("limited", Some("research"), "llm", "chat claude-sonnet-4-5", (420.1, 469.0), limited));
    spans.push(span(
        "final",
        Some("root"),
        "llm",
        "chat claude-sonnet-4-5",
        (470.0, 501.2),
        model("claude-sonnet-4-5", (7_940, 168), "0.0263"),
    ));
    detail(spans, json!({"usage": {"input_tokens": 18_054, "output_tokens": 404}, "cost_usd": "0.0612", "cost_status": "partial"}))
}

fn detail(spans: Vec<Value>, trace: Value) -> TraceDetail {
    serde_json::from_value(json!({"trace": trace, "spans": spans, "logs": []})).unwrap()
}

fn page(detail: &TraceDetail, options: &TreeOptions) -> String {
    let screen = Screen { color: false, ascii: false, columns: options.columns };
    lines(detail, options).iter().map(|line| line.paint(&screen)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_failed_run_reads_like_an_article() {
    insta::assert_snapshot!(page(&ticket(), &TreeOptions::default()));
    assert_eq!(failing_span(&ticket()), Some("limited"));
}

#[test]
fn a_failure_speaks_for_the_second_view_hidden_below_it() {
    let failed = |more: Value| {
        let mut span = json!({"status": "error", "error_type": "RateLimitError", "request_model": "m"});
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span
    };
    let spans = vec![
        span("call", None, "llm", "messages.create", (0.0, 1.0), failed(json!({}))),
        span("view", Some("call"), "llm", "anthropic.messages.create", (0.1, 0.9), failed(json!({"visibility": "duplicate"}))),
    ];
    let detail = detail(spans, json!({}));
    let text = page(&detail, &TreeOptions::default());
    assert!(text.contains("! llm") && text.contains("RateLimitError"), "{text}");
    assert_eq!(failing_span(&detail), Some("call"));
}

#[test]
fn all_shows_every_span_in_the_tree_as_sent() {
    let text = page(&ticket(), &TreeOptions { all: true, ..TreeOptions::default() });
    assert_eq!(text.matches("- tool carrier_status (12.1s)").count(), 22);
    assert_eq!(text.matches("! tool carrier_status (12.1s) · error").count(), 2);
    assert!(text.contains("    - http POST (100ms)") && !text.contains("hidden"), "{text}");
}

#[test]
fn depth_leaves_a_mark_where_it_cuts() {
    insta::assert_snapshot!(page(&ticket(), &TreeOptions { depth_max: Some(2), ..TreeOptions::default() }));
}

#[test]
fn a_wide_terminal_gets_bars() {
    insta::assert_snapshot!(page(&ticket(), &TreeOptions { columns: Some(100), bars: true, ..TreeOptions::default() }));
}

#[test]
fn a_narrow_terminal_cuts_lines_and_has_no_bars() {
    let text = page(&ticket(), &TreeOptions { columns: Some(60), bars: true, ..TreeOptions::default() });
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    assert!(!text.contains('━') && text.contains('…'), "{text}");
}

#[test]
fn messages_stand_below_their_line() {
    let messages = json!({
        "response_model": "gpt-5",
        "system_instructions": [{"type": "text", "content": "Be brief."}],
        "input_messages": [{"role": "user", "parts": [{"type": "text", "content": "Where is it?\nOrder 4821."}]}],
        "output_messages": [{"role": "assistant", "parts": [
            {"type": "reasoning", "content": "Look it up."},
            {"type": "tool_call", "id": "c1", "name": "get_order", "arguments": {"id": 4821}},
        ]}],
    });
    let detail = detail(vec![span("only", None, "llm", "chat gpt-5", (0.0, 1.0), messages)], json!({}));
    insta::assert_snapshot!(page(&detail, &TreeOptions { messages: true, ..TreeOptions::default() }));
}

#[test]
fn orphans_hang_below_the_parent_that_is_missing() {
    let mut orphan = span("orphan", None, "tool", "get_order", (1.0, 2.0), json!({}));
    orphan["parent_span_id"] = json!("00f067aa0ba902b7");
    let mut running = span("root", None, "agent", "handle_ticket", (0.0, 0.0), json!({}));
    running["end_unix_nanos"] = json!("0");
    insta::assert_snapshot!(page(&detail(vec![running, orphan], json!({"status": "running"})), &TreeOptions::default()));
}

/// A root and a model call are announced by pending spans, and a tool below the call has come already.
fn announced() -> TraceDetail {
    let partial = json!({"visibility": "partial"});
    let mut spans = vec![
        span("a1", None, "span", "handle_ticket", (0.0, 0.0), partial.clone()),
        span("a2", None, "llm", "chat gpt-5", (1.0, 1.0), partial),
        span("tool", None, "tool", "get_order", (2.0, 3.0), json!({})),
    ];
    for (span, parent) in spans.iter_mut().zip(["s1", "s2", "s2"]) {
        span["parent_span_id"] = json!(parent);
    }
    let last_seen = (1_795_000_003 * SECOND).to_string();
    let placeholders = json!([
        {"span_id": "s1", "name": "handle_ticket", "last_seen_unix_nanos": last_seen},
        {"span_id": "s2", "parent_id": "s1", "name": "chat gpt-5", "last_seen_unix_nanos": last_seen},
    ]);
    serde_json::from_value(json!({"trace": {"status": "running"}, "spans": spans, "placeholders": placeholders, "logs": []})).unwrap()
}

#[test]
fn what_is_announced_stands_in_its_place_and_says_when_it_was_last_seen() {
    let now_unix_nanos = Some((1_795_000_003 + 190) * SECOND);
    insta::assert_snapshot!(page(&announced(), &TreeOptions { now_unix_nanos, ..TreeOptions::default() }));
}

#[test]
fn links_stand_below_their_span_where_they_are_asked_for() {
    let links = json!({"trace_id": "t1", "links": [{"type": "resumes", "trace_id": "t0", "span_id": "b7"}, {"type": "causes", "trace_id": "t1", "span_id": "c8"}]});
    let detail = detail(vec![span("root", None, "agent", "handle_ticket", (0.0, 1.0), links)], json!({}));
    let shown = "- handle_ticket (1.0s)\n    ~ resumes trace t0 span b7\n    ~ causes span c8";
    assert_eq!(page(&detail, &TreeOptions { links: true, ..TreeOptions::default() }), shown);
    assert_eq!(page(&detail, &TreeOptions { all: true, ..TreeOptions::default() }), shown);
    assert_eq!(page(&detail, &TreeOptions::default()), "- handle_ticket (1.0s)");
}

/// Parents in a circle, and a chain ten thousand levels deep: neither may hang, overflow the stack or lose a span.
#[test]
fn malformed_and_deep_trees_are_shown_whole() {
    let circle = ["a", "b", "c"].iter().zip(["b", "c", "a"]).map(|(id, parent)| span(id, Some(parent), "span", id, (0.0, 1.0), json!({})));
    assert_eq!(page(&detail(circle.collect(), json!({})), &TreeOptions::default()).lines().count(), 3);
    let chain = (0..10_000_u32).map(|level| {
        let parent = level.checked_sub(1).map(|above| above.to_string());
        span(&level.to_string(), parent.as_deref(), "span", "level", (f64::from(level), 20_000.0), json!({}))
    });
    let text = page(&detail(chain.collect(), json!({})), &TreeOptions::default());
    assert_eq!(text.lines().count(), 10_000);
    assert!(text.ends_with(&format!("{}[9999] - level (2h 47m)", "  ".repeat(14))), "{}", text.lines().last().unwrap());
}

#[test]
fn unknown_prices_are_said_and_never_counted_as_zero() {
    let unpriced = json!({"response_model": "shop-7b", "usage": {"input_tokens": 400, "output_tokens": 40}, "cost_status": "no_price"});
    let spans = vec![
        span("root", None, "agent", "classify_only", (0.0, 1.0), json!({})),
        span("agent", Some("root"), "agent", "inner", (0.0, 1.0), json!({})),
        span("free", Some("agent"), "llm", "chat shop-7b", (0.0, 0.4), unpriced),
        span("paid", Some("agent"), "llm", "chat gpt-5", (0.5, 1.0), model("gpt-5", (100, 10), "0.002")),
    ];
    insta::assert_snapshot!(page(&detail(spans, json!({"cost_status": "partial", "cost_usd": "0.002"})), &TreeOptions::default()));
}
