//! `clew demo`: invented traffic of a day, sent like any other traffic.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use demo::{Batch, Options};
use model::{LogRecord, RawSpan};
use serde_json::json;
use wire::{Format, PartialSuccess, Signal};

use crate::client::Client;
use crate::deliver::deliver;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::line::{Line, Role};
use crate::options::{OutputArgs, ServerArgs};
use crate::output;
use crate::screen::Screen;

/// What exporters of SDKs send in one request by default (OTEL_BSP_MAX_EXPORT_BATCH_SIZE).
const SPANS_A_REQUEST: usize = 512;
/// A line that changes more often than this cannot be read.
const PROGRESS_MILLIS: u128 = 200;

/// Fill a project with a day of invented traffic.
///
/// A shop for lamps and desks answers its customers: 12,418 traces over the last 24 hours, a release that fails more often,
/// a run that takes eight minutes, a trace of 10,000 spans. The same seed invents the same day.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which day to invent.
    #[arg(long, value_name = "NUMBER", default_value_t = 7)]
    seed: u64,

    /// How many traces to send.
    #[arg(long, value_name = "N", default_value_t = Options::TRACES_A_DAY)]
    traces: usize,

    /// When the day ends: nanoseconds since 1970, or a time like `2026-11-21T14:31:00Z` [default: now].
    #[arg(long, value_name = "TIME", value_parser = unix_nanos)]
    now: Option<u64>,

    /// Open the run of eight minutes in a browser.
    #[arg(long)]
    open: bool,

    /// Print what was sent as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// What has been sent so far.
#[derive(Debug, Default)]
struct Sent {
    traces: usize,
    spans: u64,
    logs: u64,
    bytes: u64,
    requests: u64,
    rejected: u64,
    reason: Option<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let now_unix_nanos = match args.now {
        Some(nanos) => nanos,
        None => u64::try_from(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default()).unwrap_or_default(),
    };
    let options = Options { seed: args.seed, traces: args.traces, now_unix_nanos };
    let started = Instant::now();
    let mut progress = Progress::new(args.traces);
    let mut sent = Sent::default();
    let mut longest_failed: Option<(u64, String)> = None;
    let mut waiting = Batch::default();
    for batch in demo::batches(&options) {
        longest_failed = longest_failed.max(failed_root(&batch));
        sent.traces += 1;
        waiting.spans.extend(batch.spans);
        waiting.logs.extend(batch.logs);
        if waiting.spans.len() >= SPANS_A_REQUEST {
            send(&client, std::mem::take(&mut waiting), &mut sent).await?;
            progress.show(&sent, &started);
        }
    }
    send(&client, waiting, &mut sent).await?;
    progress.clear();
    let link = longest_failed.map_or_else(|| client.base().to_owned(), |(_, trace_id)| client.trace_link(&trace_id, None));
    print(&sent, &started, &link, &args)?;
    if args.open {
        open_in_browser(&link);
    }
    if sent.rejected > 0 {
        return Err(Failure::said(Exit::Failed).into());
    }
    Ok(())
}

/// Duration and id of a trace that failed: the longest of them is the one to look at.
fn failed_root(batch: &Batch) -> Option<(u64, String)> {
    let root = batch.spans.first().filter(|root| root.status.code == 2)?;
    Some((root.end_unix_nanos.saturating_sub(root.start_unix_nanos), root.trace_id.to_string()))
}

/// Sends spans, then logs; a trace that is longer than a request goes in several.
async fn send(client: &Client, batch: Batch, sent: &mut Sent) -> Result<(), Failure> {
    for spans in batch.spans.chunks(SPANS_A_REQUEST) {
        sent.spans += spans.len() as u64;
        post(client, Signal::Traces, wire::raw::encode_request(spans.iter().collect::<Vec<&RawSpan>>()), sent).await?;
    }
    for logs in batch.logs.chunks(SPANS_A_REQUEST) {
        sent.logs += logs.len() as u64;
        post(client, Signal::Logs, wire::raw::encode_log_request(logs.iter().collect::<Vec<&LogRecord>>()), sent).await?;
    }
    Ok(())
}

