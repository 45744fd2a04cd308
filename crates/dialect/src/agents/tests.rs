//! One turn of each agent, and what its records must and must not become.

use std::collections::HashMap;

use model::Scope;
use proptest::prelude::*;

use super::*;
use crate::limits::AGENT_SESSIONS_MAX;

fn log(scope: &str, time: u64, pairs: &[(&str, &str)]) -> LogRecord {
    LogRecord {
        time_unix_nanos: time * 1_000_000,
        attributes: pairs.iter().copied().collect(),
        scope: Arc::new(Scope { name: scope.to_owned(), ..Scope::default() }),
        ..LogRecord::default()
    }
}

fn claude(time: u64, name: &str, more: &[(&str, &str)]) -> LogRecord {
    let mut pairs = vec![("event.name", name), ("session.id", "s"), ("prompt.id", "p")];
    pairs.extend(more);
    log("com.anthropic.claude_code.events", time, &pairs)
}

fn gemini(time: u64, name: &str, span: Option<u8>) -> LogRecord {
    let mut log = log("gemini-cli", time, &[("event.name", name), ("session.id", "s"), ("prompt_id", "p")]);
    log.trace_id = span.map(|byte| TraceId::from_bytes(&[byte; 16]).unwrap());
    log.span_id = span.map(|byte| SpanId::from_bytes(&[byte; 8]).unwrap());
    log
}

fn turn() -> Vec<LogRecord> {
    vec![
        claude(1_000, "user_prompt", &[("prompt", "hi")]),
        claude(2_000, "api_request", &[("request_id", "r1"), ("duration_ms", "900")]),
        claude(2_001, "assistant_response", &[("request_id", "r1"), ("response", "hello")]),
        claude(2_500, "tool_decision", &[("tool_use_id", "t1")]),
        claude(3_000, "tool_result", &[("tool_use_id", "t1"), ("duration_ms", "12.5")]),
        claude(4_000, "api_error", &[("request_id", "r2"), ("error", "overloaded")]),
    ]
}

#[test]
fn a_turn_becomes_one_trace_under_its_prompt() {
    let spans = spans_from_logs(&turn());
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["claude_code.user_prompt", "claude_code.api_request", "claude_code.tool_result", "claude_code.api_error"]);
    assert!(spans.iter().all(|span| span.trace_id == spans[0].trace_id));
    assert_eq!(spans[0].parent_span_id, None);
    assert!(spans[1..].iter().all(|span| span.parent_span_id == Some(spans[0].span_id)));
    assert_eq!((spans[1].start_unix_nanos, spans[1].end_unix_nanos), (1_100_000_000, 2_000_000_000));
    assert_eq!((spans[3].status.code, spans[3].status.message.as_str()), (2, "overloaded"));
    assert_eq!(spans[1].attributes.text("clew.made_from"), Some("log"));
}

#[test]
fn what_tells_of_a_made_span_belongs_to_it() {
    let logs = turn();
    let places = places_of_logs(&logs);
    assert_eq!(places[1], places[2]);
    assert_eq!(places[3], places[4]);
    assert_ne!(places[1], places[4]);
}

#[test]
fn a_log_with_a_span_makes_none() {
    let mut logs = turn();
    for log in &mut logs {
        log.trace_id = TraceId::from_bytes(&[1; 16]).ok();
        log.span_id = SpanId::from_bytes(&[2; 8]).ok();
    }
    assert!(spans_from_logs(&logs).is_empty());
}

/// The answers of an agent that sends spans are told without ids: they belong to the span that asked, and count no call twice.
#[test]
fn answers_without_ids_belong_to_the_span_that_asked() {
    let logs = [
        gemini(1, "gemini_cli.api_request", Some(1)),
        gemini(2, "gemini_cli.api_request", Some(2)),
        gemini(3, "gemini_cli.api_error", Some(2)),
        gemini(4, "gemini_cli.api_response", None),
        gemini(5, "gemini_cli.api_response", None),
    ];
    assert!(spans_from_logs(&logs).is_empty());
    let places = places_of_logs(&logs);
    assert_eq!(places[3], places[0]);
    assert_eq!(places[4], None);
}

