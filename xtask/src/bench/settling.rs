//! Waits until the server has done everything that was put off.

use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::http_client::get;
use crate::server_process::ServerProcess;

/// A merge of large segments takes its time.
const PATIENCE: Duration = Duration::from_secs(900);

/// Between two looks at the server.
const PAUSE: Duration = Duration::from_secs(2);

/// CPU of a pause in which a server is idle: it may read what it stores against its checksums, slowly, for hours.
const IDLE_SECONDS: f64 = 0.08;

/// What stands in a gauge of these until it is done.
const PUT_OFF: [&str; 3] = ["clew_store_tail_rows", "clew_search_waiting_rows", "clew_store_wal_bytes"];

/// Waits until no row is left in memory alone or without its search index, the log is given back, and the process has been idle for two seconds.
///
/// The last rows wait half a minute for their flush, and what the server does for each answer is counted: half a millisecond of CPU,
/// which over 180,000 spans is a fifth of a microsecond for each where it is asked twice a second, and some hundredths where rarely.
pub(crate) fn settle(server: &ServerProcess) -> Result {
    let started = Instant::now();
    let mut last = server.cpu_seconds()?;
    while started.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
        let now = server.cpu_seconds()?;
        if now - last < IDLE_SECONDS && is_all_done(server)? {
            return Ok(());
        }
        last = server.cpu_seconds()?;
    }
    Err(format!("the server is still busy {} s after the last request", PATIENCE.as_secs()).into())
}

fn is_all_done(server: &ServerProcess) -> Result<bool> {
    for name in PUT_OFF {
        if gauge(server, name)? != 0.0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads a gauge of the server's own metrics.
pub(crate) fn gauge(server: &ServerProcess, name: &str) -> Result<f64> {
    let text = get(&server.http, "/metrics")?.text();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.ok_or_else(|| format!("/metrics has no `{name}`").into())
}
