//! Says how far a question is, to a person who waits for its answer at a terminal.

use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use crate::format;

/// Below this nothing is said: it would be gone before it is read.
const SAID_AFTER: Duration = Duration::from_millis(700);
const SAID_EVERY: Duration = Duration::from_millis(300);

/// An id that no other request to the server has, so that it can be asked about.
pub(crate) fn request_id() -> String {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    // Processes of other machines have the same numbers, but did not start in the same nanosecond.
    static STARTED: LazyLock<u128> = LazyLock::new(|| UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos());
    format!("clew-{}-{:x}-{}", std::process::id(), *STARTED, REQUESTS.fetch_add(1, Ordering::Relaxed))
}

/// Waits for an answer, and says on stderr how far it is, where that is a terminal.
pub(crate) async fn waited<Answer, Asked: Future<Output = Option<Value>>>(
    answer: impl Future<Output = Answer>,
    progress: impl Fn() -> Asked,
) -> Answer {
    if !std::io::stderr().is_terminal() {
        return answer.await;
    }
    let mut answer = pin!(answer);
    let mut wait = SAID_AFTER;
    loop {
        let told = async {
            tokio::time::sleep(wait).await;
            progress().await
        };
        let told = tokio::select! {
            answer = &mut answer => {
                if wait != SAID_AFTER {
                    say("");
                }
                return answer;
            }
            told = told => told,
        };
        wait = SAID_EVERY;
        if let Some(line) = told.as_ref().and_then(line) {
            say(&line);
        }
    }
}

/// None before it is known what is to be done.
fn line(progress: &Value) -> Option<String> {
    let number = |name: &str| progress[name].as_u64();
    let (parts, done, rows) = (number("parts").filter(|parts| *parts > 0)?, number("parts_done")?, number("rows")?);
    Some(format!("{} of {parts} parts, {} rows read", done.min(parts), format::count_exact(rows)))
}

/// Puts a line in the place of the last one.
fn say(line: &str) {
    let mut stderr = std::io::stderr().lock();
    // A terminal that is gone has nobody to be told.
    drop(write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let said = line(&json!({"parts": 12, "parts_done": 5, "rows": 1_200_000, "bytes": 1}));
        assert_eq!(said.as_deref(), Some(format!("5 of 12 parts, {} rows read", format::count_exact(1_200_000)).as_str()));
        assert_eq!(line(&json!({"parts": 0, "parts_done": 0, "rows": 0, "bytes": 0})), None);
    }

    #[test]
    fn no_two_requests_have_one_id() {
        assert_ne!(request_id(), request_id());
    }
}
