//! Records as protobuf bytes, exactly: what is stored, and what is exported again.
//!
//! Writing and reading back gives the same record, bit by bit: types, order, duplicates, NaN, empty values, counts of what was dropped.
//! A record is an OTLP `Span` or `LogRecord`, or a `Metric` with one point; a resource is a `ResourceSpans` without children and a scope a `ScopeSpans` without
//! children, since that is where OTLP keeps their schema URLs.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{LogRecord, MetricPoint, MetricValue, RawSpan, Resource, Scope};

use crate::frame::Head;
use crate::limits::Limits;
use crate::otlp::resource::{write_resource_group, write_scope_group};
use crate::otlp::{Budget, log, metric, metric_group, metric_value, span};
use crate::protobuf::Writer;
use crate::rejection::RecordError;

/// Writes an OTLP `Span`; resource and scope are not part of it.
pub fn encode_span(span: &RawSpan) -> Vec<u8> {
    let mut writer = Writer::with_capacity(span::length_about(span));
    span::write_span(&mut writer, span);
    writer.into_bytes()
}

/// Reads what `encode_span` wrote.
pub fn decode_span(bytes: &[u8], resource: Arc<Resource>, scope: Arc<Scope>) -> Result<RawSpan, RecordError> {
    let bytes = Bytes::copy_from_slice(bytes);
    span::read_span(&bytes, resource, scope, &mut Budget::sharing(bytes.clone(), &Limits::stored()))
}

/// Writes an OTLP `LogRecord`; resource and scope are not part of it.
pub fn encode_log(log: &LogRecord) -> Vec<u8> {
    written(|writer| log::write_log(writer, log))
}

/// Reads what `encode_log` wrote.
pub fn decode_log(bytes: &[u8], resource: Arc<Resource>, scope: Arc<Scope>) -> Result<LogRecord, RecordError> {
    let bytes = Bytes::copy_from_slice(bytes);
    log::read_log(&bytes, resource, scope, &mut Budget::sharing(bytes.clone(), &Limits::stored()))
}

/// Reads a `Metric` with one point in it, which is what `MetricPoint::raw` holds.
pub fn decode_point(bytes: &[u8], resource: Arc<Resource>, scope: Arc<Scope>) -> Result<MetricPoint, RecordError> {
    metric::read_single_point(bytes, resource, scope, &mut Budget::new(&Limits::stored()))
}

/// Reads what a point says out of a `Metric` with one point in it, which is what `MetricPoint::raw` holds.
pub fn decode_value(bytes: &[u8]) -> Result<MetricValue, RecordError> {
    let (kind, point) = metric::single_point(bytes)?;
    metric_value::read_value(kind, point)
}

/// Writes a `ResourceSpans` without children.
pub fn encode_resource(resource: &Resource) -> Vec<u8> {
    written(|writer| write_resource_group(writer, resource, |_| {}))
}

/// Reads what `encode_resource` wrote.
pub fn decode_resource(bytes: &[u8]) -> Result<Resource, RecordError> {
    Head::of(bytes)?.resource(&mut Budget::new(&Limits::stored()))
}

/// Writes a `ScopeSpans` without children.
pub fn encode_scope(scope: &Scope) -> Vec<u8> {
    written(|writer| write_scope_group(writer, scope, |_| {}))
}

/// Reads what `encode_scope` wrote.
pub fn decode_scope(bytes: &[u8]) -> Result<Scope, RecordError> {
    Head::of(bytes)?.scope(&mut Budget::new(&Limits::stored()))
}

/// Writes an `ExportTraceServiceRequest`, the spans grouped by resource and scope in order of first appearance.
pub fn encode_request<'a>(spans: impl IntoIterator<Item = &'a RawSpan>) -> Vec<u8> {
    let spans = spans.into_iter().map(|span| (&span.resource, &span.scope, span));
    write_request(spans, |writer, spans| spans.iter().for_each(|span| writer.message(2, |writer| span::write_span(writer, span))))
}

/// Writes an `ExportLogsServiceRequest`, the records grouped by resource and scope in order of first appearance.
pub fn encode_log_request<'a>(logs: impl IntoIterator<Item = &'a LogRecord>) -> Vec<u8> {
    let logs = logs.into_iter().map(|log| (&log.resource, &log.scope, log));
    write_request(logs, |writer, logs| logs.iter().for_each(|log| writer.message(2, |writer| log::write_log(writer, log))))
}

/// Writes an `ExportMetricsServiceRequest`: the points grouped by resource, scope and metric, in order of first appearance.
pub fn encode_metric_request<'a>(points: impl IntoIterator<Item = &'a MetricPoint>) -> Vec<u8> {
    let points = points.into_iter().map(|point| (&point.resource, &point.scope, point));
    write_request(points, |writer, points| metric_group::write_metrics(writer, 2, points))
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_bytes()
}

type ScopeGroups<'a, T> = Vec<(&'a Scope, Vec<&'a T>)>;

fn write_request<'a, T: 'a>(
    records: impl Iterator<Item = (&'a Arc<Resource>, &'a Arc<Scope>, &'a T)>,
    write_records: fn(&mut Writer, &[&T]),
) -> Vec<u8> {
    written(|writer| {
        for (resource, scopes) in grouped(records) {
            let write_scopes = |writer: &mut Writer| {
                for (scope, records) in scopes {
                    writer.message(2, |writer| write_scope_group(writer, scope, |writer| write_records(writer, &records)));
                }
            };
            writer.message(1, |writer| write_resource_group(writer, resource, write_scopes));
        }
    })
}

/// Groups by what resource and scope encode to: equality of values would tell NaN from itself.
fn grouped<'a, T: 'a>(
    records: impl Iterator<Item = (&'a Arc<Resource>, &'a Arc<Scope>, &'a T)>,
) -> Vec<(&'a Resource, ScopeGroups<'a, T>)> {
    let mut groups: Vec<(&Resource, ScopeGroups<'_, T>)> = Vec::new();
    let mut positions = HashMap::new();
    // Records of one request share their resource and scope, so most are found without encoding anything.
    let mut positions_by_address = HashMap::new();
    for (resource, scope, record) in records {
        let (resource_at, scope_at) = *positions_by_address.entry((Arc::as_ptr(resource), Arc::as_ptr(scope))).or_insert_with(|| {
            let resource_count = groups.len();
            let resource_at = *positions.entry((encode_resource(resource), None)).or_insert(resource_count);
            if resource_at == resource_count {
                groups.push((&**resource, Vec::new()));
            }
            let scopes = &mut groups[resource_at].1;
            let scope_count = scopes.len();
            let scope_at = *positions.entry((encode_scope(scope), Some(resource_at))).or_insert(scope_count);
            if scope_at == scope_count {
                scopes.push((&**scope, Vec::new()));
            }
            (resource_at, scope_at)
        });
        groups[resource_at].1[scope_at].1.push(record);
    }
    groups
}
