//! Where the parser is in the text, and what it has found.

use crate::diagnostic::Diagnostic;
use crate::filter::Filter;
use crate::limits::{DEPTH_MAX, DIAGNOSTICS_MAX, TERMS_MAX};
use crate::seen::Seen;
use crate::token::{Token, TokenKind};

/// A part of a query, before it is known whether its bare words are content or names.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Bare(Bare),
    Sequence(Box<Node>, Vec<(Node, Option<Node>)>),
    /// Spans that meet the filter: some span of the trace, or, where spans are asked for, the span itself.
    Picked(Filter),
    Ready(Filter),
}

impl Node {
    /// What stands for a mistake that has been told.
    pub(super) fn broken() -> Self {
        Self::Ready(Filter::everything())
    }
}

/// A word that stands for itself.
#[derive(Debug, Clone)]
pub(super) struct Bare {
    pub(super) text: String,
    pub(super) from: usize,
    pub(super) to: usize,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) seen: &'a Seen,
    pub(super) tokens: Vec<Token>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, seen: &'a Seen) -> Self {
        Self { text, at: 0, seen, tokens: Vec::new(), diagnostics: Vec::new(), warnings: Vec::new(), depth: 0, terms: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(super) fn token(&mut self, from: usize, to: usize, kind: TokenKind) {
        self.tokens.push(Token { from, to, kind });
    }

    /// Takes a piece that stands here; says whether it did.
    pub(super) fn eat(&mut self, piece: &str, kind: TokenKind) -> bool {
        let stands = self.rest().starts_with(piece);
        if stands {
            self.token(self.at, self.at + piece.len(), kind);
            self.at += piece.len();
        }
        stands
    }

    /// The byte behind the run of characters that begins at `from` and ends before the first that `ends` it.
    pub(super) fn run_end(&self, from: usize, ends: impl Fn(char) -> bool) -> usize {
        self.text[from..].find(ends).map_or(self.text.len(), |length| from + length)
    }

    /// Whether a word of letters stands at a place, whole and in any case of letters.
    pub(super) fn word_stands(&self, at: usize, word: &str) -> bool {
        let rest = &self.text[at..];
        rest.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(|behind: char| !behind.is_whitespace() && !"()\"".contains(behind))
    }

    pub(super) fn mistake(&mut self, from: usize, to: usize, reason: impl Into<String>, fix: impl Into<String>) {
        self.mistake_near(from, to, reason, fix, Vec::new());
    }

    pub(super) fn mistake_near(&mut self, from: usize, to: usize, reason: impl Into<String>, fix: impl Into<String>, nearest: Vec<String>) {
        let is_told = self.diagnostics.iter().any(|told| told.from == from && told.to == to);
        if self.diagnostics.len() < DIAGNOSTICS_MAX && !is_told {
            self.diagnostics.push(Diagnostic { from, to, reason: reason.into(), fix: fix.into(), nearest });
        }
    }

    pub(super) fn warn(&mut self, from: usize, to: usize, reason: impl Into<String>, fix: impl Into<String>, nearest: Vec<String>) {
        if self.warnings.len() < DIAGNOSTICS_MAX {
            self.warnings.push(Diagnostic { from, to, reason: reason.into(), fix: fix.into(), nearest });
        }
    }

    /// Goes one level deeper and runs; too deep, the rest of the text is given up.
    pub(super) fn deeper(&mut self, run: impl FnOnce(&mut Self) -> Node) -> Node {
        if self.depth == DEPTH_MAX {
            self.mistake(self.at, self.text.len(), format!("deeper than {DEPTH_MAX} levels"), "take parentheses away");
            self.at = self.text.len();
            return Node::broken();
        }
        self.depth += 1;
        let node = run(self);
        self.depth -= 1;
        node
    }

    /// Counts a test, a word or a function; behind the last one allowed the rest of the text is given up.
    pub(super) fn count_term(&mut self, from: usize) {
        self.terms += 1;
        if self.terms == TERMS_MAX + 1 {
            self.mistake(
                from,
                self.text.len(),
                format!("more than {TERMS_MAX} tests"),
                "leave some out, or write `in (..)` for many values",
            );
            self.at = self.text.len();
        }
    }
}
