//! What a span costs from socket to disk, beside what decoding it costs alone.

use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::figure::{Figure, Goal, quantile};
use super::sending::{Pace, Sent, send};
use super::settling::settle;
use crate::Result;
use crate::mix::{Mix, MixOptions, SPANS_PER_REQUEST, SPANS_PER_TRACE};
use crate::process::run_and_read;
use crate::server_process::{ServerProcess, bytes_on_disk};
use crate::workspace::cargo;

/// Connections that send as fast as they can.
const SENDERS: usize = 4;

/// Connections that send at a pace: so many that a slow answer holds up none but its own.
const PACED_SENDERS: usize = 64;

/// The server's thread that makes search indexes; what runs in it is the cost of search.
const INDEXING_THREAD: &str = "search-indexer";

/// Sent first, and too little for a flush: what it costs is the path to the acknowledgement alone.
const BURST_BYTES: u64 = 20_000_000;

/// Sent before that and not counted: threads start, buffers grow.
const WARM_UP_BYTES: u64 = 10_000_000;

/// Sent to know what the server takes for minutes: more than it holds in memory, so that it takes no more than it writes, and enough
/// for segments to be merged.
const KEPT_UP_BYTES: u64 = 1_500_000_000;

/// A size of spans and what it is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) section: &'static str,
    pub(crate) span_bytes: usize,
    pub(crate) cpu_goal: f64,
    pub(crate) cpu_goal_with_search: Option<f64>,
}

pub(crate) const SIZES: [Size; 2] = [
    Size { section: "ingest at 5 KB a span", span_bytes: 5_000, cpu_goal: 0.10, cpu_goal_with_search: Some(0.30) },
    Size { section: "ingest at 1.3 KB a span", span_bytes: 1_300, cpu_goal: 0.025, cpu_goal_with_search: None },
];

/// Spans of an hour that ends now, as they come from running programs: of a whole day's, some are of yesterday, whose segments are
/// merged as soon as there are some of today, so that the cost would go by the time of the day.
pub(crate) fn fresh_mix(seed: u64, span_bytes: usize, spans: u64) -> Mix {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    Mix::new(MixOptions { seed, span_bytes, traces: spans.div_ceil(SPANS_PER_TRACE), days: 1.0 / 24.0, end_unix_nanos: now })
}

/// Loads a fresh server, finds out what it takes for longer, then sends at half of that.
pub(crate) fn measure(binary: &Path, dir: &Path, size: Size, spans: u64) -> Result<Vec<Figure>> {
    let mix = fresh_mix(11, size.span_bytes, spans);
    let data = dir.join(format!("ingest-{}", size.span_bytes));
    let server = ServerProcess::start(binary, &data, &dir.join("server.log"))?;
    thread::sleep(Duration::from_secs(1));
    let body = |number| mix.request(number);

    let requests = mix.requests();
    let requests_of = |bytes: u64| bytes / (SPANS_PER_REQUEST * size.span_bytes as u64);
    let (warm, burst) = (requests_of(WARM_UP_BYTES), requests_of(BURST_BYTES));
    if requests <= warm + burst {
        return Err(format!("`--ingest-spans` must be more than {}", (warm + burst) * SPANS_PER_REQUEST).into());
    }
    let before = server.cpu_seconds()?;
    send(&server.http, 0..warm, SENDERS, Pace::Greedy, &body)?;
    let before_burst = server.cpu_seconds_of_threads()?;
    send(&server.http, warm..warm + burst, SENDERS, Pace::Greedy, &body)?;
    let acknowledged_cpu = (server.cpu_seconds_of_threads()? - before_burst) * 1_000.0 / (burst * SPANS_PER_REQUEST) as f64;
    let rest = send(&server.http, warm + burst..requests, SENDERS, Pace::Greedy, &body)?;
    settle(&server)?;
    let per_thousand = |seconds: f64| seconds * 1_000.0 / (requests * SPANS_PER_REQUEST) as f64;
    let indexing_cpu = per_thousand(server.cpu_seconds_of_thread(INDEXING_THREAD)?);
    let cpu_with_search = per_thousand(server.cpu_seconds()? - before);
    let cpu = cpu_with_search - indexing_cpu;
    let stored_bytes = bytes_on_disk(&data)?;
    let raw_bytes = rest.bytes as f64 / rest.requests as f64 * requests as f64;
    let spans_per_second = (rest.requests * SPANS_PER_REQUEST) as f64 / rest.wall.as_secs_f64();

    let decoding = decoding_alone(dir, &mix)?;
    let section = size.section;
    let figure = |name: &str, value, unit, goal| Figure::new(section, name, value, unit, goal);
    let mut figures = vec![
        figure("spans sent", (requests * SPANS_PER_REQUEST) as f64, "", Goal::None),
        figure("bytes of a span on the wire", raw_bytes / (requests * SPANS_PER_REQUEST) as f64, "", Goal::None),
        figure("CPU of 1,000 spans, everything but the search index", cpu, "s", Goal::AtMost(size.cpu_goal)),
        figure(
            "CPU of 1,000 spans, with the search index",
            cpu_with_search,
            "s",
            size.cpu_goal_with_search.map_or(Goal::None, Goal::AtMost),
        ),
        figure("CPU of 1,000 spans, until the acknowledgement", acknowledged_cpu, "s", Goal::None),
        figure("the floor: decoding 1,000 spans", decoding, "s", Goal::None),
        figure("until the acknowledgement, times decoding", acknowledged_cpu / decoding, "", Goal::AtMost(4.0)),
        figure("everything but the search index, times decoding", cpu / decoding, "", Goal::None),
        figure("spans a second, greedy senders", spans_per_second, "", Goal::None),
        figure("bytes on disk, of the raw OTLP", stored_bytes as f64 / raw_bytes, "", Goal::AtMost(0.5)),
    ];
    let (kept_up, spans_per_second) = kept_up(&server, size)?;
    figures.extend(kept_up);
    figures.extend(at_half_load(&server, section, size.span_bytes, spans_per_second / 2.0)?);
    server.stop()?;
    std::fs::remove_dir_all(&data)?;
    Ok(figures)
}

