//! What was found at a subject: plain values, each of which a comparison may meet.

use std::borrow::Cow;

use serde_json::Value;

/// One plain value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    /// Wide enough for every integer of JSON and OTLP.
    Integer(i128),
    Decimal(f64),
    Truth(bool),
}

/// Everything at a subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Found<'a> {
    /// Whether there is a value at all; an empty list or an object is one.
    pub(super) exists: bool,
    pub(super) scalars: Vec<Scalar<'a>>,
    /// Whether the values have no type of their own, so that texts may spell numbers and truths.
    pub(super) is_open: bool,
}

impl<'a> Found<'a> {
    pub(super) fn number(number: Option<i64>) -> Self {
        Self::one(number.map(|number| Scalar::Integer(number.into())))
    }

    pub(super) fn text(text: Option<&'a str>) -> Self {
        Self::one(text.map(|text| Scalar::Text(Cow::Borrowed(text))))
    }

    pub(super) fn one(scalar: Option<Scalar<'a>>) -> Self {
        Self { exists: scalar.is_some(), scalars: scalar.into_iter().collect(), is_open: false }
    }

    /// Adds a JSON value: a list by its elements; an object by what is inside, where objects are `entered`.
    pub(super) fn add_json(&mut self, value: &Value, entered: bool) {
        self.exists |= !value.is_null();
        match value {
            Value::Null => {}
            Value::Bool(truth) => self.scalars.push(Scalar::Truth(*truth)),
            Value::Number(number) => self.scalars.extend(number_of(number)),
            Value::String(text) => self.scalars.push(Scalar::Text(Cow::Owned(text.clone()))),
            Value::Array(items) => items.iter().for_each(|item| self.add_json(item, entered)),
            Value::Object(map) if entered => map.values().for_each(|item| self.add_json(item, entered)),
            Value::Object(_) => {}
        }
    }
}

fn number_of(number: &serde_json::Number) -> Option<Scalar<'static>> {
    let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    integer.map(Scalar::Integer).or_else(|| number.as_f64().map(Scalar::Decimal))
}
