//! `cargo xtask crash`: kills the real server under load, starts it again, and looks for what it had acknowledged.
//!
//! Several senders post traces with known ids. At a random moment the server gets SIGKILL. After the restart on the same
//! folder every acknowledged span must be there exactly once; a request that got no answer is there whole or not at all, and when
//! it is sent again, as an exporter would, nothing is there twice; the ledger counts every record in exactly one bucket.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::generate::unix_nanos_now;
use crate::Result;
use crate::arguments::Arguments;
use crate::http_client::{Connection, get};
use crate::json_text::{number_of, values_of};
use crate::otlp_request::{PROTOBUF, TraceSketch, hex};
use crate::random::{Random, fresh_seed};
use crate::server_process::ServerProcess;
use crate::workspace::{clew_binary, empty_work_dir};

const SENDERS: u64 = 4;

/// The server lives this long under load, at random between the two: from before the first flush to well after it.
const LIFE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(2_500));

/// How long an orderly stop may go on before the kill: it is then that the rows in memory move to a segment.
const STOPPING: Duration = Duration::from_millis(400);

/// When the server is killed.
#[derive(Debug, Clone, Copy)]
struct End {
    life: Duration,
    /// One in three is killed in the middle of an orderly stop.
    stopping: Option<Duration>,
}

/// A request whose fate the test knows.
#[derive(Debug, Clone, Copy)]
struct Sent {
    sketch: TraceSketch,
    acknowledged: bool,
}

#[derive(Debug, Default)]
struct Sums {
    acknowledged_requests: u64,
    unanswered_requests: u64,
    unanswered_found: u64,
    spans: u64,
    restart_longest: Duration,
}

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse(words, &["runs", "seed", "binary"])?;
    let runs = arguments.number("runs", 10)?;
    let seed = arguments.number("seed", fresh_seed())?;
    let binary = arguments.text("binary").map_or_else(|| clew_binary("debug"), PathBuf::from);
    let dir = empty_work_dir("crash")?;
    println!("crash test of {} with --seed {seed}, in {}", binary.display(), dir.display());

    let mut random = Random::seeded(seed);
    let (mut sums, mut passed, mut failed) = (Sums::default(), 0, 0);
    // One folder for all runs: each restart reads what all earlier crashes left behind.
    let mut history = Vec::new();
    for run in 1..=runs {
        match one_run(&binary, &dir, &mut random, &mut history, &mut sums) {
            Ok(line) => {
                passed += 1;
                println!("ok   run {run}: {line}");
            }
            Err(error) => {
                failed += 1;
                println!("FAIL run {run}: {error}");
                // Whatever comes after would only find the same again.
                break;
            }
        }
    }
    println!(
        "{} requests acknowledged and found again, {} spans; {} got no answer, of which {} were stored all the same; slowest restart {} ms",
        sums.acknowledged_requests,
        sums.spans,
        sums.unanswered_requests,
        sums.unanswered_found,
        sums.restart_longest.as_millis()
    );
    println!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(format!("records were lost or doubled; the folder is kept: {}", dir.display()).into()) }
}

fn one_run(binary: &Path, dir: &Path, random: &mut Random, history: &mut Vec<TraceSketch>, sums: &mut Sums) -> Result<String> {
    let (data, log) = (dir.join("data"), dir.join("server.log"));
    let server = ServerProcess::start(binary, &data, &log)?;
    let end = End::choose(random);
    let sent = load_and_kill(server, end, random.next())?;

    let restarting = Instant::now();
    let mut server = ServerProcess::start(binary, &data, &log)?;
    let restart = restarting.elapsed();
    server.healthy()?;
    let found_unanswered = look(&server, &sent)?;
    // Exporters send again what got no answer.
    send_again(&server, &sent)?;
    history.extend(sent.iter().map(|one| one.sketch));
    for sketch in &*history {
        look_for(&server.http, *sketch)?.whole(*sketch)?;
    }
    let spans = history.iter().map(|sketch| sketch.span_count).sum();
    check_ledger(&server, spans)?;
    server.stop()?;

    let acknowledged = sent.iter().filter(|one| one.acknowledged).count() as u64;
    let unanswered = sent.len() as u64 - acknowledged;
    sums.acknowledged_requests += acknowledged;
    sums.unanswered_requests += unanswered;
    sums.unanswered_found += found_unanswered;
    sums.spans = spans;
    sums.restart_longest = sums.restart_longest.max(restart);
    let up = restart.as_millis();
    let stopping = end.stopping.map_or(String::new(), |stopping| format!(" and {} ms of stopping", stopping.as_millis()));
    let lived = format!("{} ms{stopping}", end.life.as_millis());
    Ok(format!(
        "killed after {lived}, {acknowledged} acknowledged, {unanswered} unanswered ({found_unanswered} stored), up again in {up} ms"
    ))
}

