//! Writes what prost has read as OTLP/JSON, in two styles, for comparison.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, Metric, NumberDataPoint, exemplar, exponential_histogram_data_point, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message;
use serde_json::{Map, Value, json};
use wire::Signal;

/// How a sender writes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As the specification says: lowerCamelCase, 64-bit integers as texts, enums as numbers, lower-case hex.
    ByTheBook,
    /// As it is also met: snake_case, integers as numbers, enums by name, upper-case hex.
    Loose,
}

pub(super) fn request(signal: Signal, body: &[u8], style: Style) -> Value {
    let value = match signal {
        Signal::Traces => {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            json!({"resourceSpans": list(&request.resource_spans, |group| json!({
                "scopeSpans": list(&group.scope_spans, |scope| json!({
                    "scope": scope.scope.as_ref().map(|it| scope_of(it, style)), "spans": list(&scope.spans, |it| span_of(it, style)), "schemaUrl": scope.schema_url,
                })),
                "resource": group.resource.as_ref().map(|it| resource_of(it, style)), "schemaUrl": group.schema_url,
            }))})
        }
        Signal::Logs => {
            let request = ExportLogsServiceRequest::decode(body).unwrap();
            json!({"resourceLogs": list(&request.resource_logs, |group| json!({
                "resource": group.resource.as_ref().map(|it| resource_of(it, style)), "schemaUrl": group.schema_url,
                "scopeLogs": list(&group.scope_logs, |scope| json!({
                    "scope": scope.scope.as_ref().map(|it| scope_of(it, style)), "logRecords": list(&scope.log_records, |it| log_of(it, style)), "schemaUrl": scope.schema_url,
                })),
            }))})
        }
        Signal::Metrics => {
            let request = ExportMetricsServiceRequest::decode(body).unwrap();
            json!({"resourceMetrics": list(&request.resource_metrics, |group| json!({
                "resource": group.resource.as_ref().map(|it| resource_of(it, style)), "schemaUrl": group.schema_url,
                "scopeMetrics": list(&group.scope_metrics, |scope| json!({
                    "scope": scope.scope.as_ref().map(|it| scope_of(it, style)), "metrics": list(&scope.metrics, |it| metric_of(it, style)), "schemaUrl": scope.schema_url,
                })),
            }))})
        }
    };
    if style == Style::Loose { snake(value) } else { value }
}

fn list<T>(elements: &[T], write: impl Fn(&T) -> Value) -> Value {
    elements.iter().map(write).collect()
}

fn u64_of(number: u64, style: Style) -> Value {
    if style == Style::Loose { json!(number) } else { json!(number.to_string()) }
}

fn i64_of(number: i64, style: Style) -> Value {
    if style == Style::Loose { json!(number) } else { json!(number.to_string()) }
}

fn double_of(number: f64) -> Value {
    if number.is_nan() {
        return json!("NaN");
    }
    match number {
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        _ => json!(number),
    }
}

fn hex_of(bytes: &[u8], style: Style) -> Value {
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if style == Style::Loose { json!(text.to_uppercase()) } else { json!(text) }
}

fn base64_of(bytes: &[u8], style: Style) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    if style == Style::Loose { json!(URL_SAFE_NO_PAD.encode(bytes)) } else { json!(STANDARD.encode(bytes)) }
}

fn value_of(value: &AnyValue, style: Style) -> Value {
    use any_value::Value as Kind;
    match &value.value {
        None => json!({}),
        Some(Kind::StringValue(text)) => json!({"stringValue": text}),
        Some(Kind::BoolValue(truth)) => json!({"boolValue": truth}),
        Some(Kind::IntValue(number)) => json!({"intValue": i64_of(*number, style)}),
        Some(Kind::DoubleValue(number)) => json!({"doubleValue": double_of(*number)}),
        Some(Kind::BytesValue(bytes)) => json!({"bytesValue": base64_of(bytes, style)}),
        Some(Kind::ArrayValue(array)) => json!({"arrayValue": {"values": list(&array.values, |it| value_of(it, style))}}),
        Some(Kind::KvlistValue(map)) => json!({"kvlistValue": {"values": attributes_of(&map.values, style)}}),
        Some(Kind::StringValueStrindex(_)) => unreachable!("only profiles use it"),
    }
}

