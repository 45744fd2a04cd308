//! One broken rule: where, which, and how to mend it.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub path: String,
    /// From one.
    pub line: usize,
    pub rule: &'static str,
    /// What is wrong, naming the thing.
    pub finding: String,
    pub mend: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}: {} ({})", self.path, self.line, self.rule, self.finding, self.mend)
    }
}
