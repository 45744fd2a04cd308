//! Functions: relations between spans, numbers made of many spans, and spans picked by name.

use super::cursor::{Node, Parser};
use super::lower::{BareWords, all_of, lower};
use super::subject::{Class, Name, Target};
use crate::diagnostic::nearest;
use crate::field::{FieldType, field};
use crate::filter::{Comparison, Filter, Measure, Operand, Quantity, Relation, RollUp, Subject, Test, Words};
use crate::limits::NEAREST_NAMES_MAX;
use crate::names::{self, FUNCTION_WORDS};
use crate::token::TokenKind;
use crate::words::words_of;

impl Parser<'_> {
    /// A function whose name stands here, in front of a `(`.
    pub(super) fn function(&mut self, name: &Name) -> Node {
        self.take_name(name, TokenKind::Function);
        let word = name.single().unwrap_or_default().to_ascii_lowercase();
        if let Some(relation) = relation_of(&word) {
            let inner = self.arguments(BareWords::Names);
            return Node::Ready(Filter::Relative(relation, Box::new(self.tested(inner))));
        }
        match word.as_str() {
            "span" => {
                let inner = self.arguments(BareWords::Names);
                Node::Picked(self.tested(inner))
            }
            "trace" => {
                let filter = self.arguments(BareWords::TraceNames);
                Node::Ready(Filter::Trace(Box::new(filter)))
            }
            "count" => {
                let filter = self.arguments(BareWords::Names);
                self.roll_up(name, Measure::Count, filter)
            }
            "repeats" => {
                let is_bare = self.rest()[1..].trim_start().starts_with(')');
                let filter = self.arguments(BareWords::Names);
                self.roll_up(name, Measure::Repeats, if is_bare { tools() } else { filter })
            }
            "sum" => self.measured(name, Measure::Sum),
            "max" => self.measured(name, Measure::Max),
            "min" => self.measured(name, Measure::Min),
            "log" => self.log(),
            "words" => self.words(),
            _ => self.selector(name, &word),
        }
    }

    /// The tests between parentheses; bare words among them are names.
    fn arguments(&mut self, bare: BareWords) -> Filter {
        let open = self.at;
        self.eat("(", TokenKind::Punctuation);
        let node = self.deeper(Self::any);
        self.close(open);
        lower(node, bare, self)
    }

    /// `.output.route = "refund"` behind a picked span.
    fn tested(&mut self, inner: Filter) -> Filter {
        if !self.rest().starts_with('.') {
            return inner;
        }
        let from = self.at;
        self.eat(".", TokenKind::Punctuation);
        let found = self.peek_name().and_then(|name| self.peek_operator(name.to).map(|found| (name, found)));
        let Some((name, found)) = found else {
            self.at = self.run_end(self.at, |character| character.is_whitespace() || character == ')');
            self.mistake(from, self.at, "no test stands behind the dot", "write a test such as `step(triage).output.route:refund`");
            return inner;
        };
        self.count_term(name.from);
        self.take_name(&name, TokenKind::Field);
        let node = self.test(&name, found);
        all_of(vec![inner, lower(node, BareWords::Names, self)])
    }

    /// `step(triage)`: the spans whose field is that.
    fn selector(&mut self, name: &Name, word: &str) -> Node {
        let target = names::meaning(word).is_some().then(|| self.resolve(name)).flatten();
        let Some(target) = target.filter(|target| matches!(target.class, Class::Text | Class::Choice(_))) else {
            return self.unknown_function(name, word);
        };
        let values = self.list();
        let node = self.equality(&target, &values);
        let inner = lower(node, BareWords::Names, self);
        Node::Picked(self.tested(inner))
    }

    fn unknown_function(&mut self, name: &Name, word: &str) -> Node {
        let near = nearest(word, FUNCTION_WORDS.iter().map(|(known, ..)| *known).chain(["step", "tool", "agent"]), NEAREST_NAMES_MAX);
        let fix = near.first().map_or_else(
            || "put the text in quotes to search for it, or leave a space before `(`".to_owned(),
            |near| format!("write `{near}(..)`, or put the text in quotes to search for it"),
        );
        self.mistake_near(name.from, name.to, format!("`{word}` is no function"), fix, near);
        self.arguments(BareWords::Names);
        Node::broken()
    }

    /// A number made of many spans, which must be compared.
    fn roll_up(&mut self, name: &Name, measure: Measure, filter: Filter) -> Node {
        let target = Target::of(Subject::RollUp(Box::new(RollUp { measure, filter })));
        match self.peek_operator(self.at) {
            Some(found) => {
                self.token(found.from, found.to, TokenKind::Operator);
                self.at = found.to;
                self.comparison(&target, found)
            }
            None => {
                let text = &self.text[name.from..self.at];
                self.mistake(name.from, self.at, "a number alone is no test", format!("compare it: `{text} > 0`"));
                Node::broken()
            }
        }
    }

    /// `sum(cost)`, `sum(cost, kind:llm)`.
    fn measured(&mut self, name: &Name, measure: impl FnOnce(Quantity) -> Measure) -> Node {
        let open = self.at;
        self.eat("(", TokenKind::Punctuation);
        let quantity = self.quantity();
        self.skip_space();
        let node = if self.eat(",", TokenKind::Punctuation) { self.deeper(Self::any) } else { Node::All(Vec::new()) };
        self.close(open);
        let filter = lower(node, BareWords::Names, self);
        // An unknown quantity has been told; the rest is read as if it were known.
        let quantity = quantity.unwrap_or(Quantity::Tokens);
        self.roll_up(name, measure(quantity), filter)
    }

    fn quantity(&mut self) -> Option<Quantity> {
        self.skip_space();
        let example = "write a number of spans first, such as `sum(cost)` or `max(duration, kind:tool)`";
        let Some(name) = self.peek_name() else {
            self.mistake(self.at, self.at, "no number stands here", example);
            return None;
        };
        self.take_name(&name, TokenKind::Field);
        let target = self.resolve(&name)?;
        match target.subjects.as_slice() {
            [Subject::Field(field)] if matches!(field.kind, FieldType::Number(_)) => Some(Quantity::Field(field)),
            [Subject::Tokens] => Some(Quantity::Tokens),
            _ => {
                self.mistake(name.from, name.to, format!("`{}` is no number of a span", target.word), example);
                None
            }
        }
    }

    /// `words(refund late)`: all of them in one text.
    fn words(&mut self) -> Node {
        let open = self.at;
        self.eat("(", TokenKind::Punctuation);
        let mut words = Vec::new();
        loop {
            self.skip_space();
            if self.is_at_end() || self.rest().starts_with(')') {
                break;
            }
            if self.rest().starts_with(['"', '\'']) {
                words.extend(words_of(&self.quoted(TokenKind::Phrase).text));
                continue;
            }
            let to = self.run_end(self.at, |character| character.is_whitespace() || "()\"".contains(character)).max(self.at + 1);
            self.token(self.at, to, TokenKind::Word);
            words.extend(words_of(&self.text[self.at..to]));
            self.at = to;
        }
        self.close(open);
        if words.is_empty() {
            self.mistake(open, self.at, "no words stand here", "write words, such as `words(refund late)`");
        }
        Node::Ready(Filter::Words(Words { words, is_phrase: false }))
    }
}

fn relation_of(word: &str) -> Option<Relation> {
    Some(match word {
        "parent" => Relation::Parent,
        "ancestor" => Relation::Ancestor,
        "child" => Relation::Child,
        "descendant" => Relation::Descendant,
        "sibling" => Relation::Sibling,
        "before" => Relation::Later,
        "after" => Relation::Earlier,
        _ => return None,
    })
}

/// Which spans `repeats()` looks at.
fn tools() -> Filter {
    let kind = field("obs_type").expect("the table of fields has it");
    Filter::Test(Test { subject: Subject::Field(kind), comparison: Comparison::Is(vec![Operand::Text("tool".into())]) })
}
