//! OTLP over gRPC, after the OTLP specification 1.9, "OTLP/gRPC".
//!
//! tonic carries the frames; the messages stay bytes, because `wire` reads them more leniently than a generated decoder.

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, BufMut, Bytes};
use futures::future::BoxFuture;
use tonic::Status;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::server::{Grpc, UnaryService};
use wire::{ContentEncoding, Format, Rejection, Signal};

use super::refusal::Refusal;
use super::take::{Arrived, begin_event, finish_event, take};
use crate::app::App;
use crate::journal::ReceiverEvent;
use crate::listen::Peer;

/// Receives one `Export` call of the service its path names.
pub(crate) async fn export(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(signal): Extension<Signal>,
    request: Request,
) -> Response {
    let mut event = begin_event(peer.ip().to_string(), request.headers(), "grpc", request.uri().path());
    event.signal = signal.as_str();
    if let Some(encoding) = request.headers().get("grpc-encoding").and_then(|value| value.to_str().ok()) {
        encoding.clone_into(&mut event.encoding);
    }
    let bytes_max = app.wire_limits.body_bytes_max;
    let mut grpc = Grpc::new(BytesCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(bytes_max);
    grpc.unary(ExportCall { app, signal, event: Some(event) }, request).await.into_response()
}

struct ExportCall {
    app: App,
    signal: Signal,
    /// Taken by the one call this service answers.
    event: Option<ReceiverEvent>,
}

impl UnaryService<Bytes> for ExportCall {
    type Response = Bytes;
    type Future = BoxFuture<'static, Result<tonic::Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (app, signal, event) = (self.app.clone(), self.signal, self.event.take().unwrap_or_default());
        Box::pin(async move {
            let (metadata, _, body) = request.into_parts();
            let taken = answer(app, signal, metadata, body, event).await;
            taken.map(|rejections| tonic::Response::new(wire::encode_response(signal, Format::Protobuf, &rejections).into()))
        })
    }
}

async fn answer(app: App, signal: Signal, metadata: MetadataMap, body: Bytes, mut event: ReceiverEvent) -> Result<Vec<Rejection>, Status> {
    event.bytes = body.len() as u64;
    let taken = admit_and_take(&app, signal, metadata, body, &mut event).await;
    finish_event(&app, event, taken.as_deref());
    taken.map_err(|refusal| status_of(&refusal))
}

async fn admit_and_take(
    app: &App,
    signal: Signal,
    metadata: MetadataMap,
    body: Bytes,
    event: &mut ReceiverEvent,
) -> Result<Vec<Rejection>, Refusal> {
    let mut permit = app.gate.admission().admit()?;
    permit.claim(body.len())?;
    let headers = metadata.into_headers();
    // tonic has decompressed the message, within the same limit.
    let arrived = Arrived { headers, signal, format: Format::Protobuf, encoding: ContentEncoding::Identity, body, permit };
    take(app, arrived, event).await
}

/// A retryable refusal carries `RetryInfo`, without which senders may not retry `RESOURCE_EXHAUSTED`.
fn status_of(refusal: &Refusal) -> Status {
    match refusal.retry_after {
        Some(retry_after) => {
            let details = wire::encode_retry_status(refusal.code as i32, &refusal.detail, retry_after);
            Status::with_details(refusal.code, refusal.detail.clone(), details.into())
        }
        None => Status::new(refusal.code, refusal.detail.clone()),
    }
}

/// Hands messages through as bytes.
#[derive(Debug, Clone, Copy, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
