//! Spans as rows: core columns for lists, and the raw span with who sent it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use datafusion::arrow::array::{ArrayRef, FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use model::{
    AnyValue, Billing, CostStatus, Label, Level, NanoUsd, ObservationType, Origin, ProjectSlug, RawSpan, Resource, Scope, Span, SpanId,
    SpanKind, SpanStatus, TraceId, Usage, UsageConfidence, Visibility,
};
use serde_json::Value;
use store::StoreError;

use super::SharedBytes;
use super::columns::{
    Column, Columns, Source, batch_from_columns, bytes, fixed_bytes, numbers, owned_texts, schema_of_columns, signed_numbers,
    small_numbers, text_lists, texts, truths,
};
use crate::keys::{Claim, ContentHash, RecordKey};

/// Columns that are read only with `Detail::Whole`, kept in a file of their own.
pub(crate) const CONTENT_COLUMNS: [&str; 3] = ["raw", "resource", "scope"];

/// Units with a column of their own: what nearly every question about usage asks for.
pub(crate) const USAGE_COLUMNS: [&str; 5] = [Usage::INPUT, Usage::OUTPUT, Usage::CACHE_READ, Usage::CACHE_WRITE, Usage::REASONING];

/// One version of a span on its way to disk.
#[derive(Debug, Clone)]
pub(crate) struct SpanRow {
    pub(crate) project: ProjectSlug,
    pub(crate) key: RecordKey,
    pub(crate) content_hash: ContentHash,
    /// The key of the model call it bills.
    pub(crate) claim: Option<Claim>,
    /// Position in the order of all appended rows.
    pub(crate) version: u64,
    /// Whether an older version of the span was there.
    pub(crate) is_update: bool,
    /// Without content and raw. Apart, for rows are sorted out and put together by moving them.
    pub(crate) span: Box<Span>,
    pub(crate) raw: Vec<u8>,
    pub(crate) resource: SharedBytes,
    pub(crate) scope: SharedBytes,
}

/// A span read back.
#[derive(Debug, Clone)]
pub(crate) struct StoredSpan {
    pub(crate) version: u64,
    pub(crate) is_update: bool,
    pub(crate) span: Span,
}

pub(crate) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of_columns(&columns(&[])));
    Arc::clone(&SCHEMA)
}

/// The schema of rows on their way into a segment, whose content is not copied once more.
pub(crate) fn schema_of_views() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| super::columns::schema_of_views(&schema()));
    Arc::clone(&SCHEMA)
}

pub(crate) fn batch_from_rows(rows: &[SpanRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(rows))
}

/// Some columns of rows that may be stored already.
pub(crate) struct ComparedColumns {
    pub(crate) batch: RecordBatch,
    /// Of each column, whether it is known to be as stored.
    pub(crate) are_as_stored: Vec<bool>,
}

/// Encodes some columns alone, of those that fields of a span may have, where they are not as the same rows have them in a batch.
pub(crate) fn compared_columns(rows: &[SpanRow], names: &[&str], stored: Option<&RecordBatch>) -> Result<ComparedColumns, StoreError> {
    let mut encoded = Encoded { rows, wanted: Some(names), stored, columns: Vec::new(), are_as_stored: Vec::new() };
    FIELD_COLUMNS.iter().for_each(|add| add(&mut encoded));
    let Encoded { columns, are_as_stored, .. } = encoded;
    Ok(ComparedColumns { batch: batch_from_columns(schema_of_columns(&columns), columns)?, are_as_stored })
}

/// Columns as they are made, all of them or those that are wanted.
struct Encoded<'a> {
    rows: &'a [SpanRow],
    wanted: Option<&'a [&'a str]>,
    /// The same rows as they are stored. It lacks a column where no row has a value.
    stored: Option<&'a RecordBatch>,
    columns: Vec<Column>,
    are_as_stored: Vec<bool>,
}

impl Encoded<'_> {
    fn add(&mut self, name: &'static str, encode: impl FnOnce(Source<'_, SpanRow>) -> ArrayRef) {
        if self.wanted.is_some_and(|wanted| !wanted.contains(&name)) {
            return;
        }
        let stored = self.stored.and_then(|stored| stored.column_by_name(name));
        let column = encode(Source::with_stored(self.rows, stored));
        let is_as_stored = stored.map_or_else(|| column.null_count() == column.len(), |stored| Arc::ptr_eq(stored, &column));
        self.are_as_stored.push(self.stored.is_some() && is_as_stored);
        self.columns.push((name, column));
    }
}

