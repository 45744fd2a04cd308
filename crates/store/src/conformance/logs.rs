//! Log records, with a span and without.

use model::{LogRecord, Origin, Span};

use super::pages::all_logs;
use super::records::{log, span, span_id, trace_id};
use super::subject::{Bench, assert_same};
use crate::{Detail, LogFilter, LogQuery, Order, RawQuery};

pub(super) async fn logs_with_a_span_come_with_their_trace(bench: &mut Bench) {
    // The log comes first, the span in a later request.
    bench.records(Vec::new(), vec![log(Some((1, 1)), 14), log(Some((1, 2)), 12)]).await;
    assert!(bench.trace(trace_id(1), Detail::Whole).await.is_none(), "logs alone make no trace");
    bench.spans(vec![span(1, 1, 10, 20)]).await;
    let expected = vec![log(Some((1, 2)), 12), log(Some((1, 1)), 14)];
    assert_same(&bench.trace(trace_id(1), Detail::Columns).await.unwrap().logs, &expected);
    let of_span = LogQuery { span: Some((trace_id(1), span_id(1))), limit: 5, ..LogQuery::default() };
    assert_same(&all_logs(bench.store().as_ref(), &bench.project, &of_span).await, &vec![log(Some((1, 1)), 14)]);
}

pub(super) async fn logs_without_a_span_are_listed_only(bench: &mut Bench) {
    bench.records(vec![span(1, 1, 10, 20)], vec![log(None, 12), log(None, 11)]).await;
    assert!(bench.trace(trace_id(1), Detail::Whole).await.unwrap().logs.is_empty());
    let query = LogQuery { order: Order::Ascending, limit: 5, ..LogQuery::default() };
    assert_same(&all_logs(bench.store().as_ref(), &bench.project, &query).await, &vec![log(None, 11), log(None, 12)]);
}

pub(super) async fn a_log_without_a_time_happened_when_it_was_observed(bench: &mut Bench) {
    let mut unstamped = log(None, 0);
    unstamped.observed_time_unix_nanos = 15;
    bench.records(Vec::new(), vec![log(None, 10), unstamped.clone(), log(None, 20)]).await;
    let query = LogQuery { order: Order::Ascending, limit: 5, ..LogQuery::default() };
    let logs = all_logs(bench.store().as_ref(), &bench.project, &query).await;
    assert_same(&logs, &vec![log(None, 10), unstamped, log(None, 20)]);
}

pub(super) async fn a_log_sent_again_is_a_duplicate(bench: &mut Bench) {
    bench.records(Vec::new(), vec![log(Some((1, 1)), 10)]).await;
    let receipt = bench.records(Vec::new(), vec![log(Some((1, 1)), 10), log(Some((1, 1)), 11)]).await;
    assert_eq!((receipt.stored, receipt.duplicate), (1, 1));
    assert_eq!(receipt.trace_ids, [trace_id(1)]);
    let logs = all_logs(bench.store().as_ref(), &bench.project, &LogQuery { limit: 5, ..LogQuery::default() }).await;
    assert_eq!(logs.len(), 2);
}

pub(super) async fn logs_are_found_by_what_they_say(bench: &mut Bench) {
    let named = |time: u64, name: &str, severity: i32, key: &str| {
        let mut log = log(Some((1, 1)), time);
        log.attributes.push("event.name", name);
        log.attributes.push("answer", key);
        log.severity_number = severity;
        log
    };
    let (quiet, loud) = (named(10, "codex.tool_result", 9, "Descaled"), named(11, "codex.api_request", 17, "no water"));
    bench.records(Vec::new(), vec![quiet.clone(), loud.clone(), log(None, 12)]).await;
    let found = async |filter: LogFilter| {
        let query = LogQuery { order: Order::Ascending, limit: 1, filter, ..LogQuery::default() };
        all_logs(bench.store().as_ref(), &bench.project, &query).await
    };
    let text = |text: &str| LogFilter { text: Some(text.to_owned()), ..LogFilter::default() };
    assert_same(&found(text("descal")).await, &vec![quiet.clone()]);
    assert_same(&found(text("API_request")).await, &vec![loud.clone()]);
    assert!(found(text("coffee")).await.is_empty());
    assert_same(&found(LogFilter { severity_min: Some(13), ..LogFilter::default() }).await, &vec![loud.clone()]);
    assert_same(&found(LogFilter { event_name: Some("codex.tool_result".into()), ..LogFilter::default() }).await, &vec![quiet.clone()]);
    let condition = |text: &str| LogFilter { condition: query::parse(text).unwrap().filter, ..LogFilter::default() };
    assert_same(&found(condition("descaled or attr.answer:x")).await, &vec![quiet.clone()]);
    assert_same(&found(condition("log(severity >= error) attr.answer:\"no water\"")).await, &vec![loud.clone()]);
    assert_same(&found(condition("no:trace_id")).await, &vec![log(None, 12)]);
    assert!(found(LogFilter { severity_min: Some(13), ..condition("descaled") }).await.is_empty());
    assert_same(&found(LogFilter { trace_id: Some(trace_id(1)), ..LogFilter::default() }).await, &vec![quiet, loud]);
}

pub(super) async fn a_log_comes_with_the_span_it_tells_of(bench: &mut Bench) {
    // The record names no span; whoever handed it in knows which it tells of.
    let told = LogRecord { belongs_to: Some((trace_id(1), span_id(1))), ..log(None, 14) };
    bench.records(vec![span(1, 1, 10, 20)], vec![told.clone()]).await;
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().logs, &vec![told.clone()]);
    let all = all_logs(bench.store().as_ref(), &bench.project, &LogQuery { limit: 5, ..LogQuery::default() }).await;
    assert_same(&all, &vec![told]);
    let sent = bench.store().raw_logs(&bench.project, &RawQuery { limit: 5, ..RawQuery::default() }).await.unwrap();
    assert_same(&sent.records, &vec![log(None, 14)]);
    // Told otherwise the next time, it is still the same record.
    let receipt = bench.records(Vec::new(), vec![log(None, 14)]).await;
    assert_eq!((receipt.stored, receipt.duplicate), (0, 1));
}

pub(super) async fn a_span_made_from_a_log_is_shown_and_neither_counted_nor_sent_on(bench: &mut Bench) {
    let made = Span { origin: Origin::Log, ..span(1, 1, 10, 20) };
    let receipt = bench.records(vec![made.clone(), span(1, 2, 12, 14)], vec![log(None, 14)]).await;
    assert_eq!((receipt.stored, receipt.duplicate), (2, 0), "the log and the span that was sent");
    assert_eq!(bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans.len(), 2);
    let again = bench.records(vec![made], vec![log(None, 14)]).await;
    assert_eq!((again.stored, again.duplicate), (0, 1));
    let sent = bench.store().raw_spans(&bench.project, &RawQuery { limit: 5, ..RawQuery::default() }).await.unwrap();
    assert_eq!(sent.records.iter().map(|raw| raw.span_id).collect::<Vec<_>>(), [span_id(2)]);
}
