//! What every day must hold, and what the drawn run looks like to the reader of spans.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::{Billing, ObservationType, SpanStatus, Usage, Visibility};

use super::{Batch, Options, batches};

const NOW: u64 = 1_795_271_460_000_000_000;

fn options(traces: usize) -> Options {
    Options { seed: 7, traces, now_unix_nanos: NOW }
}

fn drawn_run() -> Batch {
    batches(&options(1)).next().unwrap()
}

fn assembled(batch: Batch) -> dialect::Trace {
    dialect::assemble(batch.spans.into_iter().map(|span| dialect::translate(Arc::new(span), &[])).collect())
}

#[test]
fn the_same_options_give_the_same_spans() {
    assert!(batches(&options(150)).eq(batches(&options(150))));
    let other_seed = Options { seed: 8, ..options(150) };
    assert!(!batches(&options(150)).eq(batches(&other_seed)));
}

#[test]
fn a_later_now_gives_new_traces() {
    let ids = |options: Options| batches(&options).map(|batch| batch.spans[0].trace_id).collect::<HashSet<_>>();
    let later = Options { now_unix_nanos: NOW + 1, ..options(50) };
    assert_eq!(ids(options(50)).len(), 50);
    assert!(ids(options(50)).is_disjoint(&ids(later)));
}

#[test]
fn as_many_traces_as_asked_for_and_none_in_the_future() {
    for traces in [0, 1, 5, 10, 120] {
        let made: Vec<Batch> = batches(&options(traces)).collect();
        assert_eq!(made.len(), traces);
        assert!(made.iter().flat_map(|batch| &batch.spans).all(|span| span.end_unix_nanos <= NOW));
    }
}

#[test]
fn children_lie_inside_their_parents_but_for_the_evaluator_of_the_drawn_run() {
    for batch in batches(&options(300)) {
        let by_id: HashMap<_, _> = batch.spans.iter().map(|span| (span.span_id, span)).collect();
        assert_eq!(by_id.len(), batch.spans.len(), "span ids are unique");
        for span in &batch.spans {
            let Some(parent) = span.parent_span_id.map(|parent| by_id[&parent]) else { continue };
            assert!(span.start_unix_nanos >= parent.start_unix_nanos, "{} in {}", span.name, parent.name);
            let outlives = span.name == "helpfulness" && parent.status.code == 2;
            assert!(outlives || span.end_unix_nanos <= parent.end_unix_nanos, "{} in {}", span.name, parent.name);
        }
    }
}

#[test]
fn the_drawn_run_is_the_one_of_the_story() {
    let batch = drawn_run();
    assert_eq!(batch.spans.len(), 43);
    assert_eq!(batch.spans.iter().filter(|span| span.name == "carrier_status").count(), 24);
    assert_eq!(batch.spans.iter().filter(|span| span.name == "carrier_status" && span.status.code == 2).count(), 2);
    let failed_call = batch.spans.iter().find(|span| span.name.starts_with("chat") && span.status.code == 2).unwrap();
    let logged: Vec<_> = batch.logs.iter().filter(|log| log.span_id == Some(failed_call.span_id)).map(|log| &*log.severity_text).collect();
    assert_eq!(logged, ["WARN", "WARN", "ERROR"]);
}

#[test]
fn the_drawn_run_is_understood() {
    let trace = assembled(drawn_run());
    let summary = &trace.summary;
    assert_eq!((summary.status, summary.error_type.as_deref()), (SpanStatus::Error, Some("RateLimitError")));
    assert_eq!(summary.duration_nanos, Some(505_000_000_000));
    assert_eq!((summary.span_count, summary.folded_count), (43, 3));
    assert_eq!((summary.llm_call_count, summary.tool_call_count), (7, 25));
    assert_eq!(summary.ttft_nanos, Some(900_000_000));
    assert_eq!((summary.release.as_deref(), summary.user_id.as_deref()), (Some("2026.11.2"), Some("user-1")));
    assert!(summary.metadata.iter().any(|(key, value)| key == "feature" && value == "support"));
    assert_eq!(summary.usage.get(Usage::CACHE_READ), Some(7_956));
    let tokens = summary.usage.get(Usage::INPUT).unwrap() + summary.usage.get(Usage::OUTPUT).unwrap();
    assert!((48_150..48_250).contains(&tokens), "{tokens} tokens, drawn as 48.2k");

    let span = |name: &str| &trace.spans.iter().find(|node| node.span.name == name).unwrap_or_else(|| panic!("no span {name}")).span;
    let retrieval = span("retrieve_policy");
    assert_eq!(retrieval.observation_type, ObservationType::Retrieval);
    assert_eq!(retrieval.content.documents.len(), 5);
    assert_eq!(retrieval.content.documents[0].score, Some(0.91));
    assert_eq!(span("guardrail_pii").observation_type, ObservationType::Guardrail);
    assert_eq!(span("helpfulness").observation_type, ObservationType::Evaluator);
    assert_eq!(span("rerank").observation_type, ObservationType::Rerank);
    let folded = trace.spans.iter().filter(|node| node.span.visibility == Visibility::Infra);
    assert!(folded.clone().all(|node| node.span.parent_span_id == Some(retrieval.span_id)));
    assert_eq!(folded.count(), 3);
}

#[test]
fn each_model_call_of_the_day_is_billed_once_in_every_vocabulary() {
    let mut seen = HashSet::new();
    for batch in batches(&options(220)) {
        let calls = batch.spans.iter().filter(|span| span.name.starts_with("chat ")).count();
        let trace = assembled(batch);
        let billed =
            trace.spans.iter().filter(|node| node.span.billing == Billing::Leaf && node.span.observation_type == ObservationType::Llm);
        assert_eq!(billed.clone().count(), calls);
        assert!(billed.clone().all(|node| node.span.usage.get(Usage::INPUT).is_some_and(|tokens| tokens > 0)));
        assert!(billed.clone().all(|node| !node.span.content.input_messages.is_empty()));
        assert!(trace.summary.input_preview.is_some());
        seen.extend(trace.spans.iter().flat_map(|node| node.span.dialects.clone()));
    }
    assert!(["otel", "openinference", "langfuse"].iter().all(|dialect| seen.contains(*dialect)), "{seen:?}");
}

#[test]
fn the_bad_release_fails_more_often() {
    let mut counts = HashMap::new();
    for batch in batches(&options(3_000)) {
        let root = &batch.spans[0];
        let release = root.resource.attributes.text("service.version").unwrap().to_owned();
        let (all, failed) = counts.entry(release).or_insert((0_u32, 0_u32));
        *all += 1;
        *failed += u32::from(root.status.code == 2);
    }
    let share = |release: &str| f64::from(counts[release].1) / f64::from(counts[release].0);
    assert!(share("2026.11.2") > 2.0 * share("2026.11.1"), "{counts:?}");
}

#[test]
fn one_trace_has_ten_thousand_spans() {
    assert_eq!(batches(&options(100)).filter(|batch| batch.spans.len() == super::long::SPANS).count(), 1);
}
