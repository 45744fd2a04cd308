//! Starts other programs and listens to what they print.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;

use crate::Result;

/// What a program printed on both streams, and how it ended.
pub(crate) struct Printed {
    pub(crate) text: String,
    pub(crate) succeeded: bool,
}

/// Says whether a program stands in the search path.
pub(crate) fn found(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Runs a program on our own terminal; an error when it fails.
pub(crate) fn run(command: &mut Command) -> Result {
    let shown = shown(command);
    let status = command.status().map_err(|error| format!("`{shown}` does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}").into()) }
}

/// Runs a program, passes on what it prints line by line, and keeps a copy.
pub(crate) fn run_and_read(command: &mut Command) -> Result<Printed> {
    let shown = shown(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("`{shown}` does not start: {error}"))?;
    let stderr = child.stderr.take().expect("stderr is piped");
    let stdout = child.stdout.take().expect("stdout is piped");
    let talk = thread::spawn(move || pass_on(stderr, true));
    let mut text = pass_on(stdout, false);
    text.push_str(&talk.join().unwrap_or_default());
    Ok(Printed { text, succeeded: child.wait()?.success() })
}

/// The command line as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn pass_on(stream: impl Read, talk: bool) -> String {
    let mut kept = String::new();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let text = String::from_utf8_lossy(&line);
        if talk {
            eprint!("{text}");
        } else {
            print!("{text}");
        }
        kept.push_str(&text);
        line.clear();
    }
    kept
}
