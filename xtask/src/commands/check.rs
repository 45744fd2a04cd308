//! `cargo xtask quick-check` and `cargo xtask check`: what stands between an edit and a commit, and between a commit and others.

use crate::process::found;
use crate::tally::Tally;
use crate::workspace::cargo;
use crate::{Result, commands::test};

pub(super) fn quick_check(_words: &[String]) -> Result {
    let mut tally = Tally::default();
    formatting_and_lints(&mut tally);
    tally.program("unit tests", &mut cargo(&["test", "--workspace", "--lib", "--bins", "--quiet"]));
    tally.finish()
}

pub(super) fn check(_words: &[String]) -> Result {
    let mut tally = Tally::default();
    formatting_and_lints(&mut tally);
    if found("cargo-deny") {
        tally.program("licences and advisories", &mut cargo(&["deny", "check"]));
    } else {
        println!("cargo-deny is not installed; licences and advisories are not checked");
    }
    test::everything(&mut tally);
    tally.finish()
}

fn formatting_and_lints(tally: &mut Tally) {
    tally.program("formatting", &mut cargo(&["fmt", "--all", "--check"]));
    tally.program("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]));
}
