//! Checks that bytes follow the schema, without keeping anything of them.

use super::{Field, Kind, Message, Presence};
use crate::protobuf::{Reader, Wire};
use crate::rejection::{Reason, RecordError};

/// Walks a message to its leaves: every known field has its wire type, every text is UTF-8, no value is deeper than `depth_max`.
pub(crate) fn check(message: &Message, bytes: &[u8], depth_max: usize) -> Result<(), RecordError> {
    let mut fields = Reader::new(bytes);
    while let Some(found) = fields.next()? {
        let Some(field) = message.field(found.number) else { continue };
        match field.kind {
            Kind::Message(inner) if inner.is_any_value() => {
                let Some(depth_left) = depth_max.checked_sub(1) else {
                    return Err(RecordError::new(Reason::TooDeep, "value is nested too deep"));
                };
                check(inner, found.bytes()?, depth_left)?;
            }
            Kind::Message(inner) => check(inner, found.bytes()?, depth_max)?,
            Kind::Text => check_text(found.bytes()?)?,
            Kind::Bytes | Kind::Hex(_) => drop(found.bytes()?),
            _ => check_number(field, found.wire)?,
        }
    }
    Ok(())
}

fn check_text(bytes: &[u8]) -> Result<(), RecordError> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(RecordError::new(Reason::InvalidUtf8, "text is not UTF-8")),
    }
}

/// A repeated number may be packed or not.
fn check_number(field: &Field, wire: Wire<'_>) -> Result<(), RecordError> {
    let fits = match (wire, wire_type(field.kind)) {
        (Wire::Varint(_), 0) | (Wire::Fixed64(_), 1) | (Wire::Fixed32(_), 5) => true,
        (Wire::Bytes(packed), wire_type) => field.presence == Presence::Repeated && is_packed(packed, wire_type),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(RecordError::new(Reason::Malformed, format!("`{}` has another wire type than its schema says", field.name)))
}

fn is_packed(bytes: &[u8], wire_type: u8) -> bool {
    match wire_type {
        1 => bytes.len().is_multiple_of(8),
        5 => bytes.len().is_multiple_of(4),
        _ => {
            let mut numbers = Reader::new(bytes);
            while !numbers.is_empty() {
                if numbers.varint().is_err() {
                    return false;
                }
            }
            true
        }
    }
}

fn wire_type(kind: Kind) -> u8 {
    match kind {
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => 1,
        Kind::Fixed32 => 5,
        Kind::Text | Kind::Bytes | Kind::Hex(_) | Kind::Message(_) => 2,
        Kind::Bool | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Sint32 | Kind::Enum { .. } => 0,
    }
}
