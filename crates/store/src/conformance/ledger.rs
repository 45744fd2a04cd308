//! The ledger: every record received is in exactly one bucket.

use std::collections::BTreeMap;

use super::records::{log, point, span};
use super::subject::{Bench, RECEIVED_UNIX_NANOS, empty_parts};
use crate::{BatchParts, Ledger, TimeRange};

const MINUTE_NANOS: u64 = 60_000_000_000;

fn rejected(reason: &str, count: u64) -> BTreeMap<String, u64> {
    BTreeMap::from([(reason.to_owned(), count)])
}

pub(super) async fn every_record_is_in_one_bucket(bench: &mut Bench) {
    let parts = BatchParts {
        spans: vec![span(1, 1, 1, 2), span(1, 2, 1, 2), span(1, 1, 1, 2)],
        logs: vec![log(None, 1), log(None, 2)],
        points: vec![point(1)],
        rejected: rejected("bad_trace_id", 3),
        ..empty_parts(&bench.project)
    };
    bench.parts(parts).await;
    bench.parts(BatchParts { rejected: rejected("too_deep", 2), ..empty_parts(&bench.project) }).await;
    bench.spans(vec![span(1, 1, 1, 5), span(1, 2, 1, 2)]).await;
    let ledger = bench.store().ledger(TimeRange::default()).await.unwrap();
    let expected = Ledger {
        stored: 5,
        duplicate: 2,
        updated: 1,
        sampled_out: 0,
        rejected: BTreeMap::from([("bad_trace_id".into(), 3), ("too_deep".into(), 2)]),
    };
    assert_eq!(ledger, expected);
    assert_eq!(ledger.received(), 13);
}

pub(super) async fn minutes_outside_the_range_are_left_out(bench: &mut Bench) {
    let minute = RECEIVED_UNIX_NANOS / MINUTE_NANOS;
    for (number, spans) in [(0, 1), (1, 2), (2, 4)] {
        let parts = BatchParts {
            received_unix_nanos: (minute + number) * MINUTE_NANOS + 30_000_000_000,
            spans: (0..spans).map(|span_number| span(number as u8 + 1, span_number, 1, 2)).collect(),
            ..empty_parts(&bench.project)
        };
        bench.parts(parts).await;
    }
    let count = async |from: Option<u64>, to: Option<u64>| {
        bench.store().ledger(TimeRange { from_unix_nanos: from, to_unix_nanos: to }).await.unwrap().stored
    };
    let start = |number: u64| Some((minute + number) * MINUTE_NANOS);
    assert_eq!(count(start(1), start(2)).await, 2);
    assert_eq!(count(start(1), None).await, 6);
    assert_eq!(count(None, start(1)).await, 1);
    assert_eq!(count(None, None).await, 7);
    assert_eq!(count(start(3), None).await, 0);
}

pub(super) async fn points_are_counted_once(bench: &mut Bench) {
    let parts = || BatchParts { points: vec![point(1), point(2), point(1)], ..empty_parts(&bench.project) };
    let (first, again) = (parts(), parts());
    let receipt = bench.parts(first).await;
    assert_eq!((receipt.stored, receipt.duplicate), (2, 1));
    let receipt = bench.parts(again).await;
    assert_eq!((receipt.stored, receipt.duplicate), (0, 3));
}
