//! Names in front of operators: fields, attributes, places in JSON values, scores.

use super::cursor::Parser;
use crate::diagnostic::nearest;
use crate::field::{Field, FieldType, Unit};
use crate::filter::{Comparison, Filter, Measure, Operand, PathStep, RollUp, Root, Subject, Test};
use crate::format::write_subject;
use crate::limits::{NEAREST_NAMES_MAX, PATH_STEPS_MAX};
use crate::names::{self, Meaning};
use crate::token::TokenKind;

/// A name as it stands: `output.items[0].id`, `@http.route`, `attr["a b"]`.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) steps: Vec<PathStep>,
    pub(super) is_attribute: bool,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Name {
    /// The name, where it is a single word.
    pub(super) fn single(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [PathStep::Key(key)] if !self.is_attribute => Some(key),
            _ => None,
        }
    }
}

/// What is compared: one of several subjects will do.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) class: Class,
    /// The name, as the canonical text has it.
    pub(crate) word: String,
}

/// What values a subject has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Class {
    Text,
    /// A text of a closed set.
    Choice(&'static Field),
    Number(Unit),
    Truth,
    /// Attributes, JSON values and scores: whatever the data has.
    Open,
}

fn class_of(subject: &Subject) -> Class {
    match subject {
        Subject::Field(field) => match field.kind {
            FieldType::Text if !names::values_of(field).is_empty() => Class::Choice(field),
            FieldType::Text | FieldType::Texts => Class::Text,
            FieldType::Number(unit) => Class::Number(unit),
            FieldType::Truth => Class::Truth,
        },
        Subject::Tokens | Subject::Occurrence => Class::Number(Unit::Count),
        Subject::RollUp(rollup) => Class::Number(unit_of(rollup.measure)),
        Subject::Attribute(_) | Subject::Path { .. } | Subject::Score(_) => Class::Open,
    }
}

fn unit_of(measure: Measure) -> Unit {
    use crate::filter::Quantity;
    match measure {
        Measure::Sum(Quantity::Field(field)) | Measure::Max(Quantity::Field(field)) | Measure::Min(Quantity::Field(field)) => {
            match field.kind {
                FieldType::Number(unit) => unit,
                _ => Unit::Count,
            }
        }
        _ => Unit::Count,
    }
}

impl Target {
    pub(super) fn of(subject: Subject) -> Self {
        Self { class: class_of(&subject), word: write_subject(&subject), subjects: vec![subject] }
    }
}

fn is_key_character(character: char) -> bool {
    character.is_alphanumeric() || "_-$".contains(character)
}

