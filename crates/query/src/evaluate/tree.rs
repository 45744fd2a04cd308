//! The tree and the order of one trace: how its spans stand to each other, whatever else they say.

use std::sync::OnceLock;

use model::{Span, SpanId};

/// Where one span of a trace stands.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    pub span_id: SpanId,
    /// As sent.
    pub parent_span_id: Option<SpanId>,
    pub start_unix_nanos: u64,
    /// Zero while the span runs.
    pub end_unix_nanos: u64,
}

impl From<&Span> for Placed {
    fn from(span: &Span) -> Self {
        let Span { span_id, parent_span_id, start_unix_nanos, end_unix_nanos, .. } = *span;
        Self { span_id, parent_span_id, start_unix_nanos, end_unix_nanos }
    }
}

/// The spans of one trace, by their places in the list that it was made of.
#[derive(Debug)]
pub struct Tree {
    pub(super) spans: Vec<Placed>,
    /// The parent of each span; None where it has not come, and for the first span of a circle.
    pub(super) parents: Vec<Option<usize>>,
    /// Places, parents before their children; None where the list has them so.
    downwards: Option<Vec<usize>>,
    /// Most questions about parents and children do without.
    chronology: OnceLock<Chronology>,
}

/// The spans in order of start, then of span id.
#[derive(Debug)]
struct Chronology {
    order: Vec<usize>,
    /// The place of each span in that order.
    rank: Vec<usize>,
}

impl Chronology {
    fn of(spans: &[Placed]) -> Self {
        let mut order: Vec<usize> = (0..spans.len()).collect();
        let key = |at: &usize| (spans[*at].start_unix_nanos, spans[*at].span_id);
        if !order.is_sorted_by_key(key) {
            order.sort_by_key(key);
        }
        let mut rank = vec![0; spans.len()];
        order.iter().enumerate().for_each(|(number, at)| rank[*at] = number);
        Self { order, rank }
    }
}

impl Tree {
    /// Takes all spans of one trace, each once.
    pub fn new(spans: impl IntoIterator<Item = Placed>) -> Self {
        let spans: Vec<Placed> = spans.into_iter().collect();
        let parents = parents_of(&spans);
        let mut tree = Self { spans, parents, downwards: None, chronology: OnceLock::new() };
        // Where each parent stands before its child there is no circle, and the list is an order from parents to children.
        if !go_before(&tree.parents, |at| at) {
            tree.put_in_order();
        }
        tree
    }

    fn put_in_order(&mut self) {
        let chronology = Chronology::of(&self.spans);
        let Chronology { order, rank } = &chronology;
        self.downwards = Some(match go_before(&self.parents, |at| rank[at]) {
            true => order.clone(),
            false => {
                cut_circles(order, rank, &mut self.parents);
                by_level(order, &self.parents)
            }
        });
        self.chronology = chronology.into();
    }

    /// Places of the spans in order of start, then of span id.
    pub(super) fn order(&self) -> &[usize] {
        &self.chronology.get_or_init(|| Chronology::of(&self.spans)).order
    }

    /// The place of each span in that order.
    pub(super) fn rank(&self) -> &[usize] {
        &self.chronology.get_or_init(|| Chronology::of(&self.spans)).rank
    }

    /// Parents before their children.
    pub(super) fn downwards(&self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.spans.len()).map(|number| self.downwards.as_ref().map_or(number, |downwards| downwards[number]))
    }

    /// Adds to each span's own what the spans below it have.
    pub fn add_up<Sum: Copy>(&self, sums: &mut [Sum], add: impl Fn(Sum, Sum) -> Sum) {
        for at in self.downwards().rev() {
            if let Some(parent) = self.parents[at] {
                sums[parent] = add(sums[parent], sums[at]);
            }
        }
    }

    /// The topmost spans, then their children, and so on.
    pub(super) fn by_level(&self) -> Vec<usize> {
        by_level(self.order(), &self.parents)
    }

    pub(super) fn has_ended(&self, at: usize) -> bool {
        self.spans[at].end_unix_nanos != 0
    }

    /// Whether one span has ended when another starts. Of two at one moment the one that goes first in the order is the earlier.
    pub(super) fn goes_before(&self, first: usize, second: usize) -> bool {
        let (one, other) = (&self.spans[first], &self.spans[second]);
        self.has_ended(first) && one.end_unix_nanos <= other.start_unix_nanos && self.rank()[first] < self.rank()[second]
    }
}

/// Traces of so many spans are looked through; longer ones are worth an order of their ids.
const LOOKED_THROUGH_MAX: usize = 24;

fn parents_of(spans: &[Placed]) -> Vec<Option<usize>> {
    if spans.len() <= LOOKED_THROUGH_MAX {
        let place = |id: SpanId| spans.iter().position(|span| span.span_id == id);
        return spans.iter().map(|span| span.parent_span_id.and_then(place)).collect();
    }
    let mut places: Vec<(SpanId, usize)> = spans.iter().enumerate().map(|(at, span)| (span.span_id, at)).collect();
    places.sort_unstable();
    let place = |id: SpanId| places.binary_search_by_key(&id, |(id, _)| *id).ok().map(|found| places[found].1);
    spans.iter().map(|span| span.parent_span_id.and_then(place)).collect()
}

/// Whether all parents go before their children, by a number of each span.
fn go_before(parents: &[Option<usize>], number: impl Fn(usize) -> usize) -> bool {
    parents.iter().enumerate().all(|(at, parent)| parent.is_none_or(|parent| number(parent) < number(at)))
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

fn by_level(order: &[usize], parents: &[Option<usize>]) -> Vec<usize> {
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
