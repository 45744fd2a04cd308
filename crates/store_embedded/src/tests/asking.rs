//! What a question takes is told, how far it is, and nobody works for somebody who has gone.

use std::sync::Arc;
use std::time::Duration;

use store::conformance::LogSeed;
use store::{Asking, BatchParts, CleanBatch, GroupKey, GroupQuery, LogQuery, SpanQuery, SpanStore, StoreError, TimeRange, TraceQuery};

use super::{batch, manual, project, span};
use crate::open;
use crate::read::{self, Stop};

fn of_tools() -> query::Filter {
    query::parse("name ~ x descendant(name:x)").unwrap().filter
}

#[tokio::test]
async fn lists_say_what_they_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    for trace in 0..3 {
        store.append(batch((0..4).map(|number| span(trace, number)).collect())).await.unwrap();
        store.flush().await.unwrap();
    }
    let traces = Arc::new(Asking::default());
    let query = TraceQuery { filter: of_tools(), limit: 10, ..TraceQuery::default() };
    Arc::clone(&traces).follow(store.list_traces(&project(), &query)).await.unwrap();
    let progress = traces.progress();
    assert_eq!((progress.parts, progress.parts_done, progress.rows), (3, 3, 3));
    assert!(progress.bytes > 0);

    let spans = Arc::new(Asking::default());
    let query = SpanQuery { filter: of_tools(), limit: 10, ..SpanQuery::default() };
    Arc::clone(&spans).follow(store.list_spans(&project(), &query)).await.unwrap();
    assert_eq!((spans.progress().parts_done, spans.cost().rows), (3, 12));

    let sessions = Arc::new(Asking::default());
    let query =
        GroupQuery { key: GroupKey::Session, range: TimeRange::default(), filter: query::Filter::everything(), limit: 10, after: None };
    Arc::clone(&sessions).follow(store.list_groups(&project(), &query)).await.unwrap();
    assert_eq!((sessions.progress().parts_done, sessions.cost().rows), (sessions.progress().parts, 3));

    let logs = vec![LogSeed { span: None, time: 1, flavour: 1 }.build()];
    let parts = BatchParts {
        project: project(),
        received_unix_nanos: 0,
        request_bytes: 0,
        spans: Vec::new(),
        logs,
        points: Vec::new(),
        rejected: Default::default(),
    };
    store.append(CleanBatch::seal(parts)).await.unwrap();
    store.flush().await.unwrap();
    let logs = Arc::new(Asking::default());
    Arc::clone(&logs).follow(store.list_logs(&project(), &LogQuery { limit: 10, ..LogQuery::default() })).await.unwrap();
    let progress = logs.progress();
    assert_eq!((progress.parts, progress.parts_done, progress.rows), (4, 4, 1));
    assert!(progress.bytes > 0);
}

#[tokio::test]
async fn a_list_ends_with_whoever_asked_it_and_in_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    store.append(batch(vec![span(1, 1)])).await.unwrap();
    store.flush().await.unwrap();
    let query = TraceQuery { filter: of_tools(), limit: 10, ..TraceQuery::default() };
    let engine = store.engine_for_tests();
    let ask = |stop: &Stop| read::list_traces(engine, &project(), &query, stop);
    let (stop, waiting) = Stop::after(Duration::from_secs(60));
    assert!(ask(&stop).is_ok());
    drop(waiting);
    assert!(matches!(ask(&stop), Err(StoreError::Invalid(text)) if text.contains("given up")));
    let (late, _waiting) = Stop::after(Duration::ZERO);
    assert!(matches!(ask(&late), Err(StoreError::Invalid(text)) if text.contains("longer than 0 s")));
}
