//! `clew logs`: the newest log records, one a line.

use serde_json::Value;

use super::list::{List, ListArgs, print};
use crate::format::MISSING;
use crate::line::{Line, Role, one_line};
use crate::table::{left, time};

/// List log records, newest first.
///
/// Of log records a query may ask words, `log(severity >= error event:x "text")`, attributes, `name` (of the event), `service`,
/// `scope`, `trace_id` and `span_id`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    list: ListArgs,

    /// Only records of this severity or above: `trace`, `debug`, `info`, `warn`, `error`, `fatal`.
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,

    /// Only records of this trace.
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
}

const LOGS: List = List { name: "logs", noun: "log record", header, row, none: "log records arrive at /v1/logs of the server" };

const EVENT_WIDTH: usize = 24;
/// Enough of a trace id to tell it from others.
const TRACE_WIDTH: usize = 12;

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let more = [("severity", args.severity), ("trace_id", args.trace)];
    let more: Vec<_> = more.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    print(&LOGS, &args.list, &more).await
}

fn header(_: Option<usize>) -> Line {
    let cells = [left("time", 14), left("level", 7), left("trace", TRACE_WIDTH), left("event", EVENT_WIDTH), "body".to_owned()];
    Line::new().with(Role::Dim, cells.join("  "))
}

fn row(log: &Value, columns: Option<usize>) -> anyhow::Result<Line> {
    let text = |field: &str| log[field].as_str().map_or(MISSING.to_owned(), one_line);
    let moment = log["time_unix_nanos"].as_str().and_then(|nanos| nanos.parse().ok());
    let severity = text("severity");
    let body = match &log["body"] {
        Value::Null => attributes(&log["attributes"]),
        Value::String(body) => one_line(body),
        other => other.to_string(),
    };
    let line = Line::new()
        .with(Role::Dim, left(&time(moment, &chrono::Local), 14) + "  ")
        .with(role(&severity), left(&severity.to_lowercase(), 7) + "  ")
        .with(Role::Dim, left(&text("trace_id"), TRACE_WIDTH) + "  ")
        .with(Role::Strong, left(&text("event_name"), EVENT_WIDTH) + "  ")
        .with(Role::Plain, body);
    Ok(columns.map_or(line.clone(), |columns| line.cut(columns)))
}

/// What an event without a body says.
fn attributes(attributes: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), one_line);
    let pairs = attributes.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={}", plain(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

fn role(severity: &str) -> Role {
    match severity.to_ascii_lowercase().as_str() {
        "error" | "fatal" => Role::Bad,
        "warn" | "warning" => Role::Warning,
        _ => Role::Dim,
    }
}
