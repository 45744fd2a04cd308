//! The page of limits says what the code says.

use super::{Tree, Violation};
use crate::limits_page;

/// Renders the page from the tree.
pub(crate) fn page_of(tree: &Tree) -> String {
    let limits = tree.rust_files().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/limits.rs"));
    limits_page::page(limits.map(|file| (file.path.as_str(), file.text.as_str())))
}

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let wanted = page_of(tree);
    let found = tree.file(limits_page::PAGE_PATH).map_or("", |file| file.text.as_str());
    if found == wanted {
        return Vec::new();
    }
    let line = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count() + 1;
    let finding = "is not what the limits.rs files say".to_owned();
    vec![Violation { path: limits_page::PAGE_PATH.into(), line, rule: "limits page", finding, mend: "run `cargo xtask docs`" }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_out_of_date_is_found() {
        let limits = ("crates/x/src/limits.rs", "//! Bounds.\n\n/// Rows.\npub const ROWS_MAX: usize = 5;\n");
        let page = page_of(&Tree::of(&[limits]));
        assert!(check(&Tree::of(&[limits, ("docs/limits.md", &page)])).is_empty());
        assert_eq!(check(&Tree::of(&[limits, ("docs/limits.md", &page.replace('5', "6"))])).len(), 1);
        assert_eq!(check(&Tree::of(&[limits])).len(), 1);
    }
}
