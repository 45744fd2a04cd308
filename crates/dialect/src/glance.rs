//! What lists show of a span's content, found without deriving the content.
//!
//! The store keeps the raw span and these two lines; whoever opens the span gets the content from `content::read`. Both must say
//! the same, and a test holds them against each other.

use model::{Message, ObservationType, Previews};
use serde_json::Value;

use crate::content;
use crate::facts::Facts;
use crate::messages::PlainMessages;
use crate::previews;
use crate::table::Field;

/// The previews of a span's content, and whether it has messages.
pub(crate) fn of(facts: &Facts<'_>, kind: ObservationType) -> (Previews, bool) {
    let asked = Talk::read(facts, Field::InputMessages, "user");
    let said = Talk::read(facts, Field::OutputMessages, "assistant");
    // A model call's request repeats its messages.
    let repeats = |talk: &Talk<'_>| kind == ObservationType::Llm && !talk.is_empty();
    let payload = |field| facts.first(field, |value, _| Some(content::payload(value, kind)));

    let input = asked.last_text("user").or_else(|| {
        let input: Option<Value> = payload(Field::Input);
        let shown = input.as_ref().filter(|_| !repeats(&asked));
        shown.and_then(|value| previews::of_value(value, "user", 0)).or_else(|| content::query(facts, kind, input.as_ref()))
    });
    let output = said.answer(facts).or_else(|| {
        let output: Option<Value> = if repeats(&said) { None } else { payload(Field::Output) };
        output.as_ref().and_then(|value| previews::of_value(value, "assistant", 0))
    });
    let line = |text: Option<String>| text.as_deref().and_then(previews::line);
    (Previews { input: line(input), output: line(output) }, !(asked.is_empty() && said.is_empty()))
}

/// One side of a conversation.
enum Talk<'a> {
    Plain(PlainMessages<'a>),
    Whole(Vec<Message>),
}

impl<'a> Talk<'a> {
    fn read(facts: &Facts<'a>, field: Field, role: &str) -> Self {
        let first = facts.of(field).next().and_then(|candidate| candidate.text_as_sent());
        match first.and_then(PlainMessages::read) {
            Some(plain) => Self::Plain(plain),
            None => Self::Whole(content::conversation(facts, field, role)),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Whole(messages) if messages.is_empty())
    }

    fn last_text(&self, role: &str) -> Option<String> {
        match self {
            Self::Plain(plain) => plain.last_text(role),
            Self::Whole(messages) => previews::last_text(messages, role),
        }
    }

    fn answer(&self, facts: &Facts<'_>) -> Option<String> {
        match self {
            // Where nothing was said, calls and their answers count; they take all of the messages.
            Self::Plain(plain) => plain
                .last_text_of("assistant")
                .or_else(|| previews::answer(&content::conversation(facts, Field::OutputMessages, "assistant"))),
            Self::Whole(messages) => previews::answer(messages),
        }
    }
}
