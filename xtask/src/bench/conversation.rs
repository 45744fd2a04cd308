//! Conversations that send their history again with each turn.

use std::path::Path;

use super::figure::{Figure, Goal};
use super::ingest::fresh_mix;
use super::sending::{Pace, send};
use super::settling::settle;
use crate::Result;
use crate::mix::Mix;
use crate::server_process::{ServerProcess, bytes_on_disk};

const SECTION: &str = "conversations of 60 turns";
const TURNS: u64 = 60;
const CONVERSATIONS: u64 = 40;

/// Stores the same conversations twice: as one trace each, and as a trace a turn in one session each.
pub(crate) fn measure(binary: &Path, dir: &Path) -> Result<Vec<Figure>> {
    let mix = fresh_mix(14, 5_000, 12_000);
    let mut figures = Vec::new();
    for (name, trace_per_turn) in [("one trace", false), ("a trace a turn", true)] {
        figures.extend(one_shape(binary, dir, &mix, name, trace_per_turn)?);
    }
    Ok(figures)
}

fn one_shape(binary: &Path, dir: &Path, mix: &Mix, name: &str, trace_per_turn: bool) -> Result<Vec<Figure>> {
    let data = dir.join("conversation");
    let server = ServerProcess::start(binary, &data, &dir.join("server.log"))?;
    let empty_bytes = bytes_on_disk(&data)?;
    let before = server.cpu_seconds()?;
    let body = |number: u64| mix.turn(number % CONVERSATIONS, number / CONVERSATIONS, trace_per_turn);
    // Turn by turn, as they happen: the turns of one conversation lie far apart.
    let sent = send(&server.http, 0..TURNS * CONVERSATIONS, 4, Pace::Greedy, &body)?;
    settle(&server)?;
    let cpu = server.cpu_seconds()? - before;
    let stored = bytes_on_disk(&data)?.saturating_sub(empty_bytes);
    server.stop()?;
    std::fs::remove_dir_all(&data)?;
    // Everything that was said, each word once: what the last turn repeats.
    let said: u64 = (0..CONVERSATIONS).map(|conversation| mix.turn(conversation, TURNS - 1, trace_per_turn).len() as u64).sum();
    let times = |bytes: u64| bytes as f64 / said as f64;
    Ok(vec![
        Figure::new(SECTION, format!("{name}: sent, times what was said"), times(sent.bytes), "", Goal::None),
        Figure::new(SECTION, format!("{name}: on disk, times what was said"), times(stored), "", Goal::AtMost(3.0)),
        Figure::new(SECTION, format!("{name}: CPU of a turn"), cpu * 1_000.0 / (TURNS * CONVERSATIONS) as f64, "ms", Goal::None),
    ])
}
