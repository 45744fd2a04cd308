//! From the spans of one trace to its tree, and everything only the tree can tell.
//!
//! Everything here reads columns alone, never content or raw, so that a list and a detail page agree.

mod tree;

mod billing;
mod inherit;
mod noise;

mod summary;

use model::{Span, SpanId};

pub use summary::TraceSummary;

/// One trace: its spans in start order, and what they add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub spans: Vec<Node>,
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
}

/// Builds the tree of one trace.
///
/// All spans must be of one trace; parents may be missing, circular or below their children in time.
pub fn assemble(spans: Vec<Span>) -> Trace {
    let mut tree = tree::Tree::build(spans);
    inherit::inherit(&mut tree);
    billing::settle(&mut tree);
    noise::settle(&mut tree);
    let summary = summary::summarise(&tree);
    Trace { spans: tree.into_nodes(), summary }
}
