//! What joins tests: `and`, `or`, `not`, parentheses, and `then`.

use super::cursor::{Bare, Node, Parser};
use crate::filter::Filter;
use crate::limits::SEQUENCE_STEPS_MAX;
use crate::token::TokenKind;

impl Parser<'_> {
    /// Reads the whole text.
    pub(super) fn whole(&mut self) -> Node {
        let mut parts = Vec::new();
        loop {
            parts.push(self.any());
            self.skip_space();
            if self.is_at_end() {
                return Node::All(parts);
            }
            // Only what closes or separates stops a disjunction before the end.
            let from = self.at;
            let stray = self.peek().map_or(1, char::len_utf8);
            self.token(from, from + stray, TokenKind::Punctuation);
            let (reason, fix) = match self.peek() {
                Some(')') => ("`)` closes nothing", "take it away, or write `(` before"),
                _ => ("`,` joins nothing here", "write `and` or `or`, or put the text in quotes"),
            };
            self.mistake(from, from + stray, reason, fix);
            self.at += stray;
        }
    }

    /// `a or b`: up to the end of the text, a `)` or a `,`.
    pub(super) fn any(&mut self) -> Node {
        let mut parts = vec![self.all()];
        while let Some(from) = self.eat_keyword(&["or", "||", "|"]) {
            let is_empty = |node: &Node| matches!(node, Node::All(parts) if parts.is_empty());
            if parts.last().is_some_and(is_empty) {
                self.mistake(from, self.at, "`or` has nothing before it", "write a test before it, or put it in quotes");
            }
            let to = self.at;
            parts.push(self.all());
            if parts.last().is_some_and(is_empty) {
                self.mistake(from, to, "`or` has nothing behind it", "write a test behind it, or put it in quotes");
            }
        }
        if parts.len() == 1 { parts.remove(0) } else { Node::Any(parts) }
    }

    /// `a and b`, or just `a b`.
    fn all(&mut self) -> Node {
        let mut parts = Vec::new();
        loop {
            if let Some(from) = self.eat_keyword(&["and", "&&", "&"]) {
                let to = self.at;
                self.skip_space();
                if parts.is_empty() || self.ends_here() {
                    let side = if parts.is_empty() { "before" } else { "behind" };
                    self.mistake(from, to, format!("`and` has nothing {side} it"), "leave it out, or put it in quotes");
                }
                continue;
            }
            self.skip_space();
            if self.ends_here() {
                return if parts.len() == 1 { parts.remove(0) } else { Node::All(parts) };
            }
            parts.push(self.not());
        }
    }

    /// Whether nothing that a conjunction may have stands here.
    fn ends_here(&self) -> bool {
        self.is_at_end() || self.rest().starts_with([')', ',']) || self.keyword_stands(&["or", "||", "|"]).is_some()
    }

    fn not(&mut self) -> Node {
        self.skip_space();
        let from = self.at;
        let short = self.rest().starts_with(['-', '!']) && !self.rest()[1..].starts_with(char::is_whitespace) && self.rest().len() > 1;
        if !short && self.keyword_stands(&["not"]).is_none() {
            return self.sequence();
        }
        let length = if short { 1 } else { 3 };
        self.token(from, from + length, TokenKind::Keyword);
        self.at += length;
        self.skip_space();
        if self.ends_here() {
            self.mistake(from, from + length, "`not` has nothing behind it", "write a test behind it, or put it in quotes");
            return Node::broken();
        }
        let inner = self.deeper(Self::not);
        Node::Not(Box::new(inner))
    }

    /// `a then b then c without d between`.
    fn sequence(&mut self) -> Node {
        let from = self.at;
        let first = self.primary();
        let mut followers = Vec::new();
        while let Some(keyword) = self.eat_keyword(&["then"]) {
            let node = self.operand("then", keyword);
            let without = self.eat_keyword(&["without"]).map(|keyword| {
                let node = self.operand("without", keyword);
                self.eat_keyword(&["between"]);
                node
            });
            followers.push((node, without));
        }
        if followers.is_empty() {
            self.stray_sequence_words();
            return first;
        }
        if followers.len() >= SEQUENCE_STEPS_MAX {
            self.mistake(from, self.at, format!("more than {SEQUENCE_STEPS_MAX} spans in a row"), "leave some out");
        }
        Node::Sequence(Box::new(first), followers)
    }

    fn operand(&mut self, keyword: &str, from: usize) -> Node {
        let to = self.at;
        self.skip_space();
        if self.ends_here() || self.keyword_stands(&["then", "without", "between", "and"]).is_some() {
            self.mistake(
                from,
                to,
                format!("`{keyword}` has no span behind it"),
                "write a name, a test or a group such as `(kind:tool status:error)`",
            );
            return Node::broken();
        }
        self.primary()
    }

    /// `without` and `between` mean something behind `then` only.
    fn stray_sequence_words(&mut self) {
        while let Some(from) = self.eat_keyword(&["without", "between"]) {
            let word = &self.text[from..self.at];
            let reason = format!("`{word}` belongs to `then`");
            self.mistake(from, self.at, reason, "write `a then b without c between`, or `not c`, or put the word in quotes");
        }
    }

    /// A group, a phrase, a function, a test or a bare word.
    pub(super) fn primary(&mut self) -> Node {
        self.skip_space();
        let from = self.at;
        match self.peek() {
            Some('(') => self.group(),
            Some('"' | '\'') => {
                self.count_term(from);
                self.phrase()
            }
            Some('*') if self.stands_alone(1) => {
                self.eat("*", TokenKind::Word);
                Node::Ready(Filter::everything())
            }
            _ => self.term().unwrap_or_else(|| self.bare()),
        }
    }

    fn stands_alone(&self, length: usize) -> bool {
        self.rest()[length..].chars().next().is_none_or(|behind| behind.is_whitespace() || behind == ')')
    }

    fn group(&mut self) -> Node {
        let from = self.at;
        self.eat("(", TokenKind::Punctuation);
        let inner = self.deeper(Self::any);
        self.close(from);
        // A group stays one, also where it holds a single test: `(a)` is `a`, and lowering flattens.
        Node::All(vec![inner])
    }

    /// Takes the `)` that belongs to the `(` at `open`.
    pub(super) fn close(&mut self, open: usize) {
        self.skip_space();
        if self.eat(")", TokenKind::Punctuation) {
            return;
        }
        match self.peek() {
            Some(_) if !self.is_at_end() => self.mistake(self.at, self.at + 1, "`,` joins nothing here", "write `and` or `or`"),
            _ => self.mistake(open, open + 1, "`(` is not closed", "write `)` at the end of the group"),
        }
        self.at = self.run_end(self.at, |character| character == ')');
        self.eat(")", TokenKind::Punctuation);
    }

    /// A word that stands for itself, up to white space, a parenthesis or a quote.
    fn bare(&mut self) -> Node {
        let from = self.at;
        self.count_term(from);
        if self.is_at_end() {
            return Node::broken();
        }
        let to = self.run_end(from, |character| character.is_whitespace() || "()\"".contains(character));
        self.token(from, to, TokenKind::Word);
        self.at = to;
        Node::Bare(Bare { text: self.text[from..to].to_owned(), from, to })
    }

    /// The keyword that stands at the next piece, with its place and length.
    pub(super) fn keyword_stands(&self, keywords: &[&str]) -> Option<(usize, usize)> {
        let at = self.text.len() - self.rest().trim_start().len();
        let stands = |keyword: &&&str| {
            let is_word = keyword.starts_with(char::is_alphabetic);
            if is_word { self.word_stands(at, keyword) } else { self.text[at..].starts_with(**keyword) }
        };
        keywords.iter().find(stands).map(|keyword| (at, keyword.len()))
    }

    /// Takes a keyword; returns where it stands.
    pub(super) fn eat_keyword(&mut self, keywords: &[&str]) -> Option<usize> {
        let (at, length) = self.keyword_stands(keywords)?;
        self.token(at, at + length, TokenKind::Keyword);
        self.at = at + length;
        Some(at)
    }
}
