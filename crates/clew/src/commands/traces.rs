//! `clew traces`: the newest traces as a table.

use serde_json::Value;

use crate::client::{Client, TraceSummary};
use crate::format;
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;
use crate::table;

/// List traces, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Filter, in the query language of the search field.
    #[arg(value_name = "QUERY")]
    query: Option<String>,

    /// Only traces of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// At most so many traces.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,

    /// List all of them.
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The most the API gives at once.
const PAGE_TRACES_MAX: usize = 1000;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let wanted = if args.all { usize::MAX } else { args.limit };
    let mut shown = 0;
    let mut cursor: Option<String> = None;
    loop {
        let page_limit = (wanted - shown).min(PAGE_TRACES_MAX);
        let page = client.get(&client.in_project("traces"), &query(&args, page_limit, cursor.as_deref())).await?;
        let traces = page.get("traces").and_then(Value::as_array).cloned().unwrap_or_default();
        print_page(&traces, shown == 0, args.json, &screen)?;
        shown += traces.len();
        cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() || traces.is_empty() || shown >= wanted {
            say_how_many(shown, &page, &client, args.query.is_some() || args.since.is_some());
            return Ok(());
        }
    }
}

fn query(args: &Args, limit: usize, cursor: Option<&str>) -> Vec<(&'static str, String)> {
    let mut query = vec![("sort", "-start".to_owned()), ("limit", limit.to_string())];
    let optional = [("q", args.query.as_deref()), ("t", args.since.as_deref()), ("cursor", cursor)];
    query.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))));
    query
}

fn print_page(traces: &[Value], is_first: bool, json: bool, screen: &Screen) -> anyhow::Result<()> {
    if json {
        for trace in traces {
            output::print_json(trace)?;
        }
        return Ok(());
    }
    let mut lines = Vec::new();
    if is_first && !traces.is_empty() {
        lines.push(table::header(screen.columns));
    }
    for trace in traces {
        let trace: TraceSummary = serde_json::from_value(trace.clone())?;
        lines.push(table::row(&trace, &chrono::Local, screen.columns));
    }
    Ok(output::print_lines(&lines, screen)?)
}

/// Says on stderr what part of all traces this was.
fn say_how_many(shown: usize, page: &Value, client: &Client, is_filtered: bool) {
    let total = page.pointer("/total/count").and_then(Value::as_u64);
    match total {
        Some(0) | None if shown == 0 && is_filtered => eprintln!("no trace of project `{}` matches", client.project()),
        Some(0) | None if shown == 0 => {
            eprintln!("no traces in project `{}`; `clew demo` sends some, `clew doctor` tells what arrives", client.project());
        }
        Some(total) if total > shown as u64 => {
            eprintln!("{} of {} traces; more with --limit or --all", format::count_exact(shown as u64), format::count_exact(total));
        }
        _ => {}
    }
}
