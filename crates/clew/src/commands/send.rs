//! `clew send`: OTLP files to the server.

use std::path::{Path, PathBuf};

use serde_json::json;
use wire::Signal;

use crate::client::Client;
use crate::deliver::deliver;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::line::Line;
use crate::options::{OutputArgs, ServerArgs, SignalChoice};
use crate::otlp_file::{self, FileError, Request};
use crate::output;
use crate::screen::Screen;

/// Send OTLP files to the server.
///
/// Reads protobuf (`.pb`), JSON (`.json`) and one JSON request a line (`.jsonl`).
/// Of a folder, all such files in it and below are taken, by name; those without OTLP are left out.
/// All files are checked before the first is sent; they are sent in the order given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, and folders such as `clew export` writes.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

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
    let signal = args.signal.map(Signal::from);
    let mut outcome = Outcome::default();
    for path in checked(sources(&args)?, signal)? {
        for request in otlp_file::read(&path, signal).map_err(refused)? {
            send(&client, &path, request, &mut outcome).await?;
        }
    }
    print(&outcome, &args)?;
    if outcome.rejected > 0 {
        return Err(Failure::said(Exit::Failed).into());
    }
    Ok(())
}

async fn send(client: &Client, path: &Path, request: Request, outcome: &mut Outcome) -> Result<(), Failure> {
    let size = format::bytes(request.body.len() as u64);
    eprintln!("{}: {}, {size}", path.display(), format::plural(request.records, otlp_file::noun(request.signal)));
    let records = request.records as u64;
    let receipt = deliver(client, request.signal, request.format, request.body, client.project_given()).await?;
    outcome.requests += 1;
    outcome.rejected += receipt.rejected;
    outcome.accepted += records.saturating_sub(receipt.rejected);
    outcome.reasons.extend(receipt.message.map(|reason| format!("{}: {reason}", path.display())));
    Ok(())
}

/// A file to send.
struct Source {
    path: PathBuf,
    /// Found in a folder, where other files may stand beside those with OTLP.
    is_found: bool,
}

fn sources(args: &Args) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in &args.paths {
        if !path.is_dir() {
            sources.push(Source { path: path.clone(), is_found: false });
            continue;
        }
        let found = otlp_file::files_in(path).map_err(refused)?;
        if found.is_empty() {
            let failure = Failure::new(Exit::Usage, format!("there is no .pb, .json or .jsonl file in `{}`", path.display()));
            return Err(failure.with_hint("Name the folder that `clew export` wrote, or single files; nothing was sent."));
        }
        sources.extend(found.into_iter().map(|path| Source { path, is_found: true }));
    }
    Ok(sources)
}

/// Reads every file once before the first is sent, and keeps none: an export may be larger than memory.
fn checked(sources: Vec<Source>, signal: Option<Signal>) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for Source { path, is_found } in sources {
        match otlp_file::read(&path, signal) {
            Ok(_) => paths.push(path),
            Err(FileError::Unknown { path }) if is_found => eprintln!("{}: no OTLP, left out", path.display()),
            Err(error) => return Err(refused(error)),
        }
    }
    Ok(paths)
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
