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
use serde_json::value::RawValue;

use crate::error::DecodeError;
use crate::incoming::{Intake, Shared};
use crate::json::frame::{Request, ResourceGroup, ScopeGroup};
use crate::json::transcode::transcode;
use crate::otlp::resource::{read_resource, read_scope};
use crate::protobuf::Writer;
use crate::rejection::RecordError;
use crate::schema::{self, Message};
use crate::signal::Signal;

/// Reads an `Export*ServiceRequest` in JSON.
pub(crate) fn read_request(body: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let text = std::str::from_utf8(body).map_err(|error| DecodeError::JsonUtf8 { offset: error.valid_up_to() })?;
    let request: Request<'_> = serde_json::from_str(text).map_err(frame_error)?;
    for group in request.groups(intake.signal()) {
        read_resource_group(group, intake)?;
    }
    Ok(())
}

fn read_resource_group(group: ResourceGroup<'_>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let resource = resource_of(&group, intake);
    for scope_group in group.children(intake.signal()) {
        let scope = scope_of(&scope_group, intake);
        read_records(scope_group, &resource, &scope, intake)?;
    }
    Ok(())
}

fn read_records(
    group: ScopeGroup<'_>,
    resource: &Shared<Resource>,
    scope: &Shared<Scope>,
    intake: &mut Intake<'_>,
) -> Result<(), DecodeError> {
    let mut writer = Writer::new();
    for record in group.children(intake.signal()) {
        writer.clear();
        let depth_max = intake.limits().value_depth();
        let outcome = match intake.signal() {
            Signal::Traces => transcode(&schema::SPAN, record.get(), depth_max, &mut writer),
            Signal::Logs => transcode(&schema::LOG_RECORD, record.get(), depth_max, &mut writer),
            Signal::Metrics => metric::transcode_metric(record, depth_max, &mut writer, intake)?,
        };
        match outcome {
            Ok(()) => intake.take(writer.as_bytes(), resource, scope)?,
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

/// The parser's own text is left out: it quotes what it found, which may be a prompt.
fn frame_error(error: serde_json::Error) -> DecodeError {
    let what = match error.classify() {
        serde_json::error::Category::Data => "value does not fit the schema",
        serde_json::error::Category::Eof => "text ends too early",
        _ => "text is not JSON",
    };
    DecodeError::Json { what, line: error.line(), column: error.column() }
}
