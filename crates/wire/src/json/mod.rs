//! OTLP/JSON: the frame is read as JSON, each record in it is rewritten as protobuf and read like any other.
//!
//! As tolerant as real senders need it: 64-bit integers as texts or numbers, enums as numbers or names, ids as hex of either case,
//! fields in lowerCamelCase or snake_case, absent fields as null, unknown fields anywhere.

mod frame;
mod metric;
mod number;
mod transcode;

use std::sync::Arc;

use model::{Resource, Scope};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::DecodeError;
use crate::incoming::Shared;
use crate::intake::Intake;
use crate::json::frame::{Level, Request, ResourceGroup, ScopeGroup};
use crate::json::transcode::transcode;
use crate::otlp::resource::{read_resource, read_scope};
use crate::protobuf::Writer;
use crate::rejection::RecordError;
use crate::schema::{self, Message};
use crate::signal::Signal;

/// Reads an `Export*ServiceRequest` in JSON.
pub(crate) fn read_request(body: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let body = std::str::from_utf8(body).map_err(|error| DecodeError::JsonUtf8 { offset: error.valid_up_to() })?;
    let request: Request<'_> = parse(body, body)?;
    for group in request.children(intake.signal()) {
        read_resource_group(body, &parse(group.get(), body)?, intake)?;
    }
    Ok(())
}

fn read_resource_group(body: &str, group: &ResourceGroup<'_>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let children = group.children(intake.signal());
    if children.is_empty() {
        return Ok(());
    }
    let resource = resource_of(group, intake);
    for scope_group in children {
        read_scope_group(&parse(scope_group.get(), body)?, &resource, intake)?;
    }
    Ok(())
}

fn read_scope_group(group: &ScopeGroup<'_>, resource: &Shared<Resource>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let children = group.children(intake.signal());
    if children.is_empty() {
        return Ok(());
    }
    let scope = scope_of(group, intake);
    let mut writer = Writer::new();
    for record in children {
        writer.clear();
        let depth_max = intake.limits().value_depth();
        let outcome = match intake.signal() {
            Signal::Traces => transcode(&schema::SPAN, record.get(), depth_max, &mut writer),
            Signal::Logs => transcode(&schema::LOG_RECORD, record.get(), depth_max, &mut writer),
            Signal::Metrics => metric::transcode_metric(record, depth_max, &mut writer, intake)?,
        };
        match outcome {
            Ok(()) => intake.take(writer.as_bytes(), resource, &scope)?,
            Err(error) => intake.refuse(error, writer.as_bytes())?,
        }
    }
    Ok(())
}

fn resource_of(group: &ResourceGroup<'_>, intake: &mut Intake<'_>) -> Shared<Resource> {
    let bytes = head_bytes(&schema::RESOURCE, group.resource, intake).map_err(|error| error.within("resource"))?;
    let resource = read_resource(&bytes, group.schema_url.clone().unwrap_or_default(), intake.budget());
    resource.map(Arc::new).map_err(|error| error.within("resource"))
}

fn scope_of(group: &ScopeGroup<'_>, intake: &mut Intake<'_>) -> Shared<Scope> {
    let bytes = head_bytes(&schema::SCOPE, group.scope, intake).map_err(|error| error.within("scope"))?;
    let scope = read_scope(&bytes, group.schema_url.clone().unwrap_or_default(), intake.budget());
    scope.map(Arc::new).map_err(|error| error.within("scope"))
}

fn head_bytes(message: &'static Message, json: Option<&RawValue>, intake: &Intake<'_>) -> Result<Vec<u8>, RecordError> {
    let mut writer = Writer::new();
    if let Some(json) = json {
        transcode(message, json.get(), intake.limits().value_depth(), &mut writer)?;
    }
    Ok(writer.into_bytes())
}

/// Parses one level of the frame, which stands somewhere in the body.
fn parse<'a, T: Deserialize<'a>>(json: &'a str, body: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|error| frame_error(&error, &body[..json.as_ptr().addr() - body.as_ptr().addr()]))
}

/// The parser's own text is left out: it quotes what it found, which may be a prompt. Its place is counted on from what stood before.
fn frame_error(error: &serde_json::Error, before: &str) -> DecodeError {
    let what = match error.classify() {
        serde_json::error::Category::Data => "value does not fit the schema",
        serde_json::error::Category::Eof => "text ends too early",
        _ => "text is not JSON",
    };
    let lines_before = before.bytes().filter(|byte| *byte == b'\n').count();
    let columns_before = if error.line() > 1 { 0 } else { before.len() - before.rfind('\n').map_or(0, |at| at + 1) };
    DecodeError::Json { what, line: lines_before + error.line(), column: columns_before + error.column() }
}
