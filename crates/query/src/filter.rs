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
    /// The row's trace meets the filter, as a trace row.
    Trace(Box<Filter>),
    /// A span that stands so to the row's span meets the filter. Of a trace row: to some span of it.
    Relative(Relation, Box<Filter>),
    /// Spans of the row's trace follow one another.
    Sequence(Sequence),
    /// A log record or event of the row's span is like this. Of a trace row: one of the trace.
    Log(LogTest),
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
    /// Input and output tokens together; those known, where one of the two is not.
    ///
    /// Of a trace row the sum over its billing leaves, as for every field of tokens and money.
    Tokens,
    /// The number of the span among those of its trace that have its step name, or its name where it has no step, in order of start;
    /// the first is 1.
    Occurrence,
    /// A score told within the span, by its name: its value or its label, whichever meets the comparison.
    Score(String),
    /// A number made of many spans.
    RollUp(Box<RollUp>),
}

/// A number made of the spans of the row that meet the filter.
///
/// A trace row's spans are all spans of the trace, a span row's are that span and everything below it.
#[derive(Debug, Clone, PartialEq)]
pub struct RollUp {
    pub measure: Measure,
    /// Asked of each span as a span row.
    pub filter: Filter,
}

/// Money and tokens are read of billing leaves only, and a span whose quantity is unknown is passed over:
/// where none is known, the number is absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Never absent.
    Count,
    Sum(Quantity),
    Max(Quantity),
    Min(Quantity),
    /// The longest run of spans, in order of start, of which each has the tool name (or name) and the arguments (or input) of the one
    /// before.
    ///
    /// A span whose arguments are unknown repeats nothing. A span below another one of the same tool is the same call, seen closer,
    /// and does not count; nor does one that is a duplicate or partial view.
    Repeats,
}

/// A number of a span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// Of type number.
    Field(&'static Field),
    /// As `Subject::Tokens`.
    Tokens,
}

/// The JSON values of a span that have places inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The input; of a call that tells messages only, the list of them, as over the API.
    Input,
    Output,
    Metadata,
    StateBefore,
    StateAfter,
    /// The arguments of the tools a span asks for; of a tool span its input.
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
///
/// JSON null is absent. Of a list a comparison holds when it holds for one element.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    Exists,
    /// Equal to one of them.
    Is(Vec<Operand>),
    Above(Operand),
    AtLeast(Operand),
    Below(Operand),
    AtMost(Operand),
    /// From the first to the second, both included.
    Between(Operand, Operand),
    /// The text stands in the value, in any case of letters. Objects are entered: one text inside will do.
    Contains(String),
    /// A regular expression matches somewhere in the value. Objects are entered.
    Matches(String),
}

/// Attributes, JSON values and scores have no type of their own: a text there that spells a number is compared with a number as that
/// number, one that spells `true` or `false` with a truth as that; a text operand equals texts only.
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

/// How another span of the same trace stands to the row's span, by parent span ids as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Parent,
    /// The parent, its parent, and so on.
    Ancestor,
    Child,
    /// A child, its children, and so on.
    Descendant,
    /// Another span with the same parent id; spans without one have no siblings.
    Sibling,
    /// It has ended when the row's span starts: the row's span comes after it.
    Earlier,
    /// It starts when the row's span has ended, or later: the row's span comes before it.
    Later,
}

/// Spans that follow one another: each starts when the one before has ended, or later.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    pub first: Box<Filter>,
    /// One at least.
    pub then: Vec<Follower>,
}

/// A span that follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Follower {
    pub filter: Filter,
    /// No span that meets this follows the one before and is followed by this one.
    pub without: Option<Filter>,
}

/// What a log record says, or an event inside a span; an absent condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogTest {
    /// OTLP severity number, inclusive. Events have none and do not meet it.
    pub severity_min: Option<i32>,
    /// Of the event, exactly.
    pub event_name: Option<String>,
    /// Stands in the body, the name of the event or a value of an attribute, in any case of letters.
    pub text: Option<String>,
}
