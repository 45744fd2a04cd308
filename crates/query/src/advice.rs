//! What a query probably does not mean, given the rows it is asked of.

use crate::diagnostic::Diagnostic;
use crate::evaluate::is_of_trace;
use crate::filter::{Filter, Subject};
use crate::parse::Parsed;
use crate::token::{Token, TokenKind};

/// What the rows of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Traces,
    Spans,
    Sessions,
}

/// Returns warnings that depend on what rows are; `text` is the text that was parsed.
///
/// Of traces and sessions each test may be met by another span: `kind:agent child(kind:tool)` finds traces with an agent and with some
/// span that has a tool below it.
pub fn advice(text: &str, parsed: &Parsed, rows: Rows) -> Vec<Diagnostic> {
    let Filter::All(parts) = &parsed.filter else { return Vec::new() };
    let asks_relation = parts.iter().any(stands_to_others);
    let asks_span = parts.iter().any(|part| !stands_to_others(part) && asks_one_span(part));
    if rows == Rows::Spans || !asks_relation || !asks_span {
        return Vec::new();
    }
    let reason = "the other tests may be met by another span than this one";
    let fix = "write `span(..)` around the tests that one span must meet";
    let told = |token: &Token| Diagnostic { from: token.from, to: token.to, reason: reason.into(), fix: fix.into(), nearest: Vec::new() };
    outer_relations(text, &parsed.tokens).map(told).collect()
}

/// Whether a test is about how one span stands to others.
fn stands_to_others(filter: &Filter) -> bool {
    match filter {
        Filter::Relative(..) => true,
        Filter::Not(inner) => stands_to_others(inner),
        Filter::Test(test) => test.subject == Subject::Occurrence,
        _ => false,
    }
}

/// Whether a test of a trace row is met by one of its spans.
fn asks_one_span(filter: &Filter) -> bool {
    match filter {
        Filter::Test(test) => !is_of_trace(&test.subject),
        Filter::Words(_) | Filter::Log(_) => true,
        Filter::Not(inner) => asks_one_span(inner),
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(asks_one_span),
        Filter::Span(_) | Filter::Trace(_) | Filter::Relative(..) | Filter::Sequence(_) => false,
    }
}

/// The names of relations, and `occurrence`, outside of all parentheses.
fn outer_relations<'a>(text: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = &'a Token> {
    const WORDS: &[&str] = &["parent", "ancestor", "child", "descendant", "sibling", "before", "after", "occurrence"];
    let mut depth = 0_usize;
    tokens.iter().filter(move |token| {
        let piece = &text[token.from..token.to];
        match (token.kind, piece) {
            (TokenKind::Punctuation, "(") => depth += 1,
            (TokenKind::Punctuation, ")") => depth = depth.saturating_sub(1),
            (TokenKind::Function | TokenKind::Field, _) if depth == 0 => return WORDS.iter().any(|word| piece.eq_ignore_ascii_case(word)),
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn check(text: &str, rows: Rows, warned: &[&str]) {
        let found = advice(text, &parse(text).unwrap(), rows);
        let places: Vec<&str> = found.iter().map(|advice| &text[advice.from..advice.to]).collect();
        assert_eq!(places, warned, "{text}");
    }

    #[test]
    fn of_traces_a_relation_beside_tests_of_spans_is_worth_a_warning() {
        check("kind:agent child(kind:tool)", Rows::Traces, &["child"]);
        check("step:triage occurrence:2", Rows::Sessions, &["occurrence"]);
        check("refund not parent()", Rows::Traces, &["parent"]);
        check("kind:agent child(kind:tool)", Rows::Spans, &[]);
        check("span(kind:agent child(kind:tool))", Rows::Traces, &[]);
        check("status:error child(kind:tool child(kind:llm))", Rows::Traces, &[]);
        check("child(kind:tool)", Rows::Traces, &[]);
    }
}
