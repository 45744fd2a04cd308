//! How a command ends: exit codes, and errors that say what failed, why, and what to do next.

use std::process::ExitCode;

/// What the exit code tells the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    /// A check did not hold, or the server refused.
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Unreachable = 4,
    /// 128 plus the number of SIGINT, as shells have it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that knows its exit code and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What failed; empty where the command has said so already.
    text: String,
    /// What to try, as a full sentence.
    hint: Option<String>,
    /// The byte of what was asked at which the mistake stands.
    pub(crate) at: Option<usize>,
    source: Option<anyhow::Error>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into(), hint: None, at: None, source: None }
    }

    /// Ends the command without a word: everything was said.
    pub(crate) fn said(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the innermost reason, or the text where there is none.
    pub(crate) fn cause(&self) -> String {
        self.source.as_ref().map_or_else(|| self.text.clone(), |source| source.root_cause().to_string())
    }

    pub(crate) fn with_source(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Prints an error on stderr and returns the exit code it asks for.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        return Exit::Ok;
    }
    let failure = error.downcast_ref::<Failure>();
    if failure.is_none_or(|failure| !failure.text.is_empty()) {
        eprint!("{}", message(error));
    }
    failure.map_or(Exit::Failed, |failure| failure.exit)
}

/// Whether the reader of stdout has gone, as in `clew traces | head`: no fault of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
        && error.downcast_ref::<Failure>().is_none()
}

fn message(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}\n");
    let failure = error.downcast_ref::<Failure>();
    let causes = match failure.and_then(|failure| failure.source.as_ref()) {
        Some(source) => source.chain().collect::<Vec<_>>(),
        None => error.chain().skip(1).collect(),
    };
    for cause in causes {
        text.push_str(&format!("  because: {cause}\n"));
    }
    if let Some(hint) = failure.and_then(|failure| failure.hint.as_ref()) {
        text.push_str(&format!("  next: {hint}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_next() {
        let failure = Failure::new(Exit::Unreachable, "cannot reach the server at `http://127.0.0.1:1`")
            .with_source(std::io::Error::other("connection refused"))
            .with_hint("Start it with `clew serve`.");
        assert_eq!(
            message(&failure.into()),
            "error: cannot reach the server at `http://127.0.0.1:1`\n  because: connection refused\n  next: Start it with `clew serve`.\n"
        );
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        let gone = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(report(&gone.into()), Exit::Ok);
    }
}
