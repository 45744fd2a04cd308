//! From a clean batch to rows: everything about an append that needs no knowledge of other appends.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::{LogRecord, MetricPoint, ProjectSlug, RawSpan, Resource, Scope, Span, TraceId};
use store::{CleanBatch, StoreError};

use crate::claims::claim_of_span;
use crate::keys::{ContentHash, RecordKind, SpanKey, content_hash, content_record_key, span_record_key};
use crate::limits;
use crate::rows::logs::effective_time;
use crate::rows::spans::service_name;
use crate::rows::{LogRow, PointRow, SharedBytes, SpanRow};

/// An append whose records are encoded and hashed; versions come later.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) received_unix_nanos: u64,
    pub(crate) rejected: BTreeMap<String, u64>,
    pub(crate) spans: Vec<SpanRow>,
    pub(crate) logs: Vec<LogRow>,
    pub(crate) points: Vec<PointRow>,
    pub(crate) bytes: usize,
}

/// Encodes a batch. Takes CPU time in proportion to its bytes.
pub(crate) fn prepare(batch: CleanBatch) -> Result<Prepared, StoreError> {
    let parts = batch.into_parts();
    let mut senders = SenderBytes::default();
    let spans = parts.spans.into_iter().map(|span| span_row(&parts.project, span, &mut senders)).collect::<Result<Vec<_>, _>>()?;
    let logs: Vec<_> = parts.logs.iter().map(|log| log_row(&parts.project, log, &mut senders)).collect();
    let points: Vec<_> = parts.points.into_iter().map(|point| point_row(&parts.project, point, &mut senders)).collect();
    let bytes = spans.iter().map(span_bytes).sum::<usize>()
        + logs.iter().map(|row| sent_bytes(&row.raw, &row.resource, &row.scope)).sum::<usize>()
        + points.iter().map(|row| sent_bytes(&row.raw, &row.resource, &row.scope)).sum::<usize>();
    if bytes > limits::APPEND_BYTES_MAX {
        return Err(StoreError::Invalid(format!("a batch of {bytes} bytes is over the limit of {}", limits::APPEND_BYTES_MAX)));
    }
    Ok(Prepared { received_unix_nanos: parts.received_unix_nanos, rejected: parts.rejected, spans, logs, points, bytes })
}

/// A rough size of the columns of a span, beside its previews.
const SPAN_COLUMNS_BYTES: usize = 512;

fn span_bytes(row: &SpanRow) -> usize {
    let previews = [&row.span.previews.input, &row.span.previews.output].into_iter().flatten().map(String::len).sum::<usize>();
    SPAN_COLUMNS_BYTES + previews + sent_bytes(&row.raw, &row.resource, &row.scope)
}

fn sent_bytes(raw: &[u8], resource: &[u8], scope: &[u8]) -> usize {
    raw.len() + resource.len() + scope.len()
}

/// Resources and scopes of a batch, each encoded once.
#[derive(Debug, Default)]
pub(crate) struct SenderBytes {
    // By address: the records of one batch share what was sent once, and the batch keeps it alive meanwhile.
    resources: HashMap<*const Resource, (Arc<Resource>, SharedBytes)>,
    scopes: HashMap<*const Scope, (Arc<Scope>, SharedBytes)>,
}

impl SenderBytes {
    fn resource(&mut self, resource: &Arc<Resource>) -> SharedBytes {
        let encoded = || (Arc::clone(resource), wire::raw::encode_resource(resource).into());
        Arc::clone(&self.resources.entry(Arc::as_ptr(resource)).or_insert_with(encoded).1)
    }

    fn scope(&mut self, scope: &Arc<Scope>) -> SharedBytes {
        let encoded = || (Arc::clone(scope), wire::raw::encode_scope(scope).into());
        Arc::clone(&self.scopes.entry(Arc::as_ptr(scope)).or_insert_with(encoded).1)
    }
}

