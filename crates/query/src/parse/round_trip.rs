//! For any filter that a text can mean, its canonical text means that filter; and no text whatever brings the parser down.

use proptest::prelude::*;

use super::parse;
use crate::field::{FIELDS, Field, FieldType};
use crate::filter::{
    Comparison, Filter, Follower, LogTest, Measure, Operand, PathStep, Quantity, Relation, RollUp, Root, Sequence, Subject, Test, Words,
};
use crate::format::format;
use crate::glob::regex_of_glob;
use crate::names::{EITHER_WORDS, either_subjects, values_of};
use crate::words::words_of;

/// Texts of all sorts, those that look like something else among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,6}",
        2 => "[A-Za-z0-9_./:@#-]{1,8}",
        1 => "\\PC{1,6}",
        1 => prop::sample::select(vec!["or", "not", "null", "true", "12", "-3", "007", "1.50", "1..2", "a*", "/x/", "in", ">2", "\"", "\\", "a\nb", "(", "contains", "$1", "exists", "'"])
            .prop_map(str::to_owned),
    ]
}

fn is_number(field: &&'static Field) -> bool {
    matches!(field.kind, FieldType::Number(_))
}

fn fields(wanted: impl Fn(&&'static Field) -> bool) -> impl Strategy<Value = &'static Field> {
    prop::sample::select(FIELDS.iter().filter(|field| wanted(field)).collect::<Vec<_>>())
}

fn distinct(operands: Vec<Operand>) -> Comparison {
    let mut once: Vec<Operand> = Vec::new();
    operands.into_iter().for_each(|operand| {
        if !once.contains(&operand) {
            once.push(operand);
        }
    });
    Comparison::Is(once)
}

fn text_comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Exists),
        prop::collection::vec(text().prop_map(Operand::Text), 1..4).prop_map(distinct),
        text().prop_map(Comparison::Contains),
        "[a-z*]{0,3}[*][a-z./]{0,3}".prop_map(|glob| Comparison::Matches(regex_of_glob(&glob))),
        prop::sample::select(vec!["a b", "^/x$", "\\d+\\\\/", "(?i)x", "a\"b", "[/]"])
            .prop_map(|pattern| Comparison::Matches(pattern.to_owned())),
    ]
}

fn order_comparison(operand: impl Strategy<Value = Operand> + Clone) -> impl Strategy<Value = Comparison> {
    prop_oneof![
        operand.clone().prop_map(Comparison::Above),
        operand.clone().prop_map(Comparison::AtLeast),
        operand.clone().prop_map(Comparison::Below),
        operand.clone().prop_map(Comparison::AtMost),
        (operand.clone(), operand.clone()).prop_map(|(low, high)| Comparison::Between(low, high)),
        prop::collection::vec(operand, 1..3).prop_map(distinct),
        Just(Comparison::Exists),
    ]
}

/// Dates are written with four digits of a year, so moments stay within those.
fn integer() -> impl Strategy<Value = Operand> + Clone {
    prop_oneof![0..10_000_i64, prop::sample::select(vec![1_000_000_000, 90_000_000_000, 1_795_171_923_250_000_000])]
        .prop_map(Operand::Integer)
}

fn open_comparison() -> impl Strategy<Value = Comparison> {
    let number = prop_oneof![
        any::<i64>().prop_map(Operand::Integer),
        (-1_000_000..1_000_000_i64).prop_map(|eighths| eighths * 8 + 1).prop_map(|eighths| Operand::Decimal(eighths as f64 / 8.0)),
    ];
    prop_oneof![text_comparison(), order_comparison(number), any::<bool>().prop_map(|truth| Comparison::Is(vec![Operand::Truth(truth)]))]
}

fn path() -> impl Strategy<Value = Vec<PathStep>> {
    let step = prop_oneof![text().prop_map(PathStep::Key), Just(PathStep::Each), (0..20_usize).prop_map(PathStep::At)];
    prop::collection::vec(step, 0..4)
}

fn roots() -> impl Strategy<Value = Root> {
    prop::sample::select(vec![Root::Input, Root::Output, Root::Metadata, Root::StateBefore, Root::StateAfter, Root::ToolArguments])
}

