//! Sessions and users.

use model::{Billing, CostStatus, NanoUsd, Price, Span, SpanStatus, Usage};

use super::pages::all_groups;
use super::records::{SpanSeed, call, trace_id};
use super::subject::Bench;
use crate::limits::GROUP_TRACES_MAX;
use crate::{Group, GroupKey, GroupQuery, TimeRange};

async fn groups(bench: &Bench, key: GroupKey, range: TimeRange) -> Vec<Group> {
    groups_that_meet(bench, key, range, "").await
}

async fn groups_that_meet(bench: &Bench, key: GroupKey, range: TimeRange, text: &str) -> Vec<Group> {
    let filter = query::parse(text).expect("the text is a query").filter;
    all_groups(bench.store().as_ref(), &bench.project, &GroupQuery { key, range, filter, limit: 10, after: None }).await
}

fn seed(trace: u8, span: u8, start: u64, session: Option<u8>) -> SpanSeed {
    SpanSeed { trace, span, start, end: start + 1, session, ..SpanSeed::default() }
}

/// Names with their first and last start and their traces.
fn told(groups: &[Group]) -> Vec<(&str, u64, u64, Vec<u8>)> {
    let traces = |group: &Group| group.trace_ids.iter().map(|id| id.as_bytes()[3]).collect();
    groups.iter().map(|group| (group.name.as_str(), group.first_unix_nanos, group.last_unix_nanos, traces(group))).collect()
}

pub(super) async fn sessions_and_users_are_grouped(bench: &mut Bench) {
    // Trace 2 begins before trace 1 by a span that names no session.
    bench.spans(vec![seed(1, 1, 10, Some(1)).build(), seed(2, 1, 5, None).build()]).await;
    bench.spans(vec![seed(2, 2, 30, Some(1)).build(), seed(3, 1, 20, Some(2)).build(), seed(4, 1, 1, None).build()]).await;
    bench.spans(vec![SpanSeed { user: Some(9), ..seed(5, 1, 40, None) }.build()]).await;
    let all = TimeRange::default();
    let sessions = groups(bench, GroupKey::Session, all).await;
    assert_eq!(told(&sessions), [("session 1", 5, 30, vec![2, 1]), ("session 2", 20, 20, vec![3])]);
    assert_eq!(told(&groups(bench, GroupKey::User, all).await), [("user 9", 40, 40, vec![5])]);
}

/// A trace whose spans name two sessions is of the one it names first, and adds to its sums only.
pub(super) async fn a_trace_is_of_one_session(bench: &mut Bench) {
    bench.spans(vec![seed(1, 1, 10, Some(1)).build(), seed(1, 2, 12, Some(2)).build(), seed(2, 1, 20, Some(2)).build()]).await;
    let sessions = groups(bench, GroupKey::Session, TimeRange::default()).await;
    assert_eq!(told(&sessions), [("session 2", 20, 20, vec![2]), ("session 1", 10, 12, vec![1])]);
}

pub(super) async fn a_session_named_by_one_version_stays(bench: &mut Bench) {
    bench.spans(vec![seed(1, 1, 10, Some(1)).build()]).await;
    bench.spans(vec![seed(1, 1, 12, None).build()]).await;
    assert_eq!(told(&groups(bench, GroupKey::Session, TimeRange::default()).await), [("session 1", 12, 12, vec![1])]);
}

pub(super) async fn a_group_outside_the_range_is_left_out(bench: &mut Bench) {
    bench.spans(vec![seed(1, 1, 10, Some(1)).build(), seed(2, 1, 20, Some(2)).build(), seed(3, 1, 30, Some(2)).build()]).await;
    bench.spans(vec![seed(4, 1, 22, Some(3)).build()]).await;
    let range = TimeRange { from_unix_nanos: Some(15), to_unix_nanos: Some(25) };
    // By what is newest in the range; told with all there is.
    let expected = [("session 3", 22, 22, vec![4]), ("session 2", 20, 30, vec![2, 3])];
    assert_eq!(told(&groups(bench, GroupKey::Session, range).await), expected);
}