/// Sends for longer; returns the rate too.
fn kept_up(server: &ServerProcess, size: Size) -> Result<(Vec<Figure>, f64)> {
    let mix = fresh_mix(14, size.span_bytes, KEPT_UP_BYTES / size.span_bytes as u64);
    let spans = (mix.requests() * SPANS_PER_REQUEST) as f64;
    let cpu = || Ok::<_, Box<dyn std::error::Error + Send + Sync>>(server.cpu_seconds()? - server.cpu_seconds_of_thread(INDEXING_THREAD)?);
    let before = cpu()?;
    let sent = send(&server.http, 0..mix.requests(), SENDERS, Pace::Greedy, &|number| mix.request(number))?;
    settle(server)?;
    let spans_per_second = spans / sent.wall.as_secs_f64();
    let figure = |name: String, value, unit, goal| Figure::new(size.section, name, value, unit, goal);
    let figures = vec![
        figure(format!("spans a second, for {spans:.0} spans"), spans_per_second, "", Goal::None),
        figure("requests refused for want of room meanwhile".into(), sent.refused as f64, "", Goal::None),
        figure("CPU of 1,000 spans with merges, without the search index".into(), (cpu()? - before) * 1_000.0 / spans, "s", Goal::None),
        figure("memory at most".into(), server.memory()?.resident_bytes_peak as f64 / 1e6, "MB", Goal::AtMost(2_000.0)),
    ];
    Ok((figures, spans_per_second))
}

/// Each request one trace, as an SDK sends a run that has ended.
fn at_half_load(server: &ServerProcess, section: &'static str, span_bytes: usize, spans_per_second: f64) -> Result<Vec<Figure>> {
    const SECONDS: f64 = 10.0;
    let traces_per_second = spans_per_second / SPANS_PER_TRACE as f64;
    let traces = (traces_per_second * SECONDS) as u64;
    let mix = fresh_mix(12, span_bytes, traces * SPANS_PER_TRACE);
    let sent = send(&server.http, 0..traces, PACED_SENDERS, Pace::PerSecond(traces_per_second), &|number| mix.one_trace(number))?;
    Ok(waits(section, &format!("half load ({spans_per_second:.0} spans a second)"), sent))
}

fn waits(section: &'static str, what: &str, mut sent: Sent) -> Vec<Figure> {
    let (p50, p99) = (quantile(&mut sent.waits, 0.5), quantile(&mut sent.waits, 0.99));
    vec![
        Figure::new(section, format!("acknowledgement at {what}, p50"), p50, "ms", Goal::AtMost(5.0)),
        Figure::new(section, format!("acknowledgement at {what}, p99"), p99, "ms", Goal::AtMost(50.0)),
    ]
}

/// Requests of one span each over many connections.
pub(crate) fn small_requests(binary: &Path, dir: &Path) -> Result<Vec<Figure>> {
    const CONNECTIONS: usize = 48;
    const REQUESTS: u64 = 20_000;
    const SECTION: &str = "requests of one span";
    let mix = fresh_mix(13, 1_300, REQUESTS * SPANS_PER_TRACE);
    let data = dir.join("small");
    let server = ServerProcess::start(binary, &data, &dir.join("server.log"))?;
    let body = |number| mix.small_request(number);
    send(&server.http, 0..500, CONNECTIONS, Pace::Greedy, &body)?;
    let before = server.cpu_seconds()?;
    let greedy = send(&server.http, 500..REQUESTS / 2, CONNECTIONS, Pace::Greedy, &body)?;
    let cpu = (server.cpu_seconds()? - before) * 1_000.0 / greedy.requests as f64;
    let paced = send(&server.http, REQUESTS / 2..REQUESTS, CONNECTIONS, Pace::PerSecond(1_000.0), &body)?;
    server.stop()?;
    std::fs::remove_dir_all(&data)?;
    let mut figures = vec![
        Figure::new(SECTION, "acknowledged a second", greedy.requests as f64 / greedy.wall.as_secs_f64(), "", Goal::AtLeast(2_000.0)),
        Figure::new(SECTION, "CPU of 1,000 requests, until the acknowledgement", cpu, "s", Goal::None),
    ];
    figures.extend(waits(SECTION, "1,000 a second", paced));
    Ok(figures)
}

/// Runs the decoder on the same bytes, without a server around it: `crates/wire/examples/decode_cost.rs`. Seconds a thousand spans.
fn decoding_alone(dir: &Path, mix: &Mix) -> Result<f64> {
    let file = dir.join("request.pb");
    std::fs::write(&file, mix.request(0))?;
    let mut command = cargo(&["run", "--release", "--quiet", "--package", "wire", "--example", "decode_cost", "--"]);
    let printed = run_and_read(command.arg(&file).arg(SPANS_PER_REQUEST.to_string()))?;
    let seconds = printed.text.lines().find_map(|line| line.strip_prefix("seconds_per_1000_spans ")?.trim().parse().ok());
    seconds.ok_or_else(|| "the decoder alone printed no figure".into())
}
