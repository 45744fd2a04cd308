//! From the bytes of a request to its receipt.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use pipeline::{Permit, UnpackTurn};
use store::{BrokeOff, carry, compute};
use tonic::Code;
use wire::{ContentEncoding, Format, Incoming, Rejection, Signal};

use super::refusal::Refusal;
use crate::app::App;
use crate::journal::ReceiverEvent;
use crate::limits::HEADER_CHARS_SHOWN_MAX;

/// A request whose body has arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub headers: HeaderMap,
    pub signal: Signal,
    pub format: Format,
    pub encoding: ContentEncoding,
    pub body: Bytes,
    /// Holds the bytes of the body, and those it unpacks to.
    pub permit: Permit,
}

impl Arrived {
    /// How much work it may be: what is packed may be much more than it looks.
    fn work_bytes(&self) -> usize {
        if self.encoding == ContentEncoding::Identity { self.body.len() } else { usize::MAX }
    }
}

/// Decodes, stores, and says which records were rejected; notes in `event` what became of the request.
pub(crate) async fn take(app: &App, arrived: Arrived, event: &mut ReceiverEvent) -> Result<Vec<Rejection>, Refusal> {
    // A few bytes may unpack to the largest body: without turns, a crowd of such senders would take all memory before any is counted.
    let turn = match arrived.encoding {
        ContentEncoding::Identity => None,
        _ => Some(app.gate.admission().unpack_turn().await),
    };
    let (app, mut carried) = (app.clone(), event.clone());
    let taken = carry(arrived.work_bytes(), async move { (take_here(&app, arrived, turn, &mut carried).await, carried) });
    let (taken, carried) = taken.await.map_err(broke_off)?;
    *event = carried;
    taken
}

fn broke_off(error: BrokeOff) -> Refusal {
    tracing::error!(%error, "a request broke off");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, "the server failed to take the request")
}

async fn take_here(app: &App, arrived: Arrived, turn: Option<UnpackTurn>, event: &mut ReceiverEvent) -> Result<Vec<Rejection>, Refusal> {
    let bytes = arrived.work_bytes();
    let Arrived { headers, signal, format, encoding, body, mut permit } = arrived;
    let limits = Arc::clone(&app.wire_limits);
    let decoded = compute(bytes, move || {
        let plain = match wire::decompress(&body, encoding, limits.body_bytes_max)? {
            Cow::Borrowed(_) => body,
            Cow::Owned(unpacked) => {
                permit.claim(unpacked.len())?;
                Bytes::from(unpacked)
            }
        };
        drop(turn);
        Ok::<_, Refusal>((wire::decode_sharing(signal, format, &plain, &limits)?, plain.len(), permit))
    });
    // The permit lives until the receipt.
    let (incoming, request_bytes, _permit) = decoded.await.map_err(broke_off)??;
    event.records = incoming.received() as u64;
    let rejections = incoming.rejected.clone();
    store(app, &headers, incoming, request_bytes, event).await?;
    Ok(rejections)
}

async fn store(app: &App, headers: &HeaderMap, incoming: Incoming, request_bytes: usize, event: &mut ReceiverEvent) -> Result<(), Refusal> {
    let scopes = app.gate.scopes_for(headers, incoming).map_err(|problem| {
        Refusal::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, problem.detail())
            .with_hint("Use a-z, 0-9, `-`, `_` and `.` in project names.")
    })?;
    for (scope, incoming) in scopes {
        let began = Instant::now();
        let outcome = scope.submit(incoming, request_bytes).await?;
        app.metrics.append(began.elapsed());
        event.project = Some(scope.project().to_string());
        event.stored += outcome.receipt.stored + outcome.receipt.updated + outcome.receipt.duplicate;
        event.llm_calls += outcome.llm_calls as u64;
        event.content |= outcome.content_seen;
        event.trace_id = outcome.receipt.trace_ids.first().map(ToString::to_string).or(event.trace_id.take());
    }
    Ok(())
}

/// Starts the journal's entry of a request.
pub(crate) fn begin_event(peer: String, headers: &HeaderMap, protocol: &'static str, path: &str) -> ReceiverEvent {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ReceiverEvent {
        time_unix_nanos: since_epoch.as_nanos().to_string(),
        peer,
        user_agent: header_text(headers, header::USER_AGENT.as_str()),
        protocol,
        signal: "unknown",
        path: path.chars().take(HEADER_CHARS_SHOWN_MAX).collect(),
        encoding: "none".to_owned(),
        ..ReceiverEvent::default()
    }
}

/// Completes the journal's entry with the answer, and counts the request.
pub(crate) fn finish_event(app: &App, mut event: ReceiverEvent, answer: Result<&[Rejection], &Refusal>) {
    match answer {
        Ok([]) => {
            event.status = 200;
            event.outcome = "accepted";
        }
        Ok([first, ..]) => {
            event.status = 200;
            event.outcome = "partial";
            event.reason = Some(first.detail.clone());
        }
        Err(refusal) => {
            event.status = refusal.status.as_u16();
            event.outcome = "rejected";
            event.reason = Some(refusal.detail.clone());
            event.hint = refusal.hint.map(str::to_owned);
        }
    }
    app.metrics.request(&event);
    app.journal.record(event);
}

/// Returns a header for people: shortened, empty where absent or no text.
pub(crate) fn header_text(headers: &HeaderMap, name: &str) -> String {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().take(HEADER_CHARS_SHOWN_MAX).collect()
}
