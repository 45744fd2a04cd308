//! Random operations: the engine under test and the oracle give the same answers.

use model::ProjectSlug;

use super::aggregates::same_figures;
use super::deletion::{counts, deletion, found};
use super::pages::{all_groups, all_logs, all_spans, all_traces};
use super::points::all_points;
use super::raw::{all_raw_logs, all_raw_spans};
use super::records::{LogSeed, PointSeed, SpanSeed, trace_id};
use super::rederive::renamed;
use super::subject::{Subject, assert_same, empty_parts};
use crate::memory::MemoryStore;
use crate::{
    BatchParts, Chosen, CleanBatch, Deletion, Detail, GroupKey, GroupQuery, LogQuery, Order, PointQuery, RawQuery, Rederive, SpanQuery,
    SpanStore, TimeRange, TraceQuery, TraceSort,
};

/// One step of a random run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Append {
        project: u8,
        spans: Vec<SpanSeed>,
        logs: Vec<LogSeed>,
        points: Vec<PointSeed>,
    },
    Flush,
    Settle,
    /// New names for the spans that start in a range, of one project or of all.
    Rederive {
        project: Option<u8>,
        from: u64,
        to: u64,
        word: u8,
    },
    /// By trace, by query, or by age.
    Delete {
        project: u8,
        chosen: DeletionSeed,
        dry_run: bool,
    },
}

/// What goes, in few numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletionSeed {
    Traces(Vec<u8>),
    Session(u8),
    EndedBefore(u64),
}

impl DeletionSeed {
    fn chosen(&self) -> Chosen {
        match self {
            Self::Traces(numbers) => Chosen::Traces(numbers.iter().map(|number| trace_id(*number)).collect()),
            Self::Session(number) => found(&format!("session:\"session {number}\"")),
            Self::EndedBefore(unix_nanos) => Chosen::EndedBefore { unix_nanos: *unix_nanos },
        }
    }
}

/// Highest number of a trace in a run, and of a project.
const TRACES: u8 = 8;
const PROJECTS: u8 = 2;

fn project(number: u8) -> ProjectSlug {
    format!("project-{}", number % PROJECTS).parse().expect("the text is a slug")
}

/// Calls of two projects lie in traces of different ids: which of two such traces a claim is of that no row tells any more, an engine may not know.
fn calls_apart(project: u8, seed: &SpanSeed) -> SpanSeed {
    let is_moved = !project.is_multiple_of(PROJECTS) && seed.response.is_some();
    SpanSeed { trace: if is_moved { seed.trace + TRACES / 2 } else { seed.trace }, ..seed.clone() }
}

/// Does the same to a fresh engine and to the oracle; panics where an answer differs.
pub async fn agree(subject: &mut dyn Subject, operations: &[Operation]) {
    let oracle = MemoryStore::default();
    for operation in operations {
        match operation {
            Operation::Append { project: number, spans, logs, points } => {
                let batch = CleanBatch::seal(BatchParts {
                    spans: spans.iter().map(|seed| calls_apart(*number, seed).build()).collect(),
                    logs: logs.iter().map(LogSeed::build).collect(),
                    points: points.iter().map(PointSeed::build).collect(),
                    ..empty_parts(&project(*number))
                });
                let expected = oracle.append(batch.clone()).await.unwrap();
                let mut found = subject.store().append(batch).await.unwrap();
                // An engine numbers its appends as it likes.
                found.sequence = expected.sequence;
                assert_eq!(found, expected);
            }
            Operation::Flush => subject.store().flush().await.unwrap(),
            Operation::Settle => subject.settle().await,
            Operation::Rederive { project: number, from, to, word } => {
                let request = Rederive {
                    project: number.map(project),
                    range: TimeRange { from_unix_nanos: Some(*from), to_unix_nanos: Some(*to) },
                    ..Rederive::all(renamed(&word.to_string()))
                };
                let expected = oracle.rederive(request.clone()).await.unwrap();
                assert_eq!(subject.store().rederive(request).await.unwrap(), expected);
            }
            Operation::Delete { project: number, chosen, dry_run } => {
                let request = Deletion { dry_run: *dry_run, ..deletion(&project(*number), chosen.chosen()) };
                let expected = oracle.delete(request.clone()).await.unwrap();
                let found = subject.store().delete(request).await.unwrap();
                assert_eq!(counts(&found), counts(&expected));
                assert_eq!(found.checked.found, []);
            }
        }
    }
    for number in 0..PROJECTS {
        same_lists(subject.store().as_ref(), &oracle, &project(number)).await;
        same_traces(subject.store().as_ref(), &oracle, &project(number)).await;
        same_figures(subject.store().as_ref(), &oracle, &project(number), QUERIES).await;
    }
    let all = TimeRange::default();
    assert_eq!(subject.store().ledger(all).await.unwrap(), oracle.ledger(all).await.unwrap());
}