impl End {
    fn choose(random: &mut Random) -> Self {
        let mut up_to = |most: Duration| Duration::from_millis(random.below(most.as_millis() as u64));
        let (life, stopping) = (LIFE.0 + up_to(LIFE.1 - LIFE.0), up_to(STOPPING));
        Self { life, stopping: (random.below(3) == 0).then_some(stopping) }
    }
}

/// Sends from several threads until the server dies under them.
fn load_and_kill(server: ServerProcess, end: End, seed: u64) -> Result<Vec<Sent>> {
    let all = Mutex::new(Vec::new());
    let next = AtomicU64::new(0);
    let address = server.http.clone();
    thread::scope(|scope| {
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
        server.kill()
    })?;
    Ok(all.into_inner().expect("all senders are done"))
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
            content_bytes: random.below(20_000) as usize,
            start_unix_nanos: unix_nanos_now(),
        };
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

/// Checks what the crash left; returns how many unanswered requests were stored.
fn look(server: &ServerProcess, sent: &[Sent]) -> Result<u64> {
    let mut unanswered_found = 0;
    for one in sent {
        let found = look_for(&server.http, one.sketch)?;
        if one.acknowledged || !found.0.is_empty() {
            found.whole(one.sketch)?;
        }
        unanswered_found += u64::from(!one.acknowledged && !found.0.is_empty());
    }
    Ok(unanswered_found)
}

fn send_again(server: &ServerProcess, sent: &[Sent]) -> Result {
    // Every tenth acknowledged one goes again too: its answer may have been lost on the way.
    let again = sent.iter().enumerate().filter(|(at, one)| !one.acknowledged || at % 10 == 0);
    for (_, one) in again {
        let answer = Connection::open(&server.http)?.post("/v1/traces", PROTOBUF, &one.sketch.request())?;
        if answer.status != 200 {
            return Err(format!("sending again was answered {}: {}", answer.status, answer.text()).into());
        }
    }
    Ok(())
}

/// How often each span id of a trace stands in the server's answer.
struct Found(BTreeMap<String, u64>);

fn look_for(address: &str, sketch: TraceSketch) -> Result<Found> {
    let trace_id = hex(&sketch.trace_id());
    let answer = get(address, &format!("/api/v1/projects/default/traces/{trace_id}?content=none"))?;
    let mut counts = BTreeMap::new();
    match answer.status {
        200 => {
            for span_id in values_of(&answer.text(), "span_id") {
                *counts.entry(span_id.to_owned()).or_default() += 1;
            }
        }
        404 => {}
        status => return Err(format!("trace {trace_id} was answered {status}: {}", answer.text()).into()),
    }
    Ok(Found(counts))
}

impl Found {
    /// Every span of the sketch is there exactly once, and nothing else.
    fn whole(&self, sketch: TraceSketch) -> Result {
        let wanted: BTreeMap<String, u64> = (0..sketch.span_count).map(|index| (hex(&sketch.span_id(index)), 1)).collect();
        if self.0 == wanted {
            return Ok(());
        }
        let missing = wanted.keys().filter(|id| !self.0.contains_key(*id)).count();
        let doubled = self.0.values().filter(|count| **count > 1).count();
        Err(format!("trace {}: {missing} of {} spans missing, {doubled} doubled", hex(&sketch.trace_id()), sketch.span_count).into())
    }
}

/// Every span is stored once, and the buckets sum up to what was received.
fn check_ledger(server: &ServerProcess, spans: u64) -> Result {
    let text = get(&server.http, "/api/v1/ledger")?.text();
    let bucket = |name| number_of(&text, name).ok_or_else(|| format!("the ledger has no `{name}`: {text}"));
    let (received, stored, duplicate) = (bucket("received")?, bucket("stored")?, bucket("duplicate")?);
    let (updated, sampled_out) = (bucket("updated")?, bucket("sampled_out")?);
    if stored != spans {
        return Err(format!("the ledger says {stored} stored, {spans} spans are there").into());
    }
    // Nothing this test sends is rejected, updated or sampled out.
    if received != stored + duplicate || updated + sampled_out != 0 {
        return Err(format!("the ledger does not add up: {text}").into());
    }
    Ok(())
}
