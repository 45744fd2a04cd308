//! `cargo xtask crash`: kills the real server under load, starts it again, and looks for what it had acknowledged.
//!
//! Several senders post traces with known ids. At a random moment the server gets SIGKILL: under load, in the middle of an orderly
//! stop, or while it starts. It moves rows to disk every few requests, so that flushes and merges are hit as well.
//! After the restart on the same folder every acknowledged span must be there exactly once; a request that got no answer is there
//! whole or not at all, and when it is sent again, as an exporter would, nothing is there twice; lists count each once; the ledger
//! counts every record in exactly one bucket. Meanwhile traces of earlier runs are deleted: what was answered stays gone, what was
//! not is gone or whole, and gone when it is asked for again. Now and then `clew verify` reads every byte, and at the end every trace
//! that is left is looked for.

mod checks;
mod deletions;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deletions::Deletion;

use super::generate::unix_nanos_now;
use crate::arguments::Arguments;
use crate::http_client::Connection;
use crate::otlp_request::{PROTOBUF, TraceSketch};
use crate::random::{Random, fresh_seed};
use crate::server_process::ServerProcess;
use crate::workspace::{clew_binary, empty_work_dir};
use crate::{Result, process};

const SENDERS: u64 = 4;

/// The server lives this long under load, at random between the two: from before the first flush to well after it.
const LIFE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(1_000));

/// How long an orderly stop may go on before the kill: it is then that the rows in memory move to a segment.
const STOPPING: Duration = Duration::from_millis(300);

/// How long a start may go on before the kill: it is then that the log is read and folders are tidied up.
const STARTING: Duration = Duration::from_millis(150);

/// Rows are moved to disk at this size: a handful of requests.
const FLUSH_BYTES: u64 = 150_000;

/// Runs between two readings of everything stored; every trace there is, is looked for at the end.
const READ_ALL_EVERY: u64 = 100;

/// Runs in one folder; the next begins with an empty one. A deletion that a kill has cut off writes its segments again at the start,
/// and those grow.
const RUNS_OF_FOLDER: u64 = 200;

/// The longest pause of a sender between two requests: a thousand runs should not fill a disk.
const PAUSE_MILLIS_MAX: u64 = 20;

/// Traces of earlier runs that are looked for after each.
const EARLIER_LOOKED_FOR: u64 = 20;

/// When the server is killed.
#[derive(Debug, Clone, Copy)]
struct End {
    life: Duration,
    /// One in four is killed in the middle of an orderly stop.
    stopping: Option<Duration>,
    /// One in four is killed again while it starts.
    starting: Option<Duration>,
}

/// A request of spans whose fate the test knows.
#[derive(Debug, Clone, Copy)]
struct Sent {
    sketch: TraceSketch,
    acknowledged: bool,
}

#[derive(Debug, Default)]
struct Sums {
    acknowledged_requests: u64,
    acknowledged_spans: u64,
    unanswered_requests: u64,
    unanswered_found: u64,
    spans: u64,
    deleted_traces: u64,
    unanswered_deletions: u64,
    kills: u64,
    restart_longest: Duration,
}

/// What runs share: one folder, so that each restart reads what all earlier crashes left behind.
struct Crashes {
    binary: PathBuf,
    data: PathBuf,
    log: PathBuf,
    options: Vec<String>,
    random: Random,
    /// Of earlier runs in this folder, without what was deleted.
    history: Vec<TraceSketch>,
    /// Stored in this folder ever, those deleted since included.
    spans: u64,
    sums: Sums,
}

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse(words, &["runs", "seed", "binary", "flush-bytes"])?;
    let runs = arguments.number("runs", 10)?;
    let seed = arguments.number("seed", fresh_seed())?;
    let binary = arguments.text("binary").map_or_else(|| clew_binary("debug"), PathBuf::from);
    let options = vec!["--flush-bytes".into(), arguments.number("flush-bytes", FLUSH_BYTES)?.to_string()];
    let dir = empty_work_dir("crash")?;
    println!("crash test of {} with --seed {seed}, in {}", binary.display(), dir.display());

    let (random, data, log) = (Random::seeded(seed), dir.join("data"), dir.join("server.log"));
    let mut crashes = Crashes { binary, data, log, options, random, history: Vec::new(), spans: 0, sums: Sums::default() };
    let (mut passed, mut failed) = (0, 0);
    match crashes.all_runs(runs, &mut passed) {
        Ok(()) => {}
        Err(error) => {
            failed += 1;
            // Whatever comes after would only find the same again.
            println!("FAIL run {}: {error}", passed + 1);
        }
    }
    crashes.print_sums()?;
    println!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(format!("records were lost or doubled; the folder is kept: {}", dir.display()).into()) }
}

