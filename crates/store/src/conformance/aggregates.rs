//! Figures: counts, sums and percentiles by values and by time, and the last runs of a step.

use std::sync::Arc;

use model::{AnyValue, Billing, CostStatus, NanoUsd, Price, ProjectSlug, RawSpan, Span, SpanStatus, StepPosition, Usage};
use query::{Comparison, Field, Filter, Operand, Subject, Test};

use super::records::{call, span, trace_id};
use super::subject::{Bench, assert_same};
use crate::aggregate::{
    AggregateAnswer, AggregateQuery, Amount, Clock, Dimension, Group, Grouping, Measure, QueryCost, Rank, Sketch, TimeBucket,
};
use crate::{Detail, SpanStore, StepOutput, StepQuery, StoreError, TimeRange};

const HOUR_NANOS: u64 = 3_600_000_000_000;

fn field(name: &str) -> &'static Field {
    query::field(name).expect("the field is in the list of fields")
}

/// A field, or whatever a query calls by the name.
fn dimension(name: &str) -> Dimension {
    let subject = || query::subjects(name).expect("the name is understood").remove(0);
    query::field(name).map(Dimension::Field).unwrap_or_else(|| Dimension::of(subject()).expect("a span says it"))
}

fn by(names: &[&str]) -> Grouping {
    Grouping { by: names.iter().map(|name| dimension(name)).collect(), limit: 100, ..Grouping::default() }
}

fn asking(groupings: Vec<Grouping>, measures: Vec<Measure>) -> AggregateQuery {
    AggregateQuery { groupings, measures, ..AggregateQuery::default() }
}

async fn ask(bench: &Bench, query: &AggregateQuery) -> AggregateAnswer {
    bench.store().aggregate(&bench.project, query).await.expect("the store answers")
}

/// The values of each group and how many rows it has.
fn counts(groups: &[Group]) -> Vec<(Vec<&str>, u64)> {
    groups.iter().map(|group| (group.values.iter().map(|value| value.as_deref().unwrap_or("(none)")).collect(), group.rows)).collect()
}

fn whole_amount(group: &Group, measure: usize) -> Option<i128> {
    match group.figures[measure].amount {
        Some(Amount::Whole(whole)) => Some(whole),
        None => None,
        Some(Amount::Fraction(fraction)) => panic!("{fraction} is no whole number"),
    }
}

fn test(name: &str, comparison: Comparison) -> Filter {
    Filter::Test(Test { subject: Subject::Field(field(name)), comparison })
}

fn text(text: &str) -> Operand {
    Operand::Text(text.into())
}

fn of_model(number: u8, model: &str, user: Option<&str>) -> Span {
    Span { request_model: Some(model.into()), user_id: user.map(str::to_owned), ..span(number, 1, u64::from(number), 200) }
}

fn costing(span: Span, nanos: Option<i64>, status: CostStatus) -> Span {
    Span { billing: Billing::Leaf, price: Price { cost: nanos.map(NanoUsd), status, ..Price::default() }, ..span }
}

pub(super) async fn values_are_counted(bench: &mut Bench) {
    bench.spans(vec![of_model(1, "m", Some("u")), of_model(2, "m", None)]).await;
    bench.spans(vec![of_model(3, "n", Some("u")), of_model(4, "m", Some("v")), span(5, 1, 1, 2)]).await;
    let answer = ask(bench, &asking(vec![by(&["request_model"]), by(&["request_model", "user_id"]), by(&[])], Vec::new())).await;
    let [models, pairs, all] = answer.groupings.as_slice() else { panic!("one answer for each grouping") };
    assert_eq!(counts(&models.groups), [(vec!["m"], 3), (vec!["(none)"], 1), (vec!["n"], 1)]);
    let expected = [(vec!["(none)", "(none)"], 1), (vec!["m", "(none)"], 1), (vec!["m", "u"], 1), (vec!["m", "v"], 1), (vec!["n", "u"], 1)];
    assert_eq!(counts(&pairs.groups), expected);
    assert_eq!((counts(&all.groups), all.total, answer.rows), (vec![(vec![], 5)], 1, 5));
}

