//! Tests: a name, an operator, and what it is compared with.

use super::cursor::{Node, Parser};
use super::operand::{Literal, open_operand};
use super::subject::{Class, Name, Target};
use crate::field::field;
use crate::filter::{Comparison, Filter, Operand, Test, Words};
use crate::names;
use crate::token::TokenKind;
use crate::unit;
use crate::words::words_of;

/// Operators as they are written, longer ones first.
const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    ("!~", Operator::NotMatches),
    ("==", Operator::Equal),
    ("=~", Operator::Matches),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (":", Operator::Colon),
    ("=", Operator::Equal),
    (">", Operator::Above),
    ("<", Operator::Below),
    ("~", Operator::Matches),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Colon,
    Equal,
    NotEqual,
    Above,
    AtLeast,
    Below,
    AtMost,
    Matches,
    NotMatches,
    Contains,
    NotContains,
    In,
    NotIn,
    Exists,
}

/// An operator and the bytes from where it begins to where it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) operator: Operator,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Target {
    /// A test of one of the subjects.
    pub(super) fn test(&self, comparison: Comparison) -> Node {
        Node::Ready(self.filter(comparison))
    }

    fn filter(&self, comparison: Comparison) -> Filter {
        let test = |subject: &crate::filter::Subject| Filter::Test(Test { subject: subject.clone(), comparison: comparison.clone() });
        match self.subjects.as_slice() {
            [subject] => test(subject),
            subjects => Filter::Any(subjects.iter().map(test).collect()),
        }
    }
}

