//! `clew export`: records as they were sent, from the server into files.

mod sink;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wire::{Format, Limits, Signal};

use self::sink::Sink;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::line::Line;
use crate::options::{OutputArgs, ServerArgs, SignalChoice};
use crate::otlp_file::noun;
use crate::output;
use crate::screen::Screen;

/// Write records as they were sent, as OTLP.
///
/// A folder gets one request a file (`001.traces.pb`, `002.logs.pb` ...), each small enough for any receiver;
/// `clew send FOLDER` sends them again, to this server or another, and changes nothing where they are already.
/// Every field is kept; a span that was sent in several versions comes once, merged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write OTLP in protobuf; the only form there is, so it need not be said.
    #[arg(long)]
    otlp: bool,

    /// A folder, new or empty; one file for one signal (`spans.pb`); or `-` for stdout.
    #[arg(long, value_name = "PATH", default_value = "clew-export")]
    out: PathBuf,

    /// Only this signal; may be given several times [default: all three].
    #[arg(long, value_name = "SIGNAL", value_enum)]
    signal: Vec<SignalChoice>,

    /// Only the spans and log records of this trace.
    #[arg(long, value_name = "ID")]
    trace: Option<String>,

    /// Only records of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(short = 't', long, value_name = "TIME")]
    since: Option<String>,

    /// Print the outcome as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// An export that takes longer than this says how far it is, and again each time.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

/// What was written of one signal.
#[derive(Debug, Default)]
struct Written {
    records: u64,
    /// Records that a receiver with the usual limits would refuse.
    beyond_limits: u64,
    bytes: u64,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let signals = signals(&args)?;
    if args.json && sink::is_stdout(&args.out) {
        let failure = Failure::new(Exit::Usage, "stdout cannot take the records and the summary");
        return Err(failure.with_hint("Leave --json out, or write into a file with --out.").into());
    }
    let client = client(&args).await?;
    let mut sink = Sink::open(&args.out, &signals)?;
    let mut written = Vec::new();
    for signal in signals {
        written.push((signal, export(&client, signal, &args, &mut sink).await?));
    }
    sink.finish()?;
    report(&args, &client, &sink, &written)
}

fn signals(args: &Args) -> Result<Vec<Signal>, Failure> {
    let mut signals: Vec<Signal> = Vec::new();
    for signal in args.signal.iter().copied().map(Signal::from) {
        if !signals.contains(&signal) {
            signals.push(signal);
        }
    }
    if args.trace.is_none() {
        return Ok(if signals.is_empty() { vec![Signal::Traces, Signal::Logs, Signal::Metrics] } else { signals });
    }
    if signals.contains(&Signal::Metrics) {
        let failure = Failure::new(Exit::Usage, "metric points belong to no trace");
        return Err(failure.with_hint("Leave --trace or `--signal metrics` out."));
    }
    Ok(if signals.is_empty() { vec![Signal::Traces, Signal::Logs] } else { signals })
}

/// Finds the project of a trace where none was named.
async fn client(args: &Args) -> Result<Client, Failure> {
    let client = Client::new(&args.server)?;
    let Some(trace_id) = &args.trace else { return Ok(client) };
    let answer = client.get_trace(trace_id, &[("content", "none".to_owned())]).await?;
    let project = answer.get("project").and_then(Value::as_str).and_then(|slug| slug.parse().ok());
    Ok(match project {
        Some(project) => client.with_project(project),
        None => client,
    })
}

/// Asks page by page, and writes each as it comes.
async fn export(client: &Client, signal: Signal, args: &Args, sink: &mut Sink) -> Result<Written, Failure> {
    let mut written = Written::default();
    let mut said = Instant::now();
    let mut cursor = None;
    loop {
        let (body, next) = page(client, signal, args, cursor.as_deref()).await?;
        if !body.is_empty() {
            let incoming = wire::decode(signal, Format::Protobuf, &body, &Limits::default())
                .map_err(|error| Failure::new(Exit::Failed, "cannot read the records the server sent").with_source(error))?;
            written.records += incoming.received() as u64;
            written.beyond_limits += incoming.rejected.len() as u64;
            written.bytes += body.len() as u64;
            sink.write(signal, &body)?;
        }
        if said.elapsed() >= PROGRESS_INTERVAL {
            eprintln!("{} so far, {}", format::plural(written.records as usize, noun(signal)), format::bytes(written.bytes));
            said = Instant::now();
        }
        cursor = next;
        if cursor.is_none() {
            return Ok(written);
        }
    }
}

/// One page, and the cursor of the next.
async fn page(client: &Client, signal: Signal, args: &Args, cursor: Option<&str>) -> Result<(Vec<u8>, Option<String>), Failure> {
    let mut query = vec![("signal", signal.as_str().to_owned())];
    let optional = [("t", args.since.as_deref()), ("trace_id", args.trace.as_deref()), ("cursor", cursor)];
    query.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))));
    let answer = client.ask(&client.in_project("export/otlp"), &query).await?;
    let next = answer.headers().get("x-clew-next-cursor").and_then(|cursor| cursor.to_str().ok()).map(str::to_owned);
    let body = answer.bytes().await.map_err(|error| {
        Failure::new(Exit::Failed, "the export broke off").with_source(error).with_hint("What was written so far is whole; start again.")
    })?;
    Ok((body.into(), next))
}

fn report(args: &Args, client: &Client, sink: &Sink, written: &[(Signal, Written)]) -> anyhow::Result<()> {
    let beyond_limits: u64 = written.iter().map(|(_, written)| written.beyond_limits).sum();
    if beyond_limits > 0 {
        eprintln!("{} merged from many versions: over the usual limits of a receiver", format::plural(beyond_limits as usize, "record"));
    }
    let bytes: u64 = written.iter().map(|(_, written)| written.bytes).sum();
    if args.json {
        let count = |wanted| written.iter().find(|(signal, _)| *signal == wanted).map(|(_, written)| written.records);
        return Ok(output::print_json(&json!({
            "project": client.project(), "out": args.out.display().to_string(), "files": sink.files(), "bytes": bytes,
            "spans": count(Signal::Traces), "log_records": count(Signal::Logs), "metric_points": count(Signal::Metrics),
        }))?);
    }
    let counts: Vec<String> = written.iter().map(|(signal, written)| format::plural(written.records as usize, noun(*signal))).collect();
    let text = format!("exported {} of project `{}`, {}", counts.join(", "), client.project(), format::bytes(bytes));
    if sink::is_stdout(&args.out) {
        eprintln!("{text}");
        return Ok(());
    }
    let text = format!("{text}, to {}", args.out.display());
    Ok(output::print_lines(&[Line::plain(text)], &Screen::of_stdout(&args.output))?)
}
