//! `clew send`: OTLP files to the server.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use wire::Signal;

use crate::client::Client;
use crate::deliver::deliver;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::line::Line;
use crate::options::{OutputArgs, ServerArgs};
use crate::otlp_file::{self, FileError, Request};
use crate::output;
use crate::screen::Screen;

/// Send OTLP files to the server.
///
/// Reads protobuf (`.pb`), JSON (`.json`) and one JSON request a line (`.jsonl`).
/// All files are read before the first is sent; they are sent in the order given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// What the files hold, where neither content nor name (`001.traces.pb`) tells.
    #[arg(long, value_name = "SIGNAL", value_enum)]
    signal: Option<SignalChoice>,

    /// Print the outcome as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SignalChoice {
    Traces,
    Logs,
    Metrics,
}

impl From<SignalChoice> for Signal {
    fn from(choice: SignalChoice) -> Self {
        match choice {
            SignalChoice::Traces => Self::Traces,
            SignalChoice::Logs => Self::Logs,
            SignalChoice::Metrics => Self::Metrics,
        }
    }
}

/// What became of all files.
#[derive(Debug, Default)]
struct Outcome {
    requests: usize,
    accepted: u64,
    rejected: u64,
    reasons: Vec<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let requests = read_all(&args)?;
    let mut outcome = Outcome::default();
    for (path, request) in requests {
        let size = format::bytes(request.body.len() as u64);
        eprintln!("{}: {}, {size}", path.display(), format::plural(request.records, noun(request.signal)));
        let records = request.records as u64;
        let receipt = deliver(&client, request.signal, request.format, request.body, client.project_given()).await?;
        outcome.requests += 1;
        outcome.rejected += receipt.rejected;
        outcome.accepted += records.saturating_sub(receipt.rejected);
        outcome.reasons.extend(receipt.message.map(|reason| format!("{}: {reason}", path.display())));
    }
    print(&outcome, &args)?;
    if outcome.rejected > 0 {
        return Err(Failure::said(Exit::Failed).into());
    }
    Ok(())
}

/// What one record of a signal is called.
fn noun(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "span",
        Signal::Logs => "log record",
        Signal::Metrics => "metric",
    }
}

fn read_all(args: &Args) -> Result<Vec<(PathBuf, Request)>, Failure> {
    let mut requests = Vec::new();
    for path in &args.files {
        let read = otlp_file::read(path, args.signal.map(Signal::from)).map_err(refused)?;
        requests.extend(read.into_iter().map(|request| (path.clone(), request)));
    }
    Ok(requests)
}

fn refused(error: FileError) -> Failure {
    let hint = match &error {
        FileError::Read { .. } => "Check the path; nothing was sent.",
        FileError::Unknown { .. } => "Name the signal with --signal traces, logs or metrics; nothing was sent.",
        FileError::Json { .. } | FileError::Decode { .. } => "Check that the file is one OTLP export request; nothing was sent.",
    };
    let failure = Failure::new(Exit::Usage, error.to_string()).with_hint(hint);
    match error {
        FileError::Read { source, .. } => failure.with_source(source),
        FileError::Json { source, .. } => failure.with_source(source),
        FileError::Decode { source, .. } => failure.with_source(source),
        FileError::Unknown { .. } => failure,
    }
}

fn print(outcome: &Outcome, args: &Args) -> anyhow::Result<()> {
    for reason in &outcome.reasons {
        eprintln!("{reason}");
    }
    if args.json {
        let value = json!({
            "requests": outcome.requests, "accepted": outcome.accepted, "rejected": outcome.rejected, "reasons": outcome.reasons,
        });
        return Ok(output::print_json(&value)?);
    }
    let text = format!(
        "accepted {}, rejected {}, in {}",
        format::plural(outcome.accepted as usize, "record"),
        format::count_exact(outcome.rejected),
        format::plural(outcome.requests, "request")
    );
    Ok(output::print_lines(&[Line::plain(text)], &Screen::of_stdout(&args.output))?)
}
