//! Metrics in JSON: taken apart down to the data points, so that a bad one is rejected alone.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::DecodeError;
use crate::intake::Intake;
use crate::json::frame::List;
use crate::json::transcode::{transcode, transcode_field};
use crate::protobuf::Writer;
use crate::rejection::{Reason, RecordError};
use crate::schema::{self, Field, Kind, Message};

/// Appends a metric with its good points; the bad ones are handed to the intake. The inner error is about the metric as a whole.
pub(super) fn transcode_metric(
    json: &RawValue,
    depth_max: usize,
    writer: &mut Writer,
    intake: &mut Intake<'_>,
) -> Result<Result<(), RecordError>, DecodeError> {
    let mut bad_points = Vec::new();
    let outcome = write_metric(json, depth_max, writer, &mut bad_points);
    for error in bad_points {
        intake.refuse_point(error, writer.as_bytes())?;
    }
    Ok(outcome)
}

fn write_metric(json: &RawValue, depth_max: usize, writer: &mut Writer, bad_points: &mut Vec<RecordError>) -> Result<(), RecordError> {
    for (field, value) in members(&schema::METRIC, json)? {
        match data_of(field) {
            Some(data) => {
                let open = writer.begin(field.number);
                write_data(data, value, depth_max, writer, bad_points)?;
                writer.end(open);
            }
            None => transcode_field(field, value.get(), depth_max, writer)?,
        }
    }
    Ok(())
}

fn write_data(
    data: &'static Message,
    json: &RawValue,
    depth_max: usize,
    writer: &mut Writer,
    bad_points: &mut Vec<RecordError>,
) -> Result<(), RecordError> {
    let mut point_writer = Writer::new();
    for (field, value) in members(data, json)? {
        let Kind::Message(point_message) = field.kind else {
            transcode_field(field, value.get(), depth_max, writer)?;
            continue;
        };
        for point in parse::<List<'_>>(value)?.0 {
            point_writer.clear();
            match transcode(point_message, point.get(), depth_max, &mut point_writer) {
                Ok(()) => writer.bytes(field.number, point_writer.as_bytes()),
                Err(error) => bad_points.push(error),
            }
        }
    }
    Ok(())
}

/// Returns the message of a metric's data, for the fields that hold it.
fn data_of(field: &Field) -> Option<&'static Message> {
    match field.kind {
        Kind::Message(message) if message.field_named("dataPoints").is_some() => Some(message),
        _ => None,
    }
}

/// Returns the known fields of a JSON object that are not null.
fn members<'a>(message: &'static Message, json: &'a RawValue) -> Result<Vec<(&'static Field, &'a RawValue)>, RecordError> {
    let Members(members) = parse(json)?;
    Ok(members
        .into_iter()
        .filter(|(_, value)| value.get() != "null")
        .filter_map(|(name, value)| Some((message.field_named(&name)?, value)))
        .collect())
}

fn parse<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, RecordError> {
    serde_json::from_str(json.get()).map_err(|_| RecordError::new(Reason::Malformed, "JSON does not follow the schema"))
}

/// A JSON object with its values unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// Far more than the schema has; each costs more memory than text.
const MEMBERS_MAX: usize = 1_000;

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            if members.len() == MEMBERS_MAX {
                return Err(A::Error::custom("too many members"));
            }
            members.push(entry);
        }
        Ok(Members(members))
    }
}