fn attributes_of(attributes: &[KeyValue], style: Style) -> Value {
    list(attributes, |it| json!({"key": it.key, "value": it.value.as_ref().map(|value| value_of(value, style))}))
}

fn resource_of(resource: &Resource, style: Style) -> Value {
    json!({"attributes": attributes_of(&resource.attributes, style), "droppedAttributesCount": resource.dropped_attributes_count})
}

fn scope_of(scope: &InstrumentationScope, style: Style) -> Value {
    json!({
        "name": scope.name, "version": scope.version, "attributes": attributes_of(&scope.attributes, style),
        "droppedAttributesCount": scope.dropped_attributes_count,
    })
}

fn span_of(span: &Span, style: Style) -> Value {
    let kind = if style == Style::Loose { json!(SpanKind::try_from(span.kind).unwrap().as_str_name()) } else { json!(span.kind) };
    let code = |code: i32| if style == Style::Loose { json!(StatusCode::try_from(code).unwrap().as_str_name()) } else { json!(code) };
    json!({
        "traceId": hex_of(&span.trace_id, style), "spanId": hex_of(&span.span_id, style), "traceState": span.trace_state,
        "parentSpanId": hex_of(&span.parent_span_id, style), "flags": span.flags, "name": span.name, "kind": kind,
        "startTimeUnixNano": u64_of(span.start_time_unix_nano, style), "endTimeUnixNano": u64_of(span.end_time_unix_nano, style),
        "attributes": attributes_of(&span.attributes, style), "droppedAttributesCount": span.dropped_attributes_count,
        "events": list(&span.events, |event| json!({
            "timeUnixNano": u64_of(event.time_unix_nano, style), "name": event.name, "attributes": attributes_of(&event.attributes, style),
            "droppedAttributesCount": event.dropped_attributes_count,
        })),
        "droppedEventsCount": span.dropped_events_count,
        "links": list(&span.links, |link| json!({
            "traceId": hex_of(&link.trace_id, style), "spanId": hex_of(&link.span_id, style), "traceState": link.trace_state,
            "attributes": attributes_of(&link.attributes, style), "droppedAttributesCount": link.dropped_attributes_count, "flags": link.flags,
        })),
        "droppedLinksCount": span.dropped_links_count,
        "status": span.status.as_ref().map(|status| json!({"code": code(status.code), "message": status.message})),
    })
}

fn log_of(log: &LogRecord, style: Style) -> Value {
    let severity = if style == Style::Loose { json!(log.severity_number().as_str_name()) } else { json!(log.severity_number) };
    json!({
        "timeUnixNano": u64_of(log.time_unix_nano, style), "observedTimeUnixNano": u64_of(log.observed_time_unix_nano, style),
        "severityNumber": severity, "severityText": log.severity_text, "body": log.body.as_ref().map(|body| value_of(body, style)),
        "attributes": attributes_of(&log.attributes, style), "droppedAttributesCount": log.dropped_attributes_count, "flags": log.flags,
        "traceId": hex_of(&log.trace_id, style), "spanId": hex_of(&log.span_id, style), "eventName": log.event_name,
    })
}

