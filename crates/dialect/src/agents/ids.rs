//! Ids out of what an event says: the same event gives the same ids, whenever and in whatever company it comes.

use model::{LogRecord, SpanId, TraceId};
use xxhash_rust::xxh3::Xxh3;

use super::event::AgentEvent;
use crate::json;

/// Hashes words with their borders, so that `ab`, `c` and `a`, `bc` differ.
fn digest(words: &[&str]) -> u128 {
    let mut hasher = Xxh3::new();
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    hasher.digest128()
}

/// One trace for one turn; without turns one for the session, without sessions one for the event.
pub(super) fn trace_id(event: &AgentEvent<'_>, log: &LogRecord) -> TraceId {
    let agent = event.agent.name.as_str();
    let (session, turn) = (event.session(), event.turn());
    let id = match (session.as_deref(), turn.as_deref()) {
        (None, None) => digest(&["trace", agent, "event", &identity(event, log)]),
        (session, turn) => digest(&["trace", agent, session.unwrap_or(""), turn.unwrap_or("")]),
    };
    // An all-zero hash is as likely as any other value; ids must not be.
    TraceId::from_bytes(&id.max(1).to_le_bytes()).expect("sixteen bytes, not all zero")
}

/// The span of a thing that is named within its trace.
pub(super) fn span_id(trace_id: TraceId, part: &str, key: &str) -> SpanId {
    let id = digest(&["span", &trace_id.to_string(), part, key]) as u64;
    SpanId::from_bytes(&id.max(1).to_le_bytes()).expect("eight bytes, not all zero")
}

/// Everything the sender said, as one text: what stands for an event that names nothing.
///
/// The time of observation is left out: a collector on the way writes its own.
pub(super) fn identity(event: &AgentEvent<'_>, log: &LogRecord) -> String {
    let mut words: Vec<String> = log.attributes.iter().map(|(key, value)| format!("{key}={}", json::from_any(value))).collect();
    words.sort_unstable();
    let body = log.body.as_ref().map(|body| json::from_any(body).to_string()).unwrap_or_default();
    format!("{} {} {body} {}", event.full_name(), log.time_unix_nanos, words.join("\n"))
}
