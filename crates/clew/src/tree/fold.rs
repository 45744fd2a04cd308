//! Which rows the tree has: spans, repetitions folded to one row, and marks where something was left out.

use std::collections::HashMap;

use super::TreeOptions;
use super::forest::Forest;

/// One row of the tree.
#[derive(Debug)]
pub(super) struct Row {
    /// Zero for a root.
    pub(super) level: usize,
    pub(super) kind: RowKind,
}

#[derive(Debug)]
pub(super) enum RowKind {
    Span(usize),
    /// Siblings of the same name and kind.
    Fold(Vec<usize>),
    /// Spans that the default tree leaves out here.
    Hidden(Vec<usize>),
    /// So many spans are deeper than asked for.
    Below(usize),
    /// A parent that never came.
    Missing(String),
}

/// So many siblings of the same name and kind become one row.
const FOLD_SIBLINGS_MIN: usize = 8;

/// Lists the rows from top to bottom. Without recursion: a trace may be ten thousand levels deep.
pub(super) fn rows(forest: &Forest<'_>, options: &TreeOptions) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut waiting: Vec<Row> = Vec::new();
    push_reversed(&mut waiting, roots(forest, options));
    while let Some(row) = waiting.pop() {
        let below = match &row.kind {
            RowKind::Span(index) => below(forest, *index, row.level + 1, options),
            _ => Vec::new(),
        };
        push_reversed(&mut waiting, below);
        rows.push(row);
    }
    rows
}

fn push_reversed(waiting: &mut Vec<Row>, rows: Vec<Row>) {
    waiting.extend(rows.into_iter().rev());
}

/// Roots, each orphan below a row for the parent that is missing.
fn roots(forest: &Forest<'_>, options: &TreeOptions) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let (with_parent, true_roots): (Vec<usize>, Vec<usize>) = forest.roots.iter().partition(|root| forest.missing_parent(**root).is_some());
    rows.extend(grouped(forest, &true_roots, 0, options));
    let mut missing: Vec<&str> = Vec::new();
    for root in &with_parent {
        let parent = forest.missing_parent(*root).unwrap_or_default();
        if !missing.contains(&parent) {
            missing.push(parent);
        }
    }
    // Once the root is there, what hangs under a missing parent stands below it.
    let level = usize::from(!true_roots.is_empty());
    for parent in missing {
        let orphans: Vec<usize> = with_parent.iter().copied().filter(|root| forest.missing_parent(*root) == Some(parent)).collect();
        rows.push(Row { level, kind: RowKind::Missing(parent.to_owned()) });
        rows.extend(grouped(forest, &orphans, level + 1, options));
    }
    rows
}

fn below(forest: &Forest<'_>, index: usize, level: usize, options: &TreeOptions) -> Vec<Row> {
    let children = forest.children(index);
    if children.is_empty() {
        return Vec::new();
    }
    if options.depth_max.is_some_and(|depth_max| level >= depth_max) {
        return vec![Row { level, kind: RowKind::Below(forest.below(&[index]).len()) }];
    }
    grouped(forest, children, level, options)
}

/// Folds repetitions and collects hidden spans; each group stands where its first span stands.
fn grouped(forest: &Forest<'_>, siblings: &[usize], level: usize, options: &TreeOptions) -> Vec<Row> {
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for index in siblings.iter().filter(|index| forest.is_shown(**index)) {
        *counts.entry(identity(forest, *index)).or_default() += 1;
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut folds: HashMap<(&str, &str), usize> = HashMap::new();
    let mut hidden: Option<usize> = None;
    for index in siblings.iter().copied() {
        let row = |kind| Row { level, kind };
        if !forest.is_shown(index) {
            match hidden.and_then(|at| rows.get_mut(at)) {
                Some(Row { kind: RowKind::Hidden(indexes), .. }) => indexes.push(index),
                _ => {
                    hidden = Some(rows.len());
                    rows.push(row(RowKind::Hidden(vec![index])));
                }
            }
            continue;
        }
        let identity = identity(forest, index);
        if options.all || counts[&identity] < FOLD_SIBLINGS_MIN {
            rows.push(row(RowKind::Span(index)));
            continue;
        }
        match folds.get(&identity).and_then(|at| rows.get_mut(*at)) {
            Some(Row { kind: RowKind::Fold(indexes), .. }) => indexes.push(index),
            _ => {
                folds.insert(identity, rows.len());
                rows.push(row(RowKind::Fold(vec![index])));
            }
        }
    }
    rows
}

/// What makes two siblings the same: kind and name.
fn identity<'a>(forest: &'a Forest<'_>, index: usize) -> (&'a str, &'a str) {
    (forest.spans[index].kind(), forest.spans[index].name.as_str())
}
