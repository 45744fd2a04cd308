//! What selections are compared by: fields, numbers of a trace, metadata, and places in what steps put out.

use model::ObservationType;
use query::{Comparison, Field, FieldType, Filter, Measure, Operand, Quantity, RollUp, Subject, Test, Unit};

use crate::leaves::inside;

/// One thing that traces are compared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// A canonical field, by its name in the API.
    Field(&'static str),
    /// The model that answered or was asked for.
    Model,
    Tokens,
    Errors,
    Spans,
    /// How many spans are of a kind.
    SpansOfKind(ObservationType),
    /// How often a tool or a step ran, and how long it took at most.
    Runs(Named, String),
    Longest(Named, String),
    /// A place in the metadata.
    Metadata(String),
    /// A place in the output of a step.
    Output {
        step: String,
        path: String,
    },
}

/// By what a span is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Named {
    Tool,
    Step,
}

impl Named {
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Tool => "tool_name",
            Self::Step => "step_name",
        }
    }
}

/// A single value that rows have or have not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scalar {
    Text(String),
    Truth(bool),
    /// As JSON writes it.
    Number(String),
}

impl Scalar {
    fn operand(&self) -> Operand {
        match self {
            Self::Text(text) => Operand::Text(text.clone()),
            Self::Truth(truth) => Operand::Truth(*truth),
            Self::Number(text) => match (text.parse(), text.parse()) {
                (Ok(integer), _) => Operand::Integer(integer),
                (_, Ok(decimal)) => Operand::Decimal(decimal),
                _ => Operand::Text(text.clone()),
            },
        }
    }
}

/// Fields that say what a trace was given; all else is what happened in it.
const GIVEN: [&str; 17] = [
    "name",
    "trace_name",
    "provider",
    "session_id",
    "user_id",
    "service_name",
    "environment",
    "release",
    "tags",
    "agent_name",
    "workflow_name",
    "prompt_name",
    "prompt_version",
    "start_unix_nanos",
    "scope_name",
    "scope_version",
    "dialects",
];

impl Key {
    /// As the query language writes it.
    pub(super) fn name(&self) -> String {
        let equal = query::format(&self.tested(Comparison::Is(vec![Operand::Text("x".into())])));
        equal.strip_suffix(":x").map(str::to_owned).unwrap_or(equal)
    }

    pub(super) fn about(&self) -> String {
        let word = |name: &str| query::FIELD_WORDS.iter().find(|word| word.field == name).map(|word| word.about).unwrap_or_default();
        let named = |named: &Named| if *named == Named::Tool { "tool" } else { "step" };
        match self {
            Self::Field(name) => word(name).to_owned(),
            Self::Model => "the model that answered, or the one asked for".to_owned(),
            Self::Tokens => "input and output tokens together".to_owned(),
            Self::Errors => "how many spans failed".to_owned(),
            Self::Spans => "how many spans the trace has".to_owned(),
            Self::SpansOfKind(kind) => format!("how many spans are of the kind `{}`", kind.as_str()),
            Self::Runs(by, name) => format!("how often the {} `{name}` ran", named(by)),
            Self::Longest(by, name) => format!("the longest run of the {} `{name}`", named(by)),
            Self::Metadata(path) => format!("`{path}` of what the sender attached"),
            Self::Output { step, path } => format!("`{path}` in the output of the step `{step}`"),
        }
    }

    /// Whether it says what a trace was given.
    pub(super) fn is_given(&self) -> bool {
        match self {
            Self::Field(name) => GIVEN.contains(name),
            Self::Model | Self::Metadata(_) => true,
            _ => false,
        }
    }

    /// The unit of its numbers, where they have one.
    pub(super) fn unit(&self) -> Option<Unit> {
        match self {
            Self::Field(name) => match query::field(name)?.kind {
                FieldType::Number(unit) => Some(unit),
                _ => None,
            },
            Self::Longest(..) => Some(Unit::Nanos),
            Self::Tokens | Self::Errors | Self::Spans | Self::SpansOfKind(_) | Self::Runs(..) => Some(Unit::Count),
            Self::Model | Self::Metadata(_) | Self::Output { .. } => None,
        }
    }

