//! The stores that questions are asked of: loaded once, kept if asked, and gone on with where a load was broken off.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::figure::{Figure, Goal, quantile};
use super::sending::{Pace, send};
use super::settling::settle;
use crate::Result;
use crate::http_client::Connection;
use crate::mix::{Mix, MixOptions, SPANS_PER_REQUEST, SPANS_PER_TRACE};
use crate::otlp_request::hex;
use crate::server_process::ServerProcess;

/// Where the growth of two questions is looked at.
const MARKS: [u64; 5] = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000];

/// Requests between two notes of how far a load is.
const REQUESTS_PER_NOTE: u64 = 200;

/// Traces of known length beside the mix.
pub(crate) const HUNDREDS: u64 = 30;
const LONG: [u64; 2] = [10_000, 100_000];

/// A folder with a server's data and a note of what was sent there.
pub(crate) struct Loaded {
    pub(crate) mix: Mix,
    pub(crate) data: PathBuf,
    pub(crate) spans: u64,
    /// List and trace, in milliseconds, by spans that were there.
    pub(crate) growth: Vec<(u64, f64, f64)>,
    pub(crate) spans_per_second: Option<f64>,
}

impl Loaded {
    /// The id of one of the traces of 100 spans.
    pub(crate) fn hundred(&self, which: u64) -> String {
        hex(&self.mix.trace_id(self.mix.options.traces + which % HUNDREDS))
    }

    /// The id of the trace of 10,000 spans, or of 100,000.
    pub(crate) fn long(&self, spans: u64) -> Option<String> {
        let at = LONG.iter().position(|long| *long == spans)?;
        Some(hex(&self.mix.trace_id(self.mix.options.traces + HUNDREDS + at as u64)))
    }

    pub(crate) fn growth_figures(&self, section: &'static str) -> Vec<Figure> {
        let at =
            |spans: u64| if spans >= 1_000_000 { format!("{} M spans", spans / 1_000_000) } else { format!("{} k spans", spans / 1_000) };
        let figures = self.growth.iter().flat_map(|(spans, list, trace)| {
            [("newest 50 traces", list), ("a trace of 100 spans", trace)]
                .map(|(what, value)| Figure::new(section, format!("growth: {what} of {}", at(*spans)), *value, "ms", Goal::None))
        });
        figures.collect()
    }
}

/// Loads a store, or takes the one that is there when its note says the same.
pub(crate) fn load(binary: &Path, dir: &Path, span_bytes: usize, spans: u64, now: u64) -> Result<Loaded> {
    let dir = dir.join(format!("read-{span_bytes}-{spans}"));
    fs::create_dir_all(&dir)?;
    let note_path = dir.join("load.txt");
    let mut note = Note::read(&note_path).unwrap_or(Note { end_unix_nanos: now, requests: 0, growth: Vec::new() });
    let mix = Mix::new(MixOptions {
        seed: 21,
        span_bytes,
        traces: spans.div_ceil(SPANS_PER_TRACE),
        // The larger a store, the longer it has been filled; a million spans in three days.
        days: (spans as f64 / 333_333.0).clamp(0.1, 30.0),
        end_unix_nanos: note.end_unix_nanos,
    });
    let mut loaded = Loaded { mix, data: dir.join("data"), spans, growth: Vec::new(), spans_per_second: None };
    if note.requests < loaded.mix.requests() {
        let server = ServerProcess::start(binary, &loaded.data, &dir.join("server.log"))?;
        if note.requests == 0 {
            send_known(&server, &loaded)?;
        }
        loaded.spans_per_second = Some(fill(&server, &mut note, &note_path, &loaded)?);
        settle(&server)?;
        server.stop()?;
    }
    loaded.growth = note.growth;
    Ok(loaded)
}

