//! `clew sessions`: conversations and visits, each in one row.

use serde_json::Value;

use super::list::{List, ListArgs, print};
use crate::format::{self, Cost, MISSING};
use crate::line::{Line, Role, one_line};
use crate::table::{left, preview_width, right, time};

/// List sessions, the last active first.
///
/// Of a query, sums and counts are asked of the whole session (`cost > $1`, `count(kind:tool) > 20`), any other test of one of its
/// traces (`status:error`).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,
}

const SESSIONS: List =
    List { name: "sessions", noun: "session", header, row, none: "a session is what the spans of a sender name as such: `session.id`" };

/// Time, traces, errors, tokens, cost, and two spaces between all seven columns.
const FIXED_WIDTH: usize = 14 + 7 + 7 + 7 + 10 + 6 * 2;
const NAME_WIDTH: usize = 24;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    print(&SESSIONS, &args.list, &[]).await
}

fn header(columns: Option<usize>) -> Line {
    let cells = [
        left("last active", 14),
        left("session", NAME_WIDTH),
        left("first input", preview_width(columns, FIXED_WIDTH + NAME_WIDTH)),
        right("traces", 7),
        right("errors", 7),
        right("tokens", 7),
        right("cost", 10),
    ];
    Line::new().with(Role::Dim, cells.join("  "))
}

fn row(session: &Value, columns: Option<usize>) -> anyhow::Result<Line> {
    let text = |field: &str| one_line(session[field].as_str().unwrap_or_default());
    let number = |field: &str| session[field].as_u64().unwrap_or_default();
    let known = ["input_tokens", "output_tokens"].into_iter().filter_map(|unit| session["usage"][unit].as_u64());
    let tokens = known.reduce(u64::saturating_add);
    let cost = Cost::from_api(session["cost_usd"].as_str(), session["cost_status"].as_str());
    let last = session["last_unix_nanos"].as_str().and_then(|nanos| nanos.parse().ok());
    let errors = number("error_count");
    Ok(Line::new()
        .with(Role::Dim, left(&time(last, &chrono::Local), 14) + "  ")
        .with(Role::Strong, left(&text("id"), NAME_WIDTH) + "  ")
        .with(Role::Plain, left(&text("input_preview"), preview_width(columns, FIXED_WIDTH + NAME_WIDTH)) + "  ")
        .with(Role::Plain, right(&format::count_exact(number("trace_count")), 7) + "  ")
        .with(if errors > 0 { Role::Bad } else { Role::Dim }, right(&format::count_exact(errors), 7) + "  ")
        .with(Role::Plain, right(&tokens.map_or(MISSING.to_owned(), format::count), 7) + "  ")
        .with(if cost == Cost::NoPrice { Role::Warning } else { Role::Plain }, right(&format::cost(cost), 10)))
}