async fn post(client: &Client, signal: Signal, body: Vec<u8>, sent: &mut Sent) -> Result<(), Failure> {
    sent.bytes += body.len() as u64;
    sent.requests += 1;
    let PartialSuccess { rejected, message } = deliver(client, signal, Format::Protobuf, body, client.project_given()).await?;
    sent.rejected += rejected;
    sent.reason = sent.reason.take().or(message);
    Ok(())
}

fn print(sent: &Sent, started: &Instant, link: &str, args: &Args) -> anyhow::Result<()> {
    let seconds = started.elapsed().as_secs_f64();
    if let Some(reason) = &sent.reason {
        eprintln!("{reason}");
    }
    if args.json {
        let value = json!({
            "seed": args.seed, "traces": sent.traces, "spans": sent.spans, "logs": sent.logs, "bytes": sent.bytes,
            "requests": sent.requests, "rejected": sent.rejected, "seconds": seconds, "link": link,
        });
        return Ok(output::print_json(&value)?);
    }
    let outcome = format!(
        "sent {}, {} and {} in {} ({}, {} spans/s){}",
        format::plural(sent.traces, "trace"),
        format::plural(sent.spans as usize, "span"),
        format::plural(sent.logs as usize, "log record"),
        format::duration(started.elapsed().as_nanos() as u64),
        format::bytes(sent.bytes),
        format::count(rate(sent.spans, seconds)),
        if sent.rejected > 0 { format!(", {} refused", format::count_exact(sent.rejected)) } else { String::new() },
    );
    let lines = [Line::plain(outcome), Line::new().with(Role::Dim, link)];
    Ok(output::print_lines(&lines, &Screen::of_stdout(&args.output))?)
}

fn rate(number: u64, seconds: f64) -> u64 {
    (number as f64 / seconds.max(1e-3)) as u64
}

/// One line on stderr that is written over; nothing where nobody watches.
struct Progress {
    enabled: bool,
    traces_expected: usize,
    shown: Option<Instant>,
}

impl Progress {
    fn new(traces_expected: usize) -> Self {
        Self { enabled: std::io::stderr().is_terminal(), traces_expected, shown: None }
    }

    fn show(&mut self, sent: &Sent, started: &Instant) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed().as_millis() >= PROGRESS_MILLIS);
        if !self.enabled || !is_due {
            return;
        }
        self.shown = Some(Instant::now());
        write_over(&format!(
            "{} of {}, {} spans/s, {}",
            format::count_exact(sent.traces as u64),
            format::plural(self.traces_expected, "trace"),
            format::count(rate(sent.spans, started.elapsed().as_secs_f64())),
            format::bytes(sent.bytes),
        ));
    }

    fn clear(&self) {
        if self.shown.is_some() {
            write_over("");
        }
    }
}

/// Progress is a courtesy: a terminal that has gone does not end the command.
fn write_over(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush());
}

/// Reads nanoseconds since 1970, or RFC 3339.
fn unix_nanos(text: &str) -> Result<u64, String> {
    if let Ok(nanos) = text.parse() {
        return Ok(nanos);
    }
    let instant =
        chrono::DateTime::parse_from_rfc3339(text).map_err(|error| format!("{error}: expected a time like 2026-11-21T14:31:00Z"))?;
    let nanos = instant.timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok());
    nanos.ok_or_else(|| "the time is before 1970 or after 2262".to_owned())
}

/// Opens an address in a browser; does nothing where there is none, since the address has been printed.
pub(crate) fn open_in_browser(link: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(opener).arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_a_number_or_a_time() {
        assert_eq!(unix_nanos("1795271460000000000"), Ok(1_795_271_460_000_000_000));
        assert_eq!(unix_nanos("2026-11-21T15:31:00+01:00"), unix_nanos("2026-11-21T14:31:00Z"));
        assert!(unix_nanos("yesterday").is_err());
        assert!(unix_nanos("1960-01-01T00:00:00Z").is_err());
    }
}