/// Makes the row of a span, which must come with its raw span.
pub(crate) fn span_row(project: &ProjectSlug, mut span: Span, senders: &mut SenderBytes) -> Result<SpanRow, StoreError> {
    let Some(raw_span) = span.raw.take() else {
        return Err(StoreError::Invalid(format!("span {} of trace {} comes without its raw span", span.span_id, span.trace_id)));
    };
    span.content = model::BoxedContent::default();
    let (raw, resource, scope) = encode_raw(&raw_span, senders);
    let key = span_record_key(project, SpanKey { trace_id: span.trace_id, span_id: span.span_id });
    let content_hash = content_hash(RecordKind::Span, &[&raw, &resource, &scope]);
    let claim = claim_of_span(project, &span);
    Ok(SpanRow {
        project: project.clone(),
        key,
        content_hash,
        claim,
        version: 0,
        is_update: false,
        span: Box::new(span),
        raw,
        resource,
        scope,
    })
}

fn encode_raw(raw: &RawSpan, senders: &mut SenderBytes) -> (Vec<u8>, SharedBytes, SharedBytes) {
    (wire::raw::encode_span(raw), senders.resource(&raw.resource), senders.scope(&raw.scope))
}

fn log_row(project: &ProjectSlug, log: &LogRecord, senders: &mut SenderBytes) -> LogRow {
    let (raw, resource, scope) = (wire::raw::encode_log(log), senders.resource(&log.resource), senders.scope(&log.scope));
    let content_hash = content_hash(RecordKind::Log, &[&raw, &resource, &scope]);
    LogRow {
        project: project.clone(),
        key: content_record_key(RecordKind::Log, project, content_hash),
        content_hash,
        version: 0,
        time_unix_nanos: effective_time(log),
        trace_id: log.trace(),
        span_id: log.span_id.or(log.belongs_to.map(|(_, span_id)| span_id)),
        severity_number: log.severity_number,
        severity_text: log.severity_text.clone(),
        event_name: log.event_name.clone(),
        service_name: service_name(&log.resource),
        raw,
        resource,
        scope,
    }
}

fn point_row(project: &ProjectSlug, point: MetricPoint, senders: &mut SenderBytes) -> PointRow {
    let (resource, scope) = (senders.resource(&point.resource), senders.scope(&point.scope));
    let content_hash = content_hash(RecordKind::Point, &[&point.raw, &resource, &scope]);
    PointRow {
        project: project.clone(),
        key: content_record_key(RecordKind::Point, project, content_hash),
        content_hash,
        version: 0,
        name: point.name,
        unit: point.unit,
        kind: point.kind,
        temporality: point.temporality,
        monotonic: point.monotonic,
        start_unix_nanos: point.start_unix_nanos,
        time_unix_nanos: point.time_unix_nanos,
        service_name: service_name(&point.resource),
        raw: point.raw,
        resource,
        scope,
    }
}

/// A key and what is said under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordIdentity {
    pub(crate) key: crate::keys::RecordKey,
    pub(crate) content_hash: ContentHash,
}

impl Prepared {
    /// The identities of all records: spans, then logs, then points.
    pub(crate) fn identities(&self) -> impl Iterator<Item = RecordIdentity> {
        let spans = self.spans.iter().map(|row| RecordIdentity { key: row.key, content_hash: row.content_hash });
        let logs = self.logs.iter().map(|row| RecordIdentity { key: row.key, content_hash: row.content_hash });
        let points = self.points.iter().map(|row| RecordIdentity { key: row.key, content_hash: row.content_hash });
        spans.chain(logs).chain(points)
    }

    /// The traces of the rows that are left.
    pub(crate) fn trace_ids(&self) -> Vec<TraceId> {
        let spans = self.spans.iter().map(|row| row.span.trace_id);
        let mut trace_ids: Vec<_> = spans.chain(self.logs.iter().filter_map(|row| row.trace_id)).collect();
        trace_ids.sort_unstable();
        trace_ids.dedup();
        trace_ids
    }
}
