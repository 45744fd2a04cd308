//! What earlier records told of a session: whether its agent sends spans, and which of them wait to be answered.
//!
//! A stream that lasts longer than a batch is told in two: the request with the id of its span, the answer without.

use std::collections::{HashMap, VecDeque};

use model::{LogRecord, RawSpan, SpanId, TraceId};

use super::event::AgentEvent;
use super::{made_ids, span_of, time_of};
use crate::limits::{AGENT_CALLS_OPEN_MAX, AGENT_SESSIONS_MAX};

type Place = (TraceId, SpanId);
/// Agent and session.
type SessionKey = (&'static str, String);

/// The sessions of coding agents that send spans, the newest of them.
#[derive(Debug, Default)]
pub struct AgentSessions {
    sessions: HashMap<SessionKey, VecDeque<Asked>>,
    /// In the order they came, for forgetting.
    order: VecDeque<SessionKey>,
}

/// A record with ids that one without may follow.
#[derive(Debug, PartialEq)]
struct Asked {
    turn: Option<String>,
    event: String,
    span: Place,
}

/// What log records of coding agents stand for.
#[derive(Debug, Default, PartialEq)]
pub struct AgentLogs {
    /// The spans that are told by log records alone, in the order of the records.
    pub spans: Vec<RawSpan>,
    /// For each log record the span it belongs to; None for one that tells of no span.
    pub places: Vec<Option<(TraceId, SpanId)>>,
}

impl AgentSessions {
    /// Reads the log records of one request, in the light of earlier ones.
    pub fn read(&mut self, logs: &[LogRecord]) -> AgentLogs {
        let read: Vec<Option<AgentEvent<'_>>> = logs.iter().map(AgentEvent::read).collect();
        for (log, event) in logs.iter().zip(&read) {
            if let (Some(event), Some(_)) = (event, log.span_id) {
                self.remember(event);
            }
        }
        let mut in_time: Vec<usize> = (0..logs.len()).collect();
        in_time.sort_by_key(|at| time_of(&logs[*at]));
        let mut answer = AgentLogs { spans: Vec::new(), places: vec![None; logs.len()] };
        for at in in_time {
            let own = logs[at].trace_id.zip(logs[at].span_id);
            answer.places[at] = match &read[at] {
                Some(event) => self.place(&logs[at], event, own),
                None => own,
            };
        }
        let told = logs.iter().zip(&read).filter_map(|(log, event)| Some((log, event.as_ref()?)));
        let alone = told.filter(|(log, event)| log.span_id.is_none() && !self.is_traced(event));
        let makes = alone.filter(|(_, event)| event.row.is_some_and(|row| !row.companion));
        answer.spans = makes.filter_map(|(log, event)| span_of(log, event)).collect();
        answer
    }

    fn is_traced(&self, event: &AgentEvent<'_>) -> bool {
        key_of(event).is_some_and(|key| self.sessions.contains_key(&key))
    }

    fn remember(&mut self, event: &AgentEvent<'_>) {
        let Some(key) = key_of(event).filter(|key| !self.sessions.contains_key(key)) else { return };
        self.order.push_back(key.clone());
        self.sessions.insert(key, VecDeque::new());
        if self.order.len() > AGENT_SESSIONS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.sessions.remove(&oldest);
        }
    }

    /// First asked is first answered.
    fn place(&mut self, log: &LogRecord, event: &AgentEvent<'_>, own: Option<Place>) -> Option<Place> {
        let follows = event.row.and_then(|row| row.follows.as_deref());
        let Some(asked) = key_of(event).and_then(|key| self.sessions.get_mut(&key)) else {
            return own.or_else(|| made_ids(log, event));
        };
        match (own, follows) {
            // Told with its ids: nobody else answers that one.
            (Some(own), Some(_)) => asked.retain(|asked| asked.span != own),
            (Some(span), None) if event.agent.is_followed(event.name) => {
                let new = Asked { turn: event.turn(), event: event.name.to_owned(), span };
                if !asked.contains(&new) {
                    asked.push_back(new);
                }
                if asked.len() > AGENT_CALLS_OPEN_MAX {
                    asked.pop_front();
                }
            }
            (None, Some(name)) => {
                let turn = event.turn();
                let first = asked.iter().position(|asked| asked.event == name && asked.turn == turn)?;
                return asked.remove(first).map(|asked| asked.span);
            }
            _ => {}
        }
        own
    }
}

/// None for events that name no session: what belongs together is then unknown.
fn key_of(event: &AgentEvent<'_>) -> Option<SessionKey> {
    Some((event.agent.name.as_str(), event.session()?))
}
