//! The suite and the random runs.

use proptest::prelude::*;
use store::conformance::{DeletionSeed, LogSeed, Operation, PointSeed, SpanSeed, agree, run};

use super::{Embedded, State};

#[tokio::test]
async fn rows_in_memory_answer_right() {
    run(async || Embedded::new(State::InMemory).await).await;
}

#[tokio::test]
async fn flushed_rows_answer_right() {
    run(async || Embedded::new(State::Flushed).await).await;
}

#[tokio::test]
async fn replayed_rows_answer_right() {
    run(async || Embedded::new(State::Crashed).await).await;
}

#[tokio::test]
async fn flushed_and_reopened_rows_answer_right() {
    run(async || Embedded::new(State::FlushedAndReopened).await).await;
}

#[tokio::test]
async fn merged_rows_answer_right() {
    run(async || Embedded::new(State::Merged).await).await;
}

prop_compose! {
    // Few traces, spans and times, so that everything meets: versions, equal keys, late ends.
    fn spans()(
        trace in 0..4_u8, span in 0..3_u8, parent in prop::option::of(0..3_u8), start in 0..9_u64, end in 0..9_u64,
        session in prop::option::of(0..2_u8), user in prop::option::of(0..2_u8),
        response in prop::option::of(0..2_u8), flavour in 0..2_u8,
    ) -> SpanSeed {
        SpanSeed { trace, span, parent, start, end, session, user, response, flavour }
    }
}

prop_compose! {
    fn logs()(span in prop::option::of((0..4_u8, 0..3_u8)), time in 0..9_u64, flavour in 0..2_u8) -> LogSeed {
        LogSeed { span, time, flavour }
    }
}

prop_compose! {
    fn points()(metric in 0..2_u8, time in 0..9_u64, flavour in 0..2_u8) -> PointSeed {
        PointSeed { metric, time, flavour }
    }
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let append =
        (0..2_u8, prop::collection::vec(spans(), 0..8), prop::collection::vec(logs(), 0..4), prop::collection::vec(points(), 0..4))
            .prop_map(|(project, spans, logs, points)| Operation::Append { project, spans, logs, points });
    let rederive = (prop::option::of(0..2_u8), 0..6_u64, 3..9_u64, 0..3_u8).prop_map(|(project, from, to, word)| Operation::Rederive {
        project,
        from,
        to,
        word,
    });
    let chosen = prop_oneof![
        prop::collection::vec(0..8_u8, 0..3).prop_map(DeletionSeed::Traces),
        (0..2_u8).prop_map(DeletionSeed::Session),
        (0..9_u64).prop_map(DeletionSeed::EndedBefore),
    ];
    let delete = (0..2_u8, chosen, any::<bool>()).prop_map(|(project, chosen, dry_run)| Operation::Delete { project, chosen, dry_run });
    let operation = prop_oneof![6 => append, 2 => Just(Operation::Flush), 1 => Just(Operation::Settle), 1 => rederive, 2 => delete];
    prop::collection::vec(operation, 1..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_run_of_operations_agrees_with_the_oracle(operations in operations(), merged in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // To settle is to crash or to merge; the run has flushes of its own.
            let mut subject = Embedded::new(if merged { State::Merged } else { State::Crashed }).await;
            agree(&mut subject, &operations).await;
        });
    }
}
