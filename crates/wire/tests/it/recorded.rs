//! Recordings of real SDKs: everything in them arrives, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use wire::Incoming;

use crate::recordings::{cases, request};

#[test]
fn every_recorded_case_decodes_to_the_counts_the_reference_schema_gives() {
    for case in cases() {
        let mut all = Incoming::default();
        for request in &case.requests {
            let incoming = request.decode();
            assert_eq!(incoming.rejected, [], "{}", request.path.display());
            all.spans.extend(incoming.spans);
            all.logs.extend(incoming.logs);
            all.points.extend(incoming.points);
        }
        let span_ids: BTreeSet<_> = all.spans.iter().map(|span| span.span_id).collect();
        let traces: BTreeSet<_> = all.spans.iter().map(|span| span.trace_id).collect();
        let mut span_names = BTreeMap::new();
        for span in &all.spans {
            *span_names.entry(span.name.as_str()).or_insert(0) += 1;
        }
        let counted = json!({
            "requests": case.requests.len(),
            "spans": all.spans.len(),
            "distinct_span_ids": span_ids.len(),
            "traces": traces.len(),
            "span_events": all.spans.iter().map(|span| span.events.len()).sum::<usize>(),
            "log_records": all.logs.len(),
            "metric_points": all.points.len(),
            "metric_names": all.points.iter().map(|point| point.name.as_str()).collect::<BTreeSet<_>>(),
            "span_names": span_names,
        });
        for (fact, expected) in case.meta["observed"].as_object().unwrap() {
            if let Some(counted) = counted.get(fact) {
                assert_eq!(counted, expected, "{fact} of {}", case.name);
            }
        }
        assert_eq!(all.received(), all.spans.len() + all.logs.len() + all.points.len());
    }
}

#[test]
fn records_of_one_group_share_their_resource_and_scope() {
    let incoming = request("otel-openai-node/chat_tools_json/001.traces.json").decode();
    let first = &incoming.spans[0];
    assert_eq!(first.resource.attributes.text("service.name"), Some("shop-web"));
    for span in &incoming.spans {
        assert!(std::sync::Arc::ptr_eq(&span.resource, &first.resource));
    }
}

#[test]
fn a_span_from_json_has_its_ids_times_and_typed_attributes() {
    let incoming = request("otel-openai-node/chat_tools_json/001.traces.json").decode();
    let span = &incoming.spans[0];
    assert_eq!(span.trace_id.to_string(), "60a4d13ce24061aaee0648d9daafafad");
    assert_eq!(span.span_id.to_string(), "6c8474b029d2433f");
    assert_eq!(span.parent_span_id.unwrap().to_string(), "a901875f57c08122");
    assert_eq!((span.name.as_str(), span.kind, span.flags), ("chat gpt-4o-mini", model::SpanKind::Client, 257));
    assert_eq!((span.start_unix_nanos, span.end_unix_nanos), (1_795_220_771_776_000_000, 1_795_220_771_945_507_206));
    assert_eq!(span.attributes.get("gen_ai.usage.input_tokens"), Some(&model::AnyValue::Int(60)));
    let reasons = model::AnyValue::Array(vec!["tool_calls".into()]);
    assert_eq!(span.attributes.get("gen_ai.response.finish_reasons"), Some(&reasons));
    assert_eq!((span.scope.name.as_str(), span.scope.version.as_str()), ("@opentelemetry/instrumentation-openai", "0.21.0"));
}
