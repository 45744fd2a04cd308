//! The limits that senders and operators run into, as they are in force.

use pipeline::limits as pipeline;
use store::limits as store;

use super::shapes::LimitAnswer;
use crate::limits as server;

/// Lists limits by what they bound, the ones met first in a request first.
pub(super) fn limits(wire: &wire::Limits) -> Vec<LimitAnswer> {
    let limit = |name, value: usize, unit, about| LimitAnswer { name, value: value as u64, unit, about };
    vec![
        limit("connections", server::CONNECTIONS_MAX, "count", "Connections open at once on one port"),
        limit("body_bytes", server::BODY_BYTES_MAX, "bytes", "A request body as sent"),
        limit("unpacked_body_bytes", wire.body_bytes_max, "bytes", "A request body after decompression"),
        limit("records_per_request", wire.records_per_request_max, "count", "Spans, log records or points in one request"),
        limit("values_per_record", wire.values_per_record_max, "count", "Values in one record"),
        limit("in_flight_requests", pipeline::IN_FLIGHT_REQUESTS_MAX, "count", "Requests being received at once"),
        limit("in_flight_bytes", pipeline::IN_FLIGHT_BYTES_MAX, "bytes", "Bytes being received at once"),
        limit("body_idle_seconds", server::BODY_IDLE_TIMEOUT.as_secs() as usize, "seconds", "Between two pieces of a body"),
        limit("page_rows", store::PAGE_ROWS_MAX, "count", "Rows of one page of an answer"),
        limit("trace_spans", store::TRACE_SPANS_MAX, "count", "Spans of one trace that are read at once"),
    ]
}
