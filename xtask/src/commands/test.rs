//! `cargo xtask test`: every test there is, and what they need installed first.
//!
//! The order: what fails fastest and is needed by others comes first. A missing tool is a failed step, never a skipped one.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::process::found;
use crate::tally::Tally;
use crate::tools;
use crate::workspace::{cargo, clew_binary, npm, profile_dir, root};

/// Kills that the crash test makes here; `cargo xtask crash --runs 100` looks longer.
const CRASH_RUNS: &str = "4";

pub(super) fn run(_words: &[String]) -> Result {
    let mut tally = Tally::default();
    everything(&mut tally);
    tally.finish()
}

pub(super) fn everything(tally: &mut Tally) {
    let ui_built = ui(tally);
    let built = rust(tally);
    if !built {
        for step in ["browser tests", "snippets", "crash test", "hostile senders"] {
            tally.blocked(step, "there is no server to test: the build failed");
        }
        return;
    }
    let binary = clew_binary("debug");
    if ui_built {
        browser(tally, &binary);
    } else {
        tally.blocked("browser tests", "the UI was not built");
    }
    snippets(tally, &binary);
    system(tally, &binary);
}

fn ui(tally: &mut Tally) -> bool {
    if !tally.function("UI packages", tools::install_ui_packages) {
        return false;
    }
    tally.program("UI types and lint", &mut npm(&["run", "check"]));
    tally.program("UI unit tests", &mut npm(&["test"]));
    tally.program("UI build", &mut npm(&["run", "build"]))
}

/// Builds once, with the features that tests add, so that no crate is built twice; says whether there is a server.
fn rust(tally: &mut Tally) -> bool {
    if !tally.program("Rust build", &mut cargo(&["test", "--workspace", "--no-run"])) {
        return false;
    }
    if found("cargo-nextest") {
        tally.program("Rust tests", &mut cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]));
    } else {
        tally.program("Rust tests", &mut cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"]));
    }
    tally.program("documentation tests", &mut cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]));
    tally.function("tidy", || super::tidy::run(&[]));
    true
}

fn browser(tally: &mut Tally, binary: &Path) {
    let mut chromium = None;
    tally.function("Chromium", || {
        chromium = Some(tools::chromium()?);
        Ok(())
    });
    match chromium {
        Some(chromium) => {
            tally
                .program("browser tests", npm(&["run", "--silent", "test:browser"]).env("CLEW_BIN", binary).env("CLEW_CHROMIUM", chromium));
        }
        None => tally.blocked("browser tests", "there is no browser"),
    }
}

/// Runs the code that the first-run page tells people to paste.
fn snippets(tally: &mut Tally, binary: &Path) {
    let dir = root().join("ui/tools/snippets");
    let mut python = None;
    tally.function("Python packages", || {
        python = Some(tools::python_with(&dir.join("requirements.txt"))?);
        Ok(())
    });
    match python {
        Some(python) => {
            tally.program("snippets", npm(&["run", "--silent", "test:snippets"]).env("CLEW_BIN", binary).env("CLEW_PYTHON", python));
        }
        None => tally.blocked("snippets", "there are no Python packages"),
    }
}

/// The commands of this program that need a server, as steps of their own, so that their counts are read like others'.
fn system(tally: &mut Tally, binary: &Path) {
    let command = |words: &[&str]| {
        // Not `current_exe`: building the workspace may have put another file in our place.
        let mut command = Command::new(profile_dir("debug").join("xtask"));
        command.args(words).arg("--binary").arg(binary);
        command
    };
    tally.program("crash test", &mut command(&["crash", "--runs", CRASH_RUNS]));
    tally.program("hostile senders", &mut command(&["hostile"]));
}
