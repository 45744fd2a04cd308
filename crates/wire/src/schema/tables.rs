//! The messages of opentelemetry-proto 1.9, field by field.
//!
//! Statics rather than consts: a value may hold a list of values, so the tables point at each other in a circle.

use super::Kind::{Bool, Bytes, Double, Enum, Fixed32, Fixed64, Hex, Int64, Sfixed64, Sint32, Text, Uint32, Uint64};
use super::{Field, Kind, Message, Presence};
use crate::rejection::Reason;

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, presence: Presence::Implicit }
}

const fn optional(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, presence: Presence::Explicit }
}

const fn many(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, presence: Presence::Repeated }
}

const fn message(of: &'static Message) -> Kind {
    Kind::Message(of)
}

const TEMPORALITY: Kind = Enum { prefix: "AGGREGATION_TEMPORALITY_", words: &["UNSPECIFIED", "DELTA", "CUMULATIVE"] };

pub(crate) static ANY_VALUE: Message = Message {
    fields: &[
        optional(1, "stringValue", Text),
        optional(2, "boolValue", Bool),
        optional(3, "intValue", Int64),
        optional(4, "doubleValue", Double),
        optional(5, "arrayValue", message(&ARRAY_VALUE)),
        optional(6, "kvlistValue", message(&KEY_VALUE_LIST)),
        optional(7, "bytesValue", Bytes),
    ],
};

static ARRAY_VALUE: Message = Message { fields: &[many(1, "values", message(&ANY_VALUE))] };

static KEY_VALUE_LIST: Message = Message { fields: &[many(1, "values", message(&KEY_VALUE))] };

static KEY_VALUE: Message = Message { fields: &[one(1, "key", Text), one(2, "value", message(&ANY_VALUE))] };

pub(crate) static RESOURCE: Message =
    Message { fields: &[many(1, "attributes", message(&KEY_VALUE)), one(2, "droppedAttributesCount", Uint32)] };

pub(crate) static SCOPE: Message = Message {
    fields: &[
        one(1, "name", Text),
        one(2, "version", Text),
        many(3, "attributes", message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ],
};

pub(crate) static SPAN: Message = Message {
    fields: &[
        one(1, "traceId", Hex(Some(Reason::InvalidTraceId))),
        one(2, "spanId", Hex(Some(Reason::InvalidSpanId))),
        one(3, "traceState", Text),
        one(4, "parentSpanId", Hex(Some(Reason::InvalidParentSpanId))),
        one(5, "name", Text),
        one(6, "kind", Enum { prefix: "SPAN_KIND_", words: &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] }),
        one(7, "startTimeUnixNano", Fixed64),
        one(8, "endTimeUnixNano", Fixed64),
        many(9, "attributes", message(&KEY_VALUE)),
        one(10, "droppedAttributesCount", Uint32),
        many(11, "events", message(&EVENT)),
        one(12, "droppedEventsCount", Uint32),
        many(13, "links", message(&LINK)),
        one(14, "droppedLinksCount", Uint32),
        one(15, "status", message(&STATUS)),
        one(16, "flags", Fixed32),
    ],
};

