//! The longest run of calls of one tool with equal arguments.

use model::Span;
use serde_json::Value;

use super::places::tool_arguments;
use super::trace_row::TraceRow;
use super::tree::Tree;

/// A span as a call: of a tool, or of what its name says.
#[derive(Debug, Clone)]
pub struct Call<'a, Arguments> {
    pub callee: &'a str,
    /// None where they are unknown: such a call repeats nothing.
    pub arguments: Option<Arguments>,
    /// Whether it is only another view of a call, and counts for nothing itself.
    pub is_view: bool,
}

/// How long runs of calls are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// The longest of the whole trace.
    pub whole: u64,
    /// That of each span and what is below it.
    pub below: Vec<u64>,
}

/// A run as it grows, below one span or in the whole trace.
#[derive(Debug, Clone, Default)]
struct Run {
    last: Option<usize>,
    length: u64,
    longest: u64,
}

impl Tree {
    /// The longest runs of calls, each of which has the callee and the arguments of the one before; None for a span that is no call.
    pub fn longest_runs<Arguments: PartialEq>(&self, calls: &[Option<Call<'_, Arguments>>]) -> Runs {
        let repeats = |one: usize, other: usize| {
            let (Some(one), Some(other)) = (&calls[one], &calls[other]) else { return false };
            one.callee == other.callee && one.arguments.is_some() && one.arguments == other.arguments
        };
        let mut whole = Run::default();
        let mut below = vec![Run::default(); calls.len()];
        for at in self.order() {
            let Some(call) = calls[*at].as_ref().filter(|call| !call.is_view) else { continue };
            let mut top = Some(*at);
            while let Some(above) = top {
                // Seen from above a span of the same tool, this is that call, seen closer.
                if above != *at && calls[above].as_ref().is_some_and(|above| above.callee == call.callee) {
                    break;
                }
                below[above].add(*at, repeats);
                top = self.parents[above];
            }
            if top.is_none() {
                whole.add(*at, repeats);
            }
        }
        Runs { whole: whole.longest, below: below.into_iter().map(|run| run.longest).collect() }
    }
}

impl Run {
    fn add(&mut self, call: usize, repeats: impl Fn(usize, usize) -> bool) {
        let goes_on = self.last.is_some_and(|last| repeats(last, call));
        self.length = if goes_on { self.length + 1 } else { 1 };
        self.longest = self.longest.max(self.length);
        self.last = Some(call);
    }
}

/// The longest runs of the spans that meet a filter.
pub(super) fn longest_runs(met: &[bool], trace: &TraceRow<'_>) -> Runs {
    let call = |(span, is_met): (_, &bool)| is_met.then(|| call_of(span));
    trace.tree.longest_runs(&trace.spans.iter().zip(met).map(call).collect::<Vec<_>>())
}

fn call_of(span: &Span) -> Call<'_, Value> {
    let callee = span.tool_name.as_deref().unwrap_or(&span.name);
    Call { callee, arguments: arguments_of(span), is_view: span.visibility.is_view() }
}

/// What a call was given: the arguments of the tools it asks for, or its input.
pub fn arguments_of(span: &Span) -> Option<Value> {
    tool_arguments(span).or_else(|| span.content.input.clone())
}
