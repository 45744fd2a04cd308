//! Log records.

use std::sync::Arc;

use model::{IdError, LogRecord, Resource, Scope, SpanId, TraceId};

use crate::otlp::Budget;
use crate::otlp::value::{read_attribute, read_value, write_attributes, write_value};
use crate::protobuf::{Field, Reader, Writer, signed, text_of};
use crate::rejection::{Reason, RecordError};

pub(crate) fn read_log(
    message: &[u8],
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    budget: &mut Budget<'_>,
) -> Result<LogRecord, RecordError> {
    let mut log = LogRecord { resource, scope, ..LogRecord::default() };
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => log.time_unix_nanos = field.fixed64()?,
            2 => log.severity_number = field.i32()?,
            3 => log.severity_text = field.text().map_err(|error| error.within("severity text"))?,
            5 => log.body = Some(read_value(field.bytes()?, 1, budget).map_err(|error| error.within("body"))?),
            6 => read_attribute(field, &mut log.attributes, budget)?,
            7 => log.dropped_attributes_count = field.u32()?,
            8 => log.flags = field.fixed32()?,
            9 => log.trace_id = optional_id(field, TraceId::from_bytes, Reason::InvalidTraceId)?,
            10 => log.span_id = optional_id(field, SpanId::from_bytes, Reason::InvalidSpanId)?,
            11 => log.observed_time_unix_nanos = field.fixed64()?,
            12 => log.event_name = field.text().map_err(|error| error.within("event name"))?,
            _ => {}
        }
    }
    Ok(log)
}

/// Returns the event name if it can be found, for a message about a record that cannot be read.
pub(crate) fn name_of(message: &[u8]) -> Option<&str> {
    text_of(message, 12)
}

/// A record outside of any span has no ids; some exporters write zeros instead.
fn optional_id<Id>(field: Field<'_>, read: fn(&[u8]) -> Result<Id, IdError>, reason: Reason) -> Result<Option<Id>, RecordError> {
    let bytes = field.bytes()?;
    if bytes.is_empty() {
        return Ok(None);
    }
    match read(bytes) {
        Ok(id) => Ok(Some(id)),
        Err(IdError::Zero { .. }) => Ok(None),
        Err(error) => Err(RecordError::new(reason, error.to_string())),
    }
}

pub(crate) fn write_log(writer: &mut Writer, log: &LogRecord) {
    writer.fixed64_unless_zero(1, log.time_unix_nanos);
    writer.varint_unless_zero(2, signed(log.severity_number));
    writer.text_unless_empty(3, &log.severity_text);
    if let Some(body) = &log.body {
        writer.message(5, |writer| write_value(writer, body));
    }
    write_attributes(writer, 6, &log.attributes);
    writer.varint_unless_zero(7, u64::from(log.dropped_attributes_count));
    writer.fixed32_unless_zero(8, log.flags);
    if let Some(trace_id) = &log.trace_id {
        writer.bytes(9, trace_id.as_bytes());
    }
    if let Some(span_id) = &log.span_id {
        writer.bytes(10, span_id.as_bytes());
    }
    writer.fixed64_unless_zero(11, log.observed_time_unix_nanos);
    writer.text_unless_empty(12, &log.event_name);
}
