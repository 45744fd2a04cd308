//! What a link means: spans point at others for several reasons, and few say which.

use std::collections::{HashMap, HashSet};

use model::{AnyValue, Attributes, Label, Link, ObservationType, RawSpan, Span, SpanKind, TraceId};

/// Attributes in which a sender says what its link means; `opentracing.ref_type` is that of the OpenTracing bridge.
const TYPE_KEYS: [&str; 4] = ["clew.link.type", "link.type", "gen_ai.link.type", "opentracing.ref_type"];

/// Beginnings of keys of what carries a message from one service to the next.
const TRANSPORT_PREFIXES: [&str; 2] = ["messaging.", "mcp."];

/// Why one span points at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkType {
    /// The other went before and led to this one.
    Causes,
    /// This one goes on with what the other stopped.
    Resumes,
    /// This one judges the other.
    Evaluates,
    /// This one does the work of several at once.
    Batch,
    /// The other sent the message or request that this one took.
    Transport,
}

impl LinkType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Causes => "causes",
            Self::Resumes => "resumes",
            Self::Evaluates => "evaluates",
            Self::Batch => "batch",
            Self::Transport => "transport",
        }
    }
}

/// Decides the type of each link of a span, in the order of the links.
///
/// The link's own word goes first, then what the span is and how many it points at, then the other's session:
/// `sessions` are those of linked traces, as far as they are known.
pub fn link_types(span: &Span, raw: &RawSpan, sessions: &HashMap<TraceId, String>) -> Vec<LinkType> {
    let of_span = type_by_span(span, raw);
    let goes_on = |link: &Link| {
        let is_other = link.trace_id != span.trace_id;
        is_other && span.session_id.is_some() && sessions.get(&link.trace_id) == span.session_id.as_ref()
    };
    let types = raw.links.iter().map(|link| match (type_by_link(link), of_span) {
        (Some(told), _) => told,
        (None, LinkType::Causes) if goes_on(link) => LinkType::Resumes,
        (None, of_span) => of_span,
    });
    types.collect()
}

fn type_by_link(link: &Link) -> Option<LinkType> {
    let told = TYPE_KEYS.iter().find_map(|key| type_of_word(link.attributes.text(key)?));
    told.or_else(|| (carries(&link.attributes)).then_some(LinkType::Transport))
}

fn type_of_word(word: &str) -> Option<LinkType> {
    match word.to_ascii_lowercase().as_str() {
        "causes" | "cause" | "follows_from" | "child_of" => Some(LinkType::Causes),
        "resumes" | "resume" | "resumed" | "continues" | "continuation" => Some(LinkType::Resumes),
        "evaluates" | "evaluation" | "evaluated" => Some(LinkType::Evaluates),
        "batch" => Some(LinkType::Batch),
        "transport" | "message" | "producer" => Some(LinkType::Transport),
        _ => None,
    }
}

fn type_by_span(span: &Span, raw: &RawSpan) -> LinkType {
    let targets: HashSet<_> = raw.links.iter().map(|link| (link.trace_id, link.span_id)).collect();
    if targets.len() > 1 {
        return LinkType::Batch;
    }
    if span.observation_type == ObservationType::Evaluator {
        return LinkType::Evaluates;
    }
    let says_resumed = raw.attributes.iter().any(|(key, value)| {
        let name = key.rsplit('.').next().unwrap_or(key);
        matches!(name, "resumed" | "resumed_from" | "is_resume") && !matches!(value, AnyValue::Bool(false) | AnyValue::Empty)
    });
    if says_resumed || span.labels.get(Label::CheckpointId).is_some() {
        return LinkType::Resumes;
    }
    if span.kind == SpanKind::Consumer || carries(&raw.attributes) {
        return LinkType::Transport;
    }
    LinkType::Causes
}

fn carries(attributes: &Attributes) -> bool {
    attributes.iter().any(|(key, _)| TRANSPORT_PREFIXES.iter().any(|prefix| key.starts_with(prefix)))
}