    /// Numbers that name something: none of them is more than another.
    pub(super) fn is_code(&self) -> bool {
        matches!(self, Self::Field("http_status"))
    }

    /// The traces that have a value.
    pub(super) fn query_of_value(&self, value: &Scalar) -> String {
        query::format(&self.tested(Comparison::Is(vec![value.operand()])))
    }

    /// The traces that have none.
    pub(super) fn query_of_absent(&self) -> String {
        query::format(&Filter::Not(Box::new(self.tested(Comparison::Exists))))
    }

    /// The traces whose number is so much at least, or below it.
    pub(super) fn query_of_bound(&self, bound: f64, is_least: bool) -> String {
        let operand = match self.unit().is_some() || bound.fract() == 0.0 {
            true => Operand::Integer(bound as i64),
            false => Operand::Decimal(bound),
        };
        query::format(&self.tested(if is_least { Comparison::AtLeast(operand) } else { Comparison::Below(operand) }))
    }

    fn tested(&self, comparison: Comparison) -> Filter {
        let test = |subject| Filter::Test(Test { subject, comparison: comparison.clone() });
        let roll_up = |measure, filter| test(Subject::RollUp(Box::new(RollUp { measure, filter })));
        match self {
            Self::Field(name) => known(name).map_or_else(Filter::everything, |field| test(Subject::Field(field))),
            Self::Model => Filter::Any(named_subjects("model").into_iter().map(test).collect()),
            Self::Tokens => test(Subject::Tokens),
            Self::Errors => roll_up(Measure::Count, is("status", "error")),
            Self::Spans => roll_up(Measure::Count, Filter::everything()),
            Self::SpansOfKind(kind) => roll_up(Measure::Count, is("obs_type", kind.as_str())),
            Self::Runs(by, name) => roll_up(Measure::Count, is(by.field(), name)),
            Self::Longest(by, name) => match known("duration_nanos") {
                Some(duration) => roll_up(Measure::Max(Quantity::Field(duration)), is(by.field(), name)),
                None => Filter::everything(),
            },
            Self::Metadata(path) => one_of(named_subjects(&inside("metadata", path)).into_iter().map(test).collect()),
            Self::Output { step, path } => {
                let place = one_of(named_subjects(&inside("output", path)).into_iter().map(test).collect());
                Filter::Span(Box::new(Filter::All(vec![is("step_name", step), place])))
            }
        }
    }
}

fn known(name: &str) -> Option<&'static Field> {
    query::field(name)
}

fn is(field: &str, text: &str) -> Filter {
    let equal = |field| Test { subject: Subject::Field(field), comparison: Comparison::Is(vec![Operand::Text(text.to_owned())]) };
    known(field).map_or_else(Filter::everything, |field| Filter::Test(equal(field)))
}

fn named_subjects(name: &str) -> Vec<Subject> {
    query::subjects(name).unwrap_or_default()
}

/// Whether the language can name a place.
pub(super) fn can_be_named(root: &str, path: &str) -> bool {
    query::subjects(&inside(root, path)).is_ok()
}

fn one_of(mut filters: Vec<Filter>) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) }
}

/// The names of what a query asks about, as `Key::name` writes them.
pub(super) fn asked_names(filter: &Filter) -> Vec<String> {
    let mut names = Vec::new();
    add_names(filter, &mut names);
    names
}