impl Crashes {
    fn all_runs(&mut self, runs: u64, passed: &mut u64) -> Result {
        let mut server = self.start()?;
        for run in 1..=runs {
            let line;
            (server, line) = self.one_run(server)?;
            if run.is_multiple_of(READ_ALL_EVERY) || run == runs {
                server = self.read_everything(server)?;
            }
            if run.is_multiple_of(RUNS_OF_FOLDER) && run < runs {
                self.look_for_all_and_stop(server)?;
                std::fs::remove_dir_all(&self.data)?;
                (self.history, self.spans) = (Vec::new(), 0);
                server = self.start()?;
            }
            *passed += 1;
            println!("ok   run {run}: {line}");
        }
        self.look_for_all_and_stop(server)
    }

    fn look_for_all_and_stop(&self, server: ServerProcess) -> Result {
        for sketch in &self.history {
            checks::look_for_whole(&server, *sketch)?;
        }
        server.stop()
    }

    fn start(&self) -> Result<ServerProcess> {
        ServerProcess::start_with(&self.binary, &self.data, &self.log, &self.options)
    }

    fn one_run(&mut self, server: ServerProcess) -> Result<(ServerProcess, String)> {
        let end = End::choose(&mut self.random);
        let doomed = deletions::choose(&mut self.random, &self.history);
        let (sent, deletions) = load_and_kill(server, end, self.random.next(), doomed)?;
        self.sums.kills += 1;
        if let Some(life) = end.starting {
            ServerProcess::start_and_kill(&self.binary, &self.data, &self.log, &self.options, life)?;
            self.sums.kills += 1;
        }
        let restarting = Instant::now();
        let mut server = self.start()?;
        let restart = restarting.elapsed();
        server.healthy()?;
        let found_unanswered = checks::look(&server, &sent)?;
        // Exporters send again what got no answer.
        checks::send_again(&server, &sent)?;
        self.forget_deleted(&server, &deletions)?;
        self.history.extend(sent.iter().map(|one| one.sketch));
        for one in &sent {
            checks::look_for_whole(&server, one.sketch)?;
        }
        for _ in 0..EARLIER_LOOKED_FOR.min(self.history.len() as u64) {
            let at = self.random.below(self.history.len() as u64) as usize;
            checks::look_for_whole(&server, self.history[at])?;
        }
        let spans = sent.iter().map(|one| one.sketch.span_count).sum::<u64>();
        self.spans += spans;
        self.sums.spans += spans;
        checks::check_sums(&server, self.spans, &self.history)?;
        Ok((server, self.sum_up(end, &sent, found_unanswered, restart)))
    }

    /// What was chosen to go is gone, at the latest when it is asked for again.
    fn forget_deleted(&mut self, server: &ServerProcess, deletions: &[Deletion]) -> Result {
        for deletion in deletions {
            deletions::look(server, deletion)?;
            self.history.retain(|sketch| !deletion.doomed.iter().any(|doomed| doomed.seed == sketch.seed));
            self.sums.deleted_traces += deletion.doomed.len() as u64;
            self.sums.unanswered_deletions += u64::from(!deletion.acknowledged);
        }
        Ok(())
    }

    fn sum_up(&mut self, end: End, sent: &[Sent], found_unanswered: u64, restart: Duration) -> String {
        let acknowledged = sent.iter().filter(|one| one.acknowledged);
        let (requests, answered_spans) = acknowledged.fold((0, 0), |(requests, spans), one| (requests + 1, spans + one.sketch.span_count));
        let unanswered = sent.len() as u64 - requests;
        self.sums.acknowledged_requests += requests;
        self.sums.acknowledged_spans += answered_spans;
        self.sums.unanswered_requests += unanswered;
        self.sums.unanswered_found += found_unanswered;
        self.sums.restart_longest = self.sums.restart_longest.max(restart);
        let during = |what: &str, time: Option<Duration>| time.map_or(String::new(), |time| format!(", {} ms of {what}", time.as_millis()));
        let lived = format!("{} ms{}{}", end.life.as_millis(), during("stopping", end.stopping), during("starting", end.starting));
        let up = restart.as_millis();
        format!("killed after {lived}; {requests} acknowledged, {unanswered} unanswered ({found_unanswered} stored), up again in {up} ms")
    }

