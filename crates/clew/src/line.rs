//! Lines of text with roles, and how they are painted: with colours, without, or in ASCII.
//!
//! What traces carry is hostile: control characters never reach the terminal.

use crate::screen::Screen;

/// What a piece of text is; the painter chooses the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Warning,
    Agent,
    Model,
    Tool,
    Retrieval,
    Judge,
    Infra,
}

/// One line as pieces of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line(Vec<(Role, String)>);

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new().with(Role::Plain, text)
    }

    pub(crate) fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.push(role, text);
        self
    }

    pub(crate) fn push(&mut self, role: Role, text: impl Into<String>) {
        let text = without_controls(&text.into());
        if !text.is_empty() {
            self.0.push((role, text));
        }
    }

    pub(crate) fn append(&mut self, other: Line) {
        self.0.extend(other.0);
    }

    /// Number of characters.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// Cuts to a width; a cut line ends in `…`.
    pub(crate) fn cut(mut self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut left = width.saturating_sub(1);
        for (_, text) in &mut self.0 {
            let kept: String = text.chars().take(left).collect();
            left -= kept.chars().count();
            *text = kept;
        }
        self.0.retain(|(_, text)| !text.is_empty());
        self.with(Role::Dim, "…")
    }

    /// Fills up to a width with spaces.
    pub(crate) fn padded(mut self, width: usize) -> Self {
        let missing = width.saturating_sub(self.width());
        self.push(Role::Plain, " ".repeat(missing));
        self
    }

    /// Writes the line as the screen wants it.
    pub(crate) fn paint(&self, screen: &Screen) -> String {
        let mut painted = String::new();
        for (role, text) in &self.0 {
            let text = if screen.ascii { in_ascii(text) } else { text.clone() };
            match escape_code(*role).filter(|_| screen.color) {
                Some(code) => painted.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
                None => painted.push_str(&text),
            }
        }
        painted.truncate(painted.trim_end().len());
        painted
    }
}

/// Returns the first line of a text, with runs of white space as one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Drops control characters, escape sequences with them: a trace must not move the cursor or set the title of a window.
fn without_controls(text: &str) -> String {
    text.chars().map(|character| if character == '\t' { ' ' } else { character }).filter(|character| !is_control(*character)).collect()
}

/// Control characters, and the marks that turn the direction of writing.
fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '·' => ascii.push('|'),
            '→' => ascii.push_str("->"),
            '×' => ascii.push('x'),
            '…' => ascii.push_str("..."),
            '—' | '–' => ascii.push('-'),
            '≥' => ascii.push_str(">="),
            '›' => ascii.push('>'),
            '✓' => ascii.push_str("ok"),
            '✗' => ascii.push_str("FAIL"),
            'µ' => ascii.push('u'),
            '━' => ascii.push('='),
            other if other.is_ascii() => ascii.push(other),
            _ => ascii.push('?'),
        }
    }
    ascii
}

fn escape_code(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Plain => return None,
        Role::Strong => "1",
        Role::Dim => "2",
        Role::Good => "32",
        Role::Bad => "31",
        Role::Warning => "33",
        Role::Agent => "35",
        Role::Model => "34",
        Role::Tool => "33",
        Role::Retrieval => "36",
        Role::Judge => "95",
        Role::Infra => "90",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPED: Screen = Screen { color: false, ascii: false, columns: None };

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let line = Line::plain("a\x1b]0;owned\x07b\u{202e}c\td");
        assert_eq!(line.paint(&PIPED), "a]0;ownedbc d");
    }

    #[test]
    fn a_cut_line_has_the_width_asked_for() {
        let line = Line::plain("grüße ").with(Role::Bad, "aus Berlin").cut(9);
        assert_eq!(line.paint(&PIPED), "grüße au…");
    }

    #[test]
    fn ascii_has_a_word_for_every_sign() {
        let screen = Screen { color: false, ascii: true, columns: None };
        assert_eq!(Line::plain("a · 1→2 × 3 ≥ $1 ✓").paint(&screen), "a | 1->2 x 3 >= $1 ok");
    }

    #[test]
    fn colour_is_closed_after_each_piece() {
        let screen = Screen { color: true, ascii: false, columns: None };
        assert_eq!(Line::new().with(Role::Bad, "x").with(Role::Plain, "y").paint(&screen), "\x1b[31mx\x1b[0my");
    }
}
