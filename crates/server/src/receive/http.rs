//! OTLP over HTTP, after the OTLP specification 1.9, "OTLP/HTTP".

use axum::body::{Body, HttpBody};
use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::time::timeout;
use tonic::Code;
use wire::{ContentEncoding, Format, Rejection, Signal};

use super::refusal::Refusal;
use super::take::{Arrived, begin_event, finish_event, header_text, take};
use crate::app::App;
use crate::journal::ReceiverEvent;
use crate::limits::{BODY_BYTES_MAX, BODY_BYTES_RESERVED_MAX, BODY_IDLE_TIMEOUT};
use crate::listen::Peer;
use crate::problem::retry_after_header;

/// Receives one export request of the signal its path names.
pub(crate) async fn export(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(signal): Extension<Signal>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut event = begin_event(peer.ip().to_string(), &parts.headers, "unknown", parts.uri.path());
    event.signal = signal.as_str();
    let format = match format_of(&parts.headers) {
        Ok(format) => format,
        Err(refusal) => {
            finish_event(&app, event, Err(&refusal));
            return refusal.into_problem().into_response();
        }
    };
    event.protocol = if format == Format::Json { "http/json" } else { "http/protobuf" };
    let taken = receive(&app, parts.headers, signal, format, body, &mut event).await;
    finish_event(&app, event, taken.as_deref());
    match taken {
        Ok(rejections) => accepted(signal, format, &rejections),
        Err(refusal) => refused(format, &refusal),
    }
}

/// Answers what was sent to no door of ours, as OTLP senders with a wrong path do.
pub(crate) async fn wrong_path(State(app): State<App>, Extension(Peer(peer)): Extension<Peer>, request: Request) -> Response {
    let refusal = Refusal::new(StatusCode::NOT_FOUND, Code::Unimplemented, format!("there is no receiver at `{}`", request.uri().path()))
        .with_hint(
            "Set OTEL_EXPORTER_OTLP_ENDPOINT to the server's address without a path; exporters add /v1/traces, /v1/logs and /v1/metrics.",
        );
    let event = begin_event(peer.ip().to_string(), request.headers(), "unknown", request.uri().path());
    finish_event(&app, event, Err(&refusal));
    refusal.into_problem().into_response()
}

fn format_of(headers: &HeaderMap) -> Result<Format, Refusal> {
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str());
    if let Some(format) = Format::from_content_type(&content_type) {
        return Ok(format);
    }
    let detail = match content_type.as_str() {
        "" => "the request has no content type".to_owned(),
        other => format!("content type `{other}` is not OTLP"),
    };
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, detail)
        .with_hint("Send `application/x-protobuf` or `application/json`: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf."))
}

async fn receive(
    app: &App,
    headers: HeaderMap,
    signal: Signal,
    format: Format,
    body: Body,
    event: &mut ReceiverEvent,
) -> Result<Vec<Rejection>, Refusal> {
    let encoding_name = header_text(&headers, header::CONTENT_ENCODING.as_str());
    if !encoding_name.is_empty() {
        event.encoding.clone_from(&encoding_name);
    }
    let encoding = ContentEncoding::from_header(&encoding_name)?;
    let mut permit = app.gate.admission().admit()?;
    let body = read(body, &mut permit, event).await?;
    take(app, Arrived { headers, signal, format, encoding, body, permit }, event).await
}

/// Reads a body piece by piece, within the limits of size, of time and of the whole house.
async fn read(mut body: Body, permit: &mut pipeline::Permit, event: &mut ReceiverEvent) -> Result<Bytes, Refusal> {
    // What the sender announces, within reason: growing piece by piece would copy most bodies twice.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = BytesMut::with_capacity(announced.min(BODY_BYTES_RESERVED_MAX));
    loop {
        let frame = timeout(BODY_IDLE_TIMEOUT, body.frame()).await.map_err(|_| {
            let detail = format!("no byte of the body came for {} seconds", BODY_IDLE_TIMEOUT.as_secs());
            Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::DeadlineExceeded, detail)
        })?;
        let Some(frame) = frame else { return Ok(whole.freeze()) };
        let frame = frame.map_err(|error| {
            Refusal::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, format!("the body broke off after {} bytes: {error}", whole.len()))
        })?;
        let Ok(piece) = frame.into_data() else { continue };
        event.bytes += piece.len() as u64;
        if whole.len() + piece.len() > BODY_BYTES_MAX {
            return Err(wire::DecodeError::TooLarge { bytes_max: BODY_BYTES_MAX }.into());
        }
        permit.claim(piece.len())?;
        whole.extend_from_slice(&piece);
    }
}

fn accepted(signal: Signal, format: Format, rejections: &[Rejection]) -> Response {
    let body = wire::encode_response(signal, format, rejections);
    ([(header::CONTENT_TYPE, format.content_type())], body).into_response()
}

/// The specification wants a `google.rpc.Status` in the content type of the request.
fn refused(format: Format, refusal: &Refusal) -> Response {
    let body = wire::encode_status(format, refusal.code as i32, &refusal.detail);
    let mut response = (refusal.status, [(header::CONTENT_TYPE, format.content_type())], body).into_response();
    if let Some(retry_after) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after_header(retry_after));
    }
    response
}
