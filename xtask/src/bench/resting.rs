//! What a server costs that has nothing to do.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::figure::{Figure, Goal};
use crate::Result;
use crate::server_process::ServerProcess;

const WATCHED: Duration = Duration::from_secs(10);

/// Starts a server on a folder and leaves it alone; `spans` says what is in it.
pub(crate) fn measure(binary: &Path, data: &Path, log: &Path, what: &str, goals: Goals) -> Result<Vec<Figure>> {
    const SECTION: &str = "idle";
    let starting = Instant::now();
    let server = ServerProcess::start(binary, data, log)?;
    let start = starting.elapsed().as_secs_f64();
    thread::sleep(Duration::from_secs(2));
    let before = server.cpu_seconds()?;
    thread::sleep(WATCHED);
    let cpu = (server.cpu_seconds()? - before) / WATCHED.as_secs_f64() * 100.0;
    let memory = server.memory()?.resident_bytes as f64 / 1e6;
    server.stop()?;
    Ok(vec![
        Figure::new(SECTION, format!("memory, {what}"), memory, "MB", Goal::AtMost(goals.memory_megabytes)),
        Figure::new(SECTION, format!("start, {what}"), start, "s", goals.start),
        Figure::new(SECTION, format!("CPU, {what}"), cpu, "%", goals.cpu_percent),
    ])
}

/// What a folder is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goals {
    pub(crate) memory_megabytes: f64,
    pub(crate) start: Goal,
    pub(crate) cpu_percent: Goal,
}

pub(crate) const EMPTY: Goals = Goals { memory_megabytes: 50.0, start: Goal::AtMost(0.3), cpu_percent: Goal::AtMost(0.1) };
/// Its files are read through once a day, from the start on.
pub(crate) const LOADED: Goals = Goals { memory_megabytes: 300.0, start: Goal::None, cpu_percent: Goal::None };