    /// Has every byte read while the server is away.
    fn read_everything(&self, server: ServerProcess) -> Result<ServerProcess> {
        server.stop()?;
        process::run(Command::new(&self.binary).args(["verify", "--data"]).arg(&self.data))?;
        self.start()
    }

    fn print_sums(&self) -> Result {
        let sums = &self.sums;
        println!(
            "{} kills; {} requests with {} spans acknowledged and found again, once each; {} got no answer, of which {} were stored all the same",
            sums.kills, sums.acknowledged_requests, sums.acknowledged_spans, sums.unanswered_requests, sums.unanswered_found
        );
        println!(
            "{} traces deleted and not found again, by deletions of which {} got no answer",
            sums.deleted_traces, sums.unanswered_deletions
        );
        let log = std::fs::read_to_string(&self.log)?;
        let count = |text: &str| log.matches(text).count();
        println!(
            "{} spans in all; kills hit {} flushes or merges, {} restarts read rows from the log, {} cut an unfinished record, slowest restart {} ms",
            sums.spans,
            count("removed a segment that the manifest does not name"),
            count("opened the store") - count("rows_replayed=0"),
            count("cut an unfinished record"),
            sums.restart_longest.as_millis()
        );
        Ok(())
    }
}

impl End {
    fn choose(random: &mut Random) -> Self {
        let mut up_to = |most: Duration| Duration::from_millis(random.below(most.as_millis() as u64));
        let (life, stopping, starting) = (LIFE.0 + up_to(LIFE.1 - LIFE.0), up_to(STOPPING), up_to(STARTING));
        let is_stopping = random.below(4) == 0;
        let is_starting = random.below(4) == 0;
        Self { life, stopping: is_stopping.then_some(stopping), starting: is_starting.then_some(starting) }
    }
}

/// Sends and deletes from several threads until the server dies under them.
fn load_and_kill(server: ServerProcess, end: End, seed: u64, doomed: Vec<Vec<TraceSketch>>) -> Result<(Vec<Sent>, Vec<Deletion>)> {
    let all = Mutex::new(Vec::new());
    let next = AtomicU64::new(0);
    let address = server.http.clone();
    let deletions = thread::scope(|scope| {
        let deleting = scope.spawn(|| deletions::delete_until_dead(&address, Random::seeded(seed), doomed));
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let sent = send_until_dead(&address, seed, &next);
                all.lock().expect("no sender panics while it holds the list").extend(sent);
            });
        }
        thread::sleep(end.life);
        if let Some(stopping) = end.stopping {
            server.ask_to_stop()?;
            thread::sleep(stopping);
        }
        server.kill()?;
        deleting.join().expect("deleting does not panic")
    })?;
    Ok((all.into_inner().expect("all senders are done"), deletions))
}

fn send_until_dead(address: &str, seed: u64, next: &AtomicU64) -> Vec<Sent> {
    let mut sent = Vec::new();
    let Ok(mut connection) = Connection::open(address) else { return sent };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut random = Random::seeded(seed.wrapping_add(number));
        let sketch = TraceSketch {
            seed: random.next(),
            span_count: 1 + random.below(12),
            content_bytes: random.below(6_000) as usize,
            start_unix_nanos: unix_nanos_now(),
        };
        thread::sleep(Duration::from_millis(random.below(PAUSE_MILLIS_MAX)));
        match connection.post("/v1/traces", PROTOBUF, &sketch.request()) {
            Ok(answer) if answer.status == 200 => sent.push(Sent { sketch, acknowledged: true }),
            // A refusal says that nothing was taken; the exporter would wait and send again.
            Ok(_) => thread::sleep(Duration::from_millis(20)),
            Err(_) => {
                sent.push(Sent { sketch, acknowledged: false });
                return sent;
            }
        }
    }
}