fn fill(server: &ServerProcess, note: &mut Note, note_path: &Path, loaded: &Loaded) -> Result<f64> {
    let (mut spans, mut seconds) = (0, 0.0);
    while note.requests < loaded.mix.requests() {
        let end = (note.requests + REQUESTS_PER_NOTE).min(loaded.mix.requests());
        let sent = send(&server.http, note.requests..end, 4, Pace::Greedy, &|number| loaded.mix.request(number))?;
        spans += sent.requests * SPANS_PER_REQUEST;
        seconds += sent.wall.as_secs_f64();
        let passed = |mark: &&u64| (note.requests..end).contains(&(**mark / SPANS_PER_REQUEST)) || end * SPANS_PER_REQUEST == **mark;
        if let Some(mark) = MARKS.iter().find(passed) {
            let (list, trace) = two_questions(server, loaded)?;
            note.growth.push((*mark, list, trace));
            eprintln!("{mark} spans: list {list:.1} ms, trace {trace:.1} ms; {:.0} spans a second so far", spans as f64 / seconds);
        }
        note.requests = end;
        note.write(note_path)?;
    }
    Ok(spans as f64 / seconds)
}

/// The traces that are asked for by name.
fn send_known(server: &ServerProcess, loaded: &Loaded) -> Result {
    let long = LONG.iter().zip(HUNDREDS..).filter(|(spans, _)| **spans <= loaded.spans / 5);
    let known = (0..HUNDREDS).map(|number| (100, number)).chain(long.map(|(spans, number)| (*spans, number)));
    for (spans, number) in known {
        let requests = loaded.mix.long_trace(loaded.mix.options.traces + number, spans);
        send(&server.http, 0..requests.len() as u64, 2, Pace::Greedy, &|at| requests[at as usize].clone())?;
    }
    Ok(())
}

fn two_questions(server: &ServerProcess, loaded: &Loaded) -> Result<(f64, f64)> {
    settle(server)?;
    let mut connection = Connection::open(&server.http)?;
    let traces = AtomicU64::new(0);
    let list = || "/api/v1/projects/default/traces?limit=50".to_owned();
    let trace = || format!("/api/v1/projects/default/traces/{}", loaded.hundred(traces.fetch_add(1, Ordering::Relaxed)));
    Ok((median(&mut connection, 11, list)?, median(&mut connection, 11, trace)?))
}

/// The server's time for a question, in milliseconds, in the middle of several.
pub(crate) fn median(connection: &mut Connection, times: usize, path: impl Fn() -> String) -> Result<f64> {
    let mut all = Vec::new();
    for round in 0..times + 2 {
        let milliseconds = ask(connection, &path())?;
        // The first two warm up.
        if round >= 2 {
            all.push(milliseconds);
        }
    }
    Ok(quantile(&mut all, 0.5))
}

/// Asks once; milliseconds by the server's own word, else by the clock.
pub(crate) fn ask(connection: &mut Connection, path: &str) -> Result<f64> {
    let started = std::time::Instant::now();
    let answer = connection.get(path)?;
    if answer.status != 200 {
        return Err(format!("`{path}` was answered {}: {}", answer.status, answer.text()).into());
    }
    Ok(answer.server_time.unwrap_or_else(|| started.elapsed()).as_secs_f64() * 1_000.0)
}

/// What stands beside the data: how far it is, and what was seen on the way.
struct Note {
    end_unix_nanos: u64,
    requests: u64,
    growth: Vec<(u64, f64, f64)>,
}

impl Note {
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let mut lines = text.lines();
        let (end_unix_nanos, requests) = lines.next()?.split_once(' ')?;
        let growth = lines.filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        });
        Some(Self { end_unix_nanos: end_unix_nanos.parse().ok()?, requests: requests.parse().ok()?, growth: growth.collect() })
    }

    fn write(&self, path: &Path) -> Result {
        let mut text = format!("{} {}\n", self.end_unix_nanos, self.requests);
        for (spans, list, trace) in &self.growth {
            text.push_str(&format!("{spans} {list} {trace}\n"));
        }
        Ok(fs::write(path, text)?)
    }
}
