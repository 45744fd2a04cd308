//! Traces as a table, and the cells that all lists share.

use chrono::{DateTime, TimeZone};

use crate::client::TraceSummary;
use crate::format::{self, MISSING};
use crate::line::{Line, Role, one_line};

/// Widths of the columns with a fixed one: time, status, duration, tokens, cost, and two spaces between all seven.
const FIXED_WIDTH: usize = 14 + 7 + 8 + 7 + 10 + 6 * 2;
const NAME_WIDTH: usize = 20;
/// The preview's width where output is not a terminal.
const PREVIEW_WIDTH: usize = 48;
/// Below this the preview says nothing and is left to wrap.
const PREVIEW_WIDTH_MIN: usize = 12;

/// The line above the columns.
pub(crate) fn header(columns: Option<usize>) -> Line {
    let text = join([
        left("time", 14),
        left("status", 7),
        left("name", NAME_WIDTH),
        left("input", preview_width(columns, FIXED_WIDTH + NAME_WIDTH)),
        right("duration", 8),
        right("tokens", 7),
        right("cost", 10),
    ]);
    Line::new().with(Role::Dim, text)
}

/// One trace; times in the zone given.
pub(crate) fn row<Zone: TimeZone>(trace: &TraceSummary, zone: &Zone, columns: Option<usize>) -> Line
where
    Zone::Offset: std::fmt::Display,
{
    let status = trace.status.as_deref().unwrap_or("unset");
    let preview = trace.input_preview.as_deref().map(one_line).unwrap_or_default();
    let cost = trace.cost();
    Line::new()
        .with(Role::Dim, left(&time(trace.start_unix_nanos, zone), 14) + "  ")
        .with(status_role(status), left(if status == "unset" { MISSING } else { status }, 7) + "  ")
        .with(Role::Strong, left(&one_line(trace.name.as_deref().unwrap_or(&trace.trace_id)), NAME_WIDTH) + "  ")
        .with(Role::Plain, left(&preview, preview_width(columns, FIXED_WIDTH + NAME_WIDTH)) + "  ")
        .with(Role::Plain, right(&trace.duration_nanos.map_or(MISSING.to_owned(), format::duration), 8) + "  ")
        .with(Role::Plain, right(&trace.tokens().map_or(MISSING.to_owned(), format::count), 7) + "  ")
        .with(if cost == format::Cost::NoPrice { Role::Warning } else { Role::Plain }, right(&format::cost(cost), 10))
}

/// The room that other columns leave.
pub(crate) fn preview_width(columns: Option<usize>, others: usize) -> usize {
    columns.map_or(PREVIEW_WIDTH, |columns| columns.saturating_sub(others).max(PREVIEW_WIDTH_MIN))
}

pub(crate) fn time<Zone: TimeZone>(unix_nanos: Option<u64>, zone: &Zone) -> String
where
    Zone::Offset: std::fmt::Display,
{
    let moment = unix_nanos.and_then(|nanos| i64::try_from(nanos).ok()).map(DateTime::from_timestamp_nanos);
    moment.map_or(MISSING.to_owned(), |moment| moment.with_timezone(zone).format("%m-%d %H:%M:%S").to_string())
}

pub(crate) fn status_role(status: &str) -> Role {
    match status {
        "ok" => Role::Good,
        "error" => Role::Bad,
        "running" => Role::Warning,
        _ => Role::Dim,
    }
}

fn join(cells: [String; 7]) -> String {
    cells.join("  ")
}

pub(crate) fn left(text: &str, width: usize) -> String {
    format!("{:<width$}", cut(text, width))
}

pub(crate) fn right(text: &str, width: usize) -> String {
    format!("{:>width$}", cut(text, width))
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;
    use crate::screen::Screen;

    #[test]
    fn a_table_has_aligned_columns() {
        let berlin = FixedOffset::east_opt(3600).unwrap();
        let screen = Screen { color: false, ascii: false, columns: None };
        let traces: Vec<TraceSummary> = serde_json::from_value(serde_json::json!([
            {"trace_id": "a", "name": "handle_ticket", "start_unix_nanos": "1795266062000000000", "duration_nanos": "12400000000",
             "status": "error", "usage": {"input_tokens": 9600, "output_tokens": 200}, "cost_usd": "0.0310", "cost_status": "priced",
             "input_preview": "Where is my order\n4821?"},
            {"trace_id": "b", "name": "classify_only", "start_unix_nanos": "1795265998000000000", "duration_nanos": "800000000",
             "status": "ok", "usage": {"input_tokens": 412, "output_tokens": 38}, "cost_status": "no_price",
             "input_preview": "A question that is far too long for the column it has to stand in"},
            {"trace_id": "c", "status": "unset"}
        ]))
        .unwrap();
        let mut lines = vec![header(None)];
        lines.extend(traces.iter().map(|trace| row(trace, &berlin, None)));
        let text: Vec<String> = lines.iter().map(|line| line.paint(&screen)).collect();
        insta::assert_snapshot!(text.join("\n"));
    }
}
