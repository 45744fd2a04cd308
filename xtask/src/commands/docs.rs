//! `cargo xtask docs`: writes the pages that are made from code.

use std::fs;

use crate::Result;
use crate::limits_page::PAGE_PATH;
use crate::tidy::{Tree, limits_page_of};
use crate::workspace::root;

pub(super) fn run(_words: &[String]) -> Result {
    let tree = Tree::of_checkout(root())?;
    fs::write(root().join(PAGE_PATH), limits_page_of(&tree))?;
    eprintln!("wrote {PAGE_PATH}");
    Ok(())
}
