//! `cargo xtask docs`: writes the pages that are made from code.

use std::fs;
use std::process::Stdio;

use crate::Result;
use crate::limits_page::PAGE_PATH;
use crate::tidy::{Tree, limits_page_of};
use crate::workspace::{cargo, root};

/// Pages that crates print: the page, the package, its example.
const PRINTED: [(&str, &str, &str); 2] = [("docs/query.md", "query", "reference"), ("docs/sql.md", "store", "sql_reference")];

pub(super) fn run(_words: &[String]) -> Result {
    let tree = Tree::of_checkout(root())?;
    fs::write(root().join(PAGE_PATH), limits_page_of(&tree))?;
    eprintln!("wrote {PAGE_PATH}");
    for (path, package, example) in PRINTED {
        let mut print = cargo(&["run", "--quiet", "--package", package, "--example", example]);
        let printed = print.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !printed.status.success() {
            return Err(format!("`{path}` was not printed: {}", printed.status).into());
        }
        fs::write(root().join(path), printed.stdout)?;
        eprintln!("wrote {path}");
    }
    Ok(())
}
