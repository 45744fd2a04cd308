//! Writing to stdout; a reader that has gone is an error that ends the command.

use std::io::Write;

use crate::line::Line;
use crate::screen::Screen;

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
