//! Where a span stands in its workflow, read from the tree where nobody says it.
//!
//! What is told always wins: explicit attributes and the metadata of frameworks are in the columns before this runs.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use model::{Label, ObservationType, Span, SpanId, SpanStatus};

use super::tree::Tree;
use crate::limits::IDENTITY_CHARS_MAX;

/// Tools that are no work of their own: the agent named behind takes over.
const HANDOFF_TOOLS: [&str; 3] = ["transfer_to_", "handoff_to_", "delegate_to_"];

pub(super) fn fill(tree: &mut Tree) {
    name_workflows(tree);
    number_steps(tree);
    write_paths(tree);
    tree.spans.iter_mut().for_each(name_handoff);
}

fn is_step(span: &Span) -> bool {
    span.observation_type == ObservationType::Step
}

/// A workflow is known to everything below it.
fn name_workflows(tree: &mut Tree) {
    // Shared, so that a deep trace does not hold a name a level.
    let mut names: Vec<Option<Rc<str>>> = vec![None; tree.spans.len()];
    for at in tree.order.clone() {
        let above = tree.parents[at].and_then(|parent| names[parent].clone());
        let span = &mut tree.spans[at];
        let is_workflow = span.observation_type == ObservationType::Workflow;
        if span.workflow_name.is_none() {
            span.workflow_name = if is_workflow { Some(span.name.clone()) } else { above.as_deref().map(str::to_owned) };
        }
        // Others may be stamped with a name that holds for them alone; a workflow passes its own on.
        names[at] = if is_workflow { span.workflow_name.as_deref().map(Rc::from) } else { above };
    }
}

/// What siblings have in common: the shown parent, or the parent that has not come.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Above {
    Shown(usize),
    Missing(SpanId),
}

fn number_steps(tree: &mut Tree) {
    let shown_parents = tree.shown_parents();
    let mut tops: Vec<usize> = (0..tree.spans.len()).collect();
    for &at in &tree.order {
        tops[at] = tree.parents[at].map_or(at, |parent| tops[parent]);
    }
    let mut siblings: BTreeMap<Above, Vec<usize>> = BTreeMap::new();
    for at in (0..tree.spans.len()).filter(|at| tree.is_shown(*at) && is_step(&tree.spans[*at])) {
        let above = shown_parents[at].map(Above::Shown).or_else(|| tree.spans[tops[at]].parent_span_id.map(Above::Missing));
        if let Some(above) = above {
            siblings.entry(above).or_default().push(at);
        }
    }
    for steps in siblings.into_values() {
        for (place, at) in steps.iter().enumerate() {
            let index = &mut tree.spans[*at].step.index;
            *index = index.or(u32::try_from(place + 1).ok());
        }
        count_attempts(tree, &steps);
    }
}

/// A step of the same name after a failed one is the next attempt; after one that went well, another round.
fn count_attempts(tree: &mut Tree, steps: &[usize]) {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for &at in steps {
        let Some(name) = tree.spans[at].step.name.clone() else { continue };
        let tries = by_name.entry(name).or_default();
        if tries.last().is_some_and(|last| tree.spans[*last].status != SpanStatus::Error) {
            tries.clear();
        }
        tries.push(at);
        if tries.len() == 2 {
            number_attempt(&mut tree.spans[tries[0]], 1);
        }
        if tries.len() > 1 {
            number_attempt(&mut tree.spans[at], tries.len());
        }
    }
}

fn number_attempt(span: &mut Span, attempt: usize) {
    span.step.attempt = span.step.attempt.or(u32::try_from(attempt).ok());
}

/// Names of the steps from the outermost to this one; none where that is too long to be read.
fn write_paths(tree: &mut Tree) {
    let outermost: Option<Rc<str>> = Some(Rc::from(""));
    let mut paths = vec![outermost.clone(); tree.spans.len()];
    for at in tree.order.clone() {
        let above = tree.parents[at].map_or_else(|| outermost.clone(), |parent| paths[parent].clone());
        let span = &mut tree.spans[at];
        paths[at] = match (&span.step.name, above) {
            (Some(name), Some(above)) if is_step(span) => joined(&above, name),
            (_, above) => above,
        };
        let path = paths[at].as_deref().filter(|path| is_step(span) && !path.is_empty());
        if let (Some(path), None) = (path, span.labels.get(Label::StepPath)) {
            span.labels.set(Label::StepPath, path);
        }
    }
}

fn joined(above: &str, name: &str) -> Option<Rc<str>> {
    let path = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    (path.len() <= IDENTITY_CHARS_MAX).then(|| path.into())
}

fn name_handoff(span: &mut Span) {
    if span.observation_type != ObservationType::Tool || span.labels.get(Label::HandoffTo).is_some() {
        return;
    }
    let tool = span.tool_name.as_deref().unwrap_or(&span.name);
    let target = HANDOFF_TOOLS.iter().find_map(|prefix| tool.strip_prefix(prefix)).filter(|target| !target.is_empty());
    if let Some(target) = target.map(str::to_owned) {
        span.labels.set(Label::HandoffTo, target);
    }
}
