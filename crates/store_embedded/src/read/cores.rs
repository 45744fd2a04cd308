//! Work that is done on all cores.

use std::iter;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use store::StoreError;

use crate::limits::LIST_SEGMENTS_AT_ONCE;

/// Makes something of each item, on all cores; in the order of the items.
pub(super) fn on_all_cores<Item: Sync, Made: Send>(
    items: &[Item],
    make: impl Fn(&Item) -> Result<Made, StoreError> + Sync,
) -> Result<Vec<Made>, StoreError> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut made = Vec::new();
        while let Some((place, item)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, items.get(place)?))) {
            if has_failed.load(Ordering::Relaxed) {
                break;
            }
            made.push((place, make(item).inspect_err(|_| has_failed.store(true, Ordering::Relaxed))?));
        }
        Ok(made)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len()).max(1);
    let results: Vec<Result<Vec<(usize, Made)>, StoreError>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut results = vec![work()];
        results.extend(others.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))));
        results
    });
    let mut made = Vec::with_capacity(items.len());
    for result in results {
        made.extend(result?);
    }
    made.sort_unstable_by_key(|(place, _)| *place);
    Ok(made.into_iter().map(|(_, made)| made).collect())
}

/// The items in their order, the first alone and then several together: what follows may not be wanted any more.
pub(super) fn by_cores<Item>(items: &[Item]) -> impl Iterator<Item = &[Item]> {
    let (first, rest) = items.split_at(items.len().min(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    iter::once(first).chain(rest.chunks(cores.min(LIST_SEGMENTS_AT_ONCE)))
}

fn panicked() -> StoreError {
    StoreError::Failed { context: "a thread of a question panicked".into(), source: "panic".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_items() {
        let items: Vec<u64> = (0..100).collect();
        assert_eq!(on_all_cores(&items, |item| Ok(item * 2)).unwrap(), (0..100).map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_comes_alone_and_none_is_left_out() {
        for count in 0..10 {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(by_cores(&items).next().unwrap().len(), count.min(1));
            assert_eq!(by_cores(&items).flatten().copied().collect::<Vec<_>>(), items);
        }
    }

    #[test]
    fn a_failure_ends_all_work() {
        let fail = |item: &u64| if *item == 7 { Err(StoreError::Invalid("seven".into())) } else { Ok(*item) };
        assert!(on_all_cores(&(0..100).collect::<Vec<u64>>(), fail).is_err());
    }
}