const FIELD_COLUMNS: [fn(&mut Encoded<'_>); 4] = [add_identity, add_outcome, add_usage, add_context];

fn columns(rows: &[SpanRow]) -> Vec<Column> {
    let mut encoded = Encoded { rows, wanted: None, stored: None, columns: Vec::new(), are_as_stored: Vec::new() };
    FIELD_COLUMNS.iter().for_each(|add| add(&mut encoded));
    add_labels(&mut encoded);
    add_content(&mut encoded);
    encoded.columns
}

fn add_identity(columns: &mut Encoded<'_>) {
    columns.add("project", |rows| texts(rows, |row| Some(row.project.as_str())));
    columns.add("trace_id", |rows| fixed_bytes(rows, |row| Some(*row.span.trace_id.as_bytes())));
    columns.add("span_id", |rows| fixed_bytes(rows, |row| Some(*row.span.span_id.as_bytes())));
    columns.add("version", |rows| numbers(rows, |row| Some(row.version)));
    columns.add("is_update", |rows| truths(rows, |row| Some(row.is_update)));
    columns.add("content_hash", |rows| fixed_bytes(rows, |row| Some(row.content_hash.0.to_be_bytes())));
    columns.add("parent_span_id", |rows| fixed_bytes(rows, |row| row.span.parent_span_id.map(|id| *id.as_bytes())));
    columns.add("start_unix_nanos", |rows| numbers(rows, |row| Some(row.span.start_unix_nanos)));
    columns.add("end_unix_nanos", |rows| numbers(rows, |row| Some(row.span.end_unix_nanos)));
    columns.add("name", |rows| texts(rows, |row| Some(&row.span.name)));
    columns.add("raw_name", |rows| texts(rows, |row| Some(&row.span.raw_name)));
    columns.add("kind", |rows| texts(rows, |row| Some(row.span.kind.as_str())));
    columns.add("observation_type", |rows| texts(rows, |row| Some(row.span.observation_type.as_str())));
    columns.add("operation", |rows| texts(rows, |row| row.span.operation.as_deref()));
    columns.add("origin", |rows| texts(rows, |row| Some(row.span.origin.as_str())));
}

fn add_outcome(columns: &mut Encoded<'_>) {
    columns.add("billing", |rows| texts(rows, |row| Some(row.span.billing.as_str())));
    columns.add("billed_in", |rows| fixed_bytes(rows, |row| row.span.billed_in.map(|id| *id.as_bytes())));
    columns.add("visibility", |rows| texts(rows, |row| Some(row.span.visibility.as_str())));
    columns.add("level", |rows| texts(rows, |row| Some(row.span.level.as_str())));
    columns.add("status", |rows| texts(rows, |row| Some(row.span.status.as_str())));
    columns.add("status_message", |rows| texts(rows, |row| row.span.status_message.as_deref()));
    columns.add("error_type", |rows| texts(rows, |row| row.span.error_type.as_deref()));
    columns.add("http_status", |rows| small_numbers(rows, |row| row.span.http_status));
    columns.add("rate_limit", |rows| owned_texts(rows, |row| pairs_json(&row.span.rate_limit)));
    columns.add("provider", |rows| texts(rows, |row| row.span.provider.as_deref()));
    columns.add("request_model", |rows| texts(rows, |row| row.span.request_model.as_deref()));
    columns.add("response_model", |rows| texts(rows, |row| row.span.response_model.as_deref()));
    columns.add("response_id", |rows| texts(rows, |row| row.span.response_id.as_deref()));
    columns.add("finish_reasons", |rows| text_lists(rows, |row| &row.span.finish_reasons));
    columns.add("stream", |rows| truths(rows, |row| row.span.stream));
    columns.add("ttft_nanos", |rows| numbers(rows, |row| row.span.ttft_nanos));
}

fn add_usage(columns: &mut Encoded<'_>) {
    for unit in USAGE_COLUMNS {
        columns.add(unit, |rows| numbers(rows, |row| row.span.usage.get(unit)));
    }
    columns.add("usage_other", |rows| owned_texts(rows, |row| other_usage_json(&row.span.usage)));
    columns.add("usage_confidence", |rows| texts(rows, |row| row.span.usage_confidence.map(UsageConfidence::as_str)));
    columns.add("cost_reported_nanousd", |rows| signed_numbers(rows, |row| row.span.cost_reported.map(|cost| cost.0)));
    columns.add("cost_nanousd", |rows| signed_numbers(rows, |row| row.span.price.cost.map(|cost| cost.0)));
    columns.add("cost_status", |rows| texts(rows, |row| Some(row.span.price.status.as_str())));
    columns.add("cost_computed_nanousd", |rows| signed_numbers(rows, |row| row.span.price.computed.map(|cost| cost.0)));
    columns.add("cost_source", |rows| texts(rows, |row| row.span.price.source.as_deref()));
    columns.add("cost_reason", |rows| texts(rows, |row| row.span.price.reason.as_deref()));
}

fn add_context(columns: &mut Encoded<'_>) {
    columns.add("session_id", |rows| texts(rows, |row| row.span.session_id.as_deref()));
    columns.add("user_id", |rows| texts(rows, |row| row.span.user_id.as_deref()));
    columns.add("trace_name", |rows| texts(rows, |row| row.span.trace_name.as_deref()));
    columns.add("tags", |rows| text_lists(rows, |row| &row.span.tags));
    columns.add("metadata", |rows| owned_texts(rows, |row| pairs_json(&row.span.metadata)));
    columns.add("agent_name", |rows| texts(rows, |row| row.span.agent_name.as_deref()));
    columns.add("workflow_name", |rows| texts(rows, |row| row.span.workflow_name.as_deref()));
    columns.add("step_name", |rows| texts(rows, |row| row.span.step.name.as_deref()));
    columns.add("step_index", |rows| small_numbers(rows, |row| row.span.step.index));
    columns.add("step_attempt", |rows| small_numbers(rows, |row| row.span.step.attempt));
    columns.add("prompt_name", |rows| texts(rows, |row| row.span.prompt_name.as_deref()));
    columns.add("prompt_version", |rows| texts(rows, |row| row.span.prompt_version.as_deref()));
    columns.add("tool_name", |rows| texts(rows, |row| row.span.tool_name.as_deref()));
    columns.add("tool_call_id", |rows| texts(rows, |row| row.span.tool_call_id.as_deref()));
    columns.add("service_name", |rows| texts(rows, |row| row.span.service_name.as_deref()));
    columns.add("environment", |rows| texts(rows, |row| row.span.environment.as_deref()));
    columns.add("release", |rows| texts(rows, |row| row.span.release.as_deref()));
    columns.add("scope_name", |rows| texts(rows, |row| Some(&row.span.scope_name)));
    columns.add("scope_version", |rows| texts(rows, |row| Some(&row.span.scope_version)));
    columns.add("dialects", |rows| text_lists(rows, |row| &row.span.dialects));
    columns.add("notes", |rows| text_lists(rows, |row| &row.span.notes));
    columns.add("mapping_version", |rows| small_numbers(rows, |row| Some(row.span.mapping_version)));
    columns.add("input_preview", |rows| texts(rows, |row| row.span.previews.input.as_deref()));
    columns.add("output_preview", |rows| texts(rows, |row| row.span.previews.output.as_deref()));
}

fn add_labels(columns: &mut Encoded<'_>) {
    for label in Label::ALL {
        columns.add(label.as_str(), |rows| texts(rows, |row| row.span.labels.get(*label)));
    }
}

fn add_content(columns: &mut Encoded<'_>) {
    let [raw, resource, scope] = CONTENT_COLUMNS;
    columns.add(raw, |rows| bytes(rows, |row| row.raw.as_slice()));
    columns.add(resource, |rows| bytes(rows, |row| row.resource.as_ref()));
    columns.add(scope, |rows| bytes(rows, |row| row.scope.as_ref()));
}

/// Reads the columns of every row of a batch.
pub(crate) fn rows_from_batch(batch: &RecordBatch) -> Result<Vec<StoredSpan>, StoreError> {
    let columns = Columns(batch);
    let mut rows = blank_rows(columns)?;
    read_identity(columns, &mut rows)?;
    read_outcome(columns, &mut rows)?;
    read_usage(columns, &mut rows)?;
    read_context(columns, &mut rows)?;
    read_labels(columns, &mut rows)?;
    Ok(rows)
}

fn blank_rows(columns: Columns<'_>) -> Result<Vec<StoredSpan>, StoreError> {
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let row = |row| {
        let trace_id = TraceId::from_bytes(trace_ids.value(row)).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let span_id = SpanId::from_bytes(span_ids.value(row)).map_err(|error| StoreError::Damaged(error.to_string()))?;
        Ok(StoredSpan { version: 0, is_update: false, span: blank_span(trace_id, span_id) })
    };
    (0..columns.0.num_rows()).map(row).collect()
}

/// A span of which nothing is known yet but its ids.
fn blank_span(trace_id: TraceId, span_id: SpanId) -> Span {
    // Of whatever span came first: to copy it is cheaper than to make one, and its ids are replaced.
    static BLANK: OnceLock<Span> = OnceLock::new();
    let blank = BLANK.get_or_init(|| {
        let raw = RawSpan::new(trace_id, span_id, Arc::default(), Arc::default());
        Span { raw: None, ..Span::from_raw(Arc::new(raw)) }
    });
    Span { trace_id, span_id, ..blank.clone() }
}

fn read_identity(columns: Columns<'_>, rows: &mut [StoredSpan]) -> Result<(), StoreError> {
    columns.each_number("version", |row, version| rows[row].version = version)?;
    columns.each_truth("is_update", |row, is_update| rows[row].is_update = is_update)?;
    columns.each_fixed_bytes("parent_span_id", |row, id| rows[row].span.parent_span_id = SpanId::from_bytes(id).ok())?;
    columns.each_number("start_unix_nanos", |row, nanos| rows[row].span.start_unix_nanos = nanos)?;
    columns.each_number("end_unix_nanos", |row, nanos| rows[row].span.end_unix_nanos = nanos)?;
    columns.each_text("name", |row, text| rows[row].span.name = text.to_owned())?;
    columns.each_text("raw_name", |row, text| rows[row].span.raw_name = text.to_owned())?;
    columns.each_text("kind", |row, text| rows[row].span.kind = SpanKind::from_text(text).unwrap_or_default())?;
    columns.each_text("observation_type", |row, text| {
        rows[row].span.observation_type = ObservationType::from_text(text).unwrap_or_default();
    })?;
    columns.each_text("operation", |row, text| rows[row].span.operation = Some(text.to_owned()))?;
    columns.each_text("origin", |row, text| rows[row].span.origin = Origin::from_text(text).unwrap_or_default())
}

fn read_outcome(columns: Columns<'_>, rows: &mut [StoredSpan]) -> Result<(), StoreError> {
    columns.each_text("billing", |row, text| rows[row].span.billing = Billing::from_text(text).unwrap_or_default())?;
    columns.each_fixed_bytes("billed_in", |row, id| rows[row].span.billed_in = TraceId::from_bytes(id).ok())?;
    columns.each_text("visibility", |row, text| rows[row].span.visibility = Visibility::from_text(text).unwrap_or_default())?;
    columns.each_text("level", |row, text| rows[row].span.level = Level::from_text(text).unwrap_or_default())?;
    columns.each_text("status", |row, text| rows[row].span.status = SpanStatus::from_text(text).unwrap_or_default())?;
    columns.each_text("status_message", |row, text| rows[row].span.status_message = Some(text.to_owned()))?;
    columns.each_text("error_type", |row, text| rows[row].span.error_type = Some(text.to_owned()))?;
    columns.each_small_number("http_status", |row, status| rows[row].span.http_status = Some(status))?;
    columns.each_text("rate_limit", |row, json| rows[row].span.rate_limit = pairs_from_json(json))?;
    columns.each_text("provider", |row, text| rows[row].span.provider = Some(text.to_owned()))?;
    columns.each_text("request_model", |row, text| rows[row].span.request_model = Some(text.to_owned()))?;
    columns.each_text("response_model", |row, text| rows[row].span.response_model = Some(text.to_owned()))?;
    columns.each_text("response_id", |row, text| rows[row].span.response_id = Some(text.to_owned()))?;
    columns.each_text_list("finish_reasons", |row, list| rows[row].span.finish_reasons = list)?;
    columns.each_truth("stream", |row, stream| rows[row].span.stream = Some(stream))?;
    columns.each_number("ttft_nanos", |row, nanos| rows[row].span.ttft_nanos = Some(nanos))
}

fn read_usage(columns: Columns<'_>, rows: &mut [StoredSpan]) -> Result<(), StoreError> {
    for unit in USAGE_COLUMNS {
        columns.each_number(unit, |row, count| rows[row].span.usage.set(unit, count))?;
    }
    columns.each_text("usage_other", |row, json| add_other_usage(&mut rows[row].span.usage, json))?;
    columns.each_text("usage_confidence", |row, text| rows[row].span.usage_confidence = UsageConfidence::from_text(text))?;
    columns.each_signed_number("cost_reported_nanousd", |row, nanos| rows[row].span.cost_reported = Some(NanoUsd(nanos)))?;
    columns.each_signed_number("cost_nanousd", |row, nanos| rows[row].span.price.cost = Some(NanoUsd(nanos)))?;
    columns.each_signed_number("cost_computed_nanousd", |row, nanos| rows[row].span.price.computed = Some(NanoUsd(nanos)))?;
    columns.each_text("cost_reason", |row, text| rows[row].span.price.reason = Some(text.to_owned()))?;
    columns.each_text("cost_status", |row, text| rows[row].span.price.status = CostStatus::from_text(text).unwrap_or_default())?;
    columns.each_text("cost_source", |row, text| rows[row].span.price.source = Some(text.to_owned()))
}

fn read_context(columns: Columns<'_>, rows: &mut [StoredSpan]) -> Result<(), StoreError> {
    columns.each_text("session_id", |row, text| rows[row].span.session_id = Some(text.to_owned()))?;
    columns.each_text("user_id", |row, text| rows[row].span.user_id = Some(text.to_owned()))?;
    columns.each_text("trace_name", |row, text| rows[row].span.trace_name = Some(text.to_owned()))?;
    columns.each_text_list("tags", |row, list| rows[row].span.tags = list)?;
    columns.each_text("metadata", |row, json| rows[row].span.metadata = pairs_from_json(json))?;
    columns.each_text("agent_name", |row, text| rows[row].span.agent_name = Some(text.to_owned()))?;
    columns.each_text("workflow_name", |row, text| rows[row].span.workflow_name = Some(text.to_owned()))?;
    columns.each_text("step_name", |row, text| rows[row].span.step.name = Some(text.to_owned()))?;
    columns.each_small_number("step_index", |row, index| rows[row].span.step.index = Some(index))?;
    columns.each_small_number("step_attempt", |row, attempt| rows[row].span.step.attempt = Some(attempt))?;
    columns.each_text("prompt_name", |row, text| rows[row].span.prompt_name = Some(text.to_owned()))?;
    columns.each_text("prompt_version", |row, text| rows[row].span.prompt_version = Some(text.to_owned()))?;
    columns.each_text("tool_name", |row, text| rows[row].span.tool_name = Some(text.to_owned()))?;
    columns.each_text("tool_call_id", |row, text| rows[row].span.tool_call_id = Some(text.to_owned()))?;
    columns.each_text("service_name", |row, text| rows[row].span.service_name = Some(text.to_owned()))?;
    columns.each_text("environment", |row, text| rows[row].span.environment = Some(text.to_owned()))?;
    columns.each_text("release", |row, text| rows[row].span.release = Some(text.to_owned()))?;
    columns.each_text("scope_name", |row, text| rows[row].span.scope_name = text.to_owned())?;
    columns.each_text("scope_version", |row, text| rows[row].span.scope_version = text.to_owned())?;
    columns.each_text_list("dialects", |row, list| rows[row].span.dialects = list)?;
    columns.each_text_list("notes", |row, list| rows[row].span.notes = list)?;
    columns.each_small_number("mapping_version", |row, version| rows[row].span.mapping_version = version)?;
    columns.each_text("input_preview", |row, text| rows[row].span.previews.input = Some(text.to_owned()))?;
    columns.each_text("output_preview", |row, text| rows[row].span.previews.output = Some(text.to_owned()))
}

fn read_labels(columns: Columns<'_>, rows: &mut [StoredSpan]) -> Result<(), StoreError> {
    for label in Label::ALL {
        columns.each_text(label.as_str(), |row, text| rows[row].span.labels.set(*label, text))?;
    }
    Ok(())
}

/// Decodes the raw span of every row of a batch with the content columns.
pub(crate) fn raws_from_batch(batch: &RecordBatch) -> Result<Vec<Arc<RawSpan>>, StoreError> {
    let columns = Columns(batch);
    let [raw, resource, scope] = CONTENT_COLUMNS.map(|name| columns.bytes(name));
    let (raws, resources, scopes) = (raw?, resource?, scope?);
    let mut senders = Senders::default();
    let mut decoded = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let (resource, scope) = (senders.resource(resources.value(row))?, senders.scope(scopes.value(row))?);
        let raw = wire::raw::decode_span(raws.value(row), resource, scope);
        decoded.push(Arc::new(raw.map_err(|error| StoreError::Damaged(format!("a raw span: {error}")))?));
    }
    Ok(decoded)
}

/// Decodes each resource and scope once for all rows of a batch that share it.
#[derive(Debug, Default)]
pub(super) struct Senders<'a> {
    resources: HashMap<&'a [u8], Arc<Resource>>,
    scopes: HashMap<&'a [u8], Arc<Scope>>,
}

