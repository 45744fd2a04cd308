//! Spans as rows: core columns for lists, and the raw span with who sent it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use datafusion::arrow::array::{BinaryArray, FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use model::{
    AnyValue, Billing, CostStatus, Label, Level, NanoUsd, ObservationType, Origin, ProjectSlug, RawSpan, Resource, Scope, Span, SpanId,
    SpanKind, SpanStatus, TraceId, Usage, UsageConfidence, Visibility,
};
use serde_json::Value;
use store::StoreError;

use super::SharedBytes;
use super::columns::{
    Column, Columns, batch_from_columns, bytes, fixed_bytes, numbers, owned_texts, schema_of_columns, signed_numbers, small_numbers,
    text_lists, texts, truths,
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
    /// Without content and raw.
    pub(crate) span: Span,
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

pub(crate) fn batch_from_rows(rows: &[SpanRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(rows))
}

/// Encodes some columns alone, of those that fields of a span may have.
pub(crate) fn batch_of_columns(rows: &[SpanRow], names: &[&str]) -> Result<RecordBatch, StoreError> {
    let groups = [identity_columns, outcome_columns, usage_columns, context_columns];
    let mut columns: Vec<Column> = groups.iter().flat_map(|group| group(rows)).collect();
    columns.retain(|(name, _)| names.contains(name));
    batch_from_columns(schema_of_columns(&columns), columns)
}

fn columns(rows: &[SpanRow]) -> Vec<Column> {
    let mut columns = identity_columns(rows);
    columns.extend(outcome_columns(rows));
    columns.extend(usage_columns(rows));
    columns.extend(context_columns(rows));
    columns.extend(label_columns(rows));
    columns.extend(content_columns(rows));
    columns
}

fn identity_columns(rows: &[SpanRow]) -> Vec<Column> {
    vec![
        ("project", texts(rows, |row| Some(row.project.as_str()))),
        ("trace_id", fixed_bytes(rows, |row| Some(*row.span.trace_id.as_bytes()))),
        ("span_id", fixed_bytes(rows, |row| Some(*row.span.span_id.as_bytes()))),
        ("version", numbers(rows, |row| Some(row.version))),
        ("is_update", truths(rows, |row| Some(row.is_update))),
        ("content_hash", fixed_bytes(rows, |row| Some(row.content_hash.0.to_be_bytes()))),
        ("parent_span_id", fixed_bytes(rows, |row| row.span.parent_span_id.map(|id| *id.as_bytes()))),
        ("start_unix_nanos", numbers(rows, |row| Some(row.span.start_unix_nanos))),
        ("end_unix_nanos", numbers(rows, |row| Some(row.span.end_unix_nanos))),
        ("name", texts(rows, |row| Some(&row.span.name))),
        ("raw_name", texts(rows, |row| Some(&row.span.raw_name))),
        ("kind", texts(rows, |row| Some(row.span.kind.as_str()))),
        ("observation_type", texts(rows, |row| Some(row.span.observation_type.as_str()))),
        ("operation", texts(rows, |row| row.span.operation.as_deref())),
        ("origin", texts(rows, |row| Some(row.span.origin.as_str()))),
    ]
}

fn outcome_columns(rows: &[SpanRow]) -> Vec<Column> {
    vec![
        ("billing", texts(rows, |row| Some(row.span.billing.as_str()))),
        ("billed_in", fixed_bytes(rows, |row| row.span.billed_in.map(|id| *id.as_bytes()))),
        ("visibility", texts(rows, |row| Some(row.span.visibility.as_str()))),
        ("level", texts(rows, |row| Some(row.span.level.as_str()))),
        ("status", texts(rows, |row| Some(row.span.status.as_str()))),
        ("status_message", texts(rows, |row| row.span.status_message.as_deref())),
        ("error_type", texts(rows, |row| row.span.error_type.as_deref())),
        ("http_status", small_numbers(rows, |row| row.span.http_status)),
        ("rate_limit", owned_texts(rows, |row| pairs_json(&row.span.rate_limit))),
        ("provider", texts(rows, |row| row.span.provider.as_deref())),
        ("request_model", texts(rows, |row| row.span.request_model.as_deref())),
        ("response_model", texts(rows, |row| row.span.response_model.as_deref())),
        ("response_id", texts(rows, |row| row.span.response_id.as_deref())),
        ("finish_reasons", text_lists(rows, |row| &row.span.finish_reasons)),
        ("stream", truths(rows, |row| row.span.stream)),
        ("ttft_nanos", numbers(rows, |row| row.span.ttft_nanos)),
    ]
}

fn usage_columns(rows: &[SpanRow]) -> Vec<Column> {
    let mut columns: Vec<Column> = USAGE_COLUMNS.iter().map(|unit| (*unit, numbers(rows, |row| row.span.usage.get(unit)))).collect();
    columns.extend([
        ("usage_other", owned_texts(rows, |row| other_usage_json(&row.span.usage))),
        ("usage_confidence", texts(rows, |row| row.span.usage_confidence.map(UsageConfidence::as_str))),
        ("cost_reported_nanousd", signed_numbers(rows, |row| row.span.cost_reported.map(|cost| cost.0))),
        ("cost_nanousd", signed_numbers(rows, |row| row.span.price.cost.map(|cost| cost.0))),
        ("cost_status", texts(rows, |row| Some(row.span.price.status.as_str()))),
        ("cost_computed_nanousd", signed_numbers(rows, |row| row.span.price.computed.map(|cost| cost.0))),
        ("cost_source", texts(rows, |row| row.span.price.source.as_deref())),
        ("cost_reason", texts(rows, |row| row.span.price.reason.as_deref())),
    ]);
    columns
}

fn context_columns(rows: &[SpanRow]) -> Vec<Column> {
    vec![
        ("session_id", texts(rows, |row| row.span.session_id.as_deref())),
        ("user_id", texts(rows, |row| row.span.user_id.as_deref())),
        ("trace_name", texts(rows, |row| row.span.trace_name.as_deref())),
        ("tags", text_lists(rows, |row| &row.span.tags)),
        ("metadata", owned_texts(rows, |row| pairs_json(&row.span.metadata))),
        ("agent_name", texts(rows, |row| row.span.agent_name.as_deref())),
        ("workflow_name", texts(rows, |row| row.span.workflow_name.as_deref())),
        ("step_name", texts(rows, |row| row.span.step.name.as_deref())),
        ("step_index", small_numbers(rows, |row| row.span.step.index)),
        ("step_attempt", small_numbers(rows, |row| row.span.step.attempt)),
        ("prompt_name", texts(rows, |row| row.span.prompt_name.as_deref())),
        ("prompt_version", texts(rows, |row| row.span.prompt_version.as_deref())),
        ("tool_name", texts(rows, |row| row.span.tool_name.as_deref())),
        ("tool_call_id", texts(rows, |row| row.span.tool_call_id.as_deref())),
        ("service_name", texts(rows, |row| row.span.service_name.as_deref())),
        ("environment", texts(rows, |row| row.span.environment.as_deref())),
        ("release", texts(rows, |row| row.span.release.as_deref())),
        ("scope_name", texts(rows, |row| Some(&row.span.scope_name))),
        ("scope_version", texts(rows, |row| Some(&row.span.scope_version))),
        ("dialects", text_lists(rows, |row| &row.span.dialects)),
        ("notes", text_lists(rows, |row| &row.span.notes)),
        ("mapping_version", small_numbers(rows, |row| Some(row.span.mapping_version))),
        ("input_preview", texts(rows, |row| row.span.previews.input.as_deref())),
        ("output_preview", texts(rows, |row| row.span.previews.output.as_deref())),
    ]
}

fn label_columns(rows: &[SpanRow]) -> Vec<Column> {
    Label::ALL.iter().map(|label| (label.as_str(), texts(rows, |row| row.span.labels.get(*label)))).collect()
}

fn content_columns(rows: &[SpanRow]) -> Vec<Column> {
    let [raw, resource, scope] = CONTENT_COLUMNS;
    vec![
        (raw, bytes(rows, |row| row.raw.as_slice())),
        (resource, bytes(rows, |row| row.resource.as_ref())),
        (scope, bytes(rows, |row| row.scope.as_ref())),
    ]
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
    let [raw, resource, scope] = CONTENT_COLUMNS.map(|name| columns.get::<BinaryArray>(name));
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
        Some(AnyValue::String(name)) => Some(name.clone()),
        _ => None,
    }
}
