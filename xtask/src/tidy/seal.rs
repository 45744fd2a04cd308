//! Secrets do not reach the disk: only redaction, and tests, may state that a batch is clean.

use super::{Tree, Violation};

const RULE: &str = "seal";
const MEND: &str = "send the batch through `pipeline`, which redacts it";

/// Where it is defined, and where it is earned. The suite that plays the pipeline is compiled for tests only.
const ALLOWED: &[&str] = &["crates/store/src/batch.rs", "crates/pipeline/src/redact.rs"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.rust_files() {
        if ALLOWED.contains(&file.path.as_str()) {
            continue;
        }
        for (line, code) in file.rust().product_lines() {
            if code.contains("CleanBatch::seal") {
                let finding = "`CleanBatch::seal` is called outside redaction".to_owned();
                violations.push(Violation { path: file.path.clone(), line, rule: RULE, finding, mend: MEND });
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "//! X.\nfn f() {\n    let batch = CleanBatch::seal(parts);\n}\n";

    #[test]
    fn redaction_and_tests_may_seal() {
        assert!(check(&Tree::of(&[("crates/pipeline/src/redact.rs", CALL), ("crates/server/tests/it/main.rs", CALL)])).is_empty());
    }

    #[test]
    fn nobody_else_may() {
        let violations = check(&Tree::of(&[("crates/server/src/receive.rs", CALL)]));
        assert_eq!(violations.iter().map(|violation| violation.line).collect::<Vec<_>>(), [3]);
    }
}