fn add_names(filter: &Filter, names: &mut Vec<String>) {
    let renamed = |filter: &Filter| query::format(filter).strip_suffix(":x").map(str::to_owned);
    match filter {
        Filter::All(parts) | Filter::Any(parts) => {
            names.extend(equalled(filter).as_ref().and_then(renamed));
            parts.iter().for_each(|part| add_names(part, names));
        }
        Filter::Test(_) => names.extend(equalled(filter).as_ref().and_then(renamed)),
        Filter::Span(inner) => {
            names.extend(equalled(filter).as_ref().and_then(renamed));
            add_names(inner, names);
        }
        Filter::Not(inner) | Filter::Trace(inner) | Filter::Relative(_, inner) => add_names(inner, names),
        Filter::Words(_) | Filter::Sequence(_) | Filter::Log(_) => {}
    }
}

/// The same question, asked for the text `x`; of a step's output the step stays.
fn equalled(filter: &Filter) -> Option<Filter> {
    let x = || Comparison::Is(vec![Operand::Text("x".into())]);
    let asked = |test: &Test| Filter::Test(Test { subject: test.subject.clone(), comparison: x() });
    match filter {
        Filter::Test(test) => Some(asked(test)),
        Filter::Any(parts) => parts.iter().map(equalled).collect::<Option<_>>().map(Filter::Any),
        Filter::Span(inner) => match inner.as_ref() {
            Filter::All(parts) => match parts.as_slice() {
                [pick @ Filter::Test(_), Filter::Test(test)] => Some(Filter::Span(Box::new(Filter::All(vec![pick.clone(), asked(test)])))),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name and query must be understood, and mean what it says.
    #[test]
    fn names_and_queries_are_read_back() {
        let step = || "triage".to_owned();
        let cases = [
            (Key::Field("release"), "release"),
            (Key::Field("tags"), "tag"),
            (Key::Field("duration_nanos"), "duration"),
            (Key::Model, "model"),
            (Key::Tokens, "tokens"),
            (Key::Errors, "errors"),
            (Key::Spans, "spans"),
            (Key::SpansOfKind(ObservationType::Tool), "count(kind:tool)"),
            (Key::Runs(Named::Tool, "get order".into()), "count(tool:\"get order\")"),
            (Key::Longest(Named::Step, step()), "max(duration, step:triage)"),
            (Key::Metadata("tenant".into()), "metadata.tenant"),
            (Key::Output { step: step(), path: "items[*].id".into() }, "step(triage).output.items[*].id"),
            (Key::Output { step: step(), path: "$".into() }, "step(triage).output"),
            (Key::Output { step: step(), path: "[\"a.b\"]".into() }, "step(triage).output[\"a.b\"]"),
        ];
        for (key, name) in cases {
            assert_eq!(key.name(), name);
            let queries = match key.unit() {
                Some(_) => vec![key.query_of_bound(2_000_000_000.0, true), key.query_of_bound(7.0, false)],
                None => vec![key.query_of_value(&Scalar::Text("two words".into())), key.query_of_absent()],
            };
            for text in queries {
                let parsed = query::parse(&text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
                assert_eq!(parsed.canonical, text);
                assert!(
                    text.contains("\"two words\"") || asked_names(&parsed.filter).contains(&key.name()) || text.contains("has:"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn values_are_asked_for_with_their_type() {
        let key = Key::Output { step: "triage".into(), path: "ok".into() };
        let values = [Scalar::Text("7".into()), Scalar::Number("7".into()), Scalar::Number("0.5".into()), Scalar::Truth(true)];
        let expected = ["\"7\"", "7", "0.5", "true"].map(|value| format!("step(triage).output.ok:{value}"));
        assert_eq!(values.map(|value| key.query_of_value(&value)), expected);
    }

    #[test]
    fn what_a_query_asks_about_is_known_by_name() {
        let names = |text| asked_names(&query::parse(text).unwrap().filter);
        assert_eq!(names("status:error not release:7"), ["status", "release"]);
        assert!(names("model:gpt-5").contains(&"model".to_owned()));
        assert!(names("step(triage).output.route:refund").contains(&"step(triage).output.route".to_owned()));
        assert!(names("count(kind:tool) > 3 or duration > 5s").contains(&"count(kind:tool)".to_owned()));
    }
}
