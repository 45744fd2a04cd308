//! `clew spans`: the newest spans as a table.

use serde_json::Value;

use super::list::{List, ListArgs, print};
use crate::client::Span;
use crate::format::{self, Cost, MISSING};
use crate::line::{Line, Role, one_line};
use crate::table::{left, preview_width, right, status_role, time};

/// List spans of all traces, newest first.
///
/// The same query means single spans here: `clew spans 'kind:tool status:error'` lists failed tool calls, `clew spans 'kind:llm
/// trace(status:error)'` the model calls of failed traces.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

const SPANS: List = List { name: "spans", noun: "span", header, row, none: "`clew demo` sends some, `clew doctor` tells what arrives" };

/// Time, status, kind, duration, tokens, cost, and two spaces between all eight columns.
const FIXED_WIDTH: usize = 14 + 7 + 9 + 8 + 7 + 10 + 7 * 2;
const NAME_WIDTH: usize = 24;
/// Of both ids and the space between.
const IDS_WIDTH: usize = 32 + 1 + 16;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    print(&SPANS, &args.list, &[]).await
}

fn header(columns: Option<usize>) -> Line {
    let cells = [
        left("time", 14),
        left("status", 7),
        left("kind", 9),
        left("name", NAME_WIDTH),
        left("trace, span", ids_width(columns)),
        right("duration", 8),
        right("tokens", 7),
        right("cost", 10),
    ];
    Line::new().with(Role::Dim, cells.join("  "))
}

/// Where output is cut nowhere, ids are whole: one copies them.
fn ids_width(columns: Option<usize>) -> usize {
    columns.map_or(IDS_WIDTH, |_| preview_width(columns, FIXED_WIDTH + NAME_WIDTH).min(IDS_WIDTH))
}

fn row(span: &Value, columns: Option<usize>) -> anyhow::Result<Line> {
    let span: Span = serde_json::from_value(span.clone())?;
    let status = span.status.as_deref().unwrap_or("unset");
    let nanos = span.end_unix_nanos.zip(span.start_unix_nanos).map(|(end, start)| end.saturating_sub(start));
    let tokens = span.usage.as_ref().and_then(|usage| {
        let known = ["input_tokens", "output_tokens"].into_iter().filter_map(|unit| usage.get(unit).copied());
        known.reduce(u64::saturating_add)
    });
    let cost = Cost::from_api(span.cost_usd.as_deref(), span.cost_status.as_deref());
    let ids = format!("{} {}", span.trace_id, span.span_id);
    Ok(Line::new()
        .with(Role::Dim, left(&time(span.start_unix_nanos, &chrono::Local), 14) + "  ")
        .with(status_role(status), left(if status == "unset" { MISSING } else { status }, 7) + "  ")
        .with(Role::Plain, left(span.obs_type.as_deref().unwrap_or("span"), 9) + "  ")
        .with(Role::Strong, left(&one_line(&span.name), NAME_WIDTH) + "  ")
        .with(Role::Dim, left(&ids, ids_width(columns)) + "  ")
        .with(Role::Plain, right(&nanos.map_or(MISSING.to_owned(), format::duration), 8) + "  ")
        .with(Role::Plain, right(&tokens.map_or(MISSING.to_owned(), format::count), 7) + "  ")
        .with(if cost == Cost::NoPrice { Role::Warning } else { Role::Plain }, right(&format::cost(cost), 10)))
}
