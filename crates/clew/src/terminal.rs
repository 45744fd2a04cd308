//! What stands behind stdout: whether it shows colours, how wide it is; and writing to it.

use std::io::{IsTerminal, Write};

use crate::args::{ColorChoice, OutputArgs};
use crate::env_vars;
use crate::line::Line;

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

/// Writes lines to stdout; fails when the reader has gone.
pub(crate) fn print_lines<'a>(lines: impl IntoIterator<Item = &'a Line>, screen: &Screen) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in lines {
        writeln!(stdout, "{}", line.paint(screen))?;
    }
    stdout.flush()
}

/// Writes one JSON value as one line of stdout.
pub(crate) fn print_json(value: &serde_json::Value) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, value)?;
    writeln!(stdout)?;
    stdout.flush()
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
