//! What a request is read with: its bytes, and how much of the limits is left.

use bytes::Bytes;
use model::Text;

use crate::limits::Limits;
use crate::protobuf::Field;
use crate::rejection::{Reason, RecordError};

/// Counts down what a request and the record at hand may still hold.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    pub(crate) limits: &'a Limits,
    /// What texts share, where they lie in it.
    source: Bytes,
    values_left_of_request: usize,
    values_left_of_record: usize,
    point_bytes_left: usize,
}

impl<'a> Budget<'a> {
    /// For records whose texts are copied.
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self::sharing(Bytes::new(), limits)
    }

    /// For records whose texts share the bytes they lie in.
    pub(crate) fn sharing(source: Bytes, limits: &'a Limits) -> Self {
        Self {
            limits,
            source,
            values_left_of_request: limits.values_per_request_max,
            values_left_of_record: limits.values_per_record_max,
            point_bytes_left: limits.points_bytes_max,
        }
    }

    /// Reads a text as `Field::text` does, without copying it where it can be shared.
    pub(crate) fn text(&self, field: Field<'_>) -> Result<Text, RecordError> {
        let bytes = field.bytes()?;
        if !self.source.as_ptr_range().contains(&bytes.as_ptr()) {
            return field.text().map(Text::from);
        }
        Text::try_from(self.source.slice_ref(bytes)).or_else(|_| field.text().map(Text::from))
    }

    /// Starts the count of a new record.
    pub(crate) fn start_record(&mut self) {
        self.values_left_of_record = self.limits.values_per_record_max;
    }

    /// Counts one value: an attribute, an array element, an event or a link.
    pub(crate) fn take_value(&mut self) -> Result<(), RecordError> {
        if self.values_left_of_record == 0 {
            return Err(too_many_values("record", self.limits.values_per_record_max));
        }
        if self.values_left_of_request == 0 {
            return Err(too_many_values("request", self.limits.values_per_request_max));
        }
        self.values_left_of_record -= 1;
        self.values_left_of_request -= 1;
        Ok(())
    }

    /// Counts the bytes of one data point with its metric's header.
    pub(crate) fn take_point(&mut self, bytes: usize) -> Result<(), RecordError> {
        let Some(left) = self.point_bytes_left.checked_sub(bytes) else {
            let detail = format!("points of the request take more than {} bytes", self.limits.points_bytes_max);
            return Err(RecordError::new(Reason::MetricTooLarge, detail));
        };
        self.point_bytes_left = left;
        Ok(())
    }

    /// Refuses one more of a list that is full.
    pub(crate) fn check_room(&self, length: usize, length_max: usize, reason: Reason, what: &str) -> Result<(), RecordError> {
        if length >= length_max {
            return Err(RecordError::new(reason, format!("more than {length_max} {what}")));
        }
        Ok(())
    }
}

fn too_many_values(whole: &str, values_max: usize) -> RecordError {
    RecordError::new(Reason::TooManyValues, format!("{whole} holds more than {values_max} values"))
}
