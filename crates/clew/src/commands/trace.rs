//! `clew trace`: one trace as a tree.

mod reference;
mod span_page;

use serde_json::Value;

use crate::client::{Client, TraceDetail};
use crate::failure::{Exit, Failure};
use crate::line::{Line, Role};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;
use crate::tree::{self, TreeOptions};
use reference::TraceReference;

/// Show a trace as a tree.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Trace id, address of a trace on the screen, or `last` for the newest one.
    #[arg(value_name = "ID|URL|last")]
    trace: String,

    /// Show every span: folded repetitions and hidden plumbing too.
    #[arg(long)]
    all: bool,

    /// Show only so many levels.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    depth: Option<u16>,

    /// Show one span in full instead of the tree.
    #[arg(long, value_name = "SPAN_ID")]
    span: Option<String>,

    /// Print where spans point to, in this trace and in others, below their lines.
    #[arg(long)]
    links: bool,

    /// Print what models and tools read and wrote below their lines.
    #[arg(long)]
    messages: bool,

    /// Show names, and for a span its attributes, as they were sent.
    #[arg(long)]
    raw: bool,

    /// Open the trace in a browser.
    #[arg(long)]
    open: bool,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(mut args: Args) -> anyhow::Result<()> {
    let reference: TraceReference = args.trace.parse()?;
    if let TraceReference::Id { server: Some(server), .. } = &reference {
        args.server.server.clone_from(server);
    }
    let client = Client::new(&args.server)?;
    let (trace_id, span_id) = match reference {
        TraceReference::Last => (last_trace_id(&client).await?, args.span.clone()),
        TraceReference::Id { trace_id, span_id, .. } => (trace_id, args.span.clone().or(span_id)),
    };
    // With content: the tree counts documents and names the best score, and these are content.
    let answer = client.get_trace(&trace_id, &[]).await?;
    print(&client, &trace_id, span_id.as_deref(), answer, &args)?;
    if args.open {
        super::demo::open_in_browser(&client.trace_link(&trace_id, span_id.as_deref()));
    }
    Ok(())
}

async fn last_trace_id(client: &Client) -> anyhow::Result<String> {
    let page = client.get(&client.in_project("traces"), &[("sort", "-start".to_owned()), ("limit", "1".to_owned())]).await?;
    let id = page.pointer("/traces/0/trace_id").and_then(Value::as_str);
    Ok(id.map(str::to_owned).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("project `{}` has no traces yet", client.project()))
            .with_hint("Send some with `clew demo`, or see what arrives with `clew doctor`.")
    })?)
}

fn print(client: &Client, trace_id: &str, span_id: Option<&str>, answer: Value, args: &Args) -> anyhow::Result<()> {
    let screen = Screen::of_stdout(&args.output);
    if args.json {
        let value = match span_id {
            Some(span_id) => span_in(&answer, span_id)?.clone(),
            None => answer,
        };
        return Ok(output::print_json(&value)?);
    }
    let detail: TraceDetail = serde_json::from_value(answer)?;
    if let Some(span_id) = span_id {
        let found = detail.spans.iter().find(|span| span.span_id == span_id).ok_or_else(|| span_not_found(span_id))?;
        let mut lines = span_page::lines(found, args.raw, &screen);
        lines.push(link_line(client, trace_id, Some(span_id)));
        return Ok(output::print_lines(&lines, &screen)?);
    }
    let options = TreeOptions {
        all: args.all,
        depth_max: args.depth.map(usize::from),
        links: args.links,
        messages: args.messages,
        raw_names: args.raw,
        columns: screen.columns,
        bars: !screen.ascii && screen.is_terminal(),
        now_unix_nanos: u64::try_from(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default()).ok(),
    };
    let mut lines = tree::lines(&detail, &options);
    lines.push(link_line(client, trace_id, tree::failing_span(&detail)));
    Ok(output::print_lines(&lines, &screen)?)
}

fn link_line(client: &Client, trace_id: &str, span_id: Option<&str>) -> Line {
    Line::new().with(Role::Dim, client.trace_link(trace_id, span_id))
}

fn span_in<'a>(answer: &'a Value, span_id: &str) -> Result<&'a Value, Failure> {
    let spans = answer.get("spans").and_then(Value::as_array);
    let is_it = |span: &&Value| span.get("span_id").and_then(Value::as_str) == Some(span_id);
    spans.and_then(|spans| spans.iter().find(is_it)).ok_or_else(|| span_not_found(span_id))
}

fn span_not_found(span_id: &str) -> Failure {
    Failure::new(Exit::NotFound, format!("the trace has no span `{span_id}`")).with_hint("`clew trace <id> --json` lists all span ids.")
}
