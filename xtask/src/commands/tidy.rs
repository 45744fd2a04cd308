//! `cargo xtask tidy`: prints every broken house rule.

use crate::Result;
use crate::tidy::{Tree, check};
use crate::workspace::root;

pub(super) fn run(_words: &[String]) -> Result {
    let violations = check(&Tree::of_checkout(root())?);
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() { Ok(()) } else { Err(format!("{} things are not tidy", violations.len()).into()) }
}
