//! What the HTTP exchanges below a call say of it: status, limits, and how often it was tried.
//!
//! The exchanges themselves are plumbing and folded; the call above them is what people read.

use std::collections::BTreeMap;

use model::{ObservationType, Span, SpanKind, SpanStatus};
use serde_json::Value;

use super::tree::Tree;

/// The status of a refusal for too many requests or tokens (RFC 6585).
const TOO_MANY_REQUESTS: u32 = 429;
/// The limit under which retries are told: `rate_limit.retries` of the tables.
const RETRIES: &str = "retries";

/// Completes each call with what the client spans directly below it know.
pub(super) fn complete_calls(tree: &mut Tree) {
    let shown_parents = tree.shown_parents();
    let mut exchanges_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in (0..tree.spans.len()).filter(|at| is_exchange(&tree.spans[*at])) {
        if let Some(call) = shown_parents[at].filter(|call| is_call(&tree.spans[*call])) {
            exchanges_of.entry(call).or_default().push(at);
        }
    }
    for (call, exchanges) in exchanges_of {
        let known = Exchanges::of(&exchanges.iter().map(|at| &tree.spans[*at]).collect::<Vec<_>>());
        known.complete(&mut tree.spans[call]);
    }
}

fn is_exchange(span: &Span) -> bool {
    span.kind == SpanKind::Client && matches!(span.observation_type, ObservationType::Http | ObservationType::Rpc)
}

fn is_call(span: &Span) -> bool {
    matches!(span.observation_type, ObservationType::Llm | ObservationType::Embedding | ObservationType::Rerank | ObservationType::Tool)
}

/// Takes over the limits that are not known yet.
pub(super) fn complete_limits(known: &mut Vec<(String, Value)>, other: &[(String, Value)]) {
    for (name, value) in other {
        if !known.iter().any(|(known, _)| known == name) {
            known.push((name.clone(), value.clone()));
        }
    }
}

/// The exchanges of one call, as one.
struct Exchanges {
    /// Of the last that has one.
    http_status: Option<u32>,
    limits: Vec<(String, Value)>,
    retries: u64,
    refusals: usize,
}

impl Exchanges {
    /// `exchanges` in order of start.
    fn of(exchanges: &[&Span]) -> Self {
        let mut limits = Vec::new();
        for span in exchanges.iter().rev() {
            let told: Vec<_> = span.rate_limit.iter().filter(|(name, _)| name != RETRIES).cloned().collect();
            complete_limits(&mut limits, &told);
        }
        // A tool may ask many addresses; only the same request after a failed one is a retry.
        let failed_before = exchanges
            .split_last()
            .map_or(0, |(last, earlier)| earlier.iter().filter(|span| has_failed(span) && span.raw_name == last.raw_name).count() as u64);
        let resent = exchanges.iter().flat_map(|span| &span.rate_limit).filter(|(name, _)| name == RETRIES);
        let resent = resent.filter_map(|(_, count)| count.as_u64()).max().unwrap_or(0);
        Self {
            http_status: exchanges.iter().rev().find_map(|span| span.http_status),
            limits,
            retries: failed_before.max(resent),
            refusals: exchanges.iter().filter(|span| span.http_status == Some(TOO_MANY_REQUESTS)).count(),
        }
    }

    fn complete(mut self, call: &mut Span) {
        if self.retries > 0 {
            self.limits.push((RETRIES.to_owned(), self.retries.into()));
            call.notes.push(format!("its HTTP request was sent {} times", self.retries.saturating_add(1)));
        }
        if self.refusals > 0 {
            let times = if self.refusals == 1 { "once".to_owned() } else { format!("{} times", self.refusals) };
            call.notes.push(format!("refused {times} with HTTP status 429 (too many requests)"));
        }
        call.http_status = call.http_status.or(self.http_status);
        complete_limits(&mut call.rate_limit, &self.limits);
    }
}

fn has_failed(span: &Span) -> bool {
    span.status == SpanStatus::Error || span.http_status.is_some_and(|status| status >= 400)
}
