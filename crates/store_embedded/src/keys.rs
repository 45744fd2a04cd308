//! Hashes by which a record is known again.
//!
//! 128 bits: among a billion records the chance of one collision is one in 10^20.

use model::{ProjectSlug, SpanId, TraceId};
use xxhash_rust::xxh3::Xxh3;

/// Which record it is; all versions of a span share one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecordKey(pub(crate) u128);

/// What a record says: equal for records that are equal to the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ContentHash(pub(crate) u128);

/// A span inside one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SpanKey {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

/// What kind of record a key stands for, so that a log never meets a point.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordKind {
    Span = 1,
    Log = 2,
    Point = 3,
    /// No record: a model call that is billed; what stands under it is the trace.
    Claim = 4,
}

pub(crate) fn span_record_key(project: &ProjectSlug, span: SpanKey) -> RecordKey {
    RecordKey(hash(RecordKind::Span, &[project.as_str().as_bytes(), span.trace_id.as_bytes(), span.span_id.as_bytes()]))
}

/// The key of a record that has no identity but its content.
pub(crate) fn content_record_key(kind: RecordKind, project: &ProjectSlug, content: ContentHash) -> RecordKey {
    RecordKey(hash(kind, &[project.as_str().as_bytes(), &content.0.to_le_bytes()]))
}

/// The claim a span makes, and those that stand for the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) own: RecordKey,
    /// Of the windows of time before and after.
    pub(crate) near: [RecordKey; 2],
}

impl Claim {
    /// Every key that another trace may have claimed the call under.
    pub(crate) fn keys(&self) -> [RecordKey; 3] {
        [self.own, self.near[0], self.near[1]]
    }
}

/// The key of a billed model call that starts in one window of time: the same for every span that shows it, in whatever trace.
pub(crate) fn claim_key(project: &ProjectSlug, observation_type: &str, response_id: &str, window: u64) -> RecordKey {
    let parts = [project.as_str().as_bytes(), observation_type.as_bytes(), response_id.as_bytes(), &window.to_le_bytes()];
    RecordKey(hash(RecordKind::Claim, &parts))
}

/// Hashes the encoded parts of a record.
pub(crate) fn content_hash(kind: RecordKind, parts: &[&[u8]]) -> ContentHash {
    ContentHash(hash(kind, parts))
}

fn hash(kind: RecordKind, parts: &[&[u8]]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(&[kind as u8]);
    for part in parts {
        // The length keeps `ab|c` and `a|bc` apart.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest128()
}