pub(super) async fn several_fields_are_counted_at_once(bench: &mut Bench) {
    let failed = Span { status: SpanStatus::Error, stream: Some(true), http_status: Some(429), ..of_model(1, "m", None) };
    bench.spans(vec![failed, of_model(2, "n", None)]).await;
    let fields = ["status", "stream", "http_status", "trace_id", "obs_type"];
    let answer = ask(bench, &asking(fields.map(|name| by(&[name])).into(), Vec::new())).await;
    let found: Vec<_> = answer.groupings.iter().map(|groups| counts(&groups.groups)).collect();
    let ids = [trace_id(1).to_string(), trace_id(2).to_string()];
    let one = |name| (vec![name], 1);
    assert_eq!(found[0], [one("error"), one("unset")]);
    assert_eq!(found[1], [one("(none)"), one("true")]);
    assert_eq!(found[2], [one("(none)"), one("429")]);
    assert_eq!(found[3], [one(ids[0].as_str()), one(ids[1].as_str())]);
    assert_eq!(found[4], [(vec!["span"], 2)]);
}

pub(super) async fn a_row_counts_in_each_of_its_tags(bench: &mut Bench) {
    let tagged =
        |number: u8, tags: &[&str]| Span { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..of_model(number, "m", None) };
    bench.spans(vec![tagged(1, &["a", "b", "a"]), tagged(2, &["b"]), tagged(3, &[])]).await;
    let query = asking(vec![by(&["tags", "request_model"])], vec![Measure::Sum(dimension("duration_nanos"))]);
    let answer = ask(bench, &query).await;
    let groups = &answer.groupings[0].groups;
    assert_eq!(counts(groups), [(vec!["b", "m"], 2), (vec!["(none)", "m"], 1), (vec!["a", "m"], 1)]);
    assert_eq!([0, 1, 2].map(|group| whole_amount(&groups[group], 0)), [Some(199 + 198), Some(197), Some(199)]);
    assert_eq!(answer.rows, 3);
}

pub(super) async fn time_is_cut_at_the_viewers_midnight(bench: &mut Bench) {
    let at_hour = |number: u8, hour: u64| span(number, 1, hour * HOUR_NANOS, hour * HOUR_NANOS + 5);
    // Two hours ahead of UTC the second day begins at 22 o'clock; the first began before 1970.
    bench.spans(vec![at_hour(1, 1), at_hour(2, 21), at_hour(3, 22), at_hour(4, 45), at_hour(5, 46)]).await;
    let days = TimeBucket { width_nanos: 24 * HOUR_NANOS, clock: Clock::ahead(2 * HOUR_NANOS as i64) };
    let answer = ask(bench, &asking(vec![Grouping { bucket: Some(days), ..by(&["status"]) }], Vec::new())).await;
    let found: Vec<_> = answer.groupings[0].groups.iter().map(|group| (group.start_unix_nanos, group.rows)).collect();
    let hour = i128::from(HOUR_NANOS);
    assert_eq!(found, [(Some(-2 * hour), 2), (Some(22 * hour), 2), (Some(46 * hour), 1)]);
    assert_eq!(answer.groupings[0].total, 1);
}

/// Five calls: two priced, one in part, one without a price, one billed in another trace; and a span that only repeats a cost.
/// The sum has the first three, and says that one of them is not whole and that one is unknown.
pub(super) async fn money_is_summed_where_it_is_billed_and_says_what_it_does_not_know(bench: &mut Bench) {
    let mut spans = vec![
        costing(span(1, 1, 1, 2), Some(10), CostStatus::Priced),
        costing(span(1, 2, 1, 2), Some(20), CostStatus::Priced),
        costing(span(1, 3, 1, 2), Some(5), CostStatus::Partial),
        costing(span(1, 4, 1, 2), None, CostStatus::NoPrice),
        costing(span(1, 5, 1, 2), None, CostStatus::None),
        Span { billing: Billing::Aggregate, ..costing(span(1, 6, 1, 2), Some(35), CostStatus::Priced) },
        costing(call(2, 1, 7), Some(100), CostStatus::Priced),
        costing(call(3, 1, 7), Some(100), CostStatus::Priced),
    ];
    spans[6].response_id = Some("one call".into());
    spans[7].response_id = Some("one call".into());
    bench.spans(spans).await;
    let (cost, tokens) = (field("cost_usd"), field(Usage::INPUT));
    let answer =
        ask(bench, &asking(vec![by(&[])], vec![Measure::Sum(cost.into()), Measure::Mean(cost.into()), Measure::Sum(tokens.into())])).await;
    let group = &answer.groupings[0].groups[0];
    let [sum, mean, tokens] = group.figures.as_slice() else { panic!("one figure for each measure") };
    assert_eq!((sum.amount, sum.rows_known, sum.rows_unknown, sum.rows_partial), (Some(Amount::Whole(135)), 4, 1, 1));
    assert_eq!(mean.amount, Some(Amount::Fraction(33.75)));
    assert_eq!((tokens.amount, tokens.rows_known, tokens.rows_unknown), (Some(Amount::Whole(3)), 1, 5));
    assert_eq!(group.rows, 8);
}

