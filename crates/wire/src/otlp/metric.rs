//! Metrics: each data point becomes one record that carries its metric's header along.

use std::sync::Arc;

use model::{Attributes, MetricKind, MetricPoint, Resource, Scope};

use crate::error::DecodeError;
use crate::incoming::{Incoming, Shared};
use crate::otlp::Budget;
use crate::otlp::value::read_attribute;
use crate::protobuf::{Reader, Writer, text_of};
use crate::rejection::{Reason, RecordError};
use crate::schema::{self, Message};

/// Which fields of `Metric` hold which kind of points, what their message is, and where a point keeps its attributes.
struct Shape {
    number: u32,
    kind: MetricKind,
    point: &'static Message,
    attributes: u32,
}

static SHAPES: [Shape; 5] = [
    Shape { number: 5, kind: MetricKind::Gauge, point: &schema::NUMBER_POINT, attributes: 7 },
    Shape { number: 7, kind: MetricKind::Sum, point: &schema::NUMBER_POINT, attributes: 7 },
    Shape { number: 9, kind: MetricKind::Histogram, point: &schema::HISTOGRAM_POINT, attributes: 9 },
    Shape { number: 10, kind: MetricKind::ExponentialHistogram, point: &schema::EXPONENTIAL_HISTOGRAM_POINT, attributes: 1 },
    Shape { number: 11, kind: MetricKind::Summary, point: &schema::SUMMARY_POINT, attributes: 7 },
];

fn shape_of(number: u32) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.number == number)
}

/// Whether a field of `Metric` is the one that holds its points.
pub(crate) fn holds_points(number: u32) -> bool {
    shape_of(number).is_some()
}

/// What a metric says about all of its points.
struct Header {
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    name: String,
    unit: String,
    /// All fields of the metric but its data, as they came.
    encoded: Vec<u8>,
}

/// The data of a metric: its points, and what it says about them.
struct Data<'a> {
    shape: &'static Shape,
    message: &'a [u8],
    /// How many points there are.
    points: usize,
    temporality: i32,
    monotonic: bool,
    /// All fields of the data but its points, as they came.
    encoded: Vec<u8>,
}

/// Reads one `Metric`. A bad point is rejected alone; a metric whose own fields are bad takes its points with it, each counted.
pub(crate) fn read_metric(
    message: &[u8],
    resource: &Shared<Resource>,
    scope: &Shared<Scope>,
    budget: &mut Budget<'_>,
    incoming: &mut Incoming,
) -> Result<(), DecodeError> {
    let name = name_of(message);
    let data = match read_data(message) {
        Ok(data) => data,
        Err(error) => {
            incoming.rejected.push(error.reject("metric", name));
            return Ok(());
        }
    };
    // Counted before they are read: a point may be two bytes long, and each costs a record or a rejection.
    let points: usize = data.iter().map(|data| data.points).sum();
    let records_max = budget.limits.records_per_request_max;
    if points > records_max.saturating_sub(incoming.received()) {
        return Err(DecodeError::TooManyRecords { records_max });
    }
    let header = read_header(message, resource, scope, budget);
    for data in &data {
        let mut fields = Reader::new(data.message);
        while let Some(field) = fields.next()? {
            if field.number != 1 {
                continue;
            }
            match header.as_ref().map_err(Clone::clone).and_then(|header| read_point(field.bytes()?, data, header, budget)) {
                Ok(point) => incoming.points.push(point),
                Err(error) => incoming.rejected.push(error.reject("data point of", name)),
            }
        }
    }
    Ok(())
}

/// Returns the metric's name if it can be found, for a message about a metric that cannot be read.
pub(crate) fn name_of(message: &[u8]) -> Option<&str> {
    text_of(message, 1)
}

/// Reads a metric that has one point, as `write_metric` made it.
pub(crate) fn read_single_point(
    message: &[u8],
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    budget: &mut Budget<'_>,
) -> Result<MetricPoint, RecordError> {
    let data = single_data(message)?;
    let header = read_header(message, &Ok(resource), &Ok(scope), budget)?;
    read_point(point_in(&data)?, &data, &header, budget)
}

/// Finds the point of a metric that has one: its kind, and its message.
pub(crate) fn single_point(message: &[u8]) -> Result<(MetricKind, &[u8]), RecordError> {
    let data = single_data(message)?;
    Ok((data.shape.kind, point_in(&data)?))
}

