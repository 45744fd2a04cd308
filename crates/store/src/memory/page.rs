//! Pages of rows that are all at hand.

use crate::limits::PAGE_ROWS_MAX;
use crate::query::{KeysetCursor, Order, Total};

/// One row of a list: its sort key, what breaks ties, itself.
pub(super) type Ranked<Row> = (u64, Vec<u8>, Row);

/// Sorts all rows, skips to the cursor, takes a page.
pub(super) fn page<Row>(
    mut rows: Vec<Ranked<Row>>,
    order: Order,
    limit: usize,
    after: Option<&KeysetCursor>,
) -> (Vec<Row>, Option<KeysetCursor>, Total) {
    let total = Total { count: rows.len() as u64, exact: true };
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    if order == Order::Descending {
        rows.reverse();
    }
    if let Some(KeysetCursor { key, tie }) = after {
        rows.retain(|row| match order {
            Order::Ascending => (row.0, &row.1) > (*key, tie),
            Order::Descending => (row.0, &row.1) < (*key, tie),
        });
    }
    let is_more = rows.len() > limit.min(PAGE_ROWS_MAX);
    rows.truncate(limit.min(PAGE_ROWS_MAX));
    let next = rows.last().filter(|_| is_more).map(|(key, tie, _)| KeysetCursor { key: *key, tie: tie.clone() });
    (rows.into_iter().map(|(.., row)| row).collect(), next, total)
}
