//! A checked filter: every name resolved, every operand of its field's type and unit.

use crate::field::Field;

/// What must hold of a row.
///
/// The row is a span or a trace; the caller chooses. Of a trace row a test holds when it holds for the trace's own summary, where the
/// field is one of the summary's, and else for some span of the trace; tests under one `Span` hold for one and the same span.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them; everything where there are none.
    All(Vec<Filter>),
    /// One of them at least; nothing where there are none.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Test(Test),
    /// Words in inputs and outputs.
    Words(Words),
    /// Some span of the row's trace meets the filter.
    Span(Box<Filter>),
}

impl Default for Filter {
    fn default() -> Self {
        Self::everything()
    }
}

impl Filter {
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }
}

/// One subject, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub subject: Subject,
    pub comparison: Comparison,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Field(&'static Field),
    /// A raw attribute of the span, its resource or its scope, by its key.
    Attribute(String),
    /// A place inside a JSON value.
    Path {
        root: Root,
        path: Vec<PathStep>,
    },
}

/// The JSON values of a span that have places inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Input,
    Output,
    Metadata,
    StateBefore,
    StateAfter,
    ToolArguments,
}

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    Key(String),
    /// Any element of a list; `[*]`. A list is also entered where a key follows it without being named.
    Each,
    At(usize),
}

/// An absent value meets no comparison; `Not(Exists)` finds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    Exists,
    /// Equal to one of them.
    Is(Vec<Operand>),
    Above(Operand),
    AtLeast(Operand),
    Below(Operand),
    AtMost(Operand),
    /// The text stands in the value, in any case of letters.
    Contains(String),
    /// A regular expression matches somewhere in the value.
    Matches(String),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Text(String),
    /// In the unit of the field.
    Integer(i64),
    /// Of JSON values and of fractions only.
    Decimal(f64),
    Truth(bool),
}

/// Words that stand in one text of a span's input, output or messages.
///
/// Words are runs of letters and digits, in any case of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub words: Vec<String>,
    /// One behind the other, as they stand.
    pub is_phrase: bool,
}
