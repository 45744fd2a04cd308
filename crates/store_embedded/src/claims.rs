//! Who bills a model call: the first trace that shows it with usage.
//!
//! Claims stand among the keys of records, in the tail and in segments: under the key of the call, the trace in place of a content
//! hash. The log has none of its own; a row that is billed in no other trace tells its claim again when it is replayed.
//! Segments of a version that knew no claims have none: their calls are billed where they were.

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array};
use model::{Billing, ProjectSlug, Span, TraceId};
use store::StoreError;
use store::limits::SAME_CALL_NANOS;

use crate::keys::{Claim, ContentHash, RecordKey, claim_key};
use crate::rows::Columns;
use crate::rows::spans::USAGE_COLUMNS;

/// The claim a span makes; None where it does not say which call it bills.
pub(crate) fn claim_of_span(project: &ProjectSlug, span: &Span) -> Option<Claim> {
    let response_id = span.response_id.as_deref().filter(|_| span.billing == Billing::Leaf && !span.usage.is_empty())?;
    let window = window_of(span.start_unix_nanos);
    let key = |window| claim_key(project, span.observation_type.as_str(), response_id, window);
    Some(Claim { own: key(window), near: [key(window.wrapping_sub(1)), key(window.wrapping_add(1))] })
}

fn window_of(start_unix_nanos: u64) -> u64 {
    start_unix_nanos / SAME_CALL_NANOS
}

/// A trace as it stands under a claim.
pub(crate) fn entry_of_trace(trace_id: TraceId) -> ContentHash {
    ContentHash(u128::from_be_bytes(*trace_id.as_bytes()))
}

/// The trace that stands under a claim.
pub(crate) fn trace_of_entry(entry: ContentHash) -> Result<TraceId, StoreError> {
    TraceId::from_bytes(&entry.0.to_be_bytes()).map_err(|error| StoreError::Damaged(format!("a claim: {error}")))
}

/// Reads the same claims from rows, without making spans of them.
pub(crate) struct ClaimColumns<'a> {
    billing: &'a StringArray,
    observation_types: &'a StringArray,
    response_ids: Option<&'a StringArray>,
    billed_in: Option<&'a FixedSizeBinaryArray>,
    starts: &'a UInt64Array,
    usage: Vec<&'a dyn Array>,
}

impl<'a> ClaimColumns<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, StoreError> {
        let columns = Columns(batch);
        let usage = USAGE_COLUMNS.iter().chain(&["usage_other"]).filter_map(|name| batch.column_by_name(name));
        Ok(Self {
            billing: columns.get("billing")?,
            observation_types: columns.get("observation_type")?,
            response_ids: columns.find("response_id")?,
            billed_in: columns.find("billed_in")?,
            starts: columns.get("start_unix_nanos")?,
            usage: usage.map(AsRef::as_ref).collect(),
        })
    }

    /// The claim a row makes; None where its call is billed in another trace.
    pub(crate) fn claim(&self, row: usize, project: &ProjectSlug) -> Option<RecordKey> {
        let response_ids = self.response_ids.filter(|column| column.is_valid(row))?;
        let is_billed = self.billing.value(row) == Billing::Leaf.as_str() && self.usage.iter().any(|column| column.is_valid(row));
        let is_billed_elsewhere = self.billed_in.is_some_and(|column| column.is_valid(row));
        let window = window_of(self.starts.value(row));
        (is_billed && !is_billed_elsewhere).then(|| claim_key(project, self.observation_types.value(row), response_ids.value(row), window))
    }
}
