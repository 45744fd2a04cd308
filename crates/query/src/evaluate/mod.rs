//! What a filter means, exactly: the evaluation that engines are held against.
//!
//! Over the spans of one trace, all there. Each part of a filter is asked of all spans at once, so that a relation is one pass over the
//! tree and not one per span.

mod compare;
mod fields;
mod logs;
mod places;
mod plain;
mod relations;
mod repeats;
mod roll_up;
mod scalar;
mod sequence;
mod session;
mod summary;
mod trace_row;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use model::Span;
use regex::Regex;

use crate::content::{Side, content_texts};
use crate::filter::{Comparison, Filter, Subject, Test, Words};
use crate::needs::patterns;
use crate::regular::compile_regex;
use crate::words::words_of;

use compare::{meets, value_of};
pub use fields::is_field_of_trace;
pub(crate) use fields::is_of_trace;
pub use logs::not_of_logs;
pub use places::{each_value_at, root_value};
pub use plain::{PlainValue, TRILLIONTHS, plain_values};
pub use repeats::{Call, Runs, arguments_of};
use scalar::Found;
pub use sequence::Following;
pub use session::{matches_session, sum_of_session};
pub use trace_row::TraceRow;
pub use tree::{Placed, Tree};

/// A filter, ready to be asked of many rows.
#[derive(Debug, Clone)]
pub struct Matcher {
    filter: Filter,
    /// By pattern. One that does not compile matches nothing; `parse` lets none through.
    regexes: HashMap<String, Regex>,
}

/// Says whether a trace meets a filter, as a trace row.
pub fn matches_trace(filter: &Filter, spans: &[Span]) -> bool {
    Matcher::new(filter).trace(&TraceRow::new(spans, &[]))
}

/// Says whether a span of a trace meets a filter, as a span row; `at` is its place among the spans.
pub fn matches_span(filter: &Filter, spans: &[Span], at: usize) -> bool {
    Matcher::new(filter).spans(&TraceRow::new(spans, &[]))[at]
}

impl Matcher {
    pub fn new(filter: &Filter) -> Self {
        let mut found = Vec::new();
        patterns(filter, &mut found);
        let compiled = found.into_iter().filter_map(|pattern| Some((pattern.to_owned(), compile_regex(pattern).ok()?)));
        Self { filter: filter.clone(), regexes: compiled.collect() }
    }

    /// Says whether a trace meets the filter.
    pub fn trace(&self, trace: &TraceRow<'_>) -> bool {
        self.meets_trace(&self.filter, trace)
    }

    /// Says of each span of a trace, in the order given, whether it meets the filter.
    pub fn spans(&self, trace: &TraceRow<'_>) -> Vec<bool> {
        self.meeting(&self.filter, trace)
    }

    fn regexes(&self) -> &HashMap<String, Regex> {
        &self.regexes
    }

    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    fn meets_trace(&self, filter: &Filter, trace: &TraceRow<'_>) -> bool {
        match filter {
            Filter::All(parts) => parts.iter().all(|part| self.meets_trace(part, trace)),
            Filter::Any(parts) => parts.iter().any(|part| self.meets_trace(part, trace)),
            Filter::Not(inner) => !self.meets_trace(inner, trace),
            Filter::Trace(inner) => self.meets_trace(inner, trace),
            Filter::Span(inner) => self.meeting(inner, trace).contains(&true),
            Filter::Sequence(sequence) => self.follows(sequence, trace),
            Filter::Log(test) => logs::of_trace(test, trace),
            Filter::Test(test) if is_of_trace(&test.subject) => {
                let found = self.trace_value(&test.subject, trace);
                meets(&found, &test.comparison, &self.regexes)
            }
            Filter::Test(_) | Filter::Words(_) | Filter::Relative(..) => self.meeting(filter, trace).contains(&true),
        }
    }

    fn trace_value(&self, subject: &Subject, trace: &TraceRow<'_>) -> Found<'static> {
        match subject {
            Subject::RollUp(rollup) => Found::number(self.rolled_up(rollup, trace)),
            Subject::Field(field) => summary::value_of(field, trace),
            Subject::Tokens => Found::number(summary::tokens(trace.spans)),
            Subject::Attribute(_) | Subject::Path { .. } | Subject::Occurrence | Subject::Score(_) => Found::default(),
        }
    }

    /// Which spans meet a filter.
    fn meeting(&self, filter: &Filter, trace: &TraceRow<'_>) -> Vec<bool> {
        let count = trace.spans.len();
        match filter {
            Filter::All(parts) => {
                let sets: Vec<Vec<bool>> = parts.iter().map(|part| self.meeting(part, trace)).collect();
                (0..count).map(|at| sets.iter().all(|set| set[at])).collect()
            }
            Filter::Any(parts) => {
                let sets: Vec<Vec<bool>> = parts.iter().map(|part| self.meeting(part, trace)).collect();
                (0..count).map(|at| sets.iter().any(|set| set[at])).collect()
            }
            Filter::Not(inner) => self.meeting(inner, trace).into_iter().map(|met| !met).collect(),
            Filter::Test(test) => self.tested(test, trace),
            Filter::Words(words) => trace.spans.iter().map(|span| has_words(words, span)).collect(),
            Filter::Relative(relation, inner) => trace.tree.standing(*relation, &self.meeting(inner, trace)),
            Filter::Log(test) => (0..count).map(|at| logs::of_span(test, trace, at)).collect(),
            Filter::Span(_) | Filter::Trace(_) | Filter::Sequence(_) => vec![self.meets_trace(filter, trace); count],
        }
    }

    fn tested(&self, test: &Test, trace: &TraceRow<'_>) -> Vec<bool> {
        let meets = |found: &Found<'_>| meets(found, &test.comparison, &self.regexes);
        match &test.subject {
            Subject::RollUp(rollup) => {
                let numbers = self.rolled_up_below(rollup, trace);
                numbers.into_iter().map(|number| meets(&Found::number(number))).collect()
            }
            Subject::Occurrence => trace.occurrences().into_iter().map(|number| meets(&Found::number(Some(number)))).collect(),
            subject => {
                let enters = matches!(test.comparison, Comparison::Contains(_) | Comparison::Matches(_));
                trace.spans.iter().map(|span| meets(&value_of(subject, span, enters))).collect()
            }
        }
    }
}

/// Whether one text of a span has the words.
fn has_words(wanted: &Words, span: &Span) -> bool {
    [Side::Input, Side::Output].into_iter().flat_map(|side| content_texts(span, side)).any(|text| {
        let words = words_of(&text);
        match wanted.is_phrase {
            true => words.windows(wanted.words.len().max(1)).any(|window| window == wanted.words),
            false => wanted.words.iter().all(|word| words.contains(word)),
        }
    })
}
