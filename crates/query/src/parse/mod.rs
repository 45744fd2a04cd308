//! From text to a checked filter: a parser without back-tracking that goes on after a mistake, so that all are told at once.
//!
//! Names and operands are checked where they stand, while their place in the text is at hand. What a bare word means is known only when
//! the whole is read (`refund` alone is content, `retrieve then answer` names spans), so words stay words until `lower`.

mod boolean;
mod cursor;
mod function;
mod log;
mod lower;
mod operand;
mod subject;
mod term;

use crate::diagnostic::Diagnostic;
use crate::filter::{Filter, Subject};
use crate::format::format;
use crate::limits::QUERY_BYTES_MAX;
use crate::seen::Seen;
use crate::token::Token;

use cursor::Parser;
pub(crate) use subject::{Class, Target};

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub filter: Filter,
    /// The same query in its canonical text.
    pub canonical: String,
    pub tokens: Vec<Token>,
    /// What is allowed and probably not meant: an attribute that no span has had.
    pub warnings: Vec<Diagnostic>,
}

/// What could be read of a text, understood or not; for colouring it while it is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub tokens: Vec<Token>,
    /// None where there are diagnostics.
    pub filter: Option<Filter>,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
}

/// Reads a query; every mistake is told, up to a bound.
pub fn parse(text: &str) -> Result<Parsed, Vec<Diagnostic>> {
    parse_with(text, &Seen::default())
}

/// Reads a query as `parse` does; names that were seen in the data are suggested for unknown ones, and missed where they are not.
///
/// What a text means does not depend on what was seen.
pub fn parse_with(text: &str, seen: &Seen) -> Result<Parsed, Vec<Diagnostic>> {
    let Reading { tokens, filter, diagnostics, warnings } = read(text, seen);
    match filter {
        Some(filter) => Ok(Parsed { canonical: format(&filter), filter, tokens, warnings }),
        None => Err(diagnostics),
    }
}

/// Finds what a name means: `user`, `model`, `http.route`, `output.route`. Several subjects where one of them will do.
pub fn subjects(name: &str) -> Result<Vec<Subject>, Diagnostic> {
    target(name).map(|target| target.subjects)
}

/// Resolves a text that is one name and nothing else.
pub(crate) fn target(name: &str) -> Result<Target, Diagnostic> {
    let seen = Seen::default();
    let mut parser = Parser::new(name, &seen);
    let target = parser.peek_name().filter(|found| found.to == name.len()).map(|found| parser.resolve(&found));
    target.flatten().ok_or_else(|| {
        let no_name = || Diagnostic {
            from: 0,
            to: name.len(),
            reason: format!("`{name}` is no name of a field"),
            fix: "write a name such as `user`, `http.route` or `output.route`".into(),
            nearest: Vec::new(),
        };
        parser.diagnostics.pop().unwrap_or_else(no_name)
    })
}

/// Reads as much of a text as there is.
pub fn read(text: &str, seen: &Seen) -> Reading {
    if text.len() > QUERY_BYTES_MAX {
        let reason = format!("the query is longer than {QUERY_BYTES_MAX} bytes");
        let too_long = Diagnostic { from: 0, to: text.len(), reason, fix: "leave something out".into(), nearest: Vec::new() };
        return Reading { tokens: Vec::new(), filter: None, diagnostics: vec![too_long], warnings: Vec::new() };
    }
    let mut parser = Parser::new(text, seen);
    let node = parser.whole();
    let filter = lower::lower(node, lower::BareWords::Content, &mut parser);
    let Parser { mut tokens, mut diagnostics, warnings, .. } = parser;
    tokens.sort_by_key(|token| (token.from, token.to));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.from, diagnostic.to));
    Reading { tokens, filter: diagnostics.is_empty().then_some(filter), diagnostics, warnings }
}
