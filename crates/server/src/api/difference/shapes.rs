//! A comparison in JSON.

use std::time::Duration;

use model::NanoUsd;
use query::Unit;
use serde::Serialize;
use serde_json::Value;
use store::Total;
use utoipa::ToSchema;

use super::compare::{Compared, FieldDifference, SideSaid, ValueDifference, What};
use super::field::{Key, Scalar};
use super::statistics::Share;
use crate::api::fields::unit_name;
use crate::api::page::TotalCount;
use crate::limits::DIFFERENCE_VALUES_SHOWN_MAX;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    a: SideAnswer,
    b: SideAnswer,
    /// What the queries themselves ask about last; of the rest what is more than chance first, then by `effect`.
    fields: Vec<FieldAnswer>,
    /// Fields, those beyond the limit included; absent where a side has no traces and nothing can be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    field_count: Option<usize>,
    /// How long it took; decimal string.
    nanos: String,
}

/// One of the two selections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SideAnswer {
    /// As it was understood.
    q: String,
    /// Traces that meet it.
    total: TotalCount,
    /// Traces that were looked at.
    traces: usize,
    /// Whether these are only some of them.
    sampled: bool,
}

/// How different the sides are in one field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldAnswer {
    /// As queries name it.
    field: String,
    /// What it is, for people.
    about: String,
    /// `category` or `number`.
    kind: &'static str,
    /// Of numbers that have one: `count`, `nanos`, `unix_nanos` or `usd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    /// Whether it says what a trace was given (release, model, user, metadata); all else is what happened in it.
    given: bool,
    /// Whether one of the two queries asks about it: then it differs because it was asked to.
    asked: bool,
    /// 0 where the sides are the same, 1 where they have nothing in common: the largest difference of shares; of numbers Cliff's delta
    /// without its sign, where that is more.
    effect: f64,
    /// How often chance alone would make such a difference: Fisher's exact test of the values (Bonferroni), of numbers the Mann-Whitney U
    /// test too.
    p_value: f64,
    /// The same among so many fields (Benjamini and Hochberg).
    q_value: f64,
    /// Whether `q_value` is at most 0.05.
    significant: bool,
    a: SideSaidAnswer,
    b: SideSaidAnswer,
    /// Those whose shares differ most first; the first 10. Of numbers the bound that parts the sides best.
    values: Vec<ValueAnswer>,
    /// Different values, having none among them.
    value_count: usize,
    /// Of categories, in bits: 0 for the same distribution, 1 where no value is on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    jensen_shannon: Option<f64>,
    /// Of numbers: how probable it is that one of `a` is above one of `b`; equal ones count half.
    #[serde(skip_serializing_if = "Option::is_none")]
    superiority: Option<f64>,
}

/// What one side says in a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SideSaidAnswer {
    /// Traces that have a value.
    known: usize,
    /// Of so many: those that were looked at, of outputs those whose outputs were.
    of: usize,
    /// Of numbers, in their unit: times and money as decimal strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    median: Option<Value>,
}

/// How many traces of each side have a value. One that has neither `value` nor a bound is to have none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    at_least: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    below: Option<Value>,
    a: usize,
    /// Of `of` traces, 0 to 1.
    a_share: f64,
    b: usize,
    b_share: f64,
    /// Asks for these traces.
    query: String,
}

impl SideAnswer {
    pub(super) fn new(q: String, total: Total, traces: usize, sampled: bool) -> Self {
        Self { q, total: total.into(), traces, sampled }
    }
}

impl Difference {
    /// Gets both sides, and no comparison where one of them has no traces.
    pub(super) fn new(mut sides: Vec<SideAnswer>, compared: Option<Compared>, asked: &[String], limit: usize) -> Self {
        let (b, a) = (sides.remove(1), sides.remove(0));
        let field_count = compared.as_ref().map(|compared| compared.field_count);
        let all = compared.map(|compared| compared.fields).unwrap_or_default();
        let mut fields: Vec<FieldAnswer> = all.iter().map(|field| FieldAnswer::new(field, asked)).collect();
        fields.sort_by_key(|field| field.asked);
        fields.truncate(limit);
        Self { a, b, fields, field_count, nanos: "0".into() }
    }

    pub(super) fn after(self, took: Duration) -> Self {
        Self { nanos: took.as_nanos().to_string(), ..self }
    }
}

impl FieldAnswer {
    fn new(found: &FieldDifference, asked: &[String]) -> Self {
        let key = &found.key;
        let field = key.name();
        let is_number = found.ranks.is_some() || found.sides.iter().any(|side| side.median.is_some());
        let [a, b] = [0, 1].map(|side| said(key, &found.sides[side]));
        Self {
            asked: asked.contains(&field),
            field,
            about: key.about(),
            kind: if is_number { "number" } else { "category" },
            unit: key.unit().filter(|_| is_number).map(unit_name),
            given: key.is_given(),
            effect: found.effect,
            p_value: found.p_value,
            q_value: found.q_value,
            significant: found.is_significant(),
            a,
            b,
            values: found.values.iter().take(DIFFERENCE_VALUES_SHOWN_MAX).map(|value| ValueAnswer::new(key, value)).collect(),
            value_count: found.value_count,
            jensen_shannon: found.jensen_shannon,
            superiority: found.ranks.map(|ranks| ranks.superiority),
        }
    }
}

fn said(key: &Key, side: &SideSaid) -> SideSaidAnswer {
    SideSaidAnswer { known: side.known.with, of: side.known.of, median: side.median.map(|median| number(key, median)) }
}

impl ValueAnswer {
    fn new(key: &Key, found: &ValueDifference) -> Self {
        let [Share { with: a, .. }, Share { with: b, .. }] = found.shares;
        let [a_share, b_share] = found.shares.map(Share::share);
        let plain = |query| Self { value: None, at_least: None, below: None, a, a_share, b, b_share, query };
        match &found.what {
            What::Value(value) => Self { value: Some(scalar(value)), ..plain(key.query_of_value(value)) },
            What::Absent => plain(key.query_of_absent()),
            What::Bound { at, is_least } => {
                let (bound, query) = (Some(number(key, *at)), key.query_of_bound(*at, *is_least));
                if *is_least { Self { at_least: bound, ..plain(query) } } else { Self { below: bound, ..plain(query) } }
            }
        }
    }
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Text(text) => text.clone().into(),
        Scalar::Truth(truth) => (*truth).into(),
        Scalar::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
    }
}

fn number(key: &Key, number: f64) -> Value {
    match key.unit() {
        Some(Unit::Nanos | Unit::UnixNanos) => format!("{:.0}", number).into(),
        Some(Unit::NanoUsd) => NanoUsd(number.round() as i64).to_string().into(),
        Some(Unit::Count) | None if number.fract() == 0.0 && number.abs() < 9e15 => (number as i64).into(),
        Some(Unit::Count) | None => number.into(),
    }
}
