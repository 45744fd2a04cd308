//! Records that go.

use std::collections::BTreeSet;

use model::{LogRecord, ProjectSlug, Span, TraceId};
use query::{Matcher, TraceRow};

use super::{State, extent, time_of_log};
use crate::deletion::{Chosen, Deletion, DeletionCheck, DeletionReceipt, SaidByLog};
use crate::query::Detail;

impl State {
    pub(super) fn delete(&mut self, request: &Deletion) -> DeletionReceipt {
        let project = &request.project;
        let trace_ids = self.chosen_traces(project, &request.chosen);
        let goes = Goes { project, trace_ids: &trace_ids, chosen: &request.chosen };
        let receipt = DeletionReceipt {
            traces: trace_ids.len() as u64,
            spans: self.merged_spans(project).into_keys().filter(|(trace_id, _)| trace_ids.contains(trace_id)).count() as u64,
            logs: self.logs.iter().filter(|stored| goes.log(&stored.project, &stored.record)).count() as u64,
            points: self.points.iter().filter(|stored| goes.point(&stored.project, stored.record.time_unix_nanos)).count() as u64,
            checked: DeletionCheck { is_done: !request.dry_run, ..DeletionCheck::default() },
            ..DeletionReceipt::default()
        };
        if !request.dry_run {
            self.remove(&goes);
        }
        receipt
    }

    /// The traces that go, of those there are.
    fn chosen_traces(&self, project: &ProjectSlug, chosen: &Chosen) -> BTreeSet<TraceId> {
        let logs = || self.logs.iter().filter(|stored| stored.project == *project).map(|stored| &stored.record);
        let traces = self.traces(project, Detail::Whole);
        let all: BTreeSet<TraceId> = traces.keys().copied().chain(logs().filter_map(LogRecord::trace)).collect();
        match chosen {
            Chosen::Traces(wanted) => wanted.iter().copied().filter(|trace_id| all.contains(trace_id)).collect(),
            Chosen::Found { filter, range, .. } => {
                let matcher = Matcher::new(filter);
                let is_found = |trace: &&crate::query::TraceRecords| {
                    range.contains(extent(trace).0) && matcher.trace(&TraceRow::new(&trace.spans, &trace.logs))
                };
                traces.values().filter(is_found).map(|trace| trace.trace_id).collect()
            }
            Chosen::EndedBefore { unix_nanos } => {
                let late = |span: &Span| span.start_unix_nanos.max(span.end_unix_nanos) >= *unix_nanos;
                let late_spans = self.merged_spans(project).into_values().filter(late).map(|span| span.trace_id);
                let late_logs = logs().filter(|log| time_of_log(log) >= *unix_nanos).filter_map(LogRecord::trace);
                let kept: BTreeSet<TraceId> = late_spans.chain(late_logs).collect();
                all.into_iter().filter(|trace_id| !kept.contains(trace_id)).collect()
            }
        }
    }

    /// Forgets the records, and that they were seen.
    fn remove(&mut self, goes: &Goes<'_>) {
        let seen_span = |span: &Span| format!("span {} {} {}", goes.project, span.trace_id, span.span_id);
        let spans = self.spans.iter().filter(|stored| goes.span(&stored.project, &stored.record));
        let logs = self.logs.iter().filter(|stored| goes.log(&stored.project, &stored.record));
        let points = self.points.iter().filter(|stored| goes.point(&stored.project, stored.record.time_unix_nanos));
        let keys: BTreeSet<String> = spans
            .map(|stored| seen_span(&stored.record))
            .chain(logs.map(|stored| super::seen_log(&stored.project, &stored.record)))
            .chain(points.map(|stored| super::seen_point(&stored.project, &stored.record)))
            .collect();
        self.seen.retain(|(key, _)| !keys.contains(key));
        self.seen_keys.retain(|key| !keys.contains(key));
        self.claims.retain(|(project, ..), trace_id| project != goes.project || !goes.trace_ids.contains(trace_id));
        self.spans.retain(|stored| !goes.span(&stored.project, &stored.record));
        self.logs.retain(|stored| !goes.log(&stored.project, &stored.record));
        self.points.retain(|stored| !goes.point(&stored.project, stored.record.time_unix_nanos));
    }
}

/// What goes of a project.
struct Goes<'a> {
    project: &'a ProjectSlug,
    trace_ids: &'a BTreeSet<TraceId>,
    chosen: &'a Chosen,
}

impl Goes<'_> {
    fn span(&self, project: &ProjectSlug, span: &Span) -> bool {
        project == self.project && self.trace_ids.contains(&span.trace_id)
    }

    fn log(&self, project: &ProjectSlug, log: &LogRecord) -> bool {
        let goes = match (log.trace(), self.chosen) {
            (Some(trace_id), _) => self.trace_ids.contains(&trace_id),
            (None, Chosen::Found { said_by_logs, .. }) => said_by_logs.as_ref().is_some_and(|said: &SaidByLog| said.is_said_by(log)),
            (None, Chosen::EndedBefore { unix_nanos }) => time_of_log(log) < *unix_nanos,
            (None, Chosen::Traces(_)) => false,
        };
        project == self.project && goes
    }

    fn point(&self, project: &ProjectSlug, time_unix_nanos: u64) -> bool {
        project == self.project && matches!(self.chosen, Chosen::EndedBefore { unix_nanos } if time_unix_nanos < *unix_nanos)
    }
}
