//! What rows are grouped by and measured in: a canonical field, or whatever the data has at a place.

use model::Span;
use query::{Field, FieldType, Subject, Unit, plain_values};

use super::field_value::{FieldValue, is_billed_field, is_counted, value_of};

/// A field, or an attribute, a place in a JSON value, a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Dimension {
    Field(&'static Field),
    Open(OpenSubject),
}

/// An attribute, a place in a JSON value, or a score: its values have no type of their own, and a row may have several.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenSubject(Subject);

impl OpenSubject {
    pub fn subject(&self) -> &Subject {
        &self.0
    }
}

impl Dimension {
    /// None for a subject that says nothing of a span alone, or that is a sum.
    pub fn of(subject: Subject) -> Option<Self> {
        match subject {
            Subject::Field(field) => Some(Self::Field(field)),
            Subject::Attribute(_) | Subject::Path { .. } | Subject::Score(_) => Some(Self::Open(OpenSubject(subject))),
            Subject::Tokens | Subject::Occurrence | Subject::RollUp(_) => None,
        }
    }

    /// As people write it.
    pub fn name(&self) -> String {
        match self {
            Self::Field(field) => field.name.to_owned(),
            Self::Open(open) => query::name_of(open.subject()),
        }
    }

    pub fn field(&self) -> Option<&'static Field> {
        match self {
            Self::Field(field) => Some(field),
            Self::Open(_) => None,
        }
    }

    pub fn open(&self) -> Option<&OpenSubject> {
        match self {
            Self::Field(_) => None,
            Self::Open(open) => Some(open),
        }
    }

    /// What its numbers count; None for a field of something else.
    pub fn unit(&self) -> Option<Unit> {
        match self {
            Self::Field(Field { kind: FieldType::Number(unit), .. }) => Some(*unit),
            Self::Field(_) => None,
            Self::Open(_) => Some(Unit::Count),
        }
    }

    pub fn is_money(&self) -> bool {
        self.unit() == Some(Unit::NanoUsd)
    }

    /// Whether it is of tokens or money, which count where they are billed.
    pub fn is_billed(&self) -> bool {
        self.field().is_some_and(is_billed_field)
    }

    /// Whether a row enters figures in it.
    pub(super) fn is_counted(&self, span: &Span) -> bool {
        self.field().is_none_or(|field| is_counted(span, field))
    }

    /// The names of the groups a row is in: several where it has several values.
    pub fn group_names(&self, span: &Span) -> Vec<Option<String>> {
        match self {
            Self::Field(field) => value_of(span, field).group_names(),
            Self::Open(open) => {
                let mut names: Vec<_> = plain_values(open.subject(), span).into_iter().map(|value| Some(value.name)).collect();
                names.sort_unstable();
                names.dedup();
                if names.is_empty() { vec![None] } else { names }
            }
        }
    }

    /// The numbers a row says: of a field in its unit, of a place in trillionths.
    pub(super) fn numbers(&self, span: &Span) -> Vec<i128> {
        match self {
            Self::Field(field) => match value_of(span, field) {
                FieldValue::Number(number) => vec![number],
                _ => Vec::new(),
            },
            Self::Open(open) => plain_values(open.subject(), span).into_iter().filter_map(|value| value.trillionths).collect(),
        }
    }
}

impl From<&'static Field> for Dimension {
    fn from(field: &'static Field) -> Self {
        Self::Field(field)
    }
}