fn metric_of(metric: &Metric, style: Style) -> Value {
    let mut written = json!({
        "name": metric.name, "description": metric.description, "unit": metric.unit, "metadata": attributes_of(&metric.metadata, style),
    });
    let (name, data) = match metric.data.as_ref() {
        None => return written,
        Some(metric::Data::Gauge(it)) => ("gauge", json!({"dataPoints": list(&it.data_points, |it| number_of(it, style))})),
        Some(metric::Data::Sum(it)) => (
            "sum",
            json!({
                "dataPoints": list(&it.data_points, |it| number_of(it, style)), "isMonotonic": it.is_monotonic,
                "aggregationTemporality": it.aggregation_temporality,
            }),
        ),
        Some(metric::Data::Histogram(it)) => (
            "histogram",
            json!({"aggregationTemporality": it.aggregation_temporality, "dataPoints": list(&it.data_points, |it| json!({
                "attributes": attributes_of(&it.attributes, style), "startTimeUnixNano": u64_of(it.start_time_unix_nano, style),
                "timeUnixNano": u64_of(it.time_unix_nano, style), "count": u64_of(it.count, style), "sum": it.sum.map(double_of),
                "bucketCounts": list(&it.bucket_counts, |it| u64_of(*it, style)), "explicitBounds": list(&it.explicit_bounds, |it| double_of(*it)),
                "exemplars": list(&it.exemplars, |it| exemplar_of(it, style)), "flags": it.flags, "min": it.min.map(double_of), "max": it.max.map(double_of),
            }))}),
        ),
        Some(metric::Data::ExponentialHistogram(it)) => (
            "exponentialHistogram",
            json!({"aggregationTemporality": it.aggregation_temporality, "dataPoints": list(&it.data_points, |it| json!({
                "attributes": attributes_of(&it.attributes, style), "startTimeUnixNano": u64_of(it.start_time_unix_nano, style),
                "timeUnixNano": u64_of(it.time_unix_nano, style), "count": u64_of(it.count, style), "sum": it.sum.map(double_of), "scale": it.scale,
                "zeroCount": u64_of(it.zero_count, style), "positive": it.positive.as_ref().map(|it| buckets_of(it, style)),
                "negative": it.negative.as_ref().map(|it| buckets_of(it, style)), "flags": it.flags, "zeroThreshold": double_of(it.zero_threshold),
                "exemplars": list(&it.exemplars, |it| exemplar_of(it, style)), "min": it.min.map(double_of), "max": it.max.map(double_of),
            }))}),
        ),
        Some(metric::Data::Summary(it)) => (
            "summary",
            json!({"dataPoints": list(&it.data_points, |it| json!({
                "attributes": attributes_of(&it.attributes, style), "startTimeUnixNano": u64_of(it.start_time_unix_nano, style),
                "timeUnixNano": u64_of(it.time_unix_nano, style), "count": u64_of(it.count, style), "sum": double_of(it.sum), "flags": it.flags,
                "quantileValues": list(&it.quantile_values, |it| json!({"quantile": double_of(it.quantile), "value": double_of(it.value)})),
            }))}),
        ),
    };
    written[name] = data;
    written
}

fn number_of(point: &NumberDataPoint, style: Style) -> Value {
    let mut written = json!({
        "attributes": attributes_of(&point.attributes, style), "startTimeUnixNano": u64_of(point.start_time_unix_nano, style),
        "timeUnixNano": u64_of(point.time_unix_nano, style), "exemplars": list(&point.exemplars, |it| exemplar_of(it, style)), "flags": point.flags,
    });
    match point.value {
        None => {}
        Some(number_data_point::Value::AsDouble(number)) => written["asDouble"] = double_of(number),
        Some(number_data_point::Value::AsInt(number)) => written["asInt"] = i64_of(number, style),
    }
    written
}

fn exemplar_of(exemplar: &Exemplar, style: Style) -> Value {
    let mut written = json!({
        "filteredAttributes": attributes_of(&exemplar.filtered_attributes, style), "timeUnixNano": u64_of(exemplar.time_unix_nano, style),
        "spanId": hex_of(&exemplar.span_id, style), "traceId": hex_of(&exemplar.trace_id, style),
    });
    match exemplar.value {
        None => {}
        Some(exemplar::Value::AsDouble(number)) => written["asDouble"] = double_of(number),
        Some(exemplar::Value::AsInt(number)) => written["asInt"] = i64_of(number, style),
    }
    written
}

fn buckets_of(buckets: &exponential_histogram_data_point::Buckets, style: Style) -> Value {
    json!({"offset": buckets.offset, "bucketCounts": list(&buckets.bucket_counts, |it| u64_of(*it, style))})
}

/// Renames all fields to snake_case; attribute keys are values here, so nothing else is touched.
fn snake(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (snake_name(&name), snake(value))).collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.into_iter().map(snake).collect(),
        other => other,
    }
}

fn snake_name(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}
