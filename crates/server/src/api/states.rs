//! The state of a workflow around its steps, where the framework hands it through the steps' input and output.
//!
//! Explicit attributes go first; these are read with the content, because only that has it.

use dialect::Trace;
use model::{Label, ObservationType, Span, StepState};

/// Frameworks whose steps take the state as input and give the next one, or what changes of it, as output.
const STATE_THROUGH_STEPS: [&str; 2] = ["langgraph", "llamaindex"];

const NOTE: &str = "state before and after derived from the step's input and output";

/// Fills the state of each step of such a framework that says none.
pub(crate) fn derive(trace: &mut Trace) {
    for node in &mut trace.spans {
        derive_of(&mut node.span);
    }
}

/// The same for one span.
pub(crate) fn derive_of(span: &mut Span) {
    if span.content.state != StepState::default() || !is_step(span) || !hands_state_through(span) {
        return;
    }
    let content = &mut span.content;
    let (before, after) = (content.input.clone(), content.output.clone());
    if before.is_some() || after.is_some() {
        content.state = StepState { before, after, delta: None };
        span.notes.push(NOTE.to_owned());
    }
}

/// A node of a graph may be an agent too; what runs inside a node carries the node's name beside its own.
fn is_step(span: &Span) -> bool {
    span.observation_type == ObservationType::Step || span.step.name.as_ref() == Some(&span.name)
}

fn hands_state_through(span: &Span) -> bool {
    let names = span.dialects.iter().map(String::as_str).chain(span.labels.get(Label::Framework));
    names.into_iter().any(|name| STATE_THROUGH_STEPS.contains(&name))
}
