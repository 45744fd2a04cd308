//! Adds up the steps of a long run: each prints its own output, one line at the end sums them.

use std::process::Command;
use std::time::Instant;

use crate::Result;
use crate::counts::{Counts, counts_in};
use crate::process;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    sum: Counts,
    failed_steps: Vec<String>,
}

impl Tally {
    /// Runs a program as one step; its own test counts are taken over, and without any it counts as one test.
    pub(crate) fn program(&mut self, name: &str, command: &mut Command) -> bool {
        let shown = process::shown(command);
        self.step(name, &shown, || {
            let printed = process::run_and_read(command)?;
            Ok((counts_in(&printed.text), printed.succeeded))
        })
    }

    /// Runs a function as one step that counts as one test.
    pub(crate) fn function(&mut self, name: &str, work: impl FnOnce() -> Result) -> bool {
        self.step(name, "", || work().map(|()| (None, true)))
    }

    /// Notes a step that cannot run because an earlier one failed.
    pub(crate) fn blocked(&mut self, name: &str, reason: &str) {
        self.step(name, "", || Err(reason.to_owned().into()));
    }

    fn step(&mut self, name: &str, shown: &str, work: impl FnOnce() -> Result<(Option<Counts>, bool)>) -> bool {
        println!("\n── {name} {shown}");
        let started = Instant::now();
        let (counts, succeeded) = work().unwrap_or_else(|error| {
            println!("{name}: {error}");
            (None, false)
        });
        let mut counts = counts.unwrap_or_default();
        if succeeded && counts == Counts::default() {
            counts.passed = 1;
        }
        if !succeeded && counts.failed == 0 {
            counts.failed = 1;
        }
        println!("── {name}: {} passed, {} failed in {:.1} s", counts.passed, counts.failed, started.elapsed().as_secs_f64());
        self.sum.passed += counts.passed;
        self.sum.failed += counts.failed;
        if counts.failed > 0 {
            self.failed_steps.push(name.to_owned());
        }
        counts.failed == 0
    }

    /// Prints the sum as the last line; an error when anything failed.
    pub(crate) fn finish(self) -> Result {
        println!();
        for step in &self.failed_steps {
            println!("failed: {step}");
        }
        println!("{} passed, {} failed", self.sum.passed, self.sum.failed);
        if self.sum.failed == 0 { Ok(()) } else { Err("not everything passed".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_counts_even_when_it_printed_no_count() {
        let mut tally = Tally::default();
        assert!(tally.function("good", || Ok(())));
        assert!(!tally.function("bad", || Err("broken".into())));
        assert!(!tally.program("false", &mut Command::new("false")));
        assert_eq!(tally.sum, Counts { passed: 1, failed: 2 });
        assert_eq!(tally.failed_steps, ["bad", "false"]);
        assert!(tally.finish().is_err());
    }

    #[test]
    fn a_program_that_fails_after_a_clean_count_is_a_failure() {
        let mut tally = Tally::default();
        tally.program("sh", Command::new("sh").args(["-c", "echo '3 passed, 0 failed'; exit 1"]));
        assert_eq!(tally.sum, Counts { passed: 3, failed: 1 });
    }
}
