//! Spans.
//!
//! Kept as sent, however odd: an end before the start, times far away, an empty name, attributes that stand twice, NaN.
//! Refused: ids that are no ids, since nothing could ever find or join such a span.

use std::sync::Arc;

use model::{RawSpan, RawStatus, Resource, Scope, SpanId, SpanKind, TraceId};

use crate::otlp::Budget;
use crate::otlp::event::{read_event, read_link, write_event, write_link};
use crate::otlp::value::{self, read_attribute, write_attributes};
use crate::protobuf::{Field, Reader, Writer, signed, text_of};
use crate::rejection::{Reason, RecordError};

pub(crate) fn read_span(
    message: &[u8],
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    budget: &mut Budget<'_>,
) -> Result<RawSpan, RecordError> {
    let Begun { trace_id, span_id, parent_span_id, attributes } = begin(message)?;
    let mut span = RawSpan { parent_span_id, ..RawSpan::new(trace_id, span_id, resource, scope) };
    span.attributes.0.reserve_exact(attributes.min(budget.limits.attributes_max));
    let mut links_nowhere = 0u32;
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            3 => span.trace_state = field.text().map_err(|error| error.within("trace state"))?,
            5 => span.name = field.text().map_err(|error| error.within("name"))?,
            6 => span.kind = kind_from_number(field.i32()?),
            7 => span.start_unix_nanos = field.fixed64()?,
            8 => span.end_unix_nanos = field.fixed64()?,
            9 => read_attribute(field, &mut span.attributes, budget)?,
            10 => span.dropped_attributes_count = field.u32()?,
            11 => add_event(field, &mut span, budget).map_err(|error| error.within("event"))?,
            12 => span.dropped_events_count = field.u32()?,
            13 => links_nowhere += add_link(field, &mut span, budget).map_err(|error| error.within("link"))?,
            14 => span.dropped_links_count = field.u32()?,
            15 => span.status = read_status(field.bytes()?).map_err(|error| error.within("status"))?,
            16 => span.flags = field.fixed32()?,
            _ => {}
        }
    }
    span.dropped_links_count = span.dropped_links_count.saturating_add(links_nowhere);
    Ok(span)
}

/// Returns the span's name if it can be found, for a message about a span that cannot be read.
pub(crate) fn name_of(message: &[u8]) -> Option<&str> {
    text_of(message, 5)
}

/// What a span is made with.
struct Begun {
    trace_id: TraceId,
    span_id: SpanId,
    parent_span_id: Option<SpanId>,
    /// How many there are.
    attributes: usize,
}

fn begin(message: &[u8]) -> Result<Begun, RecordError> {
    let (mut trace_id, mut span_id, mut parent, mut attributes) = (&[][..], &[][..], &[][..], 0);
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace_id = field.bytes()?,
            2 => span_id = field.bytes()?,
            4 => parent = field.bytes()?,
            9 => attributes += 1,
            _ => {}
        }
    }
    let (trace_id, span_id) = (required_trace_id(trace_id)?, required_span_id(span_id)?);
    Ok(Begun { trace_id, span_id, parent_span_id: optional_parent(parent)?, attributes })
}

fn required_trace_id(bytes: &[u8]) -> Result<TraceId, RecordError> {
    TraceId::from_bytes(bytes).map_err(|error| RecordError::new(Reason::InvalidTraceId, error.to_string()))
}

fn required_span_id(bytes: &[u8]) -> Result<SpanId, RecordError> {
    SpanId::from_bytes(bytes).map_err(|error| RecordError::new(Reason::InvalidSpanId, error.to_string()))
}

/// A root has no parent id; some exporters write eight zeros instead.
fn optional_parent(bytes: &[u8]) -> Result<Option<SpanId>, RecordError> {
    if bytes.is_empty() || bytes == [0; 8] {
        return Ok(None);
    }
    let invalid = |error: model::IdError| RecordError::new(Reason::InvalidParentSpanId, error.to_string()).within("parent");
    SpanId::from_bytes(bytes).map(Some).map_err(invalid)
}

fn add_event(field: Field<'_>, span: &mut RawSpan, budget: &mut Budget<'_>) -> Result<(), RecordError> {
    budget.check_room(span.events.len(), budget.limits.events_per_span_max, Reason::TooManyEvents, "events")?;
    span.events.push(read_event(field.bytes()?, budget)?);
    Ok(())
}

/// Returns how many links point nowhere: none or one.
fn add_link(field: Field<'_>, span: &mut RawSpan, budget: &mut Budget<'_>) -> Result<u32, RecordError> {
    budget.check_room(span.links.len(), budget.limits.links_per_span_max, Reason::TooManyLinks, "links")?;
    match read_link(field.bytes()?, budget)? {
        Some(link) => span.links.push(link),
        None => return Ok(1),
    }
    Ok(0)
}

fn read_status(message: &[u8]) -> Result<RawStatus, RecordError> {
    let mut status = RawStatus::default();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            2 => status.message = field.text()?,
            3 => status.code = field.i32()?,
            _ => {}
        }
    }
    Ok(status)
}

/// Kinds in the order of `Span.SpanKind`; a number from the future says as much as none.
const KINDS: [SpanKind; 6] =
    [SpanKind::Unspecified, SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

fn kind_from_number(number: i32) -> SpanKind {
    usize::try_from(number).ok().and_then(|index| KINDS.get(index).copied()).unwrap_or_default()
}

fn kind_number(kind: SpanKind) -> u64 {
    KINDS.iter().position(|known| *known == kind).unwrap_or(0) as u64
}

/// About how many bytes `write_span` writes: seldom less.
pub(crate) fn length_about(span: &RawSpan) -> usize {
    /// What ids, times and counts take, and the lengths and tags around an attribute.
    const BESIDE_TEXTS: usize = 128;
    const AROUND_ATTRIBUTE: usize = 16;
    let attributes =
        span.attributes.0.iter().map(|attribute| AROUND_ATTRIBUTE + attribute.key.len() + value::length_about(&attribute.value));
    BESIDE_TEXTS + span.name.len() + attributes.sum::<usize>()
}

pub(crate) fn write_span(writer: &mut Writer, span: &RawSpan) {
    writer.bytes(1, span.trace_id.as_bytes());
    writer.bytes(2, span.span_id.as_bytes());
    writer.text_unless_empty(3, &span.trace_state);
    if let Some(parent) = &span.parent_span_id {
        writer.bytes(4, parent.as_bytes());
    }
    writer.text_unless_empty(5, &span.name);
    writer.varint_unless_zero(6, kind_number(span.kind));
    writer.fixed64_unless_zero(7, span.start_unix_nanos);
    writer.fixed64_unless_zero(8, span.end_unix_nanos);
    write_attributes(writer, 9, &span.attributes);
    writer.varint_unless_zero(10, u64::from(span.dropped_attributes_count));
    for event in &span.events {
        writer.message(11, |writer| write_event(writer, event));
    }
    writer.varint_unless_zero(12, u64::from(span.dropped_events_count));
    for link in &span.links {
        writer.message(13, |writer| write_link(writer, link));
    }
    writer.varint_unless_zero(14, u64::from(span.dropped_links_count));
    if span.status != RawStatus::default() {
        writer.message(15, |writer| {
            writer.text_unless_empty(2, &span.status.message);
            writer.varint_unless_zero(3, signed(span.status.code));
        });
    }
    writer.fixed32_unless_zero(16, span.flags);
}
