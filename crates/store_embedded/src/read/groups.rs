//! Lists sessions and users by their latest activity.

use std::collections::{HashMap, HashSet};

use model::{ProjectSlug, TraceId};
use store::{Group, GroupKey, GroupPage, GroupQuery, Order, StoreError};

use super::page::PageCollector;
use super::scan::scan_spans;
use super::snapshot::Snapshot;
use crate::engine::Engine;

pub(crate) fn list_groups(engine: &Engine, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let column = match query.key {
        GroupKey::Session => "session_id",
        GroupKey::User => "user_id",
    };
    let mut groups: HashMap<String, Activity> = HashMap::new();
    let mut trace_starts: HashMap<TraceId, u64> = HashMap::new();
    scan_spans(&snapshot, project, Some(column), |facts| {
        let (trace_id, start) = (facts.span.trace_id, facts.start_unix_nanos);
        trace_starts.entry(trace_id).and_modify(|earliest| *earliest = start.min(*earliest)).or_insert(start);
        if let Some(name) = facts.name {
            groups.entry(name).or_default().add(trace_id, start, query.range.contains(start));
        }
    })?;
    let mut page = PageCollector::new(Order::Descending, query.limit, query.after.as_ref());
    for (name, activity) in groups.iter().filter(|(_, activity)| activity.is_in_range) {
        page.add(activity.last_unix_nanos, name.as_str());
    }
    let page = page.finish();
    let group = |(_, name): &(u64, &str)| group(name, &groups[*name], &trace_starts);
    Ok(GroupPage { groups: page.keys.iter().map(group).collect(), next: page.next, total: page.total })
}

fn group(name: &str, activity: &Activity, trace_starts: &HashMap<TraceId, u64>) -> Group {
    let mut trace_ids: Vec<TraceId> = activity.trace_ids.iter().copied().collect();
    trace_ids.sort_unstable_by_key(|trace_id| (trace_starts[trace_id], *trace_id));
    Group { name: name.to_owned(), first_unix_nanos: activity.first_unix_nanos, last_unix_nanos: activity.last_unix_nanos, trace_ids }
}

/// The spans that carry a name.
#[derive(Debug)]
struct Activity {
    first_unix_nanos: u64,
    last_unix_nanos: u64,
    is_in_range: bool,
    trace_ids: HashSet<TraceId>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { first_unix_nanos: u64::MAX, last_unix_nanos: 0, is_in_range: false, trace_ids: HashSet::new() }
    }
}

impl Activity {
    fn add(&mut self, trace_id: TraceId, start_unix_nanos: u64, is_in_range: bool) {
        self.first_unix_nanos = self.first_unix_nanos.min(start_unix_nanos);
        self.last_unix_nanos = self.last_unix_nanos.max(start_unix_nanos);
        self.is_in_range |= is_in_range;
        self.trace_ids.insert(trace_id);
    }
}