/// Three traces of one session in several batches: one failed, one with a price, one without; late spans join two of them.
/// The session sums each once.
pub(super) async fn a_group_adds_up_its_traces(bench: &mut Bench) {
    let priced = |span: Span, nanos: Option<i64>, status| Span {
        billing: Billing::Leaf,
        session_id: Some("s".into()),
        price: Price { cost: nanos.map(NanoUsd), status, ..Price::default() },
        ..span
    };
    let mut first = priced(call(1, 1, 1), Some(10), CostStatus::Priced);
    first.previews.input = Some("hello".into());
    bench.spans(vec![first, Span { status: SpanStatus::Error, ..seed(2, 1, 5, None).build() }]).await;
    bench
        .spans(vec![
            priced(call(1, 2, 2), Some(5), CostStatus::Priced),
            Span { session_id: Some("s".into()), ..seed(2, 2, 6, None).build() },
        ])
        .await;
    let mut last = Span { session_id: Some("s".into()), ..seed(3, 1, 30, None).build() };
    last.previews.output = Some("goodbye".into());
    bench.spans(vec![last]).await;
    let groups = groups(bench, GroupKey::Session, TimeRange::default()).await;
    assert_eq!(told(&groups), [("s", 1, 30, vec![1, 2, 3])]);
    let totals = &groups[0].totals;
    assert_eq!(
        (totals.trace_count, totals.error_count, totals.cost(), totals.cost_status()),
        (3, 1, Some(NanoUsd(15)), CostStatus::Priced)
    );
    assert_eq!(totals.usage(), [(Usage::INPUT, 6)].into_iter().collect());
    assert_eq!((groups[0].input_preview.as_deref(), groups[0].output_preview.as_deref()), (Some("hello"), Some("goodbye")));
}

/// One trace of a session meets one half of a question and another the other; sums are of both.
pub(super) async fn a_group_meets_what_one_of_its_traces_meets_and_sums_of_all(bench: &mut Bench) {
    let calls = |trace: u8, session: u8| Span { session_id: Some(format!("session {session}")), ..call(trace, 1, trace) };
    bench.spans(vec![calls(1, 1), calls(2, 2), SpanSeed { user: Some(1), ..seed(3, 1, 8, Some(2)) }.build()]).await;
    bench.spans(vec![calls(4, 1)]).await;
    let found = async |text: &str| {
        let groups = groups_that_meet(bench, GroupKey::Session, TimeRange::default(), text).await;
        groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("response_id:\"response 2\" user:\"user 1\"").await, ["session 2"]);
    assert_eq!(found("not has:user").await, ["session 1"]);
    assert_eq!(found("input_tokens > 3").await, ["session 1"]);
    assert_eq!(found("input_tokens <= 3 or count(has:response_id) > 1").await, ["session 2", "session 1"]);
    assert_eq!(found("attr.gen_ai.response.id:2").await, ["session 2"]);
    assert_eq!(found("trace(has:user) or attr.gen_ai.response.id:4").await, ["session 2", "session 1"]);
    assert_eq!(found("cost > $1").await, Vec::<String>::new());
}

pub(super) async fn a_long_session_names_its_newest_traces(bench: &mut Bench) {
    let count = GROUP_TRACES_MAX as u8 + 5;
    bench.spans((0..60).map(|trace| seed(trace, 1, u64::from(trace), Some(1)).build()).collect()).await;
    bench.spans((60..count).map(|trace| seed(trace, 1, u64::from(trace), Some(1)).build()).collect()).await;
    let groups = groups(bench, GroupKey::Session, TimeRange::default()).await;
    assert_eq!(groups[0].totals.trace_count, u32::from(count));
    assert_eq!(groups[0].trace_ids, (5..count).map(trace_id).collect::<Vec<_>>());
}
