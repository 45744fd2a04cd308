//! `cargo xtask run`: from a fresh clone to a running server.

use std::process::Command;

use crate::process::{found, run as run_program};
use crate::workspace::{cargo, clew_binary};
use crate::{Result, tools};

pub(super) fn run(words: &[String]) -> Result {
    // Both `run --data DIR` and `run -- --data DIR` are meant for the server.
    let words = words.strip_prefix(&["--".to_owned()]).unwrap_or(words);
    if found("npm") {
        eprintln!("building the UI ...");
        tools::build_ui()?;
    } else {
        eprintln!("Node is not installed: the server will run without its UI (install Node 20.19 or newer and run this again)");
    }
    eprintln!("building the server; on two cores the first time takes about 25 minutes ...");
    run_program(&mut cargo(&["build", "--release", "--package", "clew"]))?;
    serve(Command::new(clew_binary("release")).arg("serve").args(words))
}

/// Becomes the server, so that signals reach it directly.
#[cfg(unix)]
fn serve(command: &mut Command) -> Result {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn serve(command: &mut Command) -> Result {
    run_program(command)
}