impl<'a> Senders<'a> {
    pub(super) fn resource(&mut self, bytes: &'a [u8]) -> Result<Arc<Resource>, StoreError> {
        if let Some(resource) = self.resources.get(bytes) {
            return Ok(Arc::clone(resource));
        }
        let decoded = wire::raw::decode_resource(bytes).map_err(|error| StoreError::Damaged(format!("a resource: {error}")))?;
        Ok(Arc::clone(self.resources.entry(bytes).or_insert(Arc::new(decoded))))
    }

    pub(super) fn scope(&mut self, bytes: &'a [u8]) -> Result<Arc<Scope>, StoreError> {
        if let Some(scope) = self.scopes.get(bytes) {
            return Ok(Arc::clone(scope));
        }
        let decoded = wire::raw::decode_scope(bytes).map_err(|error| StoreError::Damaged(format!("a scope: {error}")))?;
        Ok(Arc::clone(self.scopes.entry(bytes).or_insert(Arc::new(decoded))))
    }
}

pub(crate) fn other_usage_json(usage: &Usage) -> Option<String> {
    let other = usage.iter().filter(|(unit, _)| !USAGE_COLUMNS.contains(unit));
    let object: serde_json::Map<String, Value> = other.map(|(unit, count)| (unit.to_owned(), count.into())).collect();
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

pub(crate) fn add_other_usage(usage: &mut Usage, json: &str) {
    if let Ok(Value::Object(object)) = serde_json::from_str(json) {
        for (unit, count) in &object {
            usage.set(unit, count.as_u64().unwrap_or_default());
        }
    }
}

/// Pairs as a JSON object; as a list of pairs where a key stands twice, which an object cannot hold.
pub(super) fn pairs_json(pairs: &[(String, Value)]) -> Option<String> {
    let object: serde_json::Map<String, Value> = pairs.iter().cloned().collect();
    if object.len() == pairs.len() {
        return (!pairs.is_empty()).then(|| Value::Object(object).to_string());
    }
    let pairs = pairs.iter().map(|(key, value)| Value::Array(vec![key.clone().into(), value.clone()]));
    Some(Value::Array(pairs.collect()).to_string())
}

pub(super) fn pairs_from_json(json: &str) -> Vec<(String, Value)> {
    match serde_json::from_str(json) {
        Ok(Value::Object(object)) => object.into_iter().collect(),
        Ok(Value::Array(pairs)) => pairs.into_iter().filter_map(pair_from_json).collect(),
        _ => Vec::new(),
    }
}

fn pair_from_json(pair: Value) -> Option<(String, Value)> {
    let Value::Array(mut pair) = pair else {
        return None;
    };
    let value = pair.pop()?;
    let Some(Value::String(key)) = pair.pop() else {
        return None;
    };
    Some((key, value))
}

/// The name of the service as the resource gives it, for a column.
pub(crate) fn service_name(resource: &Resource) -> Option<String> {
    match resource.attributes.get("service.name") {
        Some(AnyValue::String(name)) => Some(name.to_string()),
        _ => None,
    }
}
