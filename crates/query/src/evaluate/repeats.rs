//! The longest run of calls of one tool with equal arguments.

use model::{Span, Visibility};
use serde_json::Value;

use super::places::tool_arguments;
use super::trace_row::TraceRow;

/// A run as it grows, below one span or in the whole trace.
#[derive(Debug, Clone, Default)]
struct Run {
    last: Option<usize>,
    length: i64,
    longest: i64,
}

/// The longest run of the whole trace, and that of each span and what is below it.
pub(super) fn longest_runs(met: &[bool], trace: &TraceRow<'_>) -> (i64, Vec<i64>) {
    let arguments: Vec<Option<Value>> = trace.spans.iter().zip(met).map(|(span, met)| met.then(|| arguments_of(span)).flatten()).collect();
    let repeats = |one: usize, other: usize| {
        callee(&trace.spans[one]) == callee(&trace.spans[other]) && arguments[one].is_some() && arguments[one] == arguments[other]
    };
    let mut whole = Run::default();
    let mut below = vec![Run::default(); met.len()];
    let is_call = |at: &&usize| met[**at] && !matches!(trace.spans[**at].visibility, Visibility::Duplicate | Visibility::Partial);
    for call in trace.tree.order.iter().filter(is_call) {
        let mut top = Some(*call);
        while let Some(at) = top {
            // Seen from above a span of the same tool, this is that call, seen closer.
            if at != *call && met[at] && callee(&trace.spans[at]) == callee(&trace.spans[*call]) {
                break;
            }
            below[at].add(*call, repeats);
            top = trace.tree.parents[at];
        }
        if top.is_none() {
            whole.add(*call, repeats);
        }
    }
    (whole.longest, below.into_iter().map(|run| run.longest).collect())
}

impl Run {
    fn add(&mut self, call: usize, repeats: impl Fn(usize, usize) -> bool) {
        let goes_on = self.last.is_some_and(|last| repeats(last, call));
        self.length = if goes_on { self.length + 1 } else { 1 };
        self.longest = self.longest.max(self.length);
        self.last = Some(call);
    }
}

fn arguments_of(span: &Span) -> Option<Value> {
    tool_arguments(span).or_else(|| span.content.input.clone())
}

fn callee(span: &Span) -> &str {
    span.tool_name.as_deref().unwrap_or(&span.name)
}
