//! The query language: what people and programs ask of traces and spans.
//!
//! Pure: no IO, no clock, and no engine. A checked `Filter` is what engines run and the oracle in memory evaluates.

mod field;
mod limits;
mod token;
mod words;

mod diagnostic;
mod filter;
mod glob;
mod moment;
mod seen;

mod names;
mod needs;
mod regular;
mod unit;

mod content;
mod format;

mod evaluate;
mod parse;

mod advice;
mod complete;
mod reference;

pub use advice::{Rows, advice};
pub use complete::{Completion, Suggestion, SuggestionKind, complete};
pub use content::{Side, content_texts};
pub use diagnostic::Diagnostic;
pub use evaluate::{
    Call, Following, Matcher, Placed, PlainValue, Runs, TRILLIONTHS, TraceRow, Tree, arguments_of, each_value_at, is_field_of_trace,
    matches_session, matches_span, matches_trace, not_of_logs, plain_values, root_value, sum_of_session,
};
pub use field::{FIELDS, Field, FieldType, Unit, field};
pub use filter::{
    Comparison, Filter, Follower, LogTest, Measure, Operand, PathStep, Quantity, Relation, RollUp, Root, Sequence, Subject, Test, Words,
};
pub use format::{format, name_of, value_text};
pub use names::{
    COMPUTED_WORDS, EITHER_WORDS, EitherWord, FIELD_WORDS, FUNCTION_WORDS, FieldWord, KEYWORDS, ROOT_WORDS, values_of, word_of,
};
pub use needs::{Needs, needs};
pub use parse::{Parsed, Reading, parse, parse_with, read, subjects};
pub use reference::reference;
pub use regular::compile_regex;
pub use seen::{Seen, SeenKind, SeenName};
pub use token::{Token, TokenKind};
pub use words::words_of;
