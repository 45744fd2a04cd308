//! What all commands have in common when they print.

use std::process::Stdio;

use tempfile::tempdir;

use crate::running::{Server, command, fixture};

const COMMANDS: [&[&str]; 6] =
    [&["traces"], &["traces", "--json"], &["trace", "last"], &["trace", "last", "--json"], &["tail"], &["doctor"]];

#[test]
fn plain_output_is_ascii() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture("google-adk/tool_error/002.traces.pb")]);
    for words in [&["traces", "--plain"][..], &["trace", "last", "--plain"], &["tail", "--plain"], &["doctor", "--plain"]] {
        let text = server.text(words);
        // A question mark stands for a sign that has no word.
        assert!(text.is_ascii() && !text.replace("?span=", "").contains('?'), "{words:?}: {text}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture("google-adk/tool_error/002.traces.pb")]);
    for words in COMMANDS {
        let mut child = command(words).args(["--server", &server.http]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Gone before the server can have answered.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{words:?}");
    }
}