pub(super) async fn sums_are_exact_beyond_what_floats_can_say(bench: &mut Bench) {
    let large = |number: u8| costing(span(1, number, 1, 2), Some(i64::MAX), CostStatus::Priced);
    let odd = costing(span(1, 9, 1, 2), Some(1), CostStatus::Priced);
    bench.spans(vec![large(1), large(2), large(3), odd]).await;
    let cost = field("cost_usd");
    let answer =
        ask(bench, &asking(vec![by(&[])], vec![Measure::Sum(cost.into()), Measure::Min(cost.into()), Measure::Max(cost.into())])).await;
    let group = &answer.groupings[0].groups[0];
    let expected = [3 * i128::from(i64::MAX) + 1, 1, i64::MAX.into()];
    assert_eq!([0, 1, 2].map(|measure| whole_amount(group, measure)), expected.map(Some));
}

pub(super) async fn percentiles_are_of_rows_that_know(bench: &mut Bench) {
    let mut spans: Vec<Span> = (1..=100).map(|nanos| span(1, nanos, 10, 10 + u64::from(nanos))).collect();
    // One runs, one ended before it began.
    spans.extend([span(1, 101, 10, 0), span(1, 102, 10, 5)]);
    bench.spans(spans).await;
    let duration = field("duration_nanos");
    let measures = [0, 500, 950, 990, 1_000].map(|thousandths| Measure::Quantile(duration.into(), thousandths));
    let answer = ask(bench, &asking(vec![by(&[])], measures.into())).await;
    let group = &answer.groupings[0].groups[0];
    assert_eq!([0, 1, 2, 3, 4].map(|measure| whole_amount(group, measure)), [0, 50, 95, 99, 100].map(Some));
    assert_eq!((group.figures[1].rows_known, group.figures[1].rows_unknown, group.figures[1].is_approximate), (101, 1, true));
    let nobody = ask(bench, &asking(vec![by(&[])], vec![Measure::Quantile(dimension("ttft_nanos"), 500)])).await;
    assert_eq!((nobody.groupings[0].groups[0].figures[0].amount, nobody.groupings[0].groups[0].figures[0].rows_unknown), (None, 102));
}

pub(super) async fn different_values_are_counted(bench: &mut Bench) {
    bench.spans(vec![of_model(1, "m", Some("u")), of_model(2, "m", Some("v")), of_model(3, "n", Some("u")), of_model(4, "m", None)]).await;
    let query = asking(
        vec![by(&[]), by(&["request_model"])],
        vec![Measure::Distinct(dimension("user_id")), Measure::Distinct(dimension("trace_id"))],
    );
    let answer = ask(bench, &query).await;
    let all = &answer.groupings[0].groups[0];
    assert_eq!((whole_amount(all, 0), whole_amount(all, 1)), (Some(2), Some(4)));
    assert_eq!((all.figures[0].rows_unknown, all.figures[0].is_approximate), (1, false));
    let by_model: Vec<_> = answer.groupings[1].groups.iter().map(|group| whole_amount(group, 0)).collect();
    assert_eq!(by_model, [Some(2), Some(1)]);
}