impl Parser<'_> {
    /// A function or a test, where one stands here; None for a bare word.
    pub(super) fn term(&mut self) -> Option<Node> {
        let name = self.peek_name()?;
        if self.text[name.to..].starts_with('(') && name.single().is_some() {
            self.count_term(name.from);
            return Some(self.function(&name));
        }
        let found = self.peek_operator(name.to)?;
        if found.operator == Operator::Exists && name.single().is_some_and(|word| names::meaning(word).is_none()) {
            return None;
        }
        self.count_term(name.from);
        self.take_name(&name, TokenKind::Field);
        Some(self.test(&name, found))
    }

    /// The operator behind a name that ends at a place.
    pub(super) fn peek_operator(&self, at: usize) -> Option<Found> {
        let from = self.text.len() - self.text[at..].trim_start().len();
        let rest = &self.text[from..];
        if let Some((piece, operator)) = OPERATORS.iter().find(|(piece, _)| rest.starts_with(piece)) {
            return Some(Found { operator: *operator, from, to: from + piece.len() });
        }
        if from == at {
            return None;
        }
        let word = |words: &[&str]| self.words_stand(from, words);
        let list = |to: usize| self.text[to..].trim_start().starts_with(['(', '[']);
        let found = |operator, to| Some(Found { operator, from, to });
        if let Some(to) = word(&["contains"]) {
            return found(Operator::Contains, to);
        }
        if let Some(to) = word(&["matches"]) {
            return found(Operator::Matches, to);
        }
        if let Some(to) = word(&["exists"]) {
            return found(Operator::Exists, to);
        }
        if let Some(to) = word(&["in"]).filter(|to| list(*to)) {
            return found(Operator::In, to);
        }
        if let Some(to) = word(&["not", "in"]).filter(|to| list(*to)) {
            return found(Operator::NotIn, to);
        }
        if let Some(to) = word(&["not", "contains"]) {
            return found(Operator::NotContains, to);
        }
        word(&["not", "matches"]).and_then(|to| found(Operator::NotMatches, to))
    }

    /// Where words end that stand one behind the other at a place.
    fn words_stand(&self, at: usize, words: &[&str]) -> Option<usize> {
        let mut to = at;
        for word in words {
            to = self.text.len() - self.text[to..].trim_start().len();
            let stands = self.word_stands(to, word)
                || (*word == "in" && self.text[to..].get(..3).is_some_and(|start| start.eq_ignore_ascii_case("in[")));
            to = stands.then_some(to + word.len())?;
        }
        Some(to)
    }

    /// A test whose name has been taken.
    pub(super) fn test(&mut self, name: &Name, found: Found) -> Node {
        self.token(found.from, found.to, TokenKind::Operator);
        self.at = found.to;
        if let Some(prefix) = name.single().map(str::to_ascii_lowercase).filter(|_| found.operator == Operator::Colon) {
            match prefix.as_str() {
                "has" => return self.existence(),
                "no" | "missing" => return Node::Not(Box::new(self.existence())),
                "is" => return self.shorthand(),
                _ => {}
            }
        }
        match self.resolve(name) {
            Some(target) => self.comparison(&target, found),
            None => {
                // The operand is read and dropped, so that what stands behind it is understood.
                let open = Target { subjects: Vec::new(), class: Class::Text, word: String::new() };
                self.comparison(&open, found);
                Node::broken()
            }
        }
    }

    /// What stands behind the operator, for a target.
    pub(super) fn comparison(&mut self, target: &Target, found: Found) -> Node {
        let piece = &self.text[found.from..found.to];
        let not = |node: Node| Node::Not(Box::new(node));
        match found.operator {
            Operator::Colon => self.colon(target),
            Operator::Equal => self.equals(target, piece),
            Operator::NotEqual => not(self.equals(target, piece)),
            Operator::Above | Operator::AtLeast | Operator::Below | Operator::AtMost => self.order(target, found.operator, found),
            Operator::Matches => self.text_test(target, found, Self::regex),
            Operator::NotMatches => not(self.text_test(target, found, Self::regex)),
            Operator::Contains => self.text_test(target, found, Self::contained),
            Operator::NotContains => not(self.text_test(target, found, Self::contained)),
            Operator::In | Operator::NotIn => {
                self.skip_space();
                let values = self.list();
                let node = self.equality(target, &values);
                if found.operator == Operator::In { node } else { not(node) }
            }
            Operator::Exists => target.test(Comparison::Exists),
        }
    }

    /// `field:value`, `field:a,b`, `field:(a or b)`, `field:>2s`, `field:1s..5s`, `field:/regex/`, `field:*`.
    fn colon(&mut self, target: &Target) -> Node {
        self.skip_space();
        let from = self.at;
        let order = OPERATORS.iter().find(|(piece, operator)| *operator != Operator::Colon && self.rest().starts_with(piece));
        if let Some((piece, operator)) = order {
            let found = Found { operator: *operator, from, to: from + piece.len() };
            self.token(found.from, found.to, TokenKind::Operator);
            self.at = found.to;
            return self.comparison(target, found);
        }
        if self.rest().starts_with('(') {
            let values = self.list();
            return self.equality(target, &values);
        }
        if let Some((pattern, to)) = self.peek_regex(false) {
            self.token(from, to, TokenKind::Regex);
            self.at = to;
            let found = Found { operator: Operator::Matches, from, to };
            return self.text_test(target, found, |parser, _| parser.matches(pattern, from, to));
        }
        self.equals(target, ":")
    }

    /// One value, or several with commas between and no spaces.
    fn equals(&mut self, target: &Target, piece: &str) -> Node {
        let Some(first) = self.value(piece, '\0') else { return Node::broken() };
        if !first.quoted && first.text == "*" {
            return target.test(Comparison::Exists);
        }
        if let Some(node) = self.range(target, &first) {
            return node;
        }
        let mut values = vec![first];
        while self.rest().starts_with(',') && !self.rest()[1..].starts_with(|next: char| next.is_whitespace() || ",)".contains(next)) {
            self.eat(",", TokenKind::Punctuation);
            if self.is_at_end() {
                break;
            }
            values.extend(self.value(",", '\0'));
        }
        self.equality(target, &values)
    }

    /// `1s..5s`, `10k..*`: from the one to the other, both included.
    fn range(&mut self, target: &Target, literal: &Literal) -> Option<Node> {
        let (from, to) = literal.text.split_once("..").filter(|_| !literal.quoted)?;
        let is_number = |text: &str| match target.class {
            Class::Number(_) => true,
            Class::Open => text == "*" || matches!(open_operand(text), Operand::Integer(_) | Operand::Decimal(_)),
            _ => false,
        };
        if !is_number(from) || !is_number(to) || (from == "*" && to == "*") {
            return None;
        }
        let behind = literal.from + from.len() + 2;
        let low = Literal { text: from.to_owned(), quoted: false, from: literal.from, to: behind - 2 };
        let high = Literal { text: to.to_owned(), quoted: false, from: behind, to: literal.to };
        if to == "*" {
            return Some(self.bound(target, &low, Comparison::AtLeast));
        }
        if from == "*" {
            return Some(self.bound(target, &high, Comparison::AtMost));
        }
        let (Some(low), Some(high)) = (self.number_of(target, &low), self.number_of(target, &high)) else { return Some(Node::broken()) };
        Some(target.test(Comparison::Between(low, high)))
    }

    fn bound(&mut self, target: &Target, literal: &Literal, comparison: impl Fn(Operand) -> Comparison) -> Node {
        self.number_of(target, literal).map_or_else(Node::broken, |operand| target.test(comparison(operand)))
    }

    fn order(&mut self, target: &Target, operator: Operator, found: Found) -> Node {
        let piece = &self.text[found.from..found.to];
        let Some(literal) = self.value(piece, '\0') else { return Node::broken() };
        if matches!(target.class, Class::Text | Class::Choice(_) | Class::Truth) && !target.subjects.is_empty() {
            let fix = format!("write `{word}:..`, `{word} in (..)` or `{word} ~ /../`", word = target.word);
            self.mistake(found.from, literal.to, format!("`{}` has no order", target.word), fix);
            return Node::broken();
        }
        let comparison = match operator {
            Operator::Above => Comparison::Above,
            Operator::AtLeast => Comparison::AtLeast,
            Operator::Below => Comparison::Below,
            _ => Comparison::AtMost,
        };
        self.bound(target, &literal, comparison)
    }

    /// A test that texts alone can meet.
    fn text_test(&mut self, target: &Target, found: Found, read: impl FnOnce(&mut Self, &str) -> Option<Comparison>) -> Node {
        let piece = &self.text[found.from..found.to];
        let comparison = read(self, piece);
        if matches!(target.class, Class::Number(_) | Class::Truth) {
            let example = match target.class {
                Class::Number(unit) => {
                    let example = unit::EXAMPLES.iter().find(|(own, _)| *own == unit).map_or("1", |(_, text)| text);
                    format!("write `{} > {example}`", target.word)
                }
                _ => format!("write `{}:true`", target.word),
            };
            self.mistake(found.from, self.at, format!("`{}` is no text", target.word), example);
            return Node::broken();
        }
        comparison.map_or_else(Node::broken, |comparison| target.test(comparison))
    }

    fn contained(&mut self, operator: &str) -> Option<Comparison> {
        let literal = self.value(operator, '\0')?;
        if literal.text.is_empty() {
            self.mistake(literal.from, literal.to, "every text contains nothing", "write the text, or `has:` for any value");
            return None;
        }
        Some(Comparison::Contains(literal.text))
    }

    /// What `has:` and `no:` ask for.
    fn existence(&mut self) -> Node {
        self.skip_space();
        let Some(name) = self.peek_name() else {
            self.mistake(self.at, self.at, "no field stands here", "write the name of a field, such as `has:user`");
            self.at = self.run_end(self.at, |character| character.is_whitespace() || character == ')');
            return Node::broken();
        };
        self.take_name(&name, TokenKind::Field);
        self.resolve(&name).map_or_else(Node::broken, |target| target.test(Comparison::Exists))
    }

    /// `is:error`, `is:tool`, `is:root`.
    fn shorthand(&mut self) -> Node {
        let Some(literal) = self.value(":", '\0') else { return Node::broken() };
        let lower = literal.text.to_ascii_lowercase();
        let is = |name: &str| field(name).filter(|field| names::values_of(field).contains(&lower.as_str()));
        if lower == "root" {
            let parent = field("parent_span_id").map(|field| Target::of(crate::filter::Subject::Field(field)));
            return parent.map_or_else(Node::broken, |target| Node::Not(Box::new(target.test(Comparison::Exists))));
        }
        if let Some(field) = is("status").or_else(|| is("obs_type")) {
            return Target::of(crate::filter::Subject::Field(field)).test(Comparison::Is(vec![Operand::Text(lower)]));
        }
        let fix = "write a status, a kind or `root`: `is:error`, `is:tool`, `is:root`";
        self.mistake(literal.from, literal.to, format!("nothing is `{}`", literal.text), fix);
        Node::broken()
    }

    /// Words in quotes.
    pub(super) fn phrase(&mut self) -> Node {
        let literal = self.quoted(TokenKind::Phrase);
        let words = words_of(&literal.text);
        if words.is_empty() {
            self.mistake(
                literal.from,
                literal.to,
                "no word stands between the quotes",
                "write a word, or `content contains \"..\"` for other signs",
            );
            return Node::broken();
        }
        Node::Ready(Filter::Words(Words { is_phrase: words.len() > 1, words }))
    }
}
