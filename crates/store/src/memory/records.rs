//! Records as they were sent, and metric points.

use model::{LogRecord, Origin, ProjectSlug, RawSpan};

use super::{Ranked, State, page, tie_of_span, time_of_log};
use crate::query::{KeysetCursor, Order};
use crate::record_query::{PointPage, PointQuery, RawPage, RawQuery};

impl State {
    pub(super) fn list_points(&self, project: &ProjectSlug, query: &PointQuery) -> PointPage {
        let of_project = self.points.iter().filter(|stored| stored.project == *project);
        let rows = of_project.map(|stored| (stored.record.time_unix_nanos, stored.version.to_be_bytes().to_vec(), stored.record.clone()));
        let is_wanted = |name: &str| query.name.as_deref().is_none_or(|wanted| wanted == name);
        let rows = rows.filter(|(time, _, point)| query.range.contains(*time) && is_wanted(&point.name)).collect();
        let (rows, next, total) = page(with_keys(rows), query.order, query.limit, query.after.as_ref());
        let (points, next) = cut(rows, next, query.bytes_max);
        PointPage { points, next, total }
    }

    pub(super) fn raw_spans(&self, project: &ProjectSlug, query: &RawQuery) -> RawPage<RawSpan> {
        let spans = self.merged_spans(project).into_values().filter(|span| span.origin == Origin::Span);
        let rows = spans.filter(|span| query.trace_id.is_none_or(|trace_id| trace_id == span.trace_id)).filter_map(|span| {
            let tie = tie_of_span(&span);
            Some((span.start_unix_nanos, tie, RawSpan::clone(span.raw.as_deref()?)))
        });
        raw_page(rows.collect(), query)
    }

    pub(super) fn raw_logs(&self, project: &ProjectSlug, query: &RawQuery) -> RawPage<LogRecord> {
        let is_wanted = |log: &LogRecord| query.trace_id.is_none_or(|trace_id| log.trace() == Some(trace_id));
        let logs = self.logs(project).filter(|stored| is_wanted(&stored.record));
        raw_page(
            logs.map(|stored| (time_of_log(&stored.record), stored.version.to_be_bytes().to_vec(), as_sent(&stored.record))).collect(),
            query,
        )
    }
}

pub(super) fn as_sent(log: &LogRecord) -> LogRecord {
    LogRecord { belongs_to: None, ..log.clone() }
}

fn raw_page<Record: std::fmt::Debug>(mut rows: Vec<Ranked<Record>>, query: &RawQuery) -> RawPage<Record> {
    rows.retain(|(time, ..)| query.range.contains(*time));
    let (rows, next, _) = page(with_keys(rows), Order::Ascending, query.limit, query.after.as_ref());
    let (records, next) = cut(rows, next, query.bytes_max);
    RawPage { records, next }
}

/// A record that knows where the page ends if it is the last.
type Keyed<Record> = (KeysetCursor, Record);

fn with_keys<Record>(rows: Vec<Ranked<Record>>) -> Vec<Ranked<Keyed<Record>>> {
    rows.into_iter().map(|(key, tie, record)| (key, tie.clone(), (KeysetCursor { key, tie }, record))).collect()
}

/// Ends a page early where its records are too long; the length of their text stands for their bytes.
fn cut<Record: std::fmt::Debug>(
    rows: Vec<Keyed<Record>>,
    next: Option<KeysetCursor>,
    bytes_max: Option<usize>,
) -> (Vec<Record>, Option<KeysetCursor>) {
    let (mut records, mut bytes, mut last) = (Vec::new(), 0, None);
    for (key, record) in rows {
        bytes += format!("{record:?}").len();
        if !records.is_empty() && bytes_max.is_some_and(|bytes_max| bytes > bytes_max) {
            return (records, last);
        }
        records.push(record);
        last = Some(key);
    }
    (records, next)
}