pub(super) async fn rates_are_by_the_second(bench: &mut Bench) {
    let second = 1_000_000_000;
    bench.spans((1..=6).map(|number| span(number, 1, u64::from(number) * second / 2, 9 * second)).collect()).await;
    let range = TimeRange { from_unix_nanos: Some(second), to_unix_nanos: Some(4 * second) };
    let bucket = TimeBucket { width_nanos: 2 * second, clock: Clock::ahead(0) };
    let groupings = vec![by(&[]), Grouping { bucket: Some(bucket), ..by(&[]) }];
    let answer = ask(bench, &AggregateQuery { range, ..asking(groupings.clone(), vec![Measure::Rate, Measure::Count]) }).await;
    let rates = |answer: &AggregateAnswer, grouping: usize| -> Vec<_> {
        answer.groupings[grouping].groups.iter().map(|group| group.figures[0].amount.map(Amount::to_f64)).collect()
    };
    assert_eq!(rates(&answer, 0), [Some(5.0 / 3.0)]);
    // Of the first bucket only its second half lies in the range.
    assert_eq!(rates(&answer, 1), [Some(2.0), Some(1.5)]);
    assert_eq!(whole_amount(&answer.groupings[0].groups[0], 1), Some(5));
    let open = ask(bench, &asking(groupings, vec![Measure::Rate])).await;
    assert_eq!((rates(&open, 0), rates(&open, 1)), (vec![None], vec![Some(1.5), Some(1.5)]));
}

pub(super) async fn groups_come_by_rank_and_the_rest_is_counted(bench: &mut Bench) {
    let priced = |number: u8, model: &str, nanos: i64| costing(of_model(number, model, None), Some(nanos), CostStatus::Priced);
    bench.spans(vec![priced(1, "a", 1), priced(2, "a", 1), priced(3, "b", 9), priced(4, "c", 2), of_model(5, "d", None)]).await;
    let bucket = Some(TimeBucket { width_nanos: 2, clock: Clock::ahead(0) });
    let top = |rank, limit| Grouping { limit, rank, ..by(&["request_model"]) };
    let groupings = vec![top(Rank::Measure(0), 3), top(Rank::Rows, 1), Grouping { bucket, ..top(Rank::Rows, 1) }];
    let answer = ask(bench, &asking(groupings, vec![Measure::Sum(dimension("cost_usd"))])).await;
    let found: Vec<_> = answer.groupings.iter().map(|groups| (counts(&groups.groups), groups.total)).collect();
    assert_eq!(found[0], (vec![(vec!["b"], 1), (vec!["a"], 2), (vec!["c"], 1)], 4));
    assert_eq!(found[1], (vec![(vec!["a"], 2)], 4));
    // All buckets of the one that is told.
    assert_eq!(found[2], (vec![(vec!["a"], 1), (vec!["a"], 1)], 4));
}

pub(super) async fn a_filter_chooses_rows(bench: &mut Bench) {
    let mut tagged = of_model(3, "GPT-x", Some("v"));
    tagged.tags = vec!["beta".into()];
    tagged.stream = Some(false);
    tagged.scope_version.clear();
    bench.spans(vec![of_model(1, "gpt-x", Some("u")), of_model(2, "claude", Some("u")), tagged, span(4, 1, 4, 0)]).await;
    let own_id = trace_id(2).to_string();
    let not = |filter| Filter::Not(Box::new(filter));
    let is = |name, value| test(name, Comparison::Is(vec![text(value)]));
    let cases = [
        (is("request_model", "gpt-x"), 1),
        (not(is("request_model", "gpt-x")), 3),
        (test("request_model", Comparison::Contains("GPT".into())), 2),
        (test("request_model", Comparison::Matches("^(gpt|cl)".into())), 2),
        (test("request_model", Comparison::Exists), 3),
        (Filter::All(vec![is("user_id", "u"), is("request_model", "claude")]), 1),
        (Filter::Any(vec![is("user_id", "v"), is("request_model", "claude")]), 2),
        (is("tags", "beta"), 1),
        (not(test("tags", Comparison::Exists)), 3),
        (is("trace_id", &own_id), 1),
        (test("trace_id", Comparison::Contains(own_id[2..9].to_owned())), 1),
        (is("parent_span_id", "b7ad6b7169203331"), 0),
        (test("stream", Comparison::Is(vec![Operand::Truth(false)])), 1),
        (test("duration_nanos", Comparison::Above(Operand::Integer(197))), 2),
        (test("duration_nanos", Comparison::AtMost(Operand::Decimal(197.5))), 1),
        (not(test("end_unix_nanos", Comparison::Exists)), 1),
        (test("start_unix_nanos", Comparison::AtLeast(Operand::Integer(-1))), 4),
        (is("status", "running"), 1),
        (is("status", "unset"), 4),
        (test("scope_version", Comparison::Exists), 3),
        (Filter::Any(Vec::new()), 0),
    ];
    for (filter, expected) in cases {
        let answer = ask(bench, &AggregateQuery { filter: filter.clone(), ..asking(vec![by(&["status"])], Vec::new()) }).await;
        assert_eq!(answer.rows, expected, "{filter:?}");
        assert_eq!(counts(&answer.groupings[0].groups).iter().map(|(_, rows)| rows).sum::<u64>(), expected, "{filter:?}");
    }
}