static EVENT: Message = Message {
    fields: &[
        one(1, "timeUnixNano", Fixed64),
        one(2, "name", Text),
        many(3, "attributes", message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ],
};

// A link without valid ids is dropped and counted by the reader, so an id that is not hex may stay out.
static LINK: Message = Message {
    fields: &[
        one(1, "traceId", Hex(None)),
        one(2, "spanId", Hex(None)),
        one(3, "traceState", Text),
        many(4, "attributes", message(&KEY_VALUE)),
        one(5, "droppedAttributesCount", Uint32),
        one(6, "flags", Fixed32),
    ],
};

static STATUS: Message =
    Message { fields: &[one(2, "message", Text), one(3, "code", Enum { prefix: "STATUS_CODE_", words: &["UNSET", "OK", "ERROR"] })] };

pub(crate) static LOG_RECORD: Message = Message {
    fields: &[
        one(1, "timeUnixNano", Fixed64),
        one(2, "severityNumber", SEVERITY),
        one(3, "severityText", Text),
        one(5, "body", message(&ANY_VALUE)),
        many(6, "attributes", message(&KEY_VALUE)),
        one(7, "droppedAttributesCount", Uint32),
        one(8, "flags", Fixed32),
        one(9, "traceId", Hex(Some(Reason::InvalidTraceId))),
        one(10, "spanId", Hex(Some(Reason::InvalidSpanId))),
        one(11, "observedTimeUnixNano", Fixed64),
        one(12, "eventName", Text),
    ],
};

const SEVERITY: Kind = Enum {
    prefix: "SEVERITY_NUMBER_",
    words: &[
        "UNSPECIFIED",
        "TRACE",
        "TRACE2",
        "TRACE3",
        "TRACE4",
        "DEBUG",
        "DEBUG2",
        "DEBUG3",
        "DEBUG4",
        "INFO",
        "INFO2",
        "INFO3",
        "INFO4",
        "WARN",
        "WARN2",
        "WARN3",
        "WARN4",
        "ERROR",
        "ERROR2",
        "ERROR3",
        "ERROR4",
        "FATAL",
        "FATAL2",
        "FATAL3",
        "FATAL4",
    ],
};

pub(crate) static METRIC: Message = Message {
    fields: &[
        one(1, "name", Text),
        one(2, "description", Text),
        one(3, "unit", Text),
        optional(5, "gauge", message(&GAUGE)),
        optional(7, "sum", message(&SUM)),
        optional(9, "histogram", message(&HISTOGRAM)),
        optional(10, "exponentialHistogram", message(&EXPONENTIAL_HISTOGRAM)),
        optional(11, "summary", message(&SUMMARY)),
        many(12, "metadata", message(&KEY_VALUE)),
    ],
};

static GAUGE: Message = Message { fields: &[many(1, "dataPoints", message(&NUMBER_POINT))] };

static SUM: Message = Message {
    fields: &[many(1, "dataPoints", message(&NUMBER_POINT)), one(2, "aggregationTemporality", TEMPORALITY), one(3, "isMonotonic", Bool)],
};

static HISTOGRAM: Message =
    Message { fields: &[many(1, "dataPoints", message(&HISTOGRAM_POINT)), one(2, "aggregationTemporality", TEMPORALITY)] };

static EXPONENTIAL_HISTOGRAM: Message =
    Message { fields: &[many(1, "dataPoints", message(&EXPONENTIAL_HISTOGRAM_POINT)), one(2, "aggregationTemporality", TEMPORALITY)] };

static SUMMARY: Message = Message { fields: &[many(1, "dataPoints", message(&SUMMARY_POINT))] };

pub(crate) static NUMBER_POINT: Message = Message {
    fields: &[
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        optional(4, "asDouble", Double),
        many(5, "exemplars", message(&EXEMPLAR)),
        optional(6, "asInt", Sfixed64),
        many(7, "attributes", message(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ],
};

pub(crate) static HISTOGRAM_POINT: Message = Message {
    fields: &[
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        optional(5, "sum", Double),
        many(6, "bucketCounts", Fixed64),
        many(7, "explicitBounds", Double),
        many(8, "exemplars", message(&EXEMPLAR)),
        many(9, "attributes", message(&KEY_VALUE)),
        one(10, "flags", Uint32),
        optional(11, "min", Double),
        optional(12, "max", Double),
    ],
};

pub(crate) static EXPONENTIAL_HISTOGRAM_POINT: Message = Message {
    fields: &[
        many(1, "attributes", message(&KEY_VALUE)),
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        optional(5, "sum", Double),
        one(6, "scale", Sint32),
        one(7, "zeroCount", Fixed64),
        one(8, "positive", message(&BUCKETS)),
        one(9, "negative", message(&BUCKETS)),
        one(10, "flags", Uint32),
        many(11, "exemplars", message(&EXEMPLAR)),
        optional(12, "min", Double),
        optional(13, "max", Double),
        one(14, "zeroThreshold", Double),
    ],
};

static BUCKETS: Message = Message { fields: &[one(1, "offset", Sint32), many(2, "bucketCounts", Uint64)] };

pub(crate) static SUMMARY_POINT: Message = Message {
    fields: &[
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        many(6, "quantileValues", message(&QUANTILE)),
        many(7, "attributes", message(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ],
};

static QUANTILE: Message = Message { fields: &[one(1, "quantile", Double), one(2, "value", Double)] };

static EXEMPLAR: Message = Message {
    fields: &[
        one(2, "timeUnixNano", Fixed64),
        optional(3, "asDouble", Double),
        one(4, "spanId", Hex(Some(Reason::InvalidSpanId))),
        one(5, "traceId", Hex(Some(Reason::InvalidTraceId))),
        optional(6, "asInt", Sfixed64),
        many(7, "filteredAttributes", message(&KEY_VALUE)),
    ],
};
