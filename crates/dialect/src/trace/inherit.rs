//! Session, user, tags: from the nearest ancestor that knows, else from any span of the trace. And the model of a call whose sender
//! names it on the span around.

use model::{Billing, Span};

use super::tree::Tree;
use crate::limits::NESTED_VIEWS_MAX;

/// Fills what spans do not say themselves; returns the calls that got a model so.
pub(super) fn inherit(tree: &mut Tree) -> Vec<usize> {
    for at in tree.order.clone() {
        let Some(parent) = tree.parents[at] else { continue };
        let (session_id, user_id) = (tree.spans[parent].session_id.clone(), tree.spans[parent].user_id.clone());
        let span = &mut tree.spans[at];
        span.session_id = span.session_id.take().or(session_id);
        span.user_id = span.user_id.take().or(user_id);
    }
    let named = name_models(tree);
    let session_id = lifted(tree, |span| span.session_id.as_ref());
    let user_id = lifted(tree, |span| span.user_id.as_ref());
    for span in &mut tree.spans {
        span.session_id = span.session_id.take().or_else(|| session_id.clone());
        span.user_id = span.user_id.take().or_else(|| user_id.clone());
    }
    named
}

/// Gives a call that names no model the one its own sender names nearest above: Codex counts on a span inside the one that asks.
fn name_models(tree: &mut Tree) -> Vec<usize> {
    let mut named = Vec::new();
    for at in 0..tree.spans.len() {
        let span = &tree.spans[at];
        if span.billing != Billing::Leaf || span.usage.is_empty() || span.request_model.is_some() || span.response_model.is_some() {
            continue;
        }
        let own = tree.ancestors(at).take(NESTED_VIEWS_MAX).filter(|above| tree.spans[*above].scope_name == span.scope_name);
        let model = own.into_iter().find_map(|above| tree.spans[above].request_model.clone());
        if model.is_some() {
            named.push(at);
        }
        tree.spans[at].request_model = model;
    }
    named
}

/// Returns what the trace as a whole says: a root's word, else the first in start order.
pub(super) fn lifted<Value: Clone>(tree: &Tree, field: impl Fn(&Span) -> Option<&Value>) -> Option<Value> {
    let roots = tree.order.iter().take_while(|at| tree.parents[**at].is_none());
    let from_root = roots.filter(|at| tree.spans[**at].parent_span_id.is_none()).find_map(|at| field(&tree.spans[*at]));
    from_root.or_else(|| tree.spans.iter().find_map(&field)).cloned()
}
