//! Senders: as fast as the server takes it, or at a pace.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::http_client::Connection;
use crate::otlp_request::PROTOBUF;

/// What came of sending.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    /// Requests that were told to come again later.
    pub(crate) refused: u64,
    /// Milliseconds from the moment each request was due until its answer.
    pub(crate) waits: Vec<f64>,
    pub(crate) wall: Duration,
}

/// How fast requests go out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each connection sends as soon as it was answered.
    Greedy,
    /// So many a second over all connections, whatever the answers.
    PerSecond(f64),
}

/// Sends the requests of a range of numbers over some connections.
pub(crate) fn send(
    address: &str,
    numbers: std::ops::Range<u64>,
    connections: usize,
    pace: Pace,
    body: &(dyn Fn(u64) -> Vec<u8> + Sync),
) -> Result<Sent> {
    let next = AtomicU64::new(numbers.start);
    let failed = AtomicBool::new(false);
    let started = Instant::now();
    let share = || -> Result<Sent> {
        let mut sent = Sent::default();
        let mut connection = Connection::open(address)?;
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= numbers.end {
                break;
            }
            let body = body(number);
            let due = match pace {
                Pace::Greedy => Instant::now(),
                Pace::PerSecond(rate) => started + Duration::from_secs_f64((number - numbers.start) as f64 / rate),
            };
            thread::sleep(due.saturating_duration_since(Instant::now()));
            sent.refused += post(&mut connection, &body).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            sent.waits.push(due.elapsed().as_secs_f64() * 1_000.0);
            sent.requests += 1;
            sent.bytes += body.len() as u64;
        }
        Ok(sent)
    };
    let mut all = thread::scope(|scope| {
        let senders: Vec<_> = (0..connections).map(|_| scope.spawn(share)).collect();
        senders
            .into_iter()
            .map(|sender| sender.join().expect("a sender does not panic"))
            .try_fold(Sent::default(), |sum, sent| Ok::<_, Box<dyn std::error::Error + Send + Sync>>(sum.and(sent?)))
    })?;
    all.wall = started.elapsed();
    Ok(all)
}

impl Sent {
    fn and(mut self, mut other: Self) -> Self {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.refused += other.refused;
        self.waits.append(&mut other.waits);
        self
    }
}

/// Posts a request until it is taken; returns how often it was refused for want of room.
fn post(connection: &mut Connection, body: &[u8]) -> Result<u64> {
    let mut refused = 0;
    loop {
        let answer = connection.post("/v1/traces", PROTOBUF, body)?;
        match answer.status {
            200 => return Ok(refused),
            429 | 503 => {
                refused += 1;
                thread::sleep(Duration::from_millis(100));
            }
            status => return Err(format!("a request was answered {status}: {}", answer.text()).into()),
        }
    }
}
