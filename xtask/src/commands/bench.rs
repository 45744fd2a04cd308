//! `cargo xtask bench`: what a span costs, measured on the release binary from outside.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::generate::{nth, unix_nanos_now};
use crate::Result;
use crate::arguments::Arguments;
use crate::http_client::{Connection, get};
use crate::otlp_request::{PROTOBUF, TraceSketch};
use crate::process::{run as run_program, run_and_read};
use crate::server_process::{ServerProcess, bytes_on_disk};
use crate::workspace::{cargo, clew_binary, empty_work_dir};

const SENDERS: u64 = 4;
const SPANS_PER_TRACE: u64 = 10;
/// Traces joined into one request: SDKs send up to 512 spans at a time.
const TRACES_PER_REQUEST: u64 = 20;

#[derive(Debug, Default)]
struct Figures {
    spans: u64,
    sent_bytes: u64,
    wall: Duration,
    cpu_seconds: f64,
    idle_bytes: u64,
    loaded_bytes: u64,
    peak_bytes: u64,
    disk_bytes: u64,
    list_median: Duration,
    decode_cpu_seconds: Option<f64>,
}

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse(words, &["spans", "content-bytes", "binary"])?;
    let spans = arguments.number("spans", 100_000)?;
    let content_bytes = usize::try_from(arguments.number("content-bytes", 5_200)?)?;
    let binary = match arguments.text("binary") {
        Some(path) => PathBuf::from(path),
        None => {
            run_program(&mut cargo(&["build", "--release", "--package", "clew"]))?;
            clew_binary("release")
        }
    };
    let dir = empty_work_dir("bench")?;
    let sketch = TraceSketch { seed: 11, span_count: SPANS_PER_TRACE, content_bytes, start_unix_nanos: unix_nanos_now() };

    let mut figures = serve_and_measure(&binary, &dir, sketch, spans)?;
    figures.decode_cpu_seconds = decoding_alone(&dir, sketch)?;
    print_table(&figures);
    Ok(())
}

fn serve_and_measure(binary: &Path, dir: &Path, sketch: TraceSketch, spans: u64) -> Result<Figures> {
    let data = dir.join("data");
    let server = ServerProcess::start(binary, &data, &dir.join("server.log"))?;
    // Idle means: after the first second, when everything that starts has started.
    thread::sleep(Duration::from_secs(2));
    let mut figures = Figures { idle_bytes: server.memory()?.resident_bytes, ..Figures::default() };
    let requests = spans / (SPANS_PER_TRACE * TRACES_PER_REQUEST);
    figures.spans = requests * SPANS_PER_TRACE * TRACES_PER_REQUEST;

    let before = server.cpu_seconds()?;
    let started = Instant::now();
    figures.sent_bytes = send_all(&server.http, sketch, requests)?;
    figures.wall = started.elapsed();
    settle(&server)?;
    figures.cpu_seconds = server.cpu_seconds()? - before;
    let memory = server.memory()?;
    (figures.loaded_bytes, figures.peak_bytes) = (memory.resident_bytes, memory.resident_bytes_peak);
    figures.list_median = median_of_lists(&server.http)?;
    server.stop()?;
    figures.disk_bytes = bytes_on_disk(&data)?;
    Ok(figures)
}

/// Posts all requests from several threads; returns the bytes of their bodies.
fn send_all(address: &str, sketch: TraceSketch, requests: u64) -> Result<u64> {
    let sum = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|sender| scope.spawn(move || send_share(address, sketch, sender, requests))).collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender does not panic")).sum::<Result<u64>>()
    })?;
    Ok(sum)
}

fn send_share(address: &str, sketch: TraceSketch, sender: u64, requests: u64) -> Result<u64> {
    let mut connection = Connection::open(address)?;
    let mut bytes = 0;
    for number in (sender..requests).step_by(SENDERS as usize) {
        let body = joined_request(sketch, number);
        bytes += body.len() as u64;
        loop {
            let answer = connection.post("/v1/traces", PROTOBUF, &body)?;
            match answer.status {
                200 => break,
                429 | 503 => thread::sleep(Duration::from_millis(100)),
                status => return Err(format!("a request was answered {status}: {}", answer.text()).into()),
            }
        }
    }
    Ok(bytes)
}

/// Requests may be joined by writing one behind the other: repeated fields of protobuf messages add up.
fn joined_request(sketch: TraceSketch, number: u64) -> Vec<u8> {
    (0..TRACES_PER_REQUEST).flat_map(|at| nth(sketch, number * TRACES_PER_REQUEST + at).request()).collect()
}

/// Waits until the server has been idle for a second: what it does behind the acknowledgement is part of the cost.
fn settle(server: &ServerProcess) -> Result {
    let mut last = server.cpu_seconds()?;
    for _ in 0..120 {
        thread::sleep(Duration::from_secs(1));
        let now = server.cpu_seconds()?;
        if now - last < 0.02 {
            return Ok(());
        }
        last = now;
    }
    Err("the server is still busy two minutes after the last request".into())
}

fn median_of_lists(address: &str) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..21 {
        let started = Instant::now();
        let answer = get(address, "/api/v1/projects/default/traces?limit=50")?;
        if answer.status != 200 {
            return Err(format!("the list was answered {}: {}", answer.status, answer.text()).into());
        }
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Runs the decoder on the same bytes, without a server around it: `crates/wire/examples/decode_cost.rs`.
fn decoding_alone(dir: &Path, sketch: TraceSketch) -> Result<Option<f64>> {
    let file = dir.join("request.pb");
    std::fs::write(&file, joined_request(sketch, 0))?;
    let spans = (SPANS_PER_TRACE * TRACES_PER_REQUEST).to_string();
    let mut command = cargo(&["run", "--release", "--quiet", "--package", "wire", "--example", "decode_cost", "--"]);
    let printed = run_and_read(command.arg(&file).arg(spans))?;
    Ok(printed.text.lines().find_map(|line| line.strip_prefix("seconds_per_1000_spans ")?.trim().parse().ok()))
}

fn print_table(figures: &Figures) {
    let per_thousand = figures.cpu_seconds * 1_000.0 / figures.spans as f64;
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let decode = figures.decode_cpu_seconds.map_or_else(|| "not measured".to_owned(), |seconds| format!("{:.2} ms", seconds * 1_000.0));
    let rows = [
        ("spans sent", figures.spans.to_string()),
        ("bytes per span on the wire", (figures.sent_bytes / figures.spans.max(1)).to_string()),
        ("spans per second", format!("{:.0}", figures.spans as f64 / figures.wall.as_secs_f64())),
        ("server CPU per 1,000 spans", format!("{:.1} ms", per_thousand * 1_000.0)),
        ("of which decoding alone", decode),
        ("memory idle", mib(figures.idle_bytes)),
        ("memory after", mib(figures.loaded_bytes)),
        ("memory at most", mib(figures.peak_bytes)),
        ("bytes on disk per span, after stop", (figures.disk_bytes / figures.spans.max(1)).to_string()),
        ("list of 50 traces, median", format!("{:.1} ms", figures.list_median.as_secs_f64() * 1_000.0)),
    ];
    println!("\n| measure | value |\n|---|---|");
    for (measure, value) in rows {
        println!("| {measure} | {value} |");
    }
}