async fn same_traces(store: &dyn SpanStore, oracle: &dyn SpanStore, project: &ProjectSlug) {
    for number in 0..TRACES {
        for detail in [Detail::Columns, Detail::Whole] {
            let expected = oracle.trace(project, trace_id(number), detail).await.unwrap();
            assert_same(&store.trace(project, trace_id(number), detail).await.unwrap(), &expected);
        }
        assert_eq!(store.projects_of_trace(trace_id(number)).await.unwrap(), oracle.projects_of_trace(trace_id(number)).await.unwrap());
    }
}

/// Filters that ask for what spans and traces say of themselves, of each other, and of what no column holds.
const QUERIES: &[&str] = &[
    "session:\"session 1\" -user:\"user 0\"",
    "has:user or no:session",
    "status:running",
    "duration > 3ns",
    "span(user:\"user 1\" duration > 2ns)",
    "child(session:\"session 0\")",
    "not response_id:\"response 1\"",
    "attr.gen_ai.response.id:1",
    "count(has:user) > 1",
];

async fn same_lists(store: &dyn SpanStore, oracle: &dyn SpanStore, project: &ProjectSlug) {
    let middle = TimeRange { from_unix_nanos: Some(3), to_unix_nanos: Some(7) };
    for range in [TimeRange::default(), middle] {
        for (order, limit) in [(Order::Ascending, 3), (Order::Descending, 2), (Order::Descending, 100)] {
            for sort in [TraceSort::Start, TraceSort::Duration] {
                let query = TraceQuery { range, sort, order, limit, ..TraceQuery::default() };
                assert_same(&all_traces(store, project, &query).await, &all_traces(oracle, project, &query).await);
            }
            let query = SpanQuery { range, order, limit, ..SpanQuery::default() };
            assert_same(&all_spans(store, project, &query).await, &all_spans(oracle, project, &query).await);
            for text in QUERIES {
                let filter = query::parse(text).expect("the text is a query").filter;
                let query = TraceQuery { range, order, limit, filter: filter.clone(), ..TraceQuery::default() };
                assert_same(&(text, all_traces(store, project, &query).await), &(text, all_traces(oracle, project, &query).await));
                let query = SpanQuery { range, order, limit, filter, ..SpanQuery::default() };
                assert_same(&(text, all_spans(store, project, &query).await), &(text, all_spans(oracle, project, &query).await));
            }
            let query = LogQuery { range, order, limit, ..LogQuery::default() };
            assert_same(&all_logs(store, project, &query).await, &all_logs(oracle, project, &query).await);
            for name in [None, Some("metric 1".to_owned())] {
                let query = PointQuery { range, order, limit, name, ..PointQuery::default() };
                assert_same(&all_points(store, project, &query).await, &all_points(oracle, project, &query).await);
            }
        }
        for key in [GroupKey::Session, GroupKey::User] {
            for text in [""].iter().chain(QUERIES) {
                let filter = query::parse(text).expect("the text is a query").filter;
                let query = GroupQuery { key, range, filter, limit: 2, after: None };
                assert_same(&(text, all_groups(store, project, &query).await), &(text, all_groups(oracle, project, &query).await));
            }
        }
    }
    for (range, trace_id) in [(TimeRange::default(), None), (middle, Some(trace_id(1)))] {
        let query = RawQuery { range, trace_id, limit: 3, ..RawQuery::default() };
        assert_same(&all_raw_spans(store, project, &query).await, &all_raw_spans(oracle, project, &query).await);
        assert_same(&all_raw_logs(store, project, &query).await, &all_raw_logs(oracle, project, &query).await);
    }
}
