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
    /// A parent that has not come, by its place among the placeholders.
    Missing(usize),
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
            RowKind::Missing(place) => below_missing(forest, *place, row.level + 1, options),
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

/// Roots, and the placeholders that hang under nothing known.
fn roots(forest: &Forest<'_>, options: &TreeOptions) -> Vec<Row> {
    let mut rows = grouped(forest, &forest.roots, 0, options);
    // Once the root is there, what hangs under a missing parent stands below it.
    let level = usize::from(!forest.roots.is_empty());
    rows.extend(missing(forest, "", level));
    rows
}

fn missing(forest: &Forest<'_>, above: &str, level: usize) -> impl Iterator<Item = Row> {
    forest.placeholders_below(above).iter().map(move |place| Row { level, kind: RowKind::Missing(*place) })
}

fn below(forest: &Forest<'_>, index: usize, level: usize, options: &TreeOptions) -> Vec<Row> {
    let children = forest.children(index);
    let id = &forest.spans[index].span_id;
    if children.is_empty() && forest.placeholders_below(id).is_empty() {
        return Vec::new();
    }
    if options.depth_max.is_some_and(|depth_max| level >= depth_max) {
        let below = forest.below(&[index]).len();
        return vec![Row { level, kind: RowKind::Below(below + forest.placeholders_below(id).len()) }];
    }
    let mut rows = grouped(forest, children, level, options);
    rows.extend(missing(forest, id, level));
    rows
}

fn below_missing(forest: &Forest<'_>, place: usize, level: usize, options: &TreeOptions) -> Vec<Row> {
    let id = &forest.placeholders[place].span_id;
    // The row of a placeholder is the mark of the pending spans that announce it.
    let is_marked = |index: &usize| !forest.is_shown(*index) && forest.spans[*index].is_pending();
    let orphans: Vec<usize> = forest.orphans(id).iter().copied().filter(|index| !is_marked(index)).collect();
    let mut rows = grouped(forest, &orphans, level, options);
    rows.extend(missing(forest, id, level));
    rows
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
