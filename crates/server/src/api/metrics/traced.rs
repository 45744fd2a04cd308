//! Which metrics tell what spans tell as well.

use std::collections::HashSet;

use dialect::{Measure, Series, metric_meaning};
use store::limits::PAGE_ROWS_MAX;
use store::{Order, SpanQuery, TimeRange};

use crate::auth::ProjectScope;
use crate::limits::METRIC_SPANS_READ_MAX;
use crate::problem::Problem;

/// Attributes that name the session of a point.
const SESSION_ATTRIBUTES: [&str; 2] = ["session.id", "gen_ai.conversation.id"];

/// Senders whose spans of a range carry usage.
#[derive(Debug, Default)]
pub(super) struct Traced {
    sessions: HashSet<String>,
    services: HashSet<String>,
    /// Services with usage on spans that belong to no session.
    services_without_session: HashSet<String>,
    /// Whether all spans that could matter were looked at.
    complete: bool,
}

impl Traced {
    /// Looks for spans with usage of the senders of some series, newest first.
    pub(super) async fn of(scope: &ProjectScope, range: TimeRange, series: &[Series]) -> Result<Self, Problem> {
        let asked: Vec<&Series> = series.iter().filter(|series| tells_usage(&series.name)).collect();
        let mut traced = Self { complete: true, ..Self::default() };
        let mut looked_at = 0;
        let mut after = None;
        while !asked.iter().all(|series| traced.has(series)) {
            let query = SpanQuery { range, order: Order::Descending, limit: PAGE_ROWS_MAX, after, ..SpanQuery::default() };
            let page = scope.list_spans(&query).await?;
            looked_at += page.spans.len();
            for span in page.spans.into_iter().filter(|span| !span.usage.is_empty()) {
                let service = span.service_name.unwrap_or_default();
                match span.session_id {
                    Some(session) => drop(traced.sessions.insert(session)),
                    None => drop(traced.services_without_session.insert(service.clone())),
                }
                traced.services.insert(service);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
            if looked_at >= METRIC_SPANS_READ_MAX {
                traced.complete = false;
                break;
            }
        }
        Ok(traced)
    }

    /// Whether a series is a second telling; None where it is about something else, or too many spans would have to be read to tell.
    pub(super) fn counts(&self, series: &Series) -> Option<bool> {
        let has = self.has(series);
        (tells_usage(&series.name) && (has || self.complete)).then_some(has)
    }

    /// Whether spans of the series' session carry usage, or spans of its service where one of the two knows no session.
    fn has(&self, series: &Series) -> bool {
        let service = service_of(series).unwrap_or_default();
        let session =
            SESSION_ATTRIBUTES.iter().find_map(|key| series.attributes.text(key).or_else(|| series.resource.attributes.text(key)));
        match session {
            Some(session) => self.sessions.contains(session) || self.services_without_session.contains(service),
            None => self.services.contains(service),
        }
    }
}

pub(super) fn service_of(series: &Series) -> Option<&str> {
    series.resource.attributes.text("service.name")
}

/// Whether a metric is about what spans carry as usage and cost.
fn tells_usage(name: &str) -> bool {
    metric_meaning(name).is_some_and(|meaning| matches!(meaning.measure, Measure::Tokens | Measure::Cost | Measure::ModelCalls))
}
