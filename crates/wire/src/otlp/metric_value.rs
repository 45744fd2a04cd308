//! What a data point says: numbers, histograms and summaries. Read where it is asked for; what is stored stays bytes.

use model::{ExponentialBuckets, ExponentialHistogramValue, HistogramValue, MetricKind, MetricValue, SummaryValue};

use crate::limits::POINT_BUCKETS_MAX;
use crate::protobuf::{Field, Reader, Wire};
use crate::rejection::{Reason, RecordError};

/// `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
const NO_RECORDED_VALUE: u32 = 1;

/// Reads the value of a point of a kind.
pub(crate) fn read_value(kind: MetricKind, point: &[u8]) -> Result<MetricValue, RecordError> {
    let (value, flags) = match kind {
        MetricKind::Gauge | MetricKind::Sum => read_number(point)?,
        MetricKind::Histogram => read_histogram(point)?,
        MetricKind::ExponentialHistogram => read_exponential_histogram(point)?,
        MetricKind::Summary => read_summary(point)?,
    };
    Ok(if flags & NO_RECORDED_VALUE == 0 { value } else { MetricValue::Absent })
}

fn read_number(point: &[u8]) -> Result<(MetricValue, u32), RecordError> {
    let (mut value, mut flags) = (MetricValue::Absent, 0);
    let mut fields = Reader::new(point);
    while let Some(field) = fields.next()? {
        match field.number {
            4 => value = MetricValue::Double(double(&field)?),
            6 => value = MetricValue::Int(field.fixed64()?.cast_signed()),
            8 => flags = field.u32()?,
            _ => {}
        }
    }
    Ok((value, flags))
}

fn read_histogram(point: &[u8]) -> Result<(MetricValue, u32), RecordError> {
    let (mut histogram, mut flags) = (HistogramValue::default(), 0);
    let mut fields = Reader::new(point);
    while let Some(field) = fields.next()? {
        match field.number {
            4 => histogram.count = field.fixed64()?,
            5 => histogram.sum = Some(double(&field)?),
            6 => read_fixed64s(&field, &mut histogram.bucket_counts, |bits| bits)?,
            7 => read_fixed64s(&field, &mut histogram.bounds, f64::from_bits)?,
            10 => flags = field.u32()?,
            11 => histogram.min = Some(double(&field)?),
            12 => histogram.max = Some(double(&field)?),
            _ => {}
        }
    }
    Ok((MetricValue::Histogram(histogram), flags))
}

fn read_exponential_histogram(point: &[u8]) -> Result<(MetricValue, u32), RecordError> {
    let (mut histogram, mut flags) = (ExponentialHistogramValue::default(), 0);
    let mut fields = Reader::new(point);
    while let Some(field) = fields.next()? {
        match field.number {
            4 => histogram.count = field.fixed64()?,
            5 => histogram.sum = Some(double(&field)?),
            6 => histogram.scale = sint32(&field)?,
            7 => histogram.zero_count = field.fixed64()?,
            8 => histogram.positive = read_buckets(field.bytes()?)?,
            9 => histogram.negative = read_buckets(field.bytes()?)?,
            10 => flags = field.u32()?,
            12 => histogram.min = Some(double(&field)?),
            13 => histogram.max = Some(double(&field)?),
            14 => histogram.zero_threshold = double(&field)?,
            _ => {}
        }
    }
    Ok((MetricValue::ExponentialHistogram(histogram), flags))
}

fn read_buckets(message: &[u8]) -> Result<ExponentialBuckets, RecordError> {
    let mut buckets = ExponentialBuckets::default();
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match (field.number, field.wire) {
            (1, _) => buckets.offset = sint32(&field)?,
            (2, Wire::Bytes(packed)) => {
                let mut counts = Reader::new(packed);
                while !counts.is_empty() {
                    push(&mut buckets.counts, counts.varint()?)?;
                }
            }
            (2, _) => push(&mut buckets.counts, field.varint()?)?,
            _ => {}
        }
    }
    Ok(buckets)
}

fn read_summary(point: &[u8]) -> Result<(MetricValue, u32), RecordError> {
    let (mut summary, mut flags) = (SummaryValue::default(), 0);
    let mut fields = Reader::new(point);
    while let Some(field) = fields.next()? {
        match field.number {
            4 => summary.count = field.fixed64()?,
            5 => summary.sum = double(&field)?,
            6 => push(&mut summary.quantiles, read_quantile(field.bytes()?)?)?,
            8 => flags = field.u32()?,
            _ => {}
        }
    }
    Ok((MetricValue::Summary(summary), flags))
}

fn read_quantile(message: &[u8]) -> Result<(f64, f64), RecordError> {
    let mut pair = (0.0, 0.0);
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => pair.0 = double(&field)?,
            2 => pair.1 = double(&field)?,
            _ => {}
        }
    }
    Ok(pair)
}

fn double(field: &Field<'_>) -> Result<f64, RecordError> {
    Ok(f64::from_bits(field.fixed64()?))
}

/// Negative numbers stand as odd ones on the wire.
fn sint32(field: &Field<'_>) -> Result<i32, RecordError> {
    let number = field.u32()?;
    Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
}

/// Reads a repeated field of eight bytes each, packed or one by one.
fn read_fixed64s<T>(field: &Field<'_>, list: &mut Vec<T>, of_bits: fn(u64) -> T) -> Result<(), RecordError> {
    let Wire::Bytes(packed) = field.wire else {
        return push(list, of_bits(field.fixed64()?));
    };
    let mut numbers = Reader::new(packed);
    while !numbers.is_empty() {
        push(list, of_bits(u64::from_le_bytes(numbers.array()?)))?;
    }
    Ok(())
}

fn push<T>(list: &mut Vec<T>, value: T) -> Result<(), RecordError> {
    if list.len() == POINT_BUCKETS_MAX {
        return Err(RecordError::new(Reason::MetricTooLarge, format!("more than {POINT_BUCKETS_MAX} buckets")));
    }
    list.push(value);
    Ok(())
}