/// Numbers and the texts that spell them have one name only where they look the same, and lists count with each element.
pub(super) async fn values_at_places_are_counted_and_added_up(bench: &mut Bench) {
    let with = |number: u8, value: AnyValue| {
        let plain = span(number, 1, u64::from(number), 200);
        let mut raw = RawSpan::clone(plain.raw.as_ref().expect("the span has its raw span"));
        raw.attributes.push("x", value);
        Span { raw: Some(Arc::new(raw)), ..plain }
    };
    let list = |items: &[AnyValue]| AnyValue::Array(items.to_vec());
    let text = |text: &str| AnyValue::String(text.into());
    bench.spans(vec![with(1, AnyValue::Int(5)), with(2, text("5")), with(3, text("5.0")), with(4, AnyValue::Double(0.5))]).await;
    let several = list(&[AnyValue::Int(1), AnyValue::Int(1), AnyValue::Int(4), text("a"), text("a")]);
    bench.spans(vec![with(5, several), with(6, AnyValue::Bool(true)), with(7, text("True")), with(8, list(&[])), span(9, 1, 9, 10)]).await;
    let x = || dimension("attr.x");
    let measures = vec![
        Measure::Sum(x()),
        Measure::Mean(x()),
        Measure::Min(x()),
        Measure::Max(x()),
        Measure::Quantile(x(), 500),
        Measure::Distinct(x()),
    ];
    let answer = ask(bench, &asking(vec![by(&["attr.x"]), by(&[]), by(&["attr.x", "name"])], measures)).await;
    let one = |name| (vec![name], 1);
    let expected = [(vec!["(none)"], 2), (vec!["5"], 2), one("0.5"), one("1"), one("4"), one("5.0"), one("True"), one("a"), one("true")];
    assert_eq!(counts(&answer.groupings[0].groups), expected);
    assert_eq!(counts(&answer.groupings[2].groups).iter().map(|(_, rows)| rows).sum::<u64>(), 11);
    let figures = &answer.groupings[1].groups[0].figures;
    // 5, 5, 5, 0.5, and 1, 1, 4 of one row.
    assert_eq!((figures[0].amount, figures[0].rows_known, figures[0].rows_unknown), (Some(Amount::Fraction(21.5)), 5, 4));
    let number = |place: usize| figures[place].amount.map(Amount::to_f64).expect("there are numbers");
    assert!((number(1) - 21.5 / 7.0).abs() < 1e-12, "{}", number(1));
    assert_eq!((figures[2].amount, figures[3].amount), (Some(Amount::Fraction(0.5)), Some(Amount::Whole(5))));
    assert!((number(4) - 4.0).abs() <= 4.0 * Sketch::RELATIVE_ERROR, "{}", number(4));
    assert_eq!((figures[5].amount, figures[5].rows_unknown), (Some(Amount::Whole(8)), 2));
}