impl Parser<'_> {
    /// The name that stands here, without taking it.
    pub(super) fn peek_name(&self) -> Option<Name> {
        let from = self.at;
        let is_attribute = self.rest().starts_with('@');
        let start = from + usize::from(is_attribute);
        if !self.text[start..].starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$') {
            return None;
        }
        let mut to = self.run_end(start, |character| !is_key_character(character));
        let mut steps = vec![PathStep::Key(self.text[start..to].to_owned())];
        while let Some((step, end)) = self.peek_step(to) {
            steps.push(step);
            to = end;
        }
        Some(Name { steps, is_attribute, from, to })
    }

    /// `.key`, `[0]`, `[*]` or `["any key"]` at a place.
    fn peek_step(&self, at: usize) -> Option<(PathStep, usize)> {
        let rest = &self.text[at..];
        if let Some(behind) = rest.strip_prefix('.') {
            let end = self.run_end(at + 1, |character| !is_key_character(character));
            return behind.starts_with(is_key_character).then(|| (key_or_index(&self.text[at + 1..end]), end));
        }
        let inside = rest.strip_prefix('[')?;
        if inside.starts_with("*]") {
            return Some((PathStep::Each, at + 3));
        }
        if inside.starts_with('"') {
            let (key, end) = self.peek_quoted(at + 1)?;
            return self.text[end..].starts_with(']').then(|| (PathStep::Key(key), end + 1));
        }
        let (digits, _) = inside.split_once(']')?;
        Some((PathStep::At(digits.parse().ok()?), at + digits.len() + 2))
    }

    /// What a name means; an unknown one is a mistake.
    pub(super) fn resolve(&mut self, name: &Name) -> Option<Target> {
        if name.steps.len() > PATH_STEPS_MAX {
            self.mistake(name.from, name.to, format!("a path of more than {PATH_STEPS_MAX} steps"), "ask for a place further up");
            return None;
        }
        if let Some(word) = name.single() {
            return self.resolve_word(name, word);
        }
        let (first, rest) = name.steps.split_first()?;
        let PathStep::Key(first) = first else { return None };
        let lower = first.to_ascii_lowercase();
        match (lower.as_str(), names::meaning(&lower)) {
            _ if name.is_attribute => self.attribute(name, &name.steps),
            ("attr" | "attribute" | "attributes" | "resource", _) => self.attribute(name, rest),
            ("score" | "scores", _) => match dotted(rest) {
                Some(score) => Some(Target::of(Subject::Score(score))),
                None => {
                    self.mistake(name.from, name.to, "a score has no places inside", "write its name alone, such as `score.helpfulness`");
                    None
                }
            },
            (_, Some(Meaning::Root(root))) => {
                let target = Target::of(Subject::Path { root, path: rest.to_vec() });
                self.warn_unseen(name, &target.word);
                self.warn_of_convention(name, root, rest);
                Some(target)
            }
            // `service.name` and the like are attributes as OpenTelemetry names them, though `service` is a field.
            _ => self.attribute(name, &name.steps),
        }
    }

    fn attribute(&mut self, name: &Name, steps: &[PathStep]) -> Option<Target> {
        let Some(key) = dotted(steps) else {
            let fix = "write the key alone, such as `attr.tenant` or `attr[\"any key\"]`";
            self.mistake(name.from, name.to, "an attribute has no places inside", fix);
            return None;
        };
        let target = Target::of(Subject::Attribute(key));
        self.warn_unseen(name, &target.word);
        Some(target)
    }

    fn resolve_word(&mut self, name: &Name, word: &str) -> Option<Target> {
        let status = |value: &str| Filter::Test(Test { subject: status(), comparison: Comparison::Is(vec![Operand::Text(value.into())]) });
        let count = |filter| Target::of(Subject::RollUp(Box::new(RollUp { measure: Measure::Count, filter })));
        match names::meaning(word) {
            Some(Meaning::Field(field)) => Some(Target::of(Subject::Field(field))),
            Some(Meaning::Either(word, subjects)) => {
                let class = subjects.first().map_or(Class::Text, class_of);
                Some(Target { subjects, class, word: word.to_owned() })
            }
            Some(Meaning::Root(root)) => Some(Target::of(Subject::Path { root, path: Vec::new() })),
            Some(Meaning::Tokens) => Some(Target::of(Subject::Tokens)),
            Some(Meaning::Occurrence) => Some(Target::of(Subject::Occurrence)),
            Some(Meaning::Errors) => Some(count(status("error"))),
            Some(Meaning::Spans) => Some(count(Filter::everything())),
            None => {
                self.unknown(name, word);
                None
            }
        }
    }

    fn unknown(&mut self, name: &Name, word: &str) {
        let seen = self.seen.names.iter().map(|seen| seen.name.as_str());
        let near = nearest(word, names::all_names().chain(seen), NEAREST_NAMES_MAX);
        let quoted = format!("put it in quotes to search for it, or write `attr.{word}` for a raw attribute");
        let fix = near.first().map_or_else(|| quoted.clone(), |near| format!("write `{near}`, or `attr.{word}` for a raw attribute"));
        self.mistake_near(name.from, name.to, format!("`{word}` is no field"), fix, near);
    }

    /// Warns of `input.value`, which is the whole input in OpenInference's names and a place inside it in ours.
    fn warn_of_convention(&mut self, name: &Name, root: Root, path: &[PathStep]) {
        if let (Root::Input | Root::Output, [PathStep::Key(key)]) = (root, path)
            && key == "value"
        {
            let word = names::root_word(root);
            let reason = format!("`{word}.value` is the key `value` inside the {word}");
            self.warn(
                name.from,
                name.to,
                reason,
                format!("write `{word}` for the whole, or `attr.{word}.value` for the raw attribute"),
                Vec::new(),
            );
        }
    }

    /// Warns of a name that no span has had, where all names are known.
    fn warn_unseen(&mut self, name: &Name, word: &str) {
        if !self.seen.complete || self.seen.kind_of(word).is_some() {
            return;
        }
        let near = nearest(word, self.seen.names.iter().map(|seen| seen.name.as_str()), NEAREST_NAMES_MAX);
        let fix = near.first().map_or_else(|| "look at the attributes of a span".to_owned(), |near| format!("write `{near}`"));
        self.warn(name.from, name.to, format!("no span has had `{word}`"), fix, near);
    }

    /// Takes a name that `peek_name` has found.
    pub(super) fn take_name(&mut self, name: &Name, kind: TokenKind) {
        self.token(name.from, name.to, kind);
        self.at = name.to;
    }
}

fn status() -> Subject {
    Subject::Field(crate::field::field("status").expect("the table of fields has it"))
}

/// Keys joined by dots, as flattened attributes are named; None where a step is `[*]`, or there is none.
fn dotted(steps: &[PathStep]) -> Option<String> {
    let key = |step: &PathStep| match step {
        PathStep::Key(key) => Some(key.clone()),
        PathStep::At(index) => Some(index.to_string()),
        PathStep::Each => None,
    };
    let keys: Vec<String> = steps.iter().map(key).collect::<Option<_>>()?;
    (!keys.is_empty()).then(|| keys.join("."))
}

/// `items.0` is `items[0]`, as many write it; a key of digits needs quotes.
fn key_or_index(text: &str) -> PathStep {
    let index = text.parse().ok().filter(|index: &usize| index.to_string() == text);
    index.map_or_else(|| PathStep::Key(text.to_owned()), PathStep::At)
}
