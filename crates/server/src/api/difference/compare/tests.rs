//! Traces that are known to differ in one thing.

use std::collections::BTreeMap;

use model::TraceId;

use super::*;

fn profile(number: u16, said: &[(Key, Said)]) -> Profile {
    let mut id = [1; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let said: BTreeMap<Key, Said> = said.iter().cloned().collect();
    Profile { trace_id: TraceId::from_bytes(&id).unwrap(), said, runs: Vec::new(), has_outputs: false }
}

fn text(value: &str) -> Said {
    Said::Values([Scalar::Text(value.to_owned())].into())
}

fn release() -> Key {
    Key::Field("release")
}

fn duration() -> Key {
    Key::Field("duration_nanos")
}

/// So many traces, each with what a function says.
fn side(count: u16, said: impl Fn(u16) -> Vec<(Key, Said)>) -> Vec<Profile> {
    (0..count).map(|number| profile(number, &said(number))).collect()
}

#[test]
fn the_planted_cause_stands_before_what_is_the_same() {
    let said = |release_of: fn(u16) -> &'static str| {
        move |number: u16| {
            vec![
                (release(), text(release_of(number))),
                (Key::Field("environment"), text("production")),
                (Key::Field("user_id"), text(&format!("user {number}"))),
                (duration(), Said::Number(f64::from(number % 10))),
            ]
        }
    };
    let bad = side(100, said(|number| if number < 94 { "2" } else { "1" }));
    let good = side(300, said(|number| if number % 5 == 0 { "2" } else { "1" }));
    let found = compare([&bad, &good]).fields;
    assert_eq!(found[0].key, release());
    assert!((found[0].effect - 0.74).abs() < 1e-9 && found[0].q_value < 1e-30, "{:?}", found[0]);
    let expected = [Share { with: 94, of: 100 }, Share { with: 60, of: 300 }];
    assert_eq!(found[0].values[0], ValueDifference { what: What::Value(Scalar::Text("2".into())), shares: expected });
    assert!(found[1..].iter().all(|field| !field.is_significant()), "{found:#?}");
}

#[test]
fn what_is_absent_is_a_value_of_its_own_and_never_zero() {
    let first = side(50, |_| vec![(Key::Field("ttft_nanos"), Said::Number(5.0)), (Key::Field("prompt_version"), text("v1"))]);
    let second = side(50, |number| if number < 5 { vec![(Key::Field("ttft_nanos"), Said::Number(5.0))] } else { Vec::new() });
    let found = compare([&first, &second]).fields;
    let of = |name| found.iter().find(|field| field.key == Key::Field(name)).unwrap();
    let ttft = of("ttft_nanos");
    assert_eq!(
        [&ttft.sides[0], &ttft.sides[1]].map(|side| (side.known.with, side.known.of, side.median)),
        [(50, 50, Some(5.0)), (5, 50, Some(5.0))]
    );
    assert_eq!((ttft.ranks.unwrap().delta(), ttft.effect), (0.0, 0.9));
    assert_eq!(ttft.values[0], ValueDifference { what: What::Absent, shares: [Share { with: 0, of: 50 }, Share { with: 45, of: 50 }] });
    let version = of("prompt_version");
    assert_eq!((version.effect, version.value_count, version.sides[1].known.with), (1.0, 2, 0));
}

#[test]
fn a_tool_that_did_not_run_ran_zero_times() {
    let runs = || Key::Runs(super::super::field::Named::Tool, "search".into());
    let first = side(20, |_| vec![(runs(), Said::Number(6.0))]);
    let second = side(20, |_| Vec::new());
    let found = &compare([&first, &second]).fields[0];
    assert_eq!((found.effect, found.sides[1].known.with, found.sides[1].median), (1.0, 20, Some(0.0)));
    assert_eq!(found.values[0].what, What::Bound { at: 6.0, is_least: true });
}

#[test]
fn numbers_are_parted_where_it_can_be_read() {
    let check = |key: Key, first: f64, second: f64, expected: What| {
        let [first, second] = [first, second].map(|number| side(9, |_| vec![(key.clone(), Said::Number(number))]));
        assert_eq!(compare([&first, &second]).fields[0].values[0].what, expected);
    };
    check(duration(), 8_613_497_113.0, 3_100_000_000.0, What::Bound { at: 8e9, is_least: true });
    check(duration(), 3_100_000_000.0, 8_613_497_113.0, What::Bound { at: 8e9, is_least: false });
    check(Key::Metadata("score".into()), 0.8371, 0.8342, What::Bound { at: 0.837, is_least: true });
    let (noon, before) = (1_790_000_000e9, 1_789_999_000e9);
    check(Key::Field("start_unix_nanos"), noon, before, What::Bound { at: 1_789_999_200e9, is_least: true });
}

#[test]
fn a_few_traces_prove_nothing() {
    let first = side(2, |_| vec![(release(), text("2"))]);
    let second = side(2, |_| vec![(release(), text("1"))]);
    let found = &compare([&first, &second]).fields[0];
    assert_eq!((found.effect, found.is_significant()), (1.0, false));
}

#[test]
fn one_of_many_values_is_no_cause_by_being_one_of_many() {
    let session = |from: u16| move |number: u16| vec![(Key::Field("session_id"), text(&(from + number).to_string()))];
    let found = compare([&side(40, session(0)), &side(40, session(100))]).fields.remove(0);
    assert!(found.effect <= 0.025 + 1e-9 && !found.is_significant());
    assert_eq!((found.value_count, found.values.len()), (80, DIFFERENCE_VALUES_MAX));
    assert!(found.jensen_shannon.unwrap() > 0.999_999, "{:?}", found.jensen_shannon);
}

#[test]
fn outputs_count_only_where_they_were_looked_at() {
    let place = || Key::Output { step: "triage".into(), path: "route".into() };
    let mut first = side(10, |_| vec![(place(), text("refund"))]);
    first.iter_mut().take(4).for_each(|profile| profile.has_outputs = true);
    first.iter_mut().skip(4).for_each(|profile| profile.said.clear());
    let mut second = side(10, |_| vec![(place(), text("order"))]);
    second.iter_mut().for_each(|profile| profile.has_outputs = true);
    let found = &compare([&first, &second]).fields[0];
    assert_eq!(found.sides.clone().map(|side| side.known), [Share { with: 4, of: 4 }, Share { with: 10, of: 10 }]);
}

#[test]
fn no_more_fields_are_compared_than_the_limit() {
    let many = |count: usize| (0..count).map(|number| (Key::Metadata(format!("key{number}")), text("x"))).collect::<Vec<_>>();
    let at_limit = compare([&side(1, |_| many(DIFFERENCE_FIELDS_MAX)), &[]]);
    assert_eq!((at_limit.fields.len(), at_limit.field_count), (DIFFERENCE_FIELDS_MAX, DIFFERENCE_FIELDS_MAX));
    let beyond = compare([&side(1, |_| many(DIFFERENCE_FIELDS_MAX + 1)), &[]]);
    assert_eq!((beyond.fields.len(), beyond.field_count), (DIFFERENCE_FIELDS_MAX, DIFFERENCE_FIELDS_MAX + 1));
}
