//! Lists sessions and users by their latest activity.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{BooleanArray, FixedSizeBinaryArray, StringArray, UInt64Array};
use model::{ProjectSlug, TraceId};
use store::{Group, GroupKey, GroupPage, GroupQuery, Order, StoreError};

use super::page::PageCollector;
use super::snapshot::Snapshot;
use super::sql::{question, range_condition, trace_id_at};
use crate::engine::Engine;
use crate::rows::Columns;

pub(crate) fn list_groups(engine: &Engine, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let column = match query.key {
        GroupKey::Session => "session_id",
        GroupKey::User => "user_id",
    };
    let ask_of = |sql| question(&snapshot, project, Some(column), sql);
    let mut groups: HashMap<String, Activity> = HashMap::new();
    let by_name = format!(
        "SELECT name, trace_id, min(start_unix_nanos) AS first, max(start_unix_nanos) AS last, bool_or({}) AS in_range
         FROM spans WHERE name IS NOT NULL GROUP BY name, trace_id",
        range_condition("start_unix_nanos", query.range)
    );
    engine.planner.ask(&ask_of(by_name), |batch| {
        let columns = Columns(batch);
        let (names, trace_ids) = (columns.get::<StringArray>("name")?, columns.get::<FixedSizeBinaryArray>("trace_id")?);
        let (firsts, lasts) = (columns.get::<UInt64Array>("first")?, columns.get::<UInt64Array>("last")?);
        let in_range = columns.get::<BooleanArray>("in_range")?;
        for row in 0..batch.num_rows() {
            let activity = groups.entry(names.value(row).to_owned()).or_default();
            activity.add(trace_id_at(trace_ids, row)?, firsts.value(row), lasts.value(row), in_range.value(row));
        }
        Ok(())
    })?;
    let mut trace_starts: HashMap<TraceId, u64> = HashMap::new();
    let starts = "SELECT trace_id, min(start_unix_nanos) AS start FROM spans GROUP BY trace_id HAVING count(name) > 0".to_owned();
    engine.planner.ask(&ask_of(starts), |batch| {
        let columns = Columns(batch);
        let (trace_ids, starts) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<UInt64Array>("start")?);
        for row in 0..batch.num_rows() {
            trace_starts.insert(trace_id_at(trace_ids, row)?, starts.value(row));
        }
        Ok(())
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
    fn add(&mut self, trace_id: TraceId, first_unix_nanos: u64, last_unix_nanos: u64, is_in_range: bool) {
        self.first_unix_nanos = self.first_unix_nanos.min(first_unix_nanos);
        self.last_unix_nanos = self.last_unix_nanos.max(last_unix_nanos);
        self.is_in_range |= is_in_range;
        self.trace_ids.insert(trace_id);
    }
}
