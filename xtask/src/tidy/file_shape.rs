//! The shape of a Rust file: opens with `//!`, is not too long, and has none of the words that put a question off.

use super::tree::File;
use super::{Tree, Violation};

const RULE: &str = "file shape";

/// One idea rarely needs more.
const LINES_MAX: usize = 500;

/// Longer files, each with the reason why it is still one idea.
const LONG_FILES: &[(&str, &str)] = &[];

/// What may not stand outside tests, and what to do instead. Built so that this file does not find itself.
const WORDS_OUTSIDE_TESTS: &[(&str, &str)] = &[
    (".unwrap()", "use `?`, or `expect` with why it holds"),
    ("todo!(", "leave it out until it is done"),
    ("unimplemented!(", "leave it out until it is done"),
    ("dbg!(", "log it or leave it out"),
];

/// What may not stand anywhere.
const WORDS_NOWHERE: &[(&str, &str)] =
    &[("#[allow", "use `#[expect(.., reason = \"..\")]`"), ("#![allow", "use `#[expect(.., reason = \"..\")]`")];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations: Vec<Violation> = tree.rust_files().flat_map(check_file).collect();
    for (path, _) in LONG_FILES {
        if tree.file(path).is_none_or(|file| file.text.lines().count() <= LINES_MAX) {
            violations.push(violation(path, 1, "is listed as a long file and is not one".into(), "take it off the list"));
        }
    }
    violations
}

fn check_file(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !file.text.starts_with("//!") {
        violations.push(violation(&file.path, 1, "does not open with `//!`".into(), "say what the file is for"));
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
        violations.push(violation(&file.path, lines, format!("has {lines} lines"), "find the second idea and give it a file"));
    }
    for (line, code) in file.rust().product_lines() {
        violations.extend(words_in(&file.path, line, code, WORDS_OUTSIDE_TESTS));
    }
    for (line, code) in file.rust().lines() {
        violations.extend(words_in(&file.path, line, code, WORDS_NOWHERE));
    }
    violations
}

fn words_in(path: &str, line: usize, code: &str, words: &[(&str, &'static str)]) -> Vec<Violation> {
    let found = words.iter().filter(|(word, _)| code.contains(word));
    found.map(|(word, mend)| violation(path, line, format!("`{word}` stands here"), mend)).collect()
}

fn violation(path: &str, line: usize, finding: String, mend: &'static str) -> Violation {
    Violation { path: path.to_owned(), line, rule: RULE, finding, mend }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        assert!(findings("crates/x/src/y.rs", "//! Why.\nfn f() {}\n").is_empty());
        assert_eq!(findings("crates/x/src/y.rs", "fn f() {}\n"), [1]);
    }

    #[test]
    fn a_long_file_is_found() {
        let text = format!("//! Why.\n{}", "fn f() {}\n".repeat(500));
        assert_eq!(findings("crates/x/src/y.rs", &text), [501]);
    }

    #[test]
    fn words_that_put_off_are_found_outside_tests() {
        let text = "//! Why.\nfn f() { g().unwrap(); }\nfn h() { todo!() }\n// x.unwrap()\n#[allow(dead_code)]\nfn i() {}\n";
        assert_eq!(findings("crates/x/src/y.rs", text), [2, 3, 5]);
        assert_eq!(findings("crates/x/tests/it/main.rs", text), [5]);
    }
}
