//! Which rows meet a filter.
//!
//! A test is compiled once into what has to hold of a value, and then asked of spans, or by an engine of each distinct value of a column.

use std::cmp::Ordering;

use model::{Span, SpanStatus};
use query::{Comparison, Field, FieldType, Filter, Operand, Subject, Test, compile_regex};
use regex::Regex;

use super::field_value::{FieldValue, value_of};
use crate::error::StoreError;

/// What has to hold of a value that is there.
#[derive(Debug, Clone)]
pub enum ValueTest {
    Text(TextTest),
    Number(NumberTest),
    Truth(TruthTest),
}

#[derive(Debug, Clone)]
pub enum TextTest {
    Exists,
    Is(Vec<String>),
    /// In lower case.
    Contains(String),
    Matches(Regex),
}

#[derive(Debug, Clone)]
pub enum NumberTest {
    Exists,
    Is(Vec<Number>),
    Ordered(Bound, Number),
}

#[derive(Debug, Clone, Copy)]
pub enum TruthTest {
    Exists,
    Is { truth: bool, falsehood: bool },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Whole(i64),
    Fraction(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Bound {
    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Above => ordering == Ordering::Greater,
            Self::AtLeast => ordering != Ordering::Less,
            Self::Below => ordering == Ordering::Less,
            Self::AtMost => ordering != Ordering::Greater,
        }
    }
}

impl TextTest {
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(texts) => texts.iter().any(|wanted| wanted == text),
            Self::Contains(part) => text.to_lowercase().contains(part),
            Self::Matches(pattern) => pattern.is_match(text),
        }
    }
}

impl NumberTest {
    pub fn holds(&self, number: i128) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(numbers) => numbers.iter().any(|wanted| compare(number, *wanted) == Some(Ordering::Equal)),
            Self::Ordered(bound, limit) => compare(number, *limit).is_some_and(|ordering| bound.admits(ordering)),
        }
    }
}

fn compare(number: i128, other: Number) -> Option<Ordering> {
    match other {
        Number::Whole(whole) => Some(number.cmp(&whole.into())),
        Number::Fraction(fraction) => (number as f64).partial_cmp(&fraction),
    }
}

impl TruthTest {
    pub fn holds(&self, value: bool) -> bool {
        match self {
            Self::Exists => true,
            Self::Is { truth, falsehood } => {
                if value {
                    *truth
                } else {
                    *falsehood
                }
            }
        }
    }
}

impl ValueTest {
    fn holds(&self, value: &FieldValue<'_>) -> bool {
        match (self, value) {
            (Self::Text(test), FieldValue::Text(text)) => test.holds(text),
            (Self::Text(test), FieldValue::Texts(texts)) => texts.iter().any(|text| test.holds(text)),
            (Self::Number(test), FieldValue::Number(number)) => test.holds(*number),
            (Self::Truth(test), FieldValue::Truth(truth)) => test.holds(*truth),
            _ => false,
        }
    }
}

/// Compiles a comparison with a field.
fn value_test(field: &Field, comparison: &Comparison) -> Result<ValueTest, StoreError> {
    let misfit = || StoreError::Invalid(format!("`{}` cannot be compared so", field.name));
    Ok(match field.kind {
        FieldType::Text | FieldType::Texts => ValueTest::Text(text_test(comparison)?.ok_or_else(misfit)?),
        FieldType::Number(_) => ValueTest::Number(number_test(comparison).ok_or_else(misfit)?),
        FieldType::Truth => ValueTest::Truth(truth_test(comparison).ok_or_else(misfit)?),
    })
}

fn text_test(comparison: &Comparison) -> Result<Option<TextTest>, StoreError> {
    let text = |operand: &Operand| match operand {
        Operand::Text(text) => Some(text.clone()),
        _ => None,
    };
    if let Comparison::Matches(pattern) = comparison {
        return Ok(Some(TextTest::Matches(compile_regex(pattern).map_err(StoreError::Invalid)?)));
    }
    Ok(match comparison {
        Comparison::Exists => Some(TextTest::Exists),
        Comparison::Is(operands) => operands.iter().map(text).collect::<Option<_>>().map(TextTest::Is),
        Comparison::Contains(part) => Some(TextTest::Contains(part.to_lowercase())),
        _ => None,
    })
}

