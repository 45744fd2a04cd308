//! One trace as a row: its spans in order, its tree, its log records.

use std::collections::BTreeMap;

use model::{LogRecord, Span};

use super::tree::{Placed, Tree};

/// The records of one trace.
#[derive(Debug)]
pub struct TraceRow<'a> {
    pub(super) spans: &'a [Span],
    pub(super) logs: &'a [LogRecord],
    /// Of the spans.
    pub(super) tree: Tree,
}

impl<'a> TraceRow<'a> {
    /// Takes all spans of one trace, each once, and its log records.
    pub fn new(spans: &'a [Span], logs: &'a [LogRecord]) -> Self {
        Self { spans, logs, tree: Tree::new(spans.iter().map(Placed::from)) }
    }

    /// The spans in order of start.
    pub(super) fn in_order(&self) -> impl DoubleEndedIterator<Item = &'a Span> {
        self.tree.order().iter().map(|at| &self.spans[*at])
    }

    /// The number of each span among those of its step name, or name, from 1 on.
    pub(super) fn occurrences(&self) -> Vec<i64> {
        let mut counts: BTreeMap<(bool, &str), i64> = BTreeMap::new();
        let mut numbers = vec![0; self.spans.len()];
        for at in self.tree.order() {
            let span = &self.spans[*at];
            let key = span.step.name.as_deref().map_or((false, span.name.as_str()), |step| (true, step));
            let count = counts.entry(key).or_default();
            *count += 1;
            numbers[*at] = *count;
        }
        numbers
    }
}
