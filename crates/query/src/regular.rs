//! Regular expressions: those of the `regex` crate, bounded; every engine takes the same.

use regex::{Regex, RegexBuilder};

use crate::limits::REGEX_COMPILED_BYTES_MAX;

/// Compiles an expression; the error says why it is none.
pub fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(REGEX_COMPILED_BYTES_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression grows too large when it is compiled".to_owned(),
        // The first line repeats the expression with a mark below it; the last one says what is wrong.
        other => match other.to_string().lines().last() {
            Some(line) => format!("no regular expression: {}", line.trim_start_matches("error: ")),
            None => "no regular expression".to_owned(),
        },
    })
}
