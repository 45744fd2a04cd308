//! Operands: quoted texts, bare values, regular expressions, lists, and what they mean to a class of subjects.

use super::cursor::{Node, Parser};
use super::subject::{Class, Target};
use crate::diagnostic::nearest;
use crate::field::FIELDS;
use crate::filter::{Comparison, Operand};
use crate::glob::regex_of_glob;
use crate::limits::{LIST_VALUES_MAX, NEAREST_NAMES_MAX, REGEX_BYTES_MAX, REGEXES_MAX};
use crate::names;
use crate::regular::compile_regex;
use crate::seen::SeenKind;
use crate::token::TokenKind;
use crate::unit;

/// One value as it stands.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Parser<'_> {
    /// A quoted text at a place: what it says, and where it ends. None where no quote stands there, or it is not closed.
    pub(super) fn peek_quoted(&self, at: usize) -> Option<(String, usize)> {
        let quote = self.text[at..].chars().next().filter(|quote| "\"'".contains(*quote))?;
        let mut text = String::new();
        let mut characters = self.text[at + 1..].char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                _ if character == quote => return Some((text, at + offset + 2)),
                '\\' => text.push_str(&escaped(characters.next()?.1, quote)),
                _ => text.push(character),
            }
        }
        None
    }

    /// Takes a quoted text; one that is not closed is a mistake and reaches to the end.
    pub(super) fn quoted(&mut self, kind: TokenKind) -> Literal {
        let from = self.at;
        let (text, to) = match self.peek_quoted(from) {
            Some(found) => found,
            None => {
                let quote = &self.text[from..=from];
                self.mistake(from, self.text.len(), format!("`{quote}` is not closed"), format!("write `{quote}` behind the text"));
                (self.text[from + 1..].to_owned(), self.text.len())
            }
        };
        self.token(from, to, kind);
        self.at = to;
        Literal { text, quoted: true, from, to }
    }

    /// A value behind an operator; None, told as a mistake, where there is none.
    pub(super) fn value(&mut self, operator: &str, stop: char) -> Option<Literal> {
        self.skip_space();
        let from = self.at;
        if self.rest().starts_with(['"', '\'']) {
            return Some(self.quoted(TokenKind::Value));
        }
        let to = self.run_end(from, |character| character.is_whitespace() || "(),\"".contains(character) || character == stop);
        if to == from {
            self.mistake(from, from, format!("nothing stands behind `{operator}`"), "write a value, in quotes where it has spaces");
            return None;
        }
        if self.text[to..].starts_with('(') {
            let end = self.run_end(to, char::is_whitespace);
            let fix = format!("write `\"{}\"`", &self.text[from..end]);
            self.mistake(from, end, "a value with parentheses needs quotes", fix);
            self.at = end;
            return None;
        }
        self.token(from, to, TokenKind::Value);
        self.at = to;
        Some(Literal { text: self.text[from..to].to_owned(), quoted: false, from, to })
    }

    /// Values between parentheses or brackets; commas and `or` between them may be left out.
    pub(super) fn list(&mut self) -> Vec<Literal> {
        let open = self.at;
        let close = if self.rest().starts_with('[') { "]" } else { ")" };
        self.token(open, open + 1, TokenKind::Punctuation);
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.eat(close, TokenKind::Punctuation) {
                break;
            }
            if self.is_at_end() {
                self.mistake(open, open + 1, "the list is not closed", format!("write `{close}` behind its last value"));
                break;
            }
            if self.eat(",", TokenKind::Punctuation) || self.eat_keyword(&["or"]).is_some() {
                continue;
            }
            if let Some(from) = self.eat_keyword(&["and", "not"]) {
                let fix = "write the tests one by one, such as `tag:a tag:b` or `not tag:c`";
                self.mistake(from, self.at, "a list means one of its values", fix);
                continue;
            }
            let at = self.at;
            values.extend(self.value("in", ']'));
            if self.at == at {
                self.at += self.peek().map_or(1, char::len_utf8);
            }
        }
        if values.is_empty() {
            self.mistake(open, self.at, "the list is empty", "write its values, such as `in (a, b)`");
        }
        values
    }

    /// The regular expression between slashes that stands here; `spaces` says whether it may have some.
    pub(super) fn peek_regex(&self, spaces: bool) -> Option<(String, usize)> {
        let inside = self.rest().strip_prefix('/')?;
        let mut pattern = String::new();
        let mut characters = inside.char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\\' => match characters.next()?.1 {
                    '/' => pattern.push('/'),
                    other => pattern.extend(['\\', other]),
                },
                '/' => {
                    let behind = &inside[offset + 1..];
                    let (flag, behind) = behind.strip_prefix('i').map_or(("", behind), |behind| ("(?i)", behind));
                    let ends = behind.chars().next().is_none_or(|next| next.is_whitespace() || "),".contains(next));
                    let to = self.text.len() - behind.len();
                    return (ends && !pattern.is_empty()).then(|| (format!("{flag}{pattern}"), to));
                }
                _ if character.is_whitespace() && !spaces => return None,
                _ => pattern.push(character),
            }
        }
        None
    }

    /// Takes the regular expression behind `~`: between slashes, in quotes, or bare.
    pub(super) fn regex(&mut self, operator: &str) -> Option<Comparison> {
        self.skip_space();
        let from = self.at;
        if let Some((pattern, to)) = self.peek_regex(true) {
            self.token(from, to, TokenKind::Regex);
            self.at = to;
            return self.matches(pattern, from, to);
        }
        let literal = self.value(operator, '\0')?;
        self.matches(literal.text.replace("\\/", "/"), literal.from, literal.to)
    }

    pub(super) fn matches(&mut self, pattern: String, from: usize, to: usize) -> Option<Comparison> {
        if pattern.len() > REGEX_BYTES_MAX {
            let reason = format!("a regular expression of more than {REGEX_BYTES_MAX} bytes");
            self.mistake(from, to, reason, "make it shorter, or use several");
            return None;
        }
        self.regexes += 1;
        if self.regexes > REGEXES_MAX {
            self.mistake(from, to, format!("more than {REGEXES_MAX} regular expressions and values with `*`"), "leave some out");
            return None;
        }
        if self.has_told_enough() {
            return None;
        }
        match compile_regex(&pattern) {
            Ok(_) => Some(Comparison::Matches(pattern)),
            Err(reason) => {
                self.mistake(
                    from,
                    to,
                    reason,
                    "write a regular expression without look-around, with `\\` before signs that stand for themselves",
                );
                None
            }
        }
    }

    /// What equality with values means to a target: equal to one of the plain ones, or of the shape of one with `*`.
    pub(super) fn equality(&mut self, target: &Target, literals: &[Literal]) -> Node {
        let mut operands = Vec::new();
        let mut globs = Vec::new();
        if let (Some(first), Some(last)) = (literals.first(), literals.get(LIST_VALUES_MAX)) {
            let reason = format!("a list of more than {LIST_VALUES_MAX} values");
            self.mistake(first.from, last.to, reason, "leave some out, or use `*`");
            return Node::broken();
        }
        for literal in literals {
            let takes_globs = matches!(target.class, Class::Text | Class::Open);
            if takes_globs && !literal.quoted && literal.text.contains('*') {
                globs.extend(self.matches(regex_of_glob(&literal.text), literal.from, literal.to));
                continue;
            }
            // A list may be long; each value stands in it once.
            let operand = self.operand_of(target, literal).filter(|operand| !operands.contains(operand));
            operands.extend(operand);
        }
        let plain = (!operands.is_empty()).then_some(Comparison::Is(operands));
        let mut nodes: Vec<Node> = plain.into_iter().chain(globs).map(|comparison| target.test(comparison)).collect();
        match nodes.len() {
            0 => Node::broken(),
            1 => nodes.remove(0),
            _ => Node::Any(nodes),
        }
    }

    /// Reads a value as its target's class; what it cannot be is a mistake.
    pub(super) fn operand_of(&mut self, target: &Target, literal: &Literal) -> Option<Operand> {
        let text = literal.text.as_str();
        if !literal.quoted && text.eq_ignore_ascii_case("null") {
            let fix = format!("write `no:{word}`, or `\"null\"` for the text", word = target.word);
            self.mistake(literal.from, literal.to, "nothing equals `null`", fix);
            return None;
        }
        match target.class {
            Class::Text => Some(Operand::Text(text.to_owned())),
            Class::Choice(field) => self.choice(target, field, literal),
            Class::Truth => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => Some(Operand::Truth(true)),
                "false" | "no" => Some(Operand::Truth(false)),
                _ => {
                    let reason = format!("`{}` is true or false", target.word);
                    self.mistake(literal.from, literal.to, reason, format!("write `{word}:true` or `{word}:false`", word = target.word));
                    None
                }
            },
            Class::Number(unit) => match unit::read(text, unit) {
                Ok(number) => Some(Operand::Integer(number)),
                Err(error) => {
                    self.mistake(literal.from, literal.to, error.reason, error.fix);
                    None
                }
            },
            Class::Open => {
                let operand = if literal.quoted { Operand::Text(text.to_owned()) } else { open_operand(text) };
                self.warn_of_type(target, &operand, literal);
                Some(operand)
            }
        }
    }

    /// Reads a number behind `>` and the like.
    pub(super) fn number_of(&mut self, target: &Target, literal: &Literal) -> Option<Operand> {
        match target.class {
            Class::Number(_) => self.operand_of(target, literal),
            Class::Open => {
                let operand = open_operand(&literal.text);
                let operand = match operand {
                    Operand::Text(text) => unit::read(&text, crate::field::Unit::Count).ok().map(Operand::Integer),
                    Operand::Truth(_) => None,
                    number => Some(number),
                };
                if operand.is_none() {
                    let reason = format!("`{}` is no number", literal.text);
                    self.mistake(literal.from, literal.to, reason, "write a number without a unit, such as `0.5` or `10k`");
                }
                operand
            }
            _ => None,
        }
    }

    /// Warns of a value that no value seen could equal.
    fn warn_of_type(&mut self, target: &Target, operand: &Operand, literal: &Literal) {
        let (was, fix) = match (self.seen.kind_of(&target.word), operand) {
            (Some(SeenKind::Number), Operand::Text(_) | Operand::Truth(_)) => ("a number", "write a number, without quotes"),
            (Some(SeenKind::Truth), Operand::Text(_) | Operand::Integer(_) | Operand::Decimal(_)) => {
                ("true or false", "write `true` or `false`")
            }
            _ => return,
        };
        let reason = format!("`{}` was {was} wherever it was seen", target.word);
        self.warn(literal.from, literal.to, reason, fix, Vec::new());
    }

    fn choice(&mut self, target: &Target, field: &'static crate::field::Field, literal: &Literal) -> Option<Operand> {
        let (lower, known) = (literal.text.to_ascii_lowercase(), names::values_of(field));
        if known.contains(&lower.as_str()) {
            return Some(Operand::Text(lower));
        }
        let word = &target.word;
        let near = nearest(&lower, known.iter().copied(), NEAREST_NAMES_MAX);
        let has_value = |other: &crate::field::Field| other.name != field.name && names::values_of(other).contains(&lower.as_str());
        let other = FIELDS.iter().find(|other| has_value(other)).map(names::word_of);
        let is_code = field.name == "status" && lower.parse::<u32>().is_ok();
        let fix = match (other.or(is_code.then_some("http_status")), near.first()) {
            (Some(other), _) => format!("write `{other}:{lower}`"),
            (None, Some(near)) => format!("write `{word}:{near}`"),
            (None, None) => format!("write one of `{}`", known.join("`, `")),
        };
        self.mistake_near(literal.from, literal.to, format!("`{word}` is never `{}`", literal.text), fix, near);
        None
    }
}

/// What `\` and a character stand for; what means nothing stays, so that regular expressions in quotes need no doubling.
fn escaped(character: char, quote: char) -> String {
    match character {
        'n' => "\n".into(),
        't' => "\t".into(),
        '\\' => "\\".into(),
        _ if character == quote => quote.into(),
        other => format!("\\{other}"),
    }
}

/// A bare value where nothing says what type it has: a truth or a number where it is spelled as one, else a text.
pub(crate) fn open_operand(text: &str) -> Operand {
    match text {
        "true" => return Operand::Truth(true),
        "false" => return Operand::Truth(false),
        _ => {}
    }
    // `007`, `+5` and `1e5` in data are texts that people search for as they stand.
    if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
        return Operand::Integer(number);
    }
    let is_plain = text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let decimal = text.parse::<f64>().ok().filter(|number| is_plain && number.is_finite() && text.contains('.'));
    match decimal {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Operand::Integer(number as i64),
        Some(number) => Operand::Decimal(number),
        None => Operand::Text(text.to_owned()),
    }
}