fn single_data(message: &[u8]) -> Result<Data<'_>, RecordError> {
    let mut all = read_data(message)?;
    match (all.pop(), all.is_empty()) {
        (Some(data @ Data { points: 1, .. }), true) => Ok(data),
        _ => Err(RecordError::new(Reason::Malformed, "a stored metric has one point")),
    }
}

fn point_in<'a>(data: &Data<'a>) -> Result<&'a [u8], RecordError> {
    let mut point = &[][..];
    let mut fields = Reader::new(data.message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            point = field.bytes()?;
        }
    }
    Ok(point)
}

/// Finds the data of a metric and checks its frame; more than one would be against the schema, and all are read.
fn read_data(message: &[u8]) -> Result<Vec<Data<'_>>, RecordError> {
    let mut all = Vec::new();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        if let Some(shape) = shape_of(field.number) {
            all.push(read_data_header(field.bytes()?, shape)?);
        }
    }
    Ok(all)
}

fn read_header(message: &[u8], resource: &Shared<Resource>, scope: &Shared<Scope>, budget: &mut Budget<'_>) -> Result<Header, RecordError> {
    let (resource, scope) = (resource.clone()?, scope.clone()?);
    let mut header = Header { resource, scope, name: String::new(), unit: String::new(), encoded: Vec::new() };
    let mut metadata = Attributes::default();
    budget.start_record();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => header.name = field.text().map_err(|error| error.within("name"))?,
            2 => drop(field.text().map_err(|error| error.within("description"))?),
            3 => header.unit = field.text().map_err(|error| error.within("unit"))?,
            12 => read_attribute(field, &mut metadata, budget)?,
            _ => {}
        }
        if shape_of(field.number).is_none() {
            header.encoded.extend_from_slice(field.whole);
        }
    }
    let bytes_max = budget.limits.metric_header_bytes_max;
    if header.encoded.len() > bytes_max {
        let detail = format!("name, unit, description and metadata of {} bytes: at most {bytes_max}", header.encoded.len());
        return Err(RecordError::new(Reason::MetricTooLarge, detail));
    }
    Ok(header)
}

fn read_data_header<'a>(message: &'a [u8], shape: &'static Shape) -> Result<Data<'a>, RecordError> {
    let mut data = Data { shape, message, points: 0, temporality: 0, monotonic: false, encoded: Vec::new() };
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => {
                field.bytes()?;
                data.points += 1;
                continue;
            }
            2 => data.temporality = field.i32()?,
            3 => data.monotonic = field.varint()? != 0,
            _ => {}
        }
        data.encoded.extend_from_slice(field.whole);
    }
    Ok(data)
}

fn read_point(message: &[u8], data: &Data<'_>, metric: &Header, budget: &mut Budget<'_>) -> Result<MetricPoint, RecordError> {
    budget.start_record();
    // What is kept as bytes must be readable as a whole later, also where nothing of it is read now.
    schema::check(data.shape.point, message, budget.limits.value_depth())?;
    let (mut start_unix_nanos, mut time_unix_nanos) = (0, 0);
    let mut attributes = Attributes::default();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            number if number == data.shape.attributes => read_attribute(field, &mut attributes, budget)?,
            2 => start_unix_nanos = field.fixed64()?,
            3 => time_unix_nanos = field.fixed64()?,
            _ => {}
        }
    }
    // Name and unit stand in memory beside the bytes.
    budget.take_point(metric.encoded.len() * 2 + data.encoded.len() + message.len())?;
    Ok(MetricPoint {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        kind: data.shape.kind,
        temporality: data.temporality,
        monotonic: data.monotonic,
        start_unix_nanos,
        time_unix_nanos,
        attributes,
        raw: write_metric(metric, data, message),
        resource: metric.resource.clone(),
        scope: metric.scope.clone(),
    })
}

/// Writes the metric again, with this one point in it.
fn write_metric(metric: &Header, data: &Data<'_>, point: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.encoded(&metric.encoded);
    writer.message(data.shape.number, |writer| {
        writer.bytes(1, point);
        writer.encoded(&data.encoded);
    });
    writer.into_bytes()
}