/// A span is sent while it runs and again when it has ended, with another start; then once more to the letter.
/// It is one row with what both versions say, in the range of its newest start.
pub(super) async fn an_updated_span_counts_once_as_it_is_now(bench: &mut Bench) {
    let first = Span { user_id: Some("u".into()), ..span(1, 1, 10, 0) };
    let second = Span { request_model: Some("m".into()), ..span(1, 1, 60, 90) };
    bench.spans(vec![first, span(2, 1, 20, 30)]).await;
    bench.spans(vec![second.clone()]).await;
    bench.spans(vec![second]).await;
    let duration = field("duration_nanos");
    let query = asking(vec![by(&["user_id", "request_model"])], vec![Measure::Sum(duration.into())]);
    let answer = ask(bench, &query).await;
    let groups = &answer.groupings[0].groups;
    assert_eq!(counts(groups), [(vec!["(none)", "(none)"], 1), (vec!["u", "m"], 1)]);
    assert_eq!((whole_amount(&groups[0], 0), whole_amount(&groups[1], 0)), (Some(10), Some(30)));
    for (from, to, rows) in [(0, 15, 0), (15, 50, 1), (50, 70, 1)] {
        let range = TimeRange { from_unix_nanos: Some(from), to_unix_nanos: Some(to) };
        assert_eq!(ask(bench, &AggregateQuery { range, ..query.clone() }).await.rows, rows, "{from} to {to}");
    }
}

pub(super) async fn what_no_engine_answers_is_refused(bench: &mut Bench) {
    let no_width = TimeBucket { width_nanos: 0, clock: Clock::ahead(0) };
    let refused = [
        asking(vec![by(&["duration_nanos"])], Vec::new()),
        asking(vec![by(&["tags", "dialects"])], Vec::new()),
        asking(vec![by(&["attr.x", "name", "attr.x"])], Vec::new()),
        asking(vec![Grouping { limit: 1_000_000, ..by(&[]) }], Vec::new()),
        asking(vec![Grouping { rank: Rank::Measure(0), ..by(&[]) }], Vec::new()),
        asking(vec![Grouping { bucket: Some(no_width), ..by(&[]) }], Vec::new()),
        asking(vec![by(&[])], vec![Measure::Sum(dimension("name"))]),
        asking(vec![by(&[])], vec![Measure::Distinct(dimension("cost_usd"))]),
    ];
    for query in refused {
        let answer = bench.store().aggregate(&bench.project, &query).await;
        assert!(matches!(answer, Err(StoreError::Invalid(_))), "{query:?}: {answer:?}");
    }
}

pub(super) async fn runs_of_a_step_come_newest_first(bench: &mut Bench) {
    let step = |trace: u8, number: u8, start: u64, name: &str| Span {
        step: StepPosition { name: Some(name.into()), ..StepPosition::default() },
        ..span(trace, number, start, start + 1)
    };
    bench.spans(vec![step(1, 1, 10, "triage"), step(1, 2, 11, "answer"), step(2, 1, 30, "triage")]).await;
    bench.spans(vec![step(3, 1, 20, "triage"), step(3, 2, 30, "triage"), span(4, 1, 40, 41)]).await;
    let query = StepQuery { step_name: "triage".into(), limit: 3, ..StepQuery::default() };
    let runs = |query: StepQuery| {
        let (store, project) = (bench.store(), bench.project.clone());
        async move {
            let runs = store.runs_of_step(&project, &query).await.expect("the store answers").runs;
            // An engine that knows the output of a plain span knows that there is none.
            assert!(runs.iter().all(|run| !matches!(&run.output, StepOutput::Known(Some(_)))));
            runs.into_iter().map(|run| (run.trace_id.as_bytes()[3], run.span_id.as_bytes()[5], run.groups)).collect::<Vec<_>>()
        }
    };
    let run = |trace, span| (trace, span, Vec::<Option<String>>::new());
    assert_same(&runs(query.clone()).await, &vec![run(3, 2), run(2, 1), run(3, 1)]);
    let by_name = StepQuery { by: Some(dimension("step_name")), limit: 1, ..query.clone() };
    assert_same(&runs(by_name).await, &vec![(3, 2, vec![Some("triage".to_owned())])]);
    let early = TimeRange { from_unix_nanos: None, to_unix_nanos: Some(20) };
    assert_same(&runs(StepQuery { range: early, ..query.clone() }).await, &vec![run(1, 1)]);
    let of_second =
        Filter::Test(Test { subject: Subject::Field(field("span_id")), comparison: Comparison::Is(vec![text("0909090909020909")]) });
    assert_same(&runs(StepQuery { filter: of_second, ..query.clone() }).await, &vec![run(3, 2)]);
    let asked: Vec<_> = [(3, 2), (9, 9), (1, 1)].map(|(trace, number)| (trace_id(trace), span(trace, number, 0, 0).span_id)).to_vec();
    let outputs = bench.store().outputs(&bench.project, &asked).await.expect("the store answers");
    assert!(outputs.iter().all(|span| !matches!(&span.output, StepOutput::Known(Some(_)))));
    let told: Vec<_> = outputs.into_iter().map(|span| (span.trace_id, span.span_id)).collect();
    assert_same(&told, &vec![asked[0], asked[2]]);
    let whole_traces = bench.trace(trace_id(3), Detail::Whole).await;
    assert_eq!(whole_traces.map(|trace| trace.spans.len()), Some(2));
    assert!(runs(StepQuery { step_name: "nobody".into(), ..query }).await.is_empty());
}

