//! What the lists of the command line share: their options, their pages, and what is said when they end.

use serde_json::Value;

use super::view_reference::find;
use crate::client::Client;
use crate::format;
use crate::line::Line;
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// What every list takes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ListArgs {
    /// Filter, in the query language of the search field.
    #[arg(value_name = "QUERY")]
    pub(super) query: Option<String>,

    /// Only what is of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(short = 't', long, value_name = "TIME")]
    pub(super) since: Option<String>,

    /// Only what this saved view shows: its name or id.
    #[arg(long, value_name = "NAME")]
    view: Option<String>,

    /// At most so many rows [default: 50].
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// List all of them.
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    pub(super) server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// One of the lists of the API.
pub(super) struct List {
    /// Its address in the project, and the field of its rows.
    pub(super) name: &'static str,
    /// What one row is called.
    pub(super) noun: &'static str,
    pub(super) header: fn(Option<usize>) -> Line,
    pub(super) row: fn(&Value, Option<usize>) -> anyhow::Result<Line>,
    /// What to do where there is nothing at all.
    pub(super) none: &'static str,
}

/// The most the API gives at once.
const PAGE_ROWS_MAX: usize = 1000;
const ROWS_DEFAULT: usize = 50;

/// Prints a list; `more` are parameters beside those of every list.
pub(super) async fn print(list: &List, args: &ListArgs, more: &[(&'static str, String)]) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let screen = Screen::of_stdout(&args.output);
    let wanted = if args.all { usize::MAX } else { args.limit.unwrap_or(ROWS_DEFAULT) };
    let view = match &args.view {
        Some(name) => Some(find(&client, list.name, name).await?),
        None => None,
    };
    let (q, t) = narrowed(args, view.as_ref());
    let mut shown = 0;
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("limit", (wanted - shown).min(PAGE_ROWS_MAX).to_string())];
        let optional = [("q", q.as_deref()), ("t", t.as_deref()), ("cursor", cursor.as_deref())];
        query.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))));
        query.extend_from_slice(more);
        let page = client.get(&client.in_project(list.name), &query).await?;
        let rows = page[list.name].as_array().cloned().unwrap_or_default();
        print_page(list, &rows, shown == 0, args.json, &screen)?;
        shown += rows.len();
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() || rows.is_empty() || shown >= wanted {
            let is_filtered = q.is_some() || t.is_some() || !more.is_empty();
            say_how_many(list, shown, &page, &client, is_filtered);
            return Ok(());
        }
    }
}

/// The query and the time: those of a view, narrowed further by what was typed; a time that was typed goes before the view's.
fn narrowed(args: &ListArgs, view: Option<&Value>) -> (Option<String>, Option<String>) {
    let of_view = |field: &str| view.and_then(|view| view[field].as_str()).filter(|text| !text.is_empty());
    let query = match (of_view("query"), args.query.as_deref().filter(|text| !text.trim().is_empty())) {
        (Some(one), Some(other)) => Some(format!("({one}) ({other})")),
        (one, other) => one.or(other).map(str::to_owned),
    };
    (query, args.since.as_deref().or(of_view("range")).map(str::to_owned))
}

fn print_page(list: &List, rows: &[Value], is_first: bool, json: bool, screen: &Screen) -> anyhow::Result<()> {
    if json {
        return Ok(rows.iter().try_for_each(output::print_json)?);
    }
    let mut lines = Vec::new();
    if is_first && !rows.is_empty() {
        lines.push((list.header)(screen.columns));
    }
    for row in rows {
        lines.push((list.row)(row, screen.columns)?);
    }
    Ok(output::print_lines(&lines, screen)?)
}

/// Says on stderr what part of all rows this was.
fn say_how_many(list: &List, shown: usize, page: &Value, client: &Client, is_filtered: bool) {
    let (noun, project) = (list.noun, client.project());
    match page["total"]["count"].as_u64() {
        Some(0) | None if shown == 0 && is_filtered => eprintln!("no {noun} of project `{project}` matches"),
        Some(0) | None if shown == 0 => eprintln!("no {noun}s in project `{project}`; {}", list.none),
        Some(total) if total > shown as u64 => {
            let about = if page["total"]["exact"] == false { "about " } else { "" };
            eprintln!("{} of {about}{} {noun}s; more with --limit or --all", format::count_exact(shown as u64), format::count_exact(total));
        }
        _ => {}
    }
}
