//! `clew delete`: traces removed for good, after a question.

use std::io::{IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::options::ServerArgs;
use crate::output;

/// Delete traces for good, with every span and log record of them.
///
/// Say which: by session, by user, by trace id, or by a query as `clew traces` takes it. What is stored is then looked at whether
/// anything is left. Backups keep what they have. Metric points belong to no trace and stay.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["query", "session", "user", "trace"])))]
pub(crate) struct Args {
    /// The traces that `clew traces QUERY` lists, on all its pages.
    #[arg(value_name = "QUERY")]
    query: Option<String>,

    /// The traces of this session.
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// The traces of this user.
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// These traces.
    #[arg(long, value_name = "TRACE_ID", num_args = 1..)]
    trace: Vec<String>,

    /// Only traces that started longer ago than this: `24h`, `7d`.
    #[arg(long, value_name = "LENGTH", conflicts_with = "trace")]
    before: Option<String>,

    /// Tell what would go, and change nothing.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Print the receipt as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let path = client.in_project("delete");
    let request = request(&args)?;
    if !args.dry_run && !args.yes {
        let would_go = client.work_with(Method::POST, &path, &with_dry_run(&request, true)).await?;
        ask(&client, &would_go)?;
    }
    let receipt = client.work_with(Method::POST, &path, &with_dry_run(&request, args.dry_run)).await?;
    if args.json {
        output::print_json(&receipt)?;
    } else {
        println!("{}", lines(&receipt).join("\n"));
    }
    match receipt["check"]["clean"].as_bool() {
        Some(false) => Err(Failure::new(Exit::Failed, "something of the deleted traces was found: see the receipt").into()),
        _ => Ok(()),
    }
}

fn request(args: &Args) -> Result<Value, Failure> {
    let mut request = json!({});
    if let Some(length) = &args.before {
        let refused = || Failure::new(Exit::Usage, format!("`{length}` is no length of time")).with_hint("Write it like `24h` or `7d`.");
        let nanos = model::parse_length(length).ok_or_else(refused)?.as_nanos();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        request["t"] = format!("~{}", now.saturating_sub(nanos)).into();
    }
    if !args.trace.is_empty() {
        request["trace_ids"] = args.trace.clone().into();
    }
    for (field, value) in [("q", &args.query), ("session", &args.session), ("user", &args.user)] {
        if let Some(value) = value {
            request[field] = value.clone().into();
        }
    }
    Ok(request)
}

fn with_dry_run(request: &Value, dry_run: bool) -> Value {
    let mut request = request.clone();
    request["dry_run"] = dry_run.into();
    request
}

/// Has a person type the name of the project; without one, nothing goes.
fn ask(client: &Client, would_go: &Value) -> Result<(), Failure> {
    let what = format!("{} of project `{}`", amount(would_go), client.project());
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, format!("{what} would go, and nobody is there to be asked"))
            .with_hint("Look with `--dry-run`, and say `--yes` where it is meant."));
    }
    eprint!("{what} will be gone for good. Type the name of the project to go on: ");
    let mut typed = String::new();
    let read = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut typed));
    read.map_err(|error| Failure::new(Exit::Failed, "cannot read the answer").with_source(error))?;
    match typed.trim() == client.project() {
        true => Ok(()),
        false => Err(Failure::new(Exit::Failed, "this is not the name of the project: nothing was deleted")),
    }
}

fn amount(receipt: &Value) -> String {
    let count = |field: &str, name: &str| format::plural(receipt[field].as_u64().unwrap_or(0) as usize, name);
    format!("{}, {} and {}", count("traces", "trace"), count("spans", "span"), count("logs", "log record"))
}

fn lines(receipt: &Value) -> Vec<String> {
    let number = |field: &str| receipt[field].as_u64().unwrap_or(0);
    if receipt["dry_run"] == true {
        return vec![format!("{} would go", amount(receipt))];
    }
    let duration = receipt["duration_nanos"].as_str().and_then(|nanos| nanos.parse().ok()).map_or(String::new(), format::duration);
    let segments = format::plural(number("segments_rewritten") as usize, "segment");
    let (before, after) = (format::bytes(number("bytes_before")), format::bytes(number("bytes_after")));
    let mut lines =
        vec![format!("{} deleted in {duration}", amount(receipt)), format!("{segments} written again, {before} before, {after} after")];
    let check = &receipt["check"];
    lines.push(match check["clean"].as_bool() {
        Some(true) => "checked: nothing of them is left in rows, indexes and log".to_owned(),
        _ => format!("checked: something was found of {}", words(&check["found"]).join(", ")),
    });
    lines.extend(words(&check["left"]).into_iter().map(|left| format!("note: {left}")));
    lines
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_what_went_and_what_was_found() {
        let receipt = json!({"dry_run": false, "traces": 1, "spans": 1200, "logs": 0, "points": 0, "segments_rewritten": 2,
            "bytes_before": 44_000_000, "bytes_after": 43_100_000, "duration_nanos": "1250000000",
            "check": {"clean": true, "found": [], "left": ["segments/0000000001 is damaged"]}});
        insta::assert_snapshot!(lines(&receipt).join("\n"), @r"
        1 trace, 1,200 spans and 0 log records deleted in 1.3s
        2 segments written again, 44.0 MB before, 43.1 MB after
        checked: nothing of them is left in rows, indexes and log
        note: segments/0000000001 is damaged
        ");
        let receipt = json!({"dry_run": true, "traces": 2, "spans": 3, "logs": 1});
        assert_eq!(lines(&receipt), ["2 traces, 3 spans and 1 log record would go"]);
    }
}
