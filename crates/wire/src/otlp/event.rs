//! What hangs on a span: events and links.

use model::{Event, Link, SpanId, TraceId};

use crate::otlp::Budget;
use crate::otlp::value::{read_attribute, write_attributes};
use crate::protobuf::{Reader, Writer};
use crate::rejection::RecordError;

pub(crate) fn read_event(message: &[u8], budget: &mut Budget<'_>) -> Result<Event, RecordError> {
    budget.take_value()?;
    let mut event = Event::default();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => event.time_unix_nanos = field.fixed64()?,
            2 => event.name = field.text()?,
            3 => read_attribute(field, &mut event.attributes, budget)?,
            4 => event.dropped_attributes_count = field.u32()?,
            _ => {}
        }
    }
    Ok(event)
}

pub(crate) fn write_event(writer: &mut Writer, event: &Event) {
    writer.fixed64_unless_zero(1, event.time_unix_nanos);
    writer.text_unless_empty(2, &event.name);
    write_attributes(writer, 3, &event.attributes);
    writer.varint_unless_zero(4, u64::from(event.dropped_attributes_count));
}

/// Reads a link; None for one whose ids are no ids, so that it points nowhere. SDKs may record such links (specification, "Link"),
/// and a span is worth more than a pointer to nothing: the caller counts it as dropped.
pub(crate) fn read_link(message: &[u8], budget: &mut Budget<'_>) -> Result<Option<Link>, RecordError> {
    budget.take_value()?;
    let (mut trace_id, mut span_id) = (&[][..], &[][..]);
    let (mut trace_state, mut flags) = (String::new(), 0);
    let (mut attributes, mut dropped_attributes_count) = (model::Attributes::default(), 0);
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace_id = field.bytes()?,
            2 => span_id = field.bytes()?,
            3 => trace_state = field.text()?,
            4 => read_attribute(field, &mut attributes, budget)?,
            5 => dropped_attributes_count = field.u32()?,
            6 => flags = field.fixed32()?,
            _ => {}
        }
    }
    let (Ok(trace_id), Ok(span_id)) = (TraceId::from_bytes(trace_id), SpanId::from_bytes(span_id)) else {
        return Ok(None);
    };
    Ok(Some(Link { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags }))
}

pub(crate) fn write_link(writer: &mut Writer, link: &Link) {
    writer.bytes(1, link.trace_id.as_bytes());
    writer.bytes(2, link.span_id.as_bytes());
    writer.text_unless_empty(3, &link.trace_state);
    write_attributes(writer, 4, &link.attributes);
    writer.varint_unless_zero(5, u64::from(link.dropped_attributes_count));
    writer.fixed32_unless_zero(6, link.flags);
}
