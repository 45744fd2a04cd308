//! From the spans of one trace to its tree, and everything only the tree can tell.
//!
//! Everything here reads columns alone, never content or raw, so that a list and a detail page agree.

mod tree;

mod placeholders;

mod billing;
mod exchanges;
mod inherit;
mod noise;
mod steps;
mod turns;

mod previews;
mod progress;

mod summary;

use model::{Price, Span, SpanId, TraceSummary};

pub use placeholders::Placeholder;

/// One trace: its spans in start order, the parents that have not come, and what all add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub spans: Vec<Node>,
    /// In order of start; spans that name one as their parent have no `effective_parent_id`.
    pub placeholders: Vec<Placeholder>,
    pub summary: TraceSummary,
}

/// A span in its tree, with billing and visibility final and session and user inherited.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Span,
    /// The nearest shown ancestor; None for a shown root and for what hangs under nothing known.
    pub effective_parent_id: Option<SpanId>,
    /// Whether the span names a parent that has not come (or that would close a circle).
    pub is_orphan: bool,
    /// Shown spans directly below, after folding.
    pub child_count: usize,
    /// The latest start or end of it and of everything below it.
    pub last_seen_unix_nanos: u64,
}

/// Builds the tree of one trace.
///
/// All spans must be of one trace; parents may be missing, circular or below their children in time.
pub fn assemble(spans: Vec<Span>) -> Trace {
    assemble_priced(spans, |span| span.price.clone())
}

/// Builds the tree as `assemble` does; `price` says what a call costs whose model only its trace tells.
pub fn assemble_priced(spans: Vec<Span>, price: impl Fn(&Span) -> Price) -> Trace {
    let mut tree = tree::Tree::build(spans);
    turns::end_with_last_act(&mut tree);
    for at in inherit::inherit(&mut tree) {
        tree.spans[at].price = price(&tree.spans[at]);
    }
    placeholders::settle_pending(&mut tree);
    billing::settle(&mut tree);
    noise::settle(&mut tree);
    exchanges::complete_calls(&mut tree);
    steps::fill(&mut tree);
    let placement = placeholders::place(&tree);
    let summary = summary::summarise(&tree, &placement.placeholders);
    Trace { spans: tree.into_nodes(&placement.last_seen), placeholders: placement.placeholders, summary }
}
