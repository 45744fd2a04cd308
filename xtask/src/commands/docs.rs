//! `cargo xtask docs`: writes the pages that are made from code.

use std::fs;
use std::process::Stdio;

use crate::Result;
use crate::limits_page::PAGE_PATH;
use crate::tidy::{Tree, limits_page_of};
use crate::workspace::{cargo, root};

/// The reference of the query language, which its crate prints.
const QUERY_PATH: &str = "docs/query.md";

pub(super) fn run(_words: &[String]) -> Result {
    let tree = Tree::of_checkout(root())?;
    fs::write(root().join(PAGE_PATH), limits_page_of(&tree))?;
    eprintln!("wrote {PAGE_PATH}");
    let mut print = cargo(&["run", "--quiet", "--package", "query", "--example", "reference"]);
    let printed = print.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !printed.status.success() {
        return Err(format!("the reference of the query language was not printed: {}", printed.status).into());
    }
    fs::write(root().join(QUERY_PATH), printed.stdout)?;
    eprintln!("wrote {QUERY_PATH}");
    Ok(())
}
