//! The query language: what people and programs ask of traces and spans.
//!
//! Pure: no IO, no clock, and no engine. A checked `Filter` is what engines run and the oracle in memory evaluates.

mod field;

mod filter;

pub use field::{FIELDS, Field, FieldType, Unit, field};
pub use filter::{Comparison, Filter, Operand, PathStep, Root, Subject, Test, Words};
