//! The way in: a decompressed body becomes `Incoming`.

use bytes::Bytes;

use crate::error::DecodeError;
use crate::incoming::Incoming;
use crate::intake::Intake;
use crate::limits::Limits;
use crate::signal::{Format, Signal};
use crate::{frame, json};

/// Reads an OTLP export request.
///
/// A record that cannot be read is rejected alone; an error means that nothing was taken.
pub fn decode(signal: Signal, format: Format, body: &[u8], limits: &Limits) -> Result<Incoming, DecodeError> {
    decode_sharing(signal, format, &Bytes::copy_from_slice(body), limits)
}

/// Reads a request whose bytes its texts may share: nothing of protobuf is copied, and the body lives as long as any of them.
pub fn decode_sharing(signal: Signal, format: Format, body: &Bytes, limits: &Limits) -> Result<Incoming, DecodeError> {
    if body.len() > limits.body_bytes_max {
        return Err(DecodeError::TooLarge { bytes_max: limits.body_bytes_max });
    }
    let mut intake = Intake::new(signal, body.clone(), limits);
    match format {
        Format::Protobuf => frame::read_request(body, &mut intake)?,
        Format::Json => json::read_request(body, &mut intake)?,
    }
    Ok(intake.finish())
}
