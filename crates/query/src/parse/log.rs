//! `log(..)`: what a log record or event of a span says.

use super::cursor::{Node, Parser};
use super::operand::Literal;
use crate::filter::{Filter, LogTest};
use crate::names::SEVERITIES;
use crate::token::TokenKind;

impl Parser<'_> {
    /// The conditions between the parentheses, each at most once.
    pub(super) fn log(&mut self) -> Node {
        let open = self.at;
        self.eat("(", TokenKind::Punctuation);
        let mut test = LogTest::default();
        loop {
            self.skip_space();
            if self.is_at_end() || self.rest().starts_with(')') {
                break;
            }
            let from = self.at;
            self.log_condition(&mut test);
            if self.at == from {
                self.at += self.peek().map_or(1, char::len_utf8);
                self.mistake(from, self.at, "no condition of a log record stands here", EXAMPLE);
            }
        }
        self.close(open);
        Node::Ready(Filter::Log(test))
    }

    fn log_condition(&mut self, test: &mut LogTest) {
        let from = self.at;
        let named =
            self.peek_name().and_then(|name| Some((name.single()?.to_ascii_lowercase(), name.clone(), self.peek_operator(name.to)?)));
        let Some((word, name, found)) = named else {
            let text = if self.rest().starts_with(['"', '\'']) {
                self.quoted(TokenKind::Phrase).text
            } else {
                let to = self.run_end(from, |character| character.is_whitespace() || "(),\"".contains(character));
                self.token(from, to, TokenKind::Word);
                self.at = to;
                self.text[from..to].to_owned()
            };
            return self.log_text(test, from, text);
        };
        self.take_name(&name, TokenKind::Field);
        self.token(found.from, found.to, TokenKind::Operator);
        self.at = found.to;
        let operator = &self.text[found.from..found.to];
        let piece = operator.trim_matches(':');
        if let Some(at_least) = self.rest().strip_prefix(">=").filter(|_| operator == ":") {
            self.at = self.text.len() - at_least.len();
        }
        let Some(value) = self.value(operator, '\0') else { return };
        match (word.as_str(), piece) {
            ("severity" | "level", "" | ">=") => test.severity_min = self.severity(&value),
            ("event" | "event_name" | "name", "" | "=" | "==") if test.event_name.is_none() => test.event_name = Some(value.text),
            ("body" | "text" | "message", "" | "contains") => self.log_text(test, from, value.text),
            _ => self.mistake(name.from, value.to, format!("a log record cannot be asked `{word} {operator}`"), EXAMPLE),
        }
    }

    fn log_text(&mut self, test: &mut LogTest, from: usize, text: String) {
        if text.is_empty() {
            return;
        }
        if test.text.is_some() {
            self.mistake(from, self.at, "a second text", "put the words in quotes as one text, or write `log(..)` twice");
        }
        test.text = Some(text);
    }

    fn severity(&mut self, value: &Literal) -> Option<i32> {
        let lower = value.text.to_ascii_lowercase();
        let name = if lower == "warning" { "warn" } else { lower.as_str() };
        let named = SEVERITIES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        let number = named.or_else(|| lower.parse().ok().filter(|number| (1..=24).contains(number)));
        if number.is_none() {
            let fix = "write `trace`, `debug`, `info`, `warn`, `error`, `fatal`, or a number from 1 to 24";
            self.mistake(value.from, value.to, format!("`{}` is no severity", value.text), fix);
        }
        number
    }
}

const EXAMPLE: &str = "write conditions such as `log(severity >= error event:exception \"timeout\")`";
