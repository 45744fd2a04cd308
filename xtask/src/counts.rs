//! Reads how many tests passed and failed out of what test runners print.

/// Tests of one or more runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Sums every summary line in the text; None where there is none.
///
/// Known are cargo-nextest (`Summary [..] 3 tests run: 2 passed, 1 failed`), libtest (`test result: ok. 3 passed; 0 failed`),
/// vitest (`Tests  1 failed | 2 passed (3)`) and the plain line of our own runners (`3 passed, 0 failed`).
pub(crate) fn counts_in(text: &str) -> Option<Counts> {
    let mut sum = None;
    let plain = without_colours(text);
    for line in plain.lines().map(str::trim).filter(|line| is_summary(line)) {
        let counts: &mut Counts = sum.get_or_insert_default();
        let words: Vec<&str> = line.split([' ', ',', ';', '|']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => counts.passed += count,
                "failed" | "timed" | "exec" => counts.failed += count,
                _ => {}
            }
        }
    }
    sum
}

/// Takes out escape sequences (ECMA-48, 5.4): some runners colour what no terminal reads.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|one: char| one.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

fn is_summary(line: &str) -> bool {
    let plain = || {
        let mut words = line.split([' ', ',']).filter(|word| !word.is_empty());
        words.next().is_some_and(|word| word.parse::<u64>().is_ok()) && words.next() == Some("passed") && line.ends_with(" failed")
    };
    line.starts_with("Summary [") || line.starts_with("test result:") || line.starts_with("Tests  ") || plain()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u64, u64)>) {
        assert_eq!(counts_in(text), expected.map(|(passed, failed)| Counts { passed, failed }), "{text}");
    }

    #[test]
    fn every_runner_is_read() {
        check("     Summary [   0.52s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 4 skipped", Some((10, 2)));
        check("test result: ok. 3 passed; 0 failed; 1 ignored\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored", Some((4, 2)));
        check(" Test Files  1 failed | 2 passed (3)\n      Tests  4 failed | 20 passed (24)", Some((20, 4)));
        check(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m179 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (179)\u{1b}[39m",
            Some((179, 0)),
        );
        check("ok a\n7 passed, 0 failed\n", Some((7, 0)));
    }

    #[test]
    fn other_lines_are_not_counted() {
        check("warning: 3 passed over\nCompiling 12 passed, 0 failed things", None);
    }
}
