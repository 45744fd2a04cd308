//! Sessions and users.

use super::pages::all_groups;
use super::records::{SpanSeed, trace_id};
use super::subject::Bench;
use crate::{Group, GroupKey, GroupQuery, TimeRange};

async fn groups(bench: &Bench, key: GroupKey, range: TimeRange) -> Vec<Group> {
    all_groups(bench.store().as_ref(), &bench.project, &GroupQuery { key, range, limit: 10, after: None }).await
}

fn seed(trace: u8, span: u8, start: u64, session: Option<u8>) -> SpanSeed {
    SpanSeed { trace, span, start, end: start + 1, session, ..SpanSeed::default() }
}

fn group(name: &str, first: u64, last: u64, traces: &[u8]) -> Group {
    let trace_ids = traces.iter().map(|trace| trace_id(*trace)).collect();
    Group { name: name.into(), first_unix_nanos: first, last_unix_nanos: last, trace_ids }
}

pub(super) async fn sessions_and_users_are_grouped(bench: &mut Bench) {
    // Trace 2 begins before trace 1 by a span that names no session.
    bench.spans(vec![seed(1, 1, 10, Some(1)).build(), seed(2, 1, 5, None).build()]).await;
    bench.spans(vec![seed(2, 2, 30, Some(1)).build(), seed(3, 1, 20, Some(2)).build(), seed(4, 1, 1, None).build()]).await;
    bench.spans(vec![SpanSeed { user: Some(9), ..seed(5, 1, 40, None) }.build()]).await;
    let all = TimeRange::default();
    assert_eq!(groups(bench, GroupKey::Session, all).await, [group("session 1", 10, 30, &[2, 1]), group("session 2", 20, 20, &[3])]);
    assert_eq!(groups(bench, GroupKey::User, all).await, [group("user 9", 40, 40, &[5])]);
}

pub(super) async fn a_session_named_by_one_version_stays(bench: &mut Bench) {
    bench.spans(vec![seed(1, 1, 10, Some(1)).build()]).await;
    bench.spans(vec![seed(1, 1, 12, None).build()]).await;
    assert_eq!(groups(bench, GroupKey::Session, TimeRange::default()).await, [group("session 1", 12, 12, &[1])]);
}

pub(super) async fn a_group_outside_the_range_is_left_out(bench: &mut Bench) {
    bench.spans(vec![seed(1, 1, 10, Some(1)).build(), seed(2, 1, 20, Some(2)).build(), seed(3, 1, 30, Some(2)).build()]).await;
    let range = TimeRange { from_unix_nanos: Some(15), to_unix_nanos: Some(25) };
    assert_eq!(groups(bench, GroupKey::Session, range).await, [group("session 2", 20, 30, &[2, 3])]);
}
