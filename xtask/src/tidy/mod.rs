//! Checks what a compiler does not: floors, who may name what, the shape of files.
//!
//! Each rule is a function from the tree of files to violations; it runs as a test and as `cargo xtask tidy`.
//! A rule reads text, not syntax trees: it may be fooled by someone who wants to, not by someone who forgets.

mod rust_text;
mod tree;

mod violation;

mod crate_floors;
mod engine_names;
mod file_shape;
mod fixture_notes;
mod limits_current;
mod machine_words;
mod module_floors;
mod seal;
mod ui_floors;

pub(crate) use limits_current::page_of as limits_page_of;
pub use tree::Tree;
pub use violation::Violation;

/// Runs every rule; violations are in order of rule, then file.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let rules = [
        crate_floors::check,
        engine_names::check,
        module_floors::check,
        ui_floors::check,
        seal::check,
        file_shape::check,
        machine_words::check,
        fixture_notes::check,
        limits_current::check,
    ];
    rules.iter().flat_map(|rule| rule(tree)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_is_tidy() {
        let tree = Tree::of_checkout(crate::workspace::root()).unwrap();
        assert!(tree.files().len() > 20, "the tree was not read");
        let violations: Vec<String> = check(&tree).iter().map(Violation::to_string).collect();
        assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
    }
}
