//! Who stands below whom, in the tree as shown or as sent.

use std::collections::HashMap;

use crate::client::{Placeholder, Span, TraceDetail};

/// The spans of a trace with their order; indexes point into `spans`.
pub(super) struct Forest<'a> {
    pub(super) spans: &'a [Span],
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    /// Spans that hang under nothing, received or not.
    pub(super) roots: Vec<usize>,
    /// Parents that have not come.
    pub(super) placeholders: Vec<Placeholder>,
    /// What hangs under a placeholder or, as placeholders, under a span: by the id above; of nothing under an empty id.
    orphans_of: HashMap<String, Vec<usize>>,
    placeholders_of: HashMap<String, Vec<usize>>,
    /// Whether the span or one below it failed.
    failed_inside: Vec<bool>,
    /// Whether folded spans stand in the tree like any other.
    all: bool,
}

impl<'a> Forest<'a> {
    /// Orders spans by the parents the server worked out, or, where all are to be seen, by those that were sent.
    pub(super) fn new(detail: &'a TraceDetail, all: bool) -> Self {
        let spans = &detail.spans;
        let by_id: HashMap<&str, usize> = spans.iter().enumerate().map(|(index, span)| (span.span_id.as_str(), index)).collect();
        let parent_of = |span: &Span| {
            let sent = span.parent_span_id.as_deref().and_then(|id| by_id.get(id).copied());
            let repaired = span.effective_parent_id.as_deref().and_then(|id| by_id.get(id).copied());
            if all { sent.or(repaired) } else { repaired }
        };
        let mut parents: Vec<Option<usize>> = spans.iter().map(parent_of).collect();
        cut_circles(&mut parents);
        let mut forest = Self {
            spans,
            children: vec![Vec::new(); spans.len()],
            roots: Vec::new(),
            placeholders: detail.placeholders.clone(),
            orphans_of: HashMap::new(),
            placeholders_of: HashMap::new(),
            failed_inside: vec![false; spans.len()],
            parents,
            all,
        };
        forest.link_children();
        forest.link_placeholders(&by_id);
        forest.find_failures();
        forest
    }

    fn link_children(&mut self) {
        let mut order: Vec<usize> = (0..self.spans.len()).collect();
        order.sort_by_key(|index| self.spans[*index].start_unix_nanos);
        for index in order {
            match self.parents[index] {
                Some(parent) => self.children[parent].push(index),
                None => self.roots.push(index),
            }
        }
    }

    /// Hangs orphans under placeholders; a parent that is missing without one gets its own.
    fn link_placeholders(&mut self, by_id: &HashMap<&str, usize>) {
        let mut places: HashMap<String, usize> =
            self.placeholders.iter().enumerate().map(|(place, placeholder)| (placeholder.span_id.clone(), place)).collect();
        for root in std::mem::take(&mut self.roots) {
            let missing = self.spans[root].parent_span_id.as_deref().filter(|id| !id.is_empty() && !by_id.contains_key(id));
            let Some(missing) = missing else {
                self.roots.push(root);
                continue;
            };
            places.entry(missing.to_owned()).or_insert_with(|| {
                self.placeholders.push(Placeholder { span_id: missing.to_owned(), ..Placeholder::default() });
                self.placeholders.len() - 1
            });
            self.orphans_of.entry(missing.to_owned()).or_default().push(root);
        }
        for (place, placeholder) in self.placeholders.iter().enumerate() {
            let above = placeholder.parent_id.as_deref().filter(|id| places.contains_key(*id) || by_id.contains_key(id));
            self.placeholders_of.entry(above.unwrap_or_default().to_owned()).or_default().push(place);
        }
    }

    /// Spans whose parent is the missing one.
    pub(super) fn orphans(&self, missing_id: &str) -> &[usize] {
        self.orphans_of.get(missing_id).map_or(&[], Vec::as_slice)
    }

    /// Placeholders that hang under a span or placeholder; under nothing for an empty id.
    pub(super) fn placeholders_below(&self, id: &str) -> &[usize] {
        self.placeholders_of.get(id).map_or(&[], Vec::as_slice)
    }

    fn find_failures(&mut self) {
        for index in 0..self.spans.len() {
            // A failure without a line explains nothing: the nearest one that has a line speaks for it.
            if !self.spans[index].has_failed() || !self.is_shown(index) {
                continue;
            }
            let mut marked = Some(index);
            // A marked ancestor has marked its own ancestors already.
            while let Some(ancestor) = marked.filter(|ancestor| !self.failed_inside[*ancestor]) {
                self.failed_inside[ancestor] = true;
                marked = self.parents[ancestor];
            }
        }
    }

    pub(super) fn children(&self, index: usize) -> &[usize] {
        &self.children[index]
    }

    /// Whether the span has a line of its own.
    pub(super) fn is_shown(&self, index: usize) -> bool {
        self.all || self.spans[index].is_shown()
    }

    /// Whether the span failed and nothing below it explains why.
    pub(super) fn fails_by_itself(&self, index: usize) -> bool {
        self.spans[index].has_failed() && !self.children[index].iter().any(|child| self.failed_inside[*child])
    }

    pub(super) fn level(&self, index: usize) -> usize {
        std::iter::successors(self.parents[index], |parent| self.parents[*parent]).count()
    }

    /// Returns all spans below these, without them.
    pub(super) fn below(&self, indexes: &[usize]) -> Vec<usize> {
        let mut found: Vec<usize> = indexes.iter().flat_map(|index| self.children[*index].iter().copied()).collect();
        let mut next = 0;
        while next < found.len() {
            found.extend(self.children[found[next]].iter().copied());
            next += 1;
        }
        found
    }
}

/// Makes a root of one span of each circle: senders have been seen to name a span its own parent.
fn cut_circles(parents: &mut [Option<usize>]) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnThisWalk(usize),
        Yes,
    }
    let mut seen = vec![Seen::No; parents.len()];
    for start in 0..parents.len() {
        let mut walk = Vec::new();
        let mut here = start;
        while seen[here] == Seen::No {
            seen[here] = Seen::OnThisWalk(start);
            walk.push(here);
            let Some(parent) = parents[here] else { break };
            if seen[parent] == Seen::OnThisWalk(start) {
                parents[here] = None;
                break;
            }
            here = parent;
        }
        for index in walk {
            seen[index] = Seen::Yes;
        }
    }
}
