//! One trace as a row: its spans in order, its tree, its log records.

use std::collections::{BTreeMap, HashMap};

use model::{LogRecord, Span, SpanId};

/// The records of one trace.
#[derive(Debug)]
pub struct TraceRow<'a> {
    pub(super) spans: &'a [Span],
    pub(super) logs: &'a [LogRecord],
    /// Places of the spans in order of start, then of span id.
    pub(super) order: Vec<usize>,
    /// The place of each span in that order.
    pub(super) rank: Vec<usize>,
    /// The parent of each span, by its place; None where it has not come, and for the first span of a circle.
    pub(super) parents: Vec<Option<usize>>,
    /// Parents before their children.
    pub(super) downwards: Vec<usize>,
}

impl<'a> TraceRow<'a> {
    /// Takes all spans of one trace, each once, and its log records.
    pub fn new(spans: &'a [Span], logs: &'a [LogRecord]) -> Self {
        let mut order: Vec<usize> = (0..spans.len()).collect();
        order.sort_by_key(|at| (spans[*at].start_unix_nanos, spans[*at].span_id));
        let mut rank = vec![0; spans.len()];
        order.iter().enumerate().for_each(|(number, at)| rank[*at] = number);
        let places: HashMap<SpanId, usize> = spans.iter().enumerate().map(|(at, span)| (span.span_id, at)).collect();
        let mut parents: Vec<Option<usize>> =
            spans.iter().map(|span| span.parent_span_id.and_then(|parent| places.get(&parent).copied())).collect();
        cut_circles(&order, &rank, &mut parents);
        let downwards = downwards(&order, &parents);
        Self { spans, logs, order, rank, parents, downwards }
    }

    /// A span and everything below it, in order of start.
    pub(super) fn below(&self, top: usize) -> Vec<usize> {
        let mut is_below = vec![false; self.spans.len()];
        is_below[top] = true;
        for at in &self.downwards {
            is_below[*at] |= self.parents[*at].is_some_and(|parent| is_below[parent]);
        }
        self.order.iter().copied().filter(|at| is_below[*at]).collect()
    }

    /// The number of each span among those of its step name, or name, from 1 on.
    pub(super) fn occurrences(&self) -> Vec<i64> {
        let mut counts: BTreeMap<(bool, &str), i64> = BTreeMap::new();
        let mut numbers = vec![0; self.spans.len()];
        for at in &self.order {
            let span = &self.spans[*at];
            let key = span.step.name.as_deref().map_or((false, span.name.as_str()), |step| (true, step));
            let count = counts.entry(key).or_default();
            *count += 1;
            numbers[*at] = *count;
        }
        numbers
    }
}

/// Takes its parent from the first span, in order of start, of each circle of parents.
fn cut_circles(order: &[usize], rank: &[usize], parents: &mut [Option<usize>]) {
    let mut climb_of = vec![None; parents.len()];
    for (climb, start) in order.iter().enumerate() {
        let mut path = Vec::new();
        let mut at = Some(*start);
        while let Some(place) = at.filter(|place| climb_of[*place].is_none()) {
            climb_of[place] = Some(climb);
            path.push(place);
            at = parents[place];
        }
        // A climb that meets itself has gone round.
        if let Some(met) = at.filter(|place| climb_of[*place] == Some(climb)) {
            let circle = path.iter().copied().skip_while(|place| *place != met);
            if let Some(first) = circle.min_by_key(|place| rank[*place]) {
                parents[first] = None;
            }
        }
    }
}

/// Orders spans so that parents go before children.
fn downwards(order: &[usize], parents: &[Option<usize>]) -> Vec<usize> {
    let children = children_of(order, parents);
    let mut sorted: Vec<usize> = order.iter().copied().filter(|at| parents[*at].is_none()).collect();
    let mut next = 0;
    while let Some(at) = sorted.get(next) {
        let below = &children[*at];
        sorted.extend(below);
        next += 1;
    }
    sorted
}

fn children_of(order: &[usize], parents: &[Option<usize>]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); parents.len()];
    for at in order {
        if let Some(parent) = parents[*at] {
            children[parent].push(*at);
        }
    }
    children
}