fn test(
    subject: impl Strategy<Value = Subject> + 'static,
    comparison: impl Strategy<Value = Comparison> + 'static,
) -> BoxedStrategy<Filter> {
    (subject, comparison).prop_map(|(subject, comparison)| Filter::Test(Test { subject, comparison })).boxed()
}

fn leaf() -> impl Strategy<Value = Filter> {
    let texts = fields(|field| matches!(field.kind, FieldType::Text | FieldType::Texts) && values_of(field).is_empty());
    let choice = fields(|field| !values_of(field).is_empty())
        .prop_flat_map(|field| prop::sample::select(values_of(field)).prop_map(move |value| (field, value)));
    let either = (prop::sample::select(EITHER_WORDS.iter().collect::<Vec<_>>()), text_comparison()).prop_map(|(either, comparison)| {
        let open = either.fields.is_empty();
        let comparison = if open && matches!(comparison, Comparison::Is(_)) { Comparison::Exists } else { comparison };
        Filter::Any(
            either_subjects(either).into_iter().map(|subject| Filter::Test(Test { subject, comparison: comparison.clone() })).collect(),
        )
    });
    prop_oneof![
        test(texts.prop_map(Subject::Field), text_comparison()),
        choice.prop_map(|(field, value)| Filter::Test(Test {
            subject: Subject::Field(field),
            comparison: Comparison::Is(vec![Operand::Text(value.to_owned())])
        })),
        test(fields(is_number).prop_map(Subject::Field), order_comparison(integer())),
        test(prop_oneof![Just(Subject::Tokens), Just(Subject::Occurrence)], order_comparison(integer())),
        test(text().prop_map(Subject::Attribute), open_comparison()),
        test(text().prop_map(Subject::Score), open_comparison()),
        test((roots(), path()).prop_map(|(root, path)| Subject::Path { root, path }), open_comparison()),
        either,
        "[a-zA-Z ]{1,12}".prop_filter("words", |text| !words_of(text).is_empty()).prop_map(|text| {
            let words = words_of(&text);
            Filter::Words(Words { is_phrase: words.len() > 1, words })
        }),
        (prop::option::of(1..=24), prop::option::of(text()), prop::option::of(text()))
            .prop_map(|(severity_min, event_name, text)| Filter::Log(LogTest { severity_min, event_name, text })),
    ]
}

fn everything_or(inner: &BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    prop_oneof![1 => Just(Filter::everything()), 4 => inner.clone()].boxed()
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![fields(is_number).prop_map(Quantity::Field), Just(Quantity::Tokens)]
}

fn measure() -> impl Strategy<Value = Measure> {
    prop_oneof![
        Just(Measure::Count),
        Just(Measure::Repeats),
        quantity().prop_map(Measure::Sum),
        quantity().prop_map(Measure::Max),
        quantity().prop_map(Measure::Min),
    ]
}

fn relations() -> impl Strategy<Value = Relation> {
    use Relation::{Ancestor, Child, Descendant, Earlier, Later, Parent, Sibling};
    prop::sample::select(vec![Parent, Ancestor, Child, Descendant, Sibling, Earlier, Later])
}

fn flat_all(filters: Vec<Filter>) -> Filter {
    super::lower::all_of(filters)
}

/// Alternatives without alternatives inside, but for words that mean several fields.
fn flat_any(filters: Vec<Filter>) -> Filter {
    let is_either = |filter: &Filter| matches!(filter, Filter::Any(_)) && !format(filter).contains(" or ");
    Filter::Any(
        filters
            .into_iter()
            .flat_map(|filter| match filter {
                Filter::Any(parts) if !is_either(&Filter::Any(parts.clone())) => parts,
                other => vec![other],
            })
            .collect(),
    )
}

fn negated(filter: Filter) -> Filter {
    match filter {
        Filter::Not(inner) => *inner,
        other => Filter::Not(Box::new(other)),
    }
}

