//! Putting a trace together: ids, clock, parents, errors and logs.

use std::sync::Arc;

use model::{Attributes, Event, LogRecord, RawSpan, RawStatus, Resource, Scope, SpanId, SpanKind, TraceId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Where the sender runs and which version it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) release: &'static str,
    pub(crate) environment: &'static str,
}

/// A trace that grows; all times are milliseconds since its start.
pub(crate) struct TraceBuilder {
    ids: StdRng,
    trace_id: TraceId,
    start_unix_nanos: u64,
    resource: Arc<Resource>,
    scopes: Vec<Arc<Scope>>,
    spans: Vec<RawSpan>,
    logs: Vec<LogRecord>,
}

/// Position of a span in its builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At(usize);

impl TraceBuilder {
    pub(crate) fn new(ids_seed: u64, start_unix_nanos: u64, sender: Sender) -> Self {
        let mut ids = StdRng::seed_from_u64(ids_seed);
        let trace_id = TraceId::from_bytes(&nonzero::<16>(&mut ids)).expect("sixteen bytes, not all zero");
        let attributes = [
            ("service.name", "support-agent"),
            ("service.version", sender.release),
            ("deployment.environment.name", sender.environment),
            ("telemetry.sdk.language", "python"),
            ("telemetry.sdk.name", "opentelemetry"),
            ("telemetry.sdk.version", "1.38.0"),
        ];
        let resource = Arc::new(Resource { attributes: attributes.into_iter().collect(), ..Resource::default() });
        Self { ids, trace_id, start_unix_nanos, resource, scopes: Vec::new(), spans: Vec::new(), logs: Vec::new() }
    }

    /// Opens a span; it ends where it starts until it is closed.
    pub(crate) fn open(&mut self, parent: Option<At>, scope: &str, name: &str, start_millis: u64, attributes: Attributes) -> At {
        let start_unix_nanos = self.start_unix_nanos + start_millis * NANOS_PER_MILLI;
        let span = RawSpan {
            parent_span_id: parent.map(|parent| self.spans[parent.0].span_id),
            flags: 1,
            name: name.to_owned(),
            kind: SpanKind::Internal,
            start_unix_nanos,
            end_unix_nanos: start_unix_nanos,
            attributes,
            ..RawSpan::new(
                self.trace_id,
                SpanId::from_bytes(&nonzero::<8>(&mut self.ids)).expect("eight bytes, not all zero"),
                Arc::clone(&self.resource),
                self.scope(scope),
            )
        };
        self.spans.push(span);
        At(self.spans.len() - 1)
    }

    /// Adds a span that is over after so many milliseconds.
    pub(crate) fn add(&mut self, parent: At, scope: &str, name: &str, (start, duration): (u64, u64), attributes: Attributes) -> At {
        let at = self.open(Some(parent), scope, name, start, attributes);
        self.close(at, start + duration);
        at
    }

    pub(crate) fn close(&mut self, at: At, end_millis: u64) {
        self.spans[at.0].end_unix_nanos = self.start_unix_nanos + end_millis * NANOS_PER_MILLI;
    }

    /// Marks a span as one that calls out.
    pub(crate) fn set_client(&mut self, at: At) {
        self.spans[at.0].kind = SpanKind::Client;
    }

    /// Lets a span fail; the one that raised the error also carries the exception.
    pub(crate) fn fail(&mut self, at: At, error_type: &str, message: &str, raised: bool) {
        let span = &mut self.spans[at.0];
        span.status = RawStatus { code: 2, message: message.to_owned() };
        span.attributes.push("error.type", error_type);
        if raised {
            let attributes = [("exception.type", error_type), ("exception.message", message)];
            span.events.push(event(span.end_unix_nanos, "exception", attributes.into_iter().collect()));
        }
    }

    /// Adds an event at the end of a span.
    pub(crate) fn event(&mut self, at: At, name: &str, attributes: Attributes) {
        let span = &mut self.spans[at.0];
        span.events.push(event(span.end_unix_nanos, name, attributes));
    }

    pub(crate) fn log(&mut self, at: At, time_millis: u64, severity: (i32, &str), body: &str, attributes: Attributes) {
        let time_unix_nanos = self.start_unix_nanos + time_millis * NANOS_PER_MILLI;
        let scope = self.scope("support_agent.llm");
        self.logs.push(LogRecord {
            time_unix_nanos,
            observed_time_unix_nanos: time_unix_nanos,
            severity_number: severity.0,
            severity_text: severity.1.to_owned(),
            body: Some(body.into()),
            attributes,
            flags: 1,
            trace_id: Some(self.trace_id),
            span_id: Some(self.spans[at.0].span_id),
            resource: Arc::clone(&self.resource),
            scope,
            ..LogRecord::default()
        });
    }

    /// Returns a new id as providers and SDKs write them: `msg_3f9a0c...`.
    pub(crate) fn call_id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{:024x}", self.ids.random::<u128>() >> 32)
    }

    pub(crate) fn start_unix_nanos(&self) -> u64 {
        self.start_unix_nanos
    }

    /// Ends the trace; a root that did not fail says so, as applications do that set a status at all.
    pub(crate) fn finish(mut self) -> crate::Batch {
        if let Some(root) = self.spans.first_mut().filter(|root| root.status.code == 0) {
            root.status.code = 1;
        }
        crate::Batch { spans: self.spans, logs: self.logs }
    }

    fn scope(&mut self, name: &str) -> Arc<Scope> {
        if let Some(known) = self.scopes.iter().find(|scope| scope.name == name) {
            return Arc::clone(known);
        }
        let scope = Arc::new(Scope { name: name.to_owned(), version: "1.4.0".to_owned(), ..Scope::default() });
        self.scopes.push(Arc::clone(&scope));
        scope
    }
}

fn event(time_unix_nanos: u64, name: &str, attributes: Attributes) -> Event {
    Event { time_unix_nanos, name: name.to_owned(), attributes, dropped_attributes_count: 0 }
}

/// Random bytes of which the last bit is set: an id is never zero.
fn nonzero<const BYTES: usize>(random: &mut StdRng) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes[..]);
    bytes[BYTES - 1] |= 1;
    bytes
}

/// Mixes numbers into a seed (SplitMix64's finaliser, S. Vigna), so that neighbours have nothing in common.
pub(crate) fn mixed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |state, number| {
        let mut mixed = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}
