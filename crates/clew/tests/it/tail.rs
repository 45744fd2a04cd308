//! `clew tail -f`: what comes, what comes after a break, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, command, fixture};

const FIVE_SPANS: &str = "otel-openai-v2-span/tool_retry/001.traces.pb";
const SIX_SPANS: &str = "otel-openai-node/chat_tools_json/001.traces.json";

/// A line that has not come by then never will.
const LINE_SECONDS_MAX: u64 = 60;

struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    fn follow(server: &Server) -> Self {
        let words = ["tail", "-f", "-n", "1", "--json", "--server", &server.http];
        let mut child = command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the child; whoever waits for a line no more has what it came for.
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { child, lines }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for a trace with so many spans, which tells the recordings apart.
    fn wait_for(&mut self, span_count: u64) {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(LINE_SECONDS_MAX)).expect("a trace that was sent is followed");
            if serde_json::from_str::<Value>(&line).unwrap()["span_count"] == span_count {
                return;
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_new_trace_is_printed_and_an_interrupt_ends_with_130() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture(FIVE_SPANS)]);
    let mut tail = Tail::follow(&server);
    // The stream is open before the first line is printed, so nothing sent from here on can be missed.
    tail.wait_for(5);
    server.text(&["send", &fixture(SIX_SPANS)]);
    tail.wait_for(6);
    tail.signal("INT");
    assert_eq!(tail.child.wait().unwrap().code(), Some(130));
}

#[test]
fn following_survives_a_restart_of_the_server() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture(FIVE_SPANS)]);
    let mut tail = Tail::follow(&server);
    tail.wait_for(5);
    // Nothing has changed since it follows, and it sleeps until the next trace has long come.
    tail.signal("STOP");
    let address = server.http.trim_start_matches("http://").to_owned();
    assert_eq!(server.terminate(), Some(0), "an open stream does not hold the server");
    let server = Server::start_at(data.path(), &address);
    server.text(&["send", &fixture(SIX_SPANS)]);
    tail.signal("CONT");
    tail.wait_for(6);
}

#[test]
fn the_newest_trace_stands_last() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture(FIVE_SPANS), &fixture(SIX_SPANS)]);
    let (listed, tailed) = (server.text(&["traces", "--json"]), server.text(&["tail", "--json"]));
    assert_eq!(tailed.lines().rev().collect::<Vec<_>>(), listed.lines().collect::<Vec<_>>());
    assert_eq!(server.text(&["tail", "-n", "1"]).lines().count(), 1);
    assert!(server.text(&["tail", "--tree", "-n", "1"]).starts_with("- "));
}