/// Where spans are asked for, a span picked is the span itself, so `Span` stands there under `Trace` only.
fn normal(filter: Filter, asks_span: bool) -> Filter {
    let inside = |filter: Box<Filter>| Box::new(normal(*filter, true));
    match filter {
        Filter::All(parts) => Filter::All(parts.into_iter().map(|part| normal(part, asks_span)).collect()),
        Filter::Any(parts) => Filter::Any(parts.into_iter().map(|part| normal(part, asks_span)).collect()),
        Filter::Not(inner) => Filter::Not(Box::new(normal(*inner, asks_span))),
        Filter::Span(inner) if asks_span => Filter::Trace(Box::new(Filter::Span(inside(inner)))),
        Filter::Span(inner) => Filter::Span(inside(inner)),
        Filter::Trace(inner) => Filter::Trace(Box::new(normal(*inner, false))),
        Filter::Relative(relation, inner) => Filter::Relative(relation, inside(inner)),
        Filter::Sequence(Sequence { first, then }) => Filter::Sequence(Sequence {
            first: inside(first),
            then: then
                .into_iter()
                .map(|follower| Follower {
                    filter: normal(follower.filter, true),
                    without: follower.without.map(|without| normal(without, true)),
                })
                .collect(),
        }),
        Filter::Test(Test { subject: Subject::RollUp(rollup), comparison }) => {
            let rollup = RollUp { measure: rollup.measure, filter: normal(rollup.filter, true) };
            Filter::Test(Test { subject: Subject::RollUp(Box::new(rollup)), comparison })
        }
        other => other,
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    any_filter().prop_map(|filter| normal(filter, false))
}

fn any_filter() -> impl Strategy<Value = Filter> {
    leaf().boxed().prop_recursive(4, 24, 3, |inner| {
        let inner = inner.boxed();
        let boxed = everything_or(&inner).prop_map(Box::new).boxed();
        let follower = (inner.clone(), prop::option::of(inner.clone())).prop_map(|(filter, without)| Follower { filter, without });
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(flat_all),
            prop::collection::vec(inner.clone(), 2..4).prop_map(flat_any),
            inner.clone().prop_map(negated),
            boxed.clone().prop_map(Filter::Span),
            boxed.clone().prop_map(Filter::Trace),
            (relations(), boxed).prop_map(|(relation, filter)| Filter::Relative(relation, filter)),
            (inner.clone(), prop::collection::vec(follower, 1..3))
                .prop_map(|(first, then)| Filter::Sequence(Sequence { first: Box::new(first), then })),
            test(
                (measure(), everything_or(&inner)).prop_map(|(measure, filter)| Subject::RollUp(Box::new(RollUp { measure, filter }))),
                order_comparison(integer())
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn the_canonical_text_means_the_filter(filter in filter()) {
        let text = format(&filter);
        match parse(&text) {
            Ok(parsed) => {
                prop_assert_eq!(&parsed.filter, &filter, "{}", text);
                prop_assert_eq!(parsed.canonical, text);
            }
            Err(wrong) => prop_assert!(false, "{}: {:?}", text, wrong),
        }
    }

    #[test]
    fn no_text_brings_the_parser_down(text in "\\PC{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_put_together_of_pieces_is_read_or_refused_at_a_place(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", "status", ":", "=", ">", "error", "(", ")", "[", "]", "\"", "'", "/", " ", " ", ",", "or", "and", "not", "then", "without", "between", "-", "!",
        "*", "..", "2s", "$1", "count(", "span(", "sum(cost,", "log(", "has:", "is:", "output.", "é", "~", "in", "exists", "step(a).", "\\",
    ]), 0..14)) {
        let text = pieces.concat();
        match parse(&text) {
            Ok(parsed) => prop_assert_eq!(parse(&parsed.canonical).map(|again| again.filter), Ok(parsed.filter), "{}", text),
            Err(wrong) => {
                prop_assert!(!wrong.is_empty());
                for wrong in wrong {
                    prop_assert!(wrong.from <= wrong.to && text.get(wrong.from..wrong.to).is_some(), "{}: {:?}", text, wrong);
                    prop_assert!(!wrong.reason.is_empty() && !wrong.fix.is_empty());
                }
            }
        }
    }
}
