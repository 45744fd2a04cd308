//! The way in: a decompressed body becomes `Incoming`.

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
    if body.len() > limits.body_bytes_max {
        return Err(DecodeError::TooLarge { bytes_max: limits.body_bytes_max });
    }
    let mut intake = Intake::new(signal, limits);
    match format {
        Format::Protobuf => frame::read_request(body, &mut intake)?,
        Format::Json => json::read_request(body, &mut intake)?,
    }
    Ok(intake.finish())
}
