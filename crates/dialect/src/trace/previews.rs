//! What went into a trace and came out of it, in one line each.

use model::{ObservationType, Span};

use super::tree::Tree;

/// What the top says went in, where it is a text; else the first question to a model; else whatever the highest span says.
pub(super) fn input_of(tree: &Tree, top: Option<&Span>) -> Option<String> {
    let top = || top.and_then(|span| span.previews.input.as_ref());
    let first_question = || talking(tree).filter_map(|span| span.previews.input.as_ref()).find(|text| is_text(text));
    let highest = || {
        let told = (0..tree.spans.len()).filter(|at| tree.spans[*at].previews.input.is_some());
        tree.spans[told.min_by_key(|at| tree.depths[*at])?].previews.input.as_ref()
    };
    top().filter(|text| is_text(text)).or_else(first_question).or_else(top).or_else(highest).cloned()
}

/// What the top says came out; else the last answer of a model or agent; else whatever the highest span says, the last to end.
pub(super) fn output_of(tree: &Tree, top: Option<&Span>) -> Option<String> {
    let top = || top.and_then(|span| span.previews.output.as_ref());
    let last_answer =
        || talking(tree).filter(|span| span.previews.output.is_some()).max_by_key(|span| span.end_unix_nanos)?.previews.output.as_ref();
    let highest = || {
        let told = (0..tree.spans.len()).filter(|at| tree.spans[*at].previews.output.is_some());
        let highest = told.min_by_key(|at| (tree.depths[*at], std::cmp::Reverse(tree.spans[*at].end_unix_nanos)))?;
        tree.spans[highest].previews.output.as_ref()
    };
    top().filter(|text| !is_repr(text)).or_else(last_answer).or_else(top).or_else(highest).cloned()
}

/// Whether a preview is something a person wrote rather than arguments or state.
fn is_text(preview: &str) -> bool {
    preview.contains(char::is_alphabetic) && !preview.starts_with(['{', '[']) && !is_repr(preview)
}

/// An object as Python prints it: `StopEvent(result=...`.
fn is_repr(preview: &str) -> bool {
    let head = preview.split('(').next().unwrap_or_default();
    let is_class = head.starts_with(|first: char| first.is_ascii_uppercase())
        && head.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_class && preview[head.len()..].contains('=')
}

fn talking(tree: &Tree) -> impl Iterator<Item = &Span> {
    tree.spans.iter().filter(|span| {
        matches!(
            span.observation_type,
            ObservationType::Llm | ObservationType::Agent | ObservationType::Workflow | ObservationType::Chain | ObservationType::Step
        )
    })
}
