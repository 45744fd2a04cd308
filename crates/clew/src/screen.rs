//! What stands behind stdout: whether it shows colours, and how wide it is.

use std::io::IsTerminal;

use crate::env_vars;
use crate::options::{ColorChoice, OutputArgs};

/// How lines are to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Screen {
    pub(crate) color: bool,
    pub(crate) ascii: bool,
    /// Width of the terminal; None where output goes to a file or a pipe and is never cut.
    pub(crate) columns: Option<usize>,
}

impl Screen {
    /// Looks at stdout.
    pub(crate) fn of_stdout(args: &OutputArgs) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let no_color = std::env::var_os(env_vars::NO_COLOR).is_some_and(|value| !value.is_empty());
        let columns = is_terminal.then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)));
        Self::decide(args, is_terminal, no_color, columns)
    }

    fn decide(args: &OutputArgs, is_terminal: bool, no_color: bool, columns: Option<usize>) -> Self {
        let color = match args.color {
            _ if args.plain => false,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color,
        };
        Self { color, ascii: args.plain, columns }
    }

    /// Whether a person sits in front of it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.columns.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(choice: ColorChoice, plain: bool, is_terminal: bool, no_color: bool) -> bool {
        Screen::decide(&OutputArgs { color: choice, plain }, is_terminal, no_color, None).color
    }

    #[test]
    fn colour_is_for_terminals_unless_told_otherwise() {
        assert!(color(ColorChoice::Auto, false, true, false));
        assert!(!color(ColorChoice::Auto, false, false, false));
        assert!(!color(ColorChoice::Auto, false, true, true));
        assert!(color(ColorChoice::Always, false, false, true));
        assert!(!color(ColorChoice::Always, true, true, false));
    }
}
