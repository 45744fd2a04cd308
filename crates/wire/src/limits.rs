//! How much one request may ask for, each number with its reason.
//!
//! Two kinds of bounds: what a record may be before it is rejected alone, and what a request may be before memory is at risk.
//! A byte of input may cost many bytes of memory (an empty array element is two bytes on the wire and thirty-two in memory),
//! so counting bytes is not enough and values are counted too.

/// Bounds of one request and of each record in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body after decompression. Spans of 20 MB are seen in the wild (images inside prompts), and a batch holds several;
    /// gRPC's own default of 4 MiB is far too small for prompts.
    pub body_bytes_max: usize,
    /// Most spans, log records or data points in one request. SDKs send 512 at a time, collectors around 8 000.
    pub records_per_request_max: usize,
    /// Most values (attributes, array elements, events and links at any depth) in one request; each costs up to 80 bytes of memory.
    pub values_per_request_max: usize,
    /// Most values in one record. An embedding call of 300 texts with 3 072 dimensions carries 0.9 million.
    pub values_per_record_max: usize,
    /// Most attributes directly on a span, event, link, log record, data point, resource or scope.
    /// SDKs stop at 128 by default; instrumentations that flatten conversations into attributes raise that to 10 000.
    pub attributes_max: usize,
    /// Most events of one span. SDKs stop at 128 by default; an event for each streamed token makes thousands.
    pub events_per_span_max: usize,
    /// Most links of one span. SDKs stop at 128 by default.
    pub links_per_span_max: usize,
    /// Longest attribute key. Flattened keys of conversations run to about 100 bytes.
    pub key_bytes_max: usize,
    /// Deepest nesting of an attribute value; a plain value has depth 1, a list of plain values 2.
    /// Decoders made by protoc stop at 100 messages, which is 33 maps inside each other, so nothing deeper passes a collector either.
    pub value_depth_max: usize,
    /// What name, unit, description and metadata of one metric may take together: they are repeated with each of its points.
    pub metric_header_bytes_max: usize,
    /// What the points of one request may take when each carries its metric's header.
    pub points_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 20,
            records_per_request_max: 100_000,
            values_per_request_max: 2_000_000,
            values_per_record_max: 1_000_000,
            attributes_max: 32_768,
            events_per_span_max: 65_536,
            links_per_span_max: 65_536,
            key_bytes_max: 4 << 10,
            value_depth_max: 32,
            metric_header_bytes_max: 64 << 10,
            points_bytes_max: 128 << 20,
        }
    }
}

impl Limits {
    /// Returns the bounds for reading back what was stored: it passed the real ones when it came in, and those may since have been
    /// lowered. Only the depth stays bounded, so that a damaged record cannot exhaust the stack.
    pub(crate) fn stored() -> Self {
        Self {
            body_bytes_max: usize::MAX,
            records_per_request_max: usize::MAX,
            values_per_request_max: usize::MAX,
            values_per_record_max: usize::MAX,
            attributes_max: usize::MAX,
            events_per_span_max: usize::MAX,
            links_per_span_max: usize::MAX,
            key_bytes_max: usize::MAX,
            value_depth_max: STORED_DEPTH_MAX,
            metric_header_bytes_max: usize::MAX,
            points_bytes_max: usize::MAX,
        }
    }

    /// Returns the depth in force: a configured one beyond what can be read back from the store would lose records later.
    pub(crate) fn value_depth(&self) -> usize {
        self.value_depth_max.min(STORED_DEPTH_MAX)
    }
}

/// Four times the default: room to raise the limit, and still only some hundred small stack frames.
const STORED_DEPTH_MAX: usize = 128;

/// Longest detail of one rejection, so that thousands of them stay small.
pub(crate) const DETAIL_BYTES_MAX: usize = 240;

/// How much of a record's name stands in a detail.
pub(crate) const DETAIL_NAME_CHARS_MAX: usize = 64;

/// Longest error message in an answer: some senders put it on one log line.
pub(crate) const ERROR_MESSAGE_BYTES_MAX: usize = 1_024;

/// Largest zstd window, as a power of two: 64 MiB, the largest body. Compressors use 8 MiB unless told otherwise.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 26;

/// Most elements of one JSON list of records, refused while the list is read and before `records_per_request_max` can be looked at:
/// an element may be two bytes of text and costs sixteen of memory.
pub(crate) const JSON_RECORDS_MAX: usize = 1_000_000;

/// Buckets, bounds or quantiles of one point that are read for an answer; the point is stored whole in any case.
/// SDKs keep 160 buckets at most, and a byte on the wire can claim one.
pub(crate) const POINT_BUCKETS_MAX: usize = 10_000;
