//! Who sent a record and what made it: `Resource` and `InstrumentationScope`, each with the schema URL of the group around it.

use model::{Resource, Scope};

use crate::otlp::Budget;
use crate::otlp::value::{read_attribute, write_attributes};
use crate::protobuf::{Reader, Writer};
use crate::rejection::RecordError;

/// Reads a `Resource` message; the schema URL stands outside of it.
pub(crate) fn read_resource(message: &[u8], schema_url: String, budget: &mut Budget<'_>) -> Result<Resource, RecordError> {
    budget.start_record();
    let mut resource = Resource { schema_url, ..Resource::default() };
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => read_attribute(field, &mut resource.attributes, budget)?,
            2 => resource.dropped_attributes_count = field.u32()?,
            _ => {}
        }
    }
    Ok(resource)
}

/// Reads an `InstrumentationScope` message; the schema URL stands outside of it.
pub(crate) fn read_scope(message: &[u8], schema_url: String, budget: &mut Budget<'_>) -> Result<Scope, RecordError> {
    budget.start_record();
    let mut scope = Scope { schema_url, ..Scope::default() };
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => scope.name = field.text()?,
            2 => scope.version = field.text()?,
            3 => read_attribute(field, &mut scope.attributes, budget)?,
            4 => scope.dropped_attributes_count = field.u32()?,
            _ => {}
        }
    }
    Ok(scope)
}

/// Writes the head of a `ResourceSpans` (or `ResourceLogs`, the same): the resource, then what `children` writes, then the schema URL.
pub(crate) fn write_resource_group(writer: &mut Writer, resource: &Resource, children: impl FnOnce(&mut Writer)) {
    writer.message(1, |writer| {
        write_attributes(writer, 1, &resource.attributes);
        writer.varint_unless_zero(2, u64::from(resource.dropped_attributes_count));
    });
    children(writer);
    writer.text_unless_empty(3, &resource.schema_url);
}

/// Writes a `ScopeSpans` (or `ScopeLogs`, the same): the scope, then what `children` writes, then the schema URL.
pub(crate) fn write_scope_group(writer: &mut Writer, scope: &Scope, children: impl FnOnce(&mut Writer)) {
    writer.message(1, |writer| {
        writer.text_unless_empty(1, &scope.name);
        writer.text_unless_empty(2, &scope.version);
        write_attributes(writer, 3, &scope.attributes);
        writer.varint_unless_zero(4, u64::from(scope.dropped_attributes_count));
    });
    children(writer);
    writer.text_unless_empty(3, &scope.schema_url);
}
