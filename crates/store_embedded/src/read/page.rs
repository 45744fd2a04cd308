//! The page of a list: the first rows behind a cursor, and how many rows there are.

use std::collections::BinaryHeap;

use store::limits::PAGE_ROWS_MAX;
use store::{KeysetCursor, Order, StoreError, Total};

/// What a list is sorted by, and what breaks ties.
type SortKey<Tie> = (u64, Tie);

/// Collects a page out of rows in any order, holding no more rows than the page has.
pub(super) struct PageCollector<Tie> {
    order: Order,
    limit: usize,
    after: Option<(u64, Vec<u8>)>,
    /// The row to give up first is on top.
    heap: BinaryHeap<Ranked<Tie>>,
    count: u64,
    rows_behind_cursor: u64,
    /// Rows beyond `count` that there may be.
    estimate: Option<u64>,
}

#[derive(PartialEq, Eq)]
struct Ranked<Tie> {
    key: SortKey<Tie>,
    order: Order,
}

impl<Tie: Ord> Ord for Ranked<Tie> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match self.order {
            Order::Ascending => self.key.cmp(&other.key),
            Order::Descending => other.key.cmp(&self.key),
        }
    }
}

impl<Tie: Ord> PartialOrd for Ranked<Tie> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The keys of a page in order.
pub(super) struct PageKeys<Tie> {
    pub(super) keys: Vec<SortKey<Tie>>,
    pub(super) next: Option<KeysetCursor>,
    pub(super) total: Total,
}

impl<Tie: AsRef<[u8]>> PageKeys<Tie> {
    /// Where a page begins behind one of the rows.
    pub(super) fn cursor_behind(&self, row: usize) -> Option<KeysetCursor> {
        self.keys.get(row).map(|(key, tie)| KeysetCursor { key: *key, tie: tie.as_ref().to_vec() })
    }
}

/// Rows that are looked at together, at least and at most.
const LOOKED_AT_ONCE: (usize, usize) = (16, 256);

impl<Tie: Ord + Clone + AsRef<[u8]>> PageCollector<Tie> {
    pub(super) fn new(order: Order, limit: usize, after: Option<&KeysetCursor>) -> Self {
        Self { after: after.map(|cursor| (cursor.key, cursor.tie.clone())), ..Self::of_many(order, limit.min(PAGE_ROWS_MAX)) }
    }

    /// Collects the first of all rows, and more than a page of them.
    pub(super) fn of_many(order: Order, limit: usize) -> Self {
        Self { order, limit, after: None, heap: BinaryHeap::new(), count: 0, rows_behind_cursor: 0, estimate: None }
    }

    pub(super) fn add(&mut self, key: u64, tie: Tie) {
        self.count += 1;
        if !self.is_behind_cursor(key, tie.as_ref()) {
            return;
        }
        self.rows_behind_cursor += 1;
        let ranked = Ranked { key: (key, tie), order: self.order };
        if self.heap.len() < self.limit {
            self.heap.push(ranked);
        } else if self.heap.peek().is_some_and(|last| ranked < *last) {
            self.heap.pop();
            self.heap.push(ranked);
        }
    }

    /// Whether no row with a key of these bounds can come on the page: it is full of rows before them, or they are before its cursor.
    pub(super) fn is_beyond(&self, least: u64, greatest: u64) -> bool {
        let is_full = self.heap.len() >= self.limit;
        let last = self.heap.peek().map(|last| last.key.0).filter(|_| is_full && self.rows_behind_cursor > self.heap.len() as u64);
        let cursor = self.after.as_ref().map(|(key, _)| *key);
        match self.order {
            Order::Descending => last.is_some_and(|last| greatest < last) || cursor.is_some_and(|cursor| least > cursor),
            Order::Ascending => last.is_some_and(|last| least > last) || cursor.is_some_and(|cursor| greatest < cursor),
        }
    }

    /// Counts rows that are not looked at.
    pub(super) fn count_more(&mut self, rows: u64) {
        self.count += rows;
    }

    /// Says how many more rows there may be among those that were not looked at.
    pub(super) fn estimate_more(&mut self, rows: u64) {
        self.estimate = Some(rows);
    }

    /// Adds those of some rows that turn out to be met, a few at a time and no more than the page needs.
    pub(super) fn add_doubtful(
        &mut self,
        mut doubtful: Vec<SortKey<Tie>>,
        scanned: &mut Scanned,
        is_met: impl Fn(&[SortKey<Tie>]) -> Result<Vec<bool>, StoreError>,
    ) -> Result<(), StoreError> {
        doubtful.sort_unstable();
        if self.order == Order::Descending {
            doubtful.reverse();
        }
        let count = doubtful.len();
        let behind: Vec<_> = doubtful.into_iter().filter(|(key, tie)| self.is_behind_cursor(*key, tie.as_ref())).collect();
        // Those before the cursor belong to earlier pages; they are not looked at again, not even to be counted.
        scanned.left_out += (count - behind.len()) as u64;
        let mut rest = behind.as_slice();
        let (least, most) = LOOKED_AT_ONCE;
        let mut at_once = (self.limit - self.heap.len().min(self.limit)).clamp(least, 4 * least);
        while let Some((key, _)) = rest.first()
            && !self.is_beyond(*key, *key)
        {
            let (some, more) = rest.split_at(rest.len().min(at_once));
            let before = scanned.met;
            for (row, is_met) in some.iter().zip(is_met(some)?) {
                scanned.seen += 1;
                if is_met {
                    scanned.met += 1;
                    self.add(row.0, row.1.clone());
                }
            }
            // Where few are met, many have to be looked at.
            if (scanned.met - before) * 4 < some.len() as u64 {
                at_once = (at_once * 2).min(most);
            }
            rest = more;
        }
        scanned.left_out += rest.len() as u64;
        Ok(())
    }

    fn is_behind_cursor(&self, key: u64, tie: &[u8]) -> bool {
        let Some((after_key, after_tie)) = &self.after else {
            return true;
        };
        match self.order {
            Order::Ascending => (key, tie) > (*after_key, after_tie.as_slice()),
            Order::Descending => (key, tie) < (*after_key, after_tie.as_slice()),
        }
    }

    pub(super) fn finish(self) -> PageKeys<Tie> {
        let keys: Vec<_> = self.heap.into_sorted_vec().into_iter().map(|ranked| ranked.key).collect();
        let is_more = self.rows_behind_cursor > keys.len() as u64;
        let cursor = |(key, tie): &SortKey<Tie>| KeysetCursor { key: *key, tie: tie.as_ref().to_vec() };
        let next = keys.last().filter(|_| is_more).map(cursor);
        let total = Total { count: self.count + self.estimate.unwrap_or(0), exact: self.estimate.is_none() };
        PageKeys { keys, next, total }
    }
}

/// How selective a filter was, for what was left out.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) seen: u64,
    pub(super) met: u64,
    pub(super) left_out: u64,
}

impl Scanned {
    /// How many rows the part left out may add; None where nothing was left out.
    pub(super) fn estimate(&self) -> Option<u64> {
        let share = |part: u64, of: u64| u128::from(part) * u128::from(self.left_out) / u128::from(of.max(1));
        (self.left_out > 0).then(|| share(self.met, self.seen) as u64)
    }
}