/// Asks both stores many things at once, and compares all but what it took.
pub(super) async fn same_figures(store: &dyn SpanStore, oracle: &dyn SpanStore, project: &ProjectSlug, queries: &[&str]) {
    let bucket = Some(TimeBucket { width_nanos: 3, clock: Clock::ahead(-1) });
    let fields = ["session_id", "status", "response_id", "trace_id", "parent_span_id", "billing", "dialects", "name"];
    let mut groupings: Vec<Grouping> = fields.iter().map(|name| by(&[name])).collect();
    groupings.extend([by(&["attr.flavour"]), by(&["attr.session.id", "name"])]);
    groupings.extend([by(&[]), by(&["session_id", "user_id"]), Grouping { bucket, ..by(&["user_id"]) }]);
    groupings.push(Grouping { limit: 2, rank: Rank::Measure(1), ..by(&["trace_id", "session_id", "obs_type"]) });
    let (duration, tokens) = (field("duration_nanos"), field(Usage::INPUT));
    let measures = vec![
        Measure::Rate,
        Measure::Sum(duration.into()),
        Measure::Mean(duration.into()),
        Measure::Quantile(duration.into(), 950),
        Measure::Sum(tokens.into()),
        Measure::Max(dimension("start_unix_nanos")),
        Measure::Distinct(dimension("user_id")),
        Measure::Distinct(dimension("trace_id")),
        Measure::Sum(dimension("attr.flavour")),
        Measure::Quantile(dimension("attr.gen_ai.response.id"), 500),
        Measure::Distinct(dimension("attr.flavour")),
    ];
    let of_user = test("user_id", Comparison::Is(vec![text("user 1")]));
    let middle = TimeRange { from_unix_nanos: Some(3), to_unix_nanos: Some(7) };
    let mut asked = vec![
        (TimeRange::default(), Filter::everything()),
        (TimeRange::default(), test("duration_nanos", Comparison::AtLeast(Operand::Integer(2)))),
        (middle, Filter::Not(Box::new(of_user))),
    ];
    let whole_questions = asked.len();
    asked.extend(queries.iter().map(|text| (TimeRange::default(), query::parse(text).expect("the text is a query").filter)));
    for (number, (range, filter)) in asked.into_iter().enumerate() {
        // Which rows a filter chooses shows in one grouping as well as in many.
        let groupings = if number < whole_questions { groupings.clone() } else { vec![by(&["span_id", "user_id"])] };
        let query = AggregateQuery { range, filter, ..asking(groupings, measures.clone()) };
        let free = |answer: AggregateAnswer| AggregateAnswer { cost: QueryCost::default(), ..answer };
        let expected = free(oracle.aggregate(project, &query).await.unwrap());
        // Asked twice: what an engine has kept of the first answer says the same.
        for _ in 0..2 {
            assert_same(&free(store.aggregate(project, &query).await.unwrap()), &expected);
        }
    }
}
