//! Sessions and users: all traces, each understood, by name.

use std::collections::BTreeMap;

use model::{ProjectSlug, TraceSummary};
use query::{Matcher, TraceRow, matches_session};

use super::{State, extent, page};
use crate::group_query::{Group, GroupKey, GroupPage, GroupQuery};
use crate::limits::GROUP_TRACES_MAX;
use crate::query::{Detail, Order, TraceRecords};
use crate::trace_totals::TraceTotals;
use crate::understand::{PlainUnderstanding, Understand};

/// A trace and what it is.
type Understood = (TraceRecords, TraceSummary);

impl State {
    pub(super) fn list_groups(&self, project: &ProjectSlug, query: &GroupQuery) -> GroupPage {
        let mut by_name: BTreeMap<String, Vec<Understood>> = BTreeMap::new();
        for trace in self.traces(project, Detail::Whole).into_values().filter(|trace| !trace.spans.is_empty()) {
            let (summary, _) = PlainUnderstanding.trace(project, trace.clone());
            let name = match query.key {
                GroupKey::Session => summary.session_id.clone(),
                GroupKey::User => summary.user_id.clone(),
            };
            name.into_iter().for_each(|name| by_name.entry(name).or_default().push((trace.clone(), summary.clone())));
        }
        let matcher = Matcher::new(&query.filter);
        let mut rows = Vec::new();
        for (name, mut traces) in by_name {
            traces.sort_by_key(|(trace, _)| (extent(trace).0, trace.trace_id));
            let all: Vec<TraceRow<'_>> = traces.iter().map(|(trace, _)| TraceRow::new(&trace.spans, &trace.logs)).collect();
            let in_range = traces.iter().map(|(trace, _)| trace).filter(|trace| query.range.contains(extent(trace).0));
            let Some(key) = in_range.map(last_start).max() else { continue };
            if matches_session(&matcher, &all) {
                rows.push((key, name.clone().into_bytes(), group(name, &traces)));
            }
        }
        let (groups, next, total) = page(rows, Order::Descending, query.limit, query.after.as_ref());
        GroupPage { groups, next, total }
    }
}

fn last_start(trace: &TraceRecords) -> u64 {
    trace.spans.iter().map(|span| span.start_unix_nanos).max().unwrap_or_default()
}

/// Of traces in order of start.
fn group(name: String, traces: &[Understood]) -> Group {
    let mut totals = TraceTotals::default();
    traces.iter().for_each(|(_, summary)| totals.add(summary));
    Group {
        name,
        first_unix_nanos: traces.first().map_or(0, |(trace, _)| extent(trace).0),
        last_unix_nanos: traces.iter().map(|(trace, _)| last_start(trace)).max().unwrap_or_default(),
        totals,
        trace_ids: traces[traces.len().saturating_sub(GROUP_TRACES_MAX)..].iter().map(|(trace, _)| trace.trace_id).collect(),
        input_preview: traces.first().and_then(|(_, summary)| summary.input_preview.clone()),
        output_preview: traces.last().and_then(|(_, summary)| summary.output_preview.clone()),
    }
}
