//! Points that came apart put together again: one `Metric` for all points that say the same about it.
//!
//! Read again, each point gives the bytes it was written from: what stands around the points is copied, never written anew.

use std::collections::HashMap;

use model::MetricPoint;

use super::metric::holds_points;
use crate::protobuf::{ReadError, Reader, Writer};

/// What the points of one metric share, as it stood around each of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Frame {
    /// All fields of the metric but its data.
    header: Vec<u8>,
    data_number: u32,
    /// All fields of the data but its points.
    data_header: Vec<u8>,
}

/// Writes points as `Metric` messages in the field `number`, in order of first appearance.
pub(crate) fn write_metrics(writer: &mut Writer, number: u32, points: &[&MetricPoint]) {
    let mut groups: Vec<(Frame, Vec<&[u8]>)> = Vec::new();
    let mut positions: HashMap<Frame, usize> = HashMap::new();
    for point in points {
        // What does not have the form of a stored point is passed on as it is.
        let Ok(Some((frame, bytes))) = taken_apart(&point.raw) else {
            writer.bytes(number, &point.raw);
            continue;
        };
        let at = *positions.entry(frame).or_insert_with_key(|frame| {
            groups.push((frame.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(bytes);
    }
    for (frame, points) in groups {
        writer.message(number, |writer| {
            writer.encoded(&frame.header);
            writer.message(frame.data_number, |writer| {
                points.iter().for_each(|point| writer.bytes(1, point));
                writer.encoded(&frame.data_header);
            });
        });
    }
}

/// Splits a metric into its one point and all around it; None where it has not exactly one.
fn taken_apart(metric: &[u8]) -> Result<Option<(Frame, &[u8])>, ReadError> {
    let mut header = Vec::new();
    let mut data = Vec::new();
    let mut fields = Reader::new(metric);
    while let Some(field) = fields.next()? {
        if holds_points(field.number) {
            data.push((field.number, field.bytes()?));
        } else {
            header.extend_from_slice(field.whole);
        }
    }
    let [(data_number, data)] = data[..] else { return Ok(None) };
    let (mut points, mut data_header) = (Vec::new(), Vec::new());
    let mut fields = Reader::new(data);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            points.push(field.bytes()?);
        } else {
            data_header.extend_from_slice(field.whole);
        }
    }
    let [point] = points[..] else { return Ok(None) };
    Ok(Some((Frame { header, data_number, data_header }, point)))
}