/// A long stream: the request is told in one batch, the answer in a later one.
#[test]
fn an_answer_in_a_later_batch_belongs_to_the_span_that_asked() {
    let mut sessions = AgentSessions::default();
    let asked = sessions.read(&[gemini(1, "gemini_cli.api_request", Some(1))]);
    let answered = sessions.read(&[gemini(2, "gemini_cli.api_response", None)]);
    assert_eq!(answered.places, asked.places);
    assert!(answered.spans.is_empty());
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut sessions = AgentSessions::default();
    for session in 0..AGENT_SESSIONS_MAX + 10 {
        let mut log = gemini(1, "gemini_cli.api_request", Some(1));
        log.attributes.push("session.id", session.to_string());
        sessions.read(&[log]);
    }
    let answer_of = |sessions: &mut AgentSessions, session: usize| {
        let mut log = gemini(2, "gemini_cli.api_response", None);
        log.attributes.push("session.id", session.to_string());
        sessions.read(&[log]).spans.len()
    };
    assert_eq!((answer_of(&mut sessions, 0), answer_of(&mut sessions, AGENT_SESSIONS_MAX)), (1, 0));
}

#[test]
fn a_session_without_turns_is_one_trace_under_its_start() {
    let codex = |time, name: &'static str, more: &[(&'static str, &'static str)]| {
        let pairs: Vec<_> = [("event.name", name), ("conversation.id", "c")].into_iter().chain(more.iter().copied()).collect();
        LogRecord { event_name: "event otel/src/events/session_telemetry.rs:703".to_owned(), ..log("codex_otel.log_only", time, &pairs) }
    };
    let completed = ("event.kind", "response.completed");
    let spans = spans_from_logs(&[
        codex(1, "codex.user_prompt", &[]),
        codex(2, "codex.sse_event", &[completed]),
        codex(2, "codex.sse_event", &[completed, ("input_token_count", "3")]),
        codex(0, "codex.conversation_starts", &[]),
        codex(9, "codex.user_prompt", &[]),
    ]);
    assert_eq!(spans.len(), 4);
    let root = spans.iter().find(|span| span.parent_span_id.is_none()).unwrap();
    assert_eq!(root.name, "codex.conversation_starts");
    assert!(spans.iter().filter(|span| span.span_id != root.span_id).all(|span| span.parent_span_id == Some(root.span_id)));
}

#[test]
fn logs_of_others_make_nothing() {
    let foreign = [log("app", 1, &[("event.name", "user_prompt")]), log("app", 1, &[]), LogRecord::default()];
    assert!(spans_from_logs(&foreign).is_empty());
    assert!(places_of_logs(&foreign).iter().all(Option::is_none));
}

proptest! {
    #[test]
    fn order_and_repetition_change_no_span(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(), again in 0usize..6) {
        let logs = turn();
        let mut shuffled: Vec<LogRecord> = order.iter().map(|at| logs[*at].clone()).collect();
        shuffled.push(LogRecord { observed_time_unix_nanos: 7, ..logs[again].clone() });
        let by_id = |logs: &[LogRecord]| -> HashMap<SpanId, RawSpan> {
            spans_from_logs(logs).into_iter().map(|span| (span.span_id, span)).collect()
        };
        prop_assert_eq!(by_id(&shuffled), by_id(&logs));
    }

    #[test]
    fn no_time_and_no_duration_makes_it_panic(time in any::<u64>(), duration in any::<f64>()) {
        let mut log = claude(0, "api_request", &[]);
        log.time_unix_nanos = time;
        log.attributes.push("duration_ms", duration);
        let spans = spans_from_logs(&[log]);
        prop_assert!(spans[0].start_unix_nanos >= 1 && spans[0].start_unix_nanos <= spans[0].end_unix_nanos);
    }
}
