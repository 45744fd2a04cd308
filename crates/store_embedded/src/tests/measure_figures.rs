//! What figures cost, printed. Run in the release profile: `cargo test --release -p store_embedded --lib -- --ignored figures --nocapture`.
//!
//! `CLEW_MEASURE_SPANS` says of how many spans, a million where it is absent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{
    Billing, CostStatus, NanoUsd, ObservationType, Price, ProjectSlug, RawSpan, Resource, Scope, Span, SpanId, SpanStatus, StepPosition,
    TraceId, Usage,
};
use query::{Comparison, Filter, Operand, Subject, Test};
use store::aggregate::{AggregateQuery, Clock, Dimension, Grouping, Measure, Rank, TimeBucket};
use store::{BatchParts, CleanBatch, GroupKey, GroupQuery, SpanStore, StepQuery, TimeRange};

use crate::{Options, open};

const HOUR_NANOS: u64 = 3_600_000_000_000;
/// Spans of a week.
const FIRST_UNIX_NANOS: u64 = 1_790_000_000_000_000_000;
const SPANS_OF_TRACE: u64 = 10;

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A span with a raw span of some hundred bytes: every third a model call, some a step.
fn span(number: u64, count: u64, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Span {
    let mut numbers = Numbers(number);
    numbers.below(2);
    let trace = number / SPANS_OF_TRACE;
    let trace_id = u128::from(trace.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(trace + 1);
    let span_id = SpanId::from_bytes(&(number + 1).to_be_bytes()).unwrap();
    let start = FIRST_UNIX_NANOS + (7 * 24 * HOUR_NANOS / count.max(1)) * number;
    let mut raw = RawSpan::new(TraceId::from_bytes(&trace_id.to_be_bytes()).unwrap(), span_id, Arc::clone(resource), Arc::clone(scope));
    raw.start_unix_nanos = start;
    raw.end_unix_nanos = start + 1_000_000 + numbers.below(5_000) * numbers.below(5_000) * 100;
    raw.name = ["handle_ticket", "retrieve", "chat", "triage", "answer", "tool"][numbers.below(6) as usize].into();
    let is_call = number % 3 == 0;
    let is_step = number % 10 == 4;
    if is_step {
        let route = ["refund", "order", "other"][numbers.below(3) as usize];
        let output = format!(r#"{{"classification": "{route}", "confidence": 0.{}, "tags": ["a", "b"]}}"#, numbers.below(100));
        raw.attributes.push("output.value", output);
    }
    let mut span = Span::from_raw(Arc::new(raw));
    span.status = if numbers.below(20) == 0 { SpanStatus::Error } else { SpanStatus::Ok };
    span.user_id = Some(format!("user-{}", numbers.below(500)));
    span.session_id = Some(format!("session-{trace}"));
    span.service_name = Some(["shop", "support", "search"][numbers.below(3) as usize].into());
    span.environment = Some(["prod", "staging"][numbers.below(2) as usize].into());
    if is_step {
        span.step = StepPosition { name: Some(["triage", "answer"][(number / 10 % 2) as usize].into()), ..StepPosition::default() };
    }
    if is_call {
        span.observation_type = ObservationType::Llm;
        span.billing = Billing::Leaf;
        span.provider = Some("openai".into());
        span.request_model = Some(format!("model-{}", numbers.below(8)));
        span.response_id = Some(format!("chatcmpl-{number}"));
        span.ttft_nanos = Some(100_000_000 + numbers.below(900_000_000));
        span.usage = [(Usage::INPUT, 100 + numbers.below(9_000)), (Usage::OUTPUT, numbers.below(800))].into_iter().collect();
        let cost = (numbers.below(50) > 0).then(|| NanoUsd(numbers.below(40_000_000) as i64));
        span.price = Price { cost, status: if cost.is_some() { CostStatus::Priced } else { CostStatus::NoPrice }, ..Price::default() };
    }
    span
}

fn field(name: &str) -> &'static query::Field {
    query::field(name).unwrap()
}

fn by(names: &[&str]) -> Grouping {
    Grouping { by: names.iter().map(|name| field(name).into()).collect(), limit: 1_000, ..Grouping::default() }
}

/// The middle of some runs, after one that is not counted.
fn p50(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, no test"]
async fn figures_of_many_spans() {
    measure_figures().await;
}

pub(crate) async fn measure_figures() {
    let count: u64 = std::env::var("CLEW_MEASURE_SPANS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let directory = std::env::temp_dir().join(format!("clew-figures-{}", std::process::id()));
    let store = open(&directory, Options::default()).await.unwrap();
    let project = ProjectSlug::default_project();
    let resource = Arc::new(Resource { attributes: [("service.name", "shop")].into_iter().collect(), ..Resource::default() });
    let scope: Arc<Scope> = Arc::default();
    let began = Instant::now();
    for first in (0..count).step_by(5_000) {
        let spans = (first..count.min(first + 5_000)).map(|number| span(number, count, &resource, &scope)).collect();
        let parts = BatchParts {
            project: project.clone(),
            received_unix_nanos: FIRST_UNIX_NANOS,
            request_bytes: 0,
            spans,
            logs: Vec::new(),
            points: Vec::new(),
            rejected: Default::default(),
        };
        while store.append(CleanBatch::seal(parts.clone())).await.is_err() {
            store.flush().await.unwrap();
        }
    }
    store.flush().await.unwrap();
    let status = store.status();
    println!("{count} spans in {:.0} s, {} segments, {} MB", began.elapsed().as_secs_f64(), status.segments, status.segment_bytes >> 20);

    let (duration, ttft, cost) = (field("duration_nanos"), field("ttft_nanos"), field("cost_usd"));
    let bucket = |width_nanos| Some(TimeBucket { width_nanos, clock: Clock::default() });
    let facets = ["status", "request_model", "user_id", "environment"].map(|name| Grouping { limit: 20, ..by(&[name]) });
    let quantiles = |field| [500, 950, 990].map(|thousandths| Measure::Quantile(Dimension::Field(field), thousandths));
    let hours = Grouping { bucket: bucket(HOUR_NANOS), ..by(&[]) };
    let of_user = Test { subject: Subject::Field(field("user_id")), comparison: Comparison::Is(vec![Operand::Text("user-7".into())]) };
    let day =
        TimeRange { from_unix_nanos: Some(FIRST_UNIX_NANOS + 48 * HOUR_NANOS), to_unix_nanos: Some(FIRST_UNIX_NANOS + 72 * HOUR_NANOS) };
    let default = AggregateQuery::default;
    let questions = [
        ("facets of 4 fields", AggregateQuery { groupings: facets.to_vec(), ..default() }),
        ("facets of 4 fields of a day", AggregateQuery { groupings: facets.to_vec(), range: day, ..default() }),
        ("facets of 4 fields of one user", AggregateQuery { groupings: facets.to_vec(), filter: Filter::Test(of_user), ..default() }),
        (
            "count by hour and status",
            AggregateQuery { groupings: vec![Grouping { bucket: bucket(HOUR_NANOS), ..by(&["status"]) }], ..default() },
        ),
        (
            "percentiles of duration and first token by hour",
            AggregateQuery {
                groupings: vec![hours],
                measures: quantiles(duration).into_iter().chain(quantiles(ttft)).collect(),
                ..default()
            },
        ),
        (
            "cost and tokens by model, user and day",
            AggregateQuery {
                groupings: vec![Grouping { bucket: bucket(24 * HOUR_NANOS), rank: Rank::Measure(0), ..by(&["request_model", "user_id"]) }],
                measures: vec![
                    Measure::Sum(cost.into()),
                    Measure::Sum(field(Usage::INPUT).into()),
                    Measure::Sum(field(Usage::OUTPUT).into()),
                ],
                ..default()
            },
        ),
        (
            "different sessions by status",
            AggregateQuery { groupings: vec![by(&["status"])], measures: vec![Measure::Distinct(field("session_id").into())], ..default() },
        ),
    ];
    for (what, question) in questions {
        let mut times = Vec::new();
        let began = Instant::now();
        let first = store.aggregate(&project, &question).await.unwrap().cost;
        println!("{what}, asked first: {:?}, {} rows, {} MB", began.elapsed(), first.rows, first.bytes >> 20);
        let mut answer = store.aggregate(&project, &question).await.unwrap();
        for _ in 0..7 {
            let began = Instant::now();
            answer = store.aggregate(&project, &question).await.unwrap();
            times.push(began.elapsed());
        }
        let groups: u64 = answer.groupings.iter().map(|groups| groups.groups.len() as u64).sum();
        let (least, megabytes) = (*times.iter().min().unwrap(), answer.cost.bytes >> 20);
        println!("{what}: p50 {:?}, least {least:?}, {} rows, {megabytes} MB, {groups} groups", p50(times), answer.cost.rows);
    }
    for key in [GroupKey::Session, GroupKey::User] {
        let query = GroupQuery { key, range: TimeRange::default(), filter: Filter::everything(), limit: 50, after: None };
        let mut times = Vec::new();
        for _ in 0..8 {
            let began = Instant::now();
            assert_eq!(store.list_groups(&project, &query).await.unwrap().groups.len(), 50);
            times.push(began.elapsed());
        }
        println!("the newest 50, {key:?}: first {:?}, then p50 {:?}", times[0], p50(times[1..].to_vec()));
    }
    let step = StepQuery { step_name: "triage".into(), limit: 1_000, ..StepQuery::default() };
    let mut times = Vec::new();
    for _ in 0..6 {
        let began = Instant::now();
        assert_eq!(store.runs_of_step(&project, &step).await.unwrap().runs.len(), 1_000.min(count as usize / 20));
        times.push(began.elapsed());
    }
    println!("the last 1,000 runs of a step, whole: p50 {:?}, least {:?}", p50(times.clone()), times.iter().min().unwrap());
    store.close().await.unwrap();
    drop(store);
    std::fs::remove_dir_all(directory).unwrap();
}