fn number_test(comparison: &Comparison) -> Option<NumberTest> {
    let number = |operand: &Operand| match operand {
        Operand::Integer(whole) => Some(Number::Whole(*whole)),
        Operand::Decimal(fraction) => Some(Number::Fraction(*fraction)),
        _ => None,
    };
    match comparison {
        Comparison::Exists => Some(NumberTest::Exists),
        Comparison::Is(operands) => operands.iter().map(number).collect::<Option<_>>().map(NumberTest::Is),
        other => bound_of(other).and_then(|(bound, operand)| Some(NumberTest::Ordered(bound, number(operand)?))),
    }
}

fn truth_test(comparison: &Comparison) -> Option<TruthTest> {
    match comparison {
        Comparison::Exists => Some(TruthTest::Exists),
        Comparison::Is(operands) if operands.iter().all(|operand| matches!(operand, Operand::Truth(_))) => {
            let has = |truth| operands.contains(&Operand::Truth(truth));
            Some(TruthTest::Is { truth: has(true), falsehood: has(false) })
        }
        _ => None,
    }
}

fn bound_of(comparison: &Comparison) -> Option<(Bound, &Operand)> {
    match comparison {
        Comparison::Above(operand) => Some((Bound::Above, operand)),
        Comparison::AtLeast(operand) => Some((Bound::AtLeast, operand)),
        Comparison::Below(operand) => Some((Bound::Below, operand)),
        Comparison::AtMost(operand) => Some((Bound::AtMost, operand)),
        _ => None,
    }
}

/// A filter whose tests are compiled.
#[derive(Debug, Clone)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test(&'static Field, ValueTest),
}

impl Condition {
    /// Compiles a filter; refuses what figures are not made of yet.
    pub fn new(filter: &Filter) -> Result<Self, StoreError> {
        let all = |parts: &[Filter]| parts.iter().map(Self::new).collect::<Result<_, _>>();
        match filter {
            Filter::All(parts) => Ok(Self::All(all(parts)?)),
            Filter::Any(parts) => Ok(Self::Any(all(parts)?)),
            Filter::Not(part) => Ok(Self::Not(Box::new(Self::new(part)?))),
            Filter::Test(Test { subject: Subject::Field(field), comparison }) => Self::of_field(field, comparison),
            Filter::Test(_) => Err(not_yet("attributes or places in JSON")),
            _ => Err(not_yet("words or other spans")),
        }
    }

    fn of_field(field: &'static Field, comparison: &Comparison) -> Result<Self, StoreError> {
        if let Comparison::Between(low, high) = comparison {
            let ends = [Comparison::AtLeast(low.clone()), Comparison::AtMost(high.clone())];
            return ends.iter().map(|end| Self::of_field(field, end)).collect::<Result<_, _>>().map(Self::All);
        }
        let test = value_test(field, comparison)?;
        // A span that has not ended is running, whatever else it says.
        let is_met_by_running = field.name == "status" && test.holds(&FieldValue::Text(SpanStatus::Running.as_str().into()));
        if !is_met_by_running {
            return Ok(Self::Test(field, test));
        }
        let end = query::field("end_unix_nanos").expect("the field is in the list of fields");
        let is_running = Self::Not(Box::new(Self::Test(end, ValueTest::Number(NumberTest::Exists))));
        Ok(Self::Any(vec![Self::Test(field, test), is_running]))
    }

    /// Whether a span meets it.
    pub fn holds(&self, span: &Span) -> bool {
        self.holds_by(&mut |field, test| test.holds(&value_of(span, field)))
    }

    fn holds_by(&self, holds: &mut dyn FnMut(&'static Field, &ValueTest) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds_by(holds)),
            Self::Any(parts) => parts.iter().any(|part| part.holds_by(holds)),
            Self::Not(part) => !part.holds_by(holds),
            Self::Test(field, test) => holds(field, test),
        }
    }

