//! Traces of earlier runs that are deleted while others are sent.

use std::thread;
use std::time::Duration;

use super::checks::look_for;
use crate::Result;
use crate::http_client::{Connection, post};
use crate::otlp_request::{TraceSketch, hex};
use crate::random::Random;
use crate::server_process::ServerProcess;

/// Deletions of one run, at most.
const DELETIONS_MAX: u64 = 3;

/// Traces of one deletion, at most.
const TRACES_MAX: u64 = 5;

/// So many are always left, to be looked for.
const LEFT_MIN: usize = 40;

/// The longest pause before a deletion.
const PAUSE_MILLIS_MAX: u64 = 250;

const PATH: &str = "/api/v1/projects/default/delete";

/// What was asked to go.
pub(super) struct Deletion {
    pub(super) doomed: Vec<TraceSketch>,
    pub(super) acknowledged: bool,
}

/// Picks traces, each for one deletion only; none while there are few.
pub(super) fn choose(random: &mut Random, history: &[TraceSketch]) -> Vec<Vec<TraceSketch>> {
    let mut left: Vec<TraceSketch> = history.to_vec();
    let mut batch = |random: &mut Random| -> Vec<TraceSketch> {
        let count = (1 + random.below(TRACES_MAX)) as usize;
        let room = left.len().saturating_sub(LEFT_MIN);
        (0..count.min(room)).map(|_| left.swap_remove(random.below(left.len() as u64) as usize)).collect()
    };
    let batches = (0..random.below(DELETIONS_MAX + 1)).map(|_| batch(random)).filter(|doomed| !doomed.is_empty());
    batches.collect()
}

/// Deletes until all is done or the server is gone.
pub(super) fn delete_until_dead(address: &str, mut random: Random, batches: Vec<Vec<TraceSketch>>) -> Result<Vec<Deletion>> {
    let mut deletions = Vec::new();
    for doomed in batches {
        thread::sleep(Duration::from_millis(random.below(PAUSE_MILLIS_MAX)));
        let Ok(mut connection) = Connection::open(address) else { break };
        let Ok(answer) = connection.post(PATH, "application/json", &request(&doomed)) else {
            deletions.push(Deletion { doomed, acknowledged: false });
            break;
        };
        match answer.status {
            200 if answer.text().contains("\"clean\":true") => deletions.push(Deletion { doomed, acknowledged: true }),
            // It stops in an orderly way: whether the deletion will be made, nobody has said.
            status if status >= 500 => deletions.push(Deletion { doomed, acknowledged: false }),
            status => return Err(format!("a deletion was answered {status}: {}", answer.text()).into()),
        }
    }
    Ok(deletions)
}

/// Nothing is left of what was acknowledged; the rest is whole or gone, and gone after it was asked for again.
pub(super) fn look(server: &ServerProcess, deletion: &Deletion) -> Result {
    for sketch in &deletion.doomed {
        let found = look_for(&server.http, *sketch)?;
        if deletion.acknowledged && !found.is_gone() {
            return Err(format!("trace {} was deleted and is there again", hex(&sketch.trace_id())).into());
        }
        if !found.is_gone() {
            found.whole(*sketch)?;
        }
    }
    if deletion.acknowledged {
        return Ok(());
    }
    let answer = post(&server.http, PATH, "application/json", &request(&deletion.doomed))?;
    if answer.status != 200 {
        return Err(format!("a deletion asked for again was answered {}: {}", answer.status, answer.text()).into());
    }
    for sketch in &deletion.doomed {
        if !look_for(&server.http, *sketch)?.is_gone() {
            return Err(format!("trace {} is there after its deletion was answered", hex(&sketch.trace_id())).into());
        }
    }
    Ok(())
}

fn request(doomed: &[TraceSketch]) -> Vec<u8> {
    let ids: Vec<String> = doomed.iter().map(|sketch| format!("\"{}\"", hex(&sketch.trace_id()))).collect();
    format!("{{\"trace_ids\":[{}]}}", ids.join(",")).into_bytes()
}
