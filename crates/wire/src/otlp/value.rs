//! Attributes and their values.

use model::{AnyValue, Attributes, KeyValue, Text};

use crate::limits::DETAIL_NAME_CHARS_MAX;
use crate::otlp::Budget;
use crate::protobuf::{Field, Reader, Writer, length_of_varint, text_of};
use crate::rejection::{Reason, RecordError};

/// Reads one `KeyValue` field and appends it.
pub(crate) fn read_attribute(field: Field<'_>, attributes: &mut Attributes, budget: &mut Budget<'_>) -> Result<(), RecordError> {
    budget.check_room(attributes.len(), budget.limits.attributes_max, Reason::TooManyAttributes, "attributes")?;
    let message = field.bytes()?;
    attributes.0.push(read_key_value(message, 1, budget).map_err(|error| in_attribute(error, message))?);
    Ok(())
}

/// Names the attribute, where its key can be read at all.
fn in_attribute(error: RecordError, message: &[u8]) -> RecordError {
    match text_of(message, 1) {
        Some(key) => error.within(&format!("attribute `{}`", key.chars().take(DETAIL_NAME_CHARS_MAX).collect::<String>())),
        None => error,
    }
}

/// Reads an `AnyValue` that stands at `depth`; a plain attribute has depth 1.
pub(crate) fn read_value(message: &[u8], depth: usize, budget: &mut Budget<'_>) -> Result<AnyValue, RecordError> {
    budget.take_value()?;
    if depth > budget.limits.value_depth() {
        let detail = format!("value is nested deeper than {}", budget.limits.value_depth());
        return Err(RecordError::new(Reason::TooDeep, detail));
    }
    let mut value = AnyValue::Empty;
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => value = AnyValue::String(budget.text(field)?),
            2 => value = AnyValue::Bool(field.varint()? != 0),
            3 => value = AnyValue::Int(field.varint()? as i64),
            4 => value = AnyValue::Double(f64::from_bits(field.fixed64()?)),
            5 => value = AnyValue::Array(read_array(field.bytes()?, depth, budget)?),
            6 => value = AnyValue::Map(read_map(field.bytes()?, depth, budget)?),
            7 => value = AnyValue::Bytes(field.bytes()?.to_vec()),
            _ => {}
        }
    }
    Ok(value)
}

fn read_array(message: &[u8], depth: usize, budget: &mut Budget<'_>) -> Result<Vec<AnyValue>, RecordError> {
    let mut values = Vec::new();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            values.push(read_value(field.bytes()?, depth + 1, budget)?);
        }
    }
    Ok(values)
}

fn read_map(message: &[u8], depth: usize, budget: &mut Budget<'_>) -> Result<Attributes, RecordError> {
    let mut entries = Vec::new();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            entries.push(read_key_value(field.bytes()?, depth + 1, budget)?);
        }
    }
    Ok(Attributes(entries))
}

fn read_key_value(message: &[u8], depth: usize, budget: &mut Budget<'_>) -> Result<KeyValue, RecordError> {
    let mut key = Text::new();
    let mut value = None;
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = read_key(field, budget)?,
            2 => value = Some(read_value(field.bytes()?, depth, budget)?),
            _ => {}
        }
    }
    if value.is_none() {
        budget.take_value()?;
    }
    Ok(KeyValue { key, value: value.unwrap_or_default() })
}

fn read_key(field: Field<'_>, budget: &Budget<'_>) -> Result<Text, RecordError> {
    let bytes = field.bytes()?.len();
    let bytes_max = budget.limits.key_bytes_max;
    if bytes > bytes_max {
        return Err(RecordError::new(Reason::KeyTooLong, format!("attribute key of {bytes} bytes: at most {bytes_max}")));
    }
    budget.text(field).map_err(|error| error.within("attribute key"))
}

/// Writes attributes as a repeated field, in order.
pub(crate) fn write_attributes(writer: &mut Writer, number: u32, attributes: &Attributes) {
    for attribute in &attributes.0 {
        let of_value = length_about(&attribute.value);
        writer.message_about(number, attribute.key.len() + of_value + 4, |writer| {
            writer.text_unless_empty(1, &attribute.key);
            writer.message_about(2, of_value, |writer| write_value(writer, &attribute.value));
        });
    }
}

/// About how many bytes `write_value` writes; exactly so many for a text.
pub(crate) fn length_about(value: &AnyValue) -> usize {
    match value {
        AnyValue::String(text) => 1 + length_of_varint(text.len() as u64) + text.len(),
        AnyValue::Bytes(bytes) => 1 + length_of_varint(bytes.len() as u64) + bytes.len(),
        _ => 0,
    }
}

/// Writes the content of an `AnyValue`. Which kind it is shows by the field that is present, so zeros and empty texts are written too.
pub(crate) fn write_value(writer: &mut Writer, value: &AnyValue) {
    match value {
        AnyValue::Empty => {}
        AnyValue::String(text) => writer.bytes(1, text.as_bytes()),
        AnyValue::Bool(truth) => writer.varint(2, u64::from(*truth)),
        AnyValue::Int(number) => writer.varint(3, *number as u64),
        AnyValue::Double(number) => writer.fixed64(4, number.to_bits()),
        AnyValue::Array(values) => writer.message(5, |writer| {
            for value in values {
                writer.message(1, |writer| write_value(writer, value));
            }
        }),
        AnyValue::Map(entries) => writer.message(6, |writer| write_attributes(writer, 1, entries)),
        AnyValue::Bytes(bytes) => writer.bytes(7, bytes),
    }
}