    /// The fields it asks for, some of them more than once.
    pub fn fields(&self) -> Vec<&'static Field> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(part) => part.fields(),
            Self::Test(field, _) => vec![field],
        }
    }
}

fn not_yet(what: &str) -> StoreError {
    StoreError::Invalid(format!("figures cannot be asked by {what} yet, only by the fields of each span"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{RawSpan, TraceId};
    use query::{Words, field};

    use super::*;

    fn span() -> Span {
        let ids = (TraceId::from_bytes(&[1; 16]).unwrap(), "b7ad6b7169203331".parse().unwrap());
        let raw = RawSpan { start_unix_nanos: 5, end_unix_nanos: 105, ..RawSpan::new(ids.0, ids.1, Arc::default(), Arc::default()) };
        Span {
            request_model: Some("Gpt-Ü".into()),
            tags: vec!["a".into(), "b".into()],
            ttft_nanos: Some(u64::MAX),
            stream: Some(false),
            ..Span::from_raw(Arc::new(raw))
        }
    }

    fn test(name: &str, comparison: Comparison) -> Filter {
        Filter::Test(Test { subject: Subject::Field(field(name).unwrap()), comparison })
    }

    fn text(text: &str) -> Operand {
        Operand::Text(text.into())
    }

    #[test]
    fn tests_hold_as_they_say() {
        let check = |name: &str, comparison: Comparison, expected: bool| {
            let condition = Condition::new(&test(name, comparison.clone())).unwrap();
            assert_eq!(condition.holds(&span()), expected, "{name} {comparison:?}");
        };
        check("request_model", Comparison::Is(vec![text("x"), text("Gpt-Ü")]), true);
        check("request_model", Comparison::Is(vec![text("gpt-ü")]), false);
        check("request_model", Comparison::Contains("PT-ü".into()), true);
        check("status", Comparison::Is(vec![text("running")]), false);
        check("scope_name", Comparison::Exists, false);
        check("request_model", Comparison::Matches("^G.t".into()), true);
        check("user_id", Comparison::Exists, false);
        check("tags", Comparison::Is(vec![text("b")]), true);
        check("tags", Comparison::Contains("c".into()), false);
        check("duration_nanos", Comparison::AtMost(Operand::Integer(100)), true);
        check("duration_nanos", Comparison::Above(Operand::Decimal(100.5)), false);
        check("duration_nanos", Comparison::Between(Operand::Integer(99), Operand::Integer(100)), true);
        check("duration_nanos", Comparison::Between(Operand::Integer(101), Operand::Integer(102)), false);
        check("ttft_nanos", Comparison::Above(Operand::Integer(i64::MAX)), true);
        check("stream", Comparison::Is(vec![Operand::Truth(false)]), true);
        check("cost_usd", Comparison::Below(Operand::Integer(1)), false);
    }

    #[test]
    fn a_span_without_an_end_is_running() {
        let running = Span { end_unix_nanos: 0, ..span() };
        for (word, expected) in [("running", true), ("unset", true), ("ok", false)] {
            let condition = Condition::new(&test("status", Comparison::Is(vec![text(word)]))).unwrap();
            assert_eq!(condition.holds(&running), expected, "{word}");
        }
    }

    #[test]
    fn what_is_absent_meets_the_negation() {
        let absent = test("user_id", Comparison::Is(vec![text("u")]));
        assert!(Condition::new(&Filter::Not(Box::new(absent))).unwrap().holds(&span()));
        assert!(Condition::new(&Filter::everything()).unwrap().holds(&span()));
        assert!(!Condition::new(&Filter::Any(Vec::new())).unwrap().holds(&span()));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let words = Filter::Words(Words { words: vec!["refund".into()], is_phrase: false });
        let attribute = Test { subject: Subject::Attribute("a.b".into()), comparison: Comparison::Exists };
        let wrong_type = test("duration_nanos", Comparison::Is(vec![text("long")]));
        for filter in [words, Filter::Test(attribute), wrong_type, test("name", Comparison::Matches("(".into()))] {
            assert!(matches!(Condition::new(&filter), Err(StoreError::Invalid(_))), "{filter:?}");
        }
    }
}
