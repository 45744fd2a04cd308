//! Which log records are the events of a coding agent, as `tables/coding_agents.toml` lists them.

use std::sync::OnceLock;

use model::{AnyValue, LogRecord};
use serde::Deserialize;

use crate::facts::scope_matches;
use crate::json;

const TABLE: &str = include_str!("../../tables/coding_agents.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    agent: Vec<Agent>,
}

/// One coding agent and how it writes its log events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agent {
    pub(super) name: String,
    prefix: String,
    /// Instrumentation scopes whose events may be named without the prefix.
    scopes: Vec<String>,
    session: String,
    #[serde(default)]
    turn: Option<String>,
    event: Vec<EventRow>,
}

impl Agent {
    /// Whether records without ids belong to the span of such an event.
    pub(super) fn is_followed(&self, name: &str) -> bool {
        self.event.iter().any(|row| row.follows.as_deref() == Some(name))
    }
}

/// One event that tells of a span.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventRow {
    /// Without the agent's prefix.
    name: String,
    pub(super) part: Part,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    pub(super) companion: bool,
    #[serde(default)]
    pub(super) failed: bool,
    #[serde(default)]
    pub(super) follows: Option<String>,
    #[serde(default)]
    equals: Option<(String, String)>,
    #[serde(default)]
    has: Option<String>,
}

/// What an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Session,
    Turn,
    Call,
    Tool,
    Agent,
}

impl Part {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Turn => "turn",
            Self::Call => "call",
            Self::Tool => "tool",
            Self::Agent => "agent",
        }
    }
}

/// A log record read as the event of an agent.
pub(super) struct AgentEvent<'a> {
    pub(super) agent: &'static Agent,
    /// Without the agent's prefix.
    pub(super) name: &'a str,
    /// None for events that tell of no span.
    pub(super) row: Option<&'static EventRow>,
    log: &'a LogRecord,
}

impl<'a> AgentEvent<'a> {
    /// Reads a log record; None where no known agent wrote it.
    pub(super) fn read(log: &'a LogRecord) -> Option<Self> {
        let told = names(log);
        agents().iter().find_map(|agent| {
            let full = told.into_iter().flatten().find_map(|name| name.strip_prefix(agent.prefix.as_str()));
            let is_own_scope = || agent.scopes.iter().any(|scope| scope_matches(&log.scope.name, scope));
            let name = full.or_else(|| told[0].filter(|name| is_own_scope() && agent.event.iter().any(|row| row.name == *name)))?;
            let row = agent.event.iter().find(|row| row.name == name && row.holds(log));
            Some(Self { agent, name, row, log })
        })
    }

    /// The name with the agent's prefix.
    pub(super) fn full_name(&self) -> String {
        format!("{}{}", self.agent.prefix, self.name)
    }

    pub(super) fn session(&self) -> Option<String> {
        text(self.log, &self.agent.session)
    }

    pub(super) fn turn(&self) -> Option<String> {
        text(self.log, self.agent.turn.as_deref()?)
    }

    /// What names the thing the event tells of, where the sender names it.
    pub(super) fn key(&self) -> Option<String> {
        text(self.log, self.row?.key.as_deref()?)
    }
}

impl EventRow {
    fn holds(&self, log: &LogRecord) -> bool {
        self.equals.as_ref().is_none_or(|(key, wanted)| text(log, key).as_deref() == Some(wanted))
            && self.has.as_ref().is_none_or(|key| value(log, key).is_some())
    }
}

/// The names a record gives itself; the attribute first, because `event_name` may be a place in the source (Codex).
fn names(log: &LogRecord) -> [Option<&str>; 3] {
    [log.attributes.text("event.name"), Some(log.event_name.as_str()), log.body.as_ref().and_then(AnyValue::as_str)]
}

/// Returns an attribute, else the field of the body.
pub(super) fn value<'a>(log: &'a LogRecord, key: &str) -> Option<&'a AnyValue> {
    log.attributes.get(key).or_else(|| match &log.body {
        Some(AnyValue::Map(body)) => body.get(key),
        _ => None,
    })
}

pub(super) fn text(log: &LogRecord, key: &str) -> Option<String> {
    json::text_of(&json::from_any(value(log, key)?))
}

fn agents() -> &'static [Agent] {
    static AGENTS: OnceLock<Vec<Agent>> = OnceLock::new();
    AGENTS.get_or_init(|| toml::from_str::<Table>(TABLE).expect("a test reads the table").agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_its_words_are_of_use() {
        for agent in agents() {
            assert!(agent.prefix.ends_with('.') && !agent.scopes.is_empty(), "{}", agent.name);
            for row in &agent.event {
                assert!(!row.companion || row.key.is_some(), "{}: a companion has a key to its span", row.name);
                assert!(!row.name.starts_with(agent.prefix.as_str()), "{}", row.name);
            }
        }
    }
}
