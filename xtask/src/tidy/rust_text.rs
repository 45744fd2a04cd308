//! Rust source with comments and literals blanked out, and the lines that are tests.
//!
//! The blanked text has the same lines and columns as the source, so a finding can be told by its place.

#[derive(Debug)]
pub(super) struct RustText {
    code: String,
    test_lines: Vec<bool>,
}

impl RustText {
    /// `for_tests` says that only tests compile the file.
    pub(super) fn of(path: &str, source: &str, for_tests: bool) -> Self {
        let code = blank(source);
        let whole = for_tests || is_test_path(path);
        let mut test_lines = vec![whole; code.lines().count()];
        if !whole {
            mark_test_items(&code, &mut test_lines);
        }
        Self { code, test_lines }
    }

    /// Lines that are not tests, with their numbers from one.
    pub(super) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(number, _)| !self.test_lines[number - 1])
    }

    /// All lines, with their numbers from one.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// The blanked text without tests, line by line in place.
    pub(super) fn product_code(&self) -> String {
        let keep = |(number, line)| if self.test_lines[number - 1] { "" } else { line };
        self.lines().map(|numbered| format!("{}\n", keep(numbered))).collect()
    }
}

/// Test files by their place: `tests.rs`, and anything in a folder `tests`, `benches` or `examples`.
pub(super) fn is_test_path(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    path.ends_with("/tests.rs") || folders.any(|folder| matches!(folder, "tests" | "benches" | "examples"))
}

/// Marks the item behind each `#[cfg(test)]` and `#[cfg(any(test, ..))]`, to its closing brace or semicolon.
fn mark_test_items(code: &str, test_lines: &mut [bool]) {
    for (at, attribute) in code.match_indices("#[cfg(") {
        let condition = &code[at + attribute.len()..];
        if !(condition.starts_with("test)") || condition.starts_with("any(test")) {
            continue;
        }
        let first = line_at(code, at);
        let last = line_at(code, at + item_end(&code[at..]));
        test_lines[first..=last].fill(true);
    }
}

/// Where an item ends: at the semicolon or the brace that closes it, whichever comes first at its own depth.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && byte == b'}' {
                    return at;
                }
            }
            b';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// The number, from zero, of the line that holds a byte.
fn line_at(code: &str, at: usize) -> usize {
    code[..at].bytes().filter(|byte| *byte == b'\n').count()
}

/// Replaces comments, strings and character literals by spaces.
fn blank(source: &str) -> String {
    let mut blanked = String::with_capacity(source.len());
    let mut rest = source;
    while !rest.is_empty() {
        let hidden = comment_bytes(rest).or_else(|| literal_bytes(rest, blanked.chars().next_back()));
        match hidden {
            Some(bytes) => {
                blanked.extend(rest[..bytes].chars().map(|one| if one == '\n' { '\n' } else { ' ' }));
                rest = &rest[bytes..];
            }
            None => {
                let one = rest.chars().next().expect("rest is not empty");
                blanked.push(one);
                rest = &rest[one.len_utf8()..];
            }
        }
    }
    blanked
}

/// The length of a comment that starts here.
fn comment_bytes(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    Some(rest.len())
}

/// The length of a string or character literal that starts here; `before` is the character in front of it.
fn literal_bytes(rest: &str, before: Option<char>) -> Option<usize> {
    if rest.starts_with('"') {
        return Some(quoted_bytes(rest, '"'));
    }
    if rest.starts_with('\'') {
        // A lifetime has no closing quote one character (or one escape) later.
        let mut characters = rest.chars().skip(1);
        let first = characters.next()?;
        return (first == '\\' || characters.next() == Some('\'')).then(|| quoted_bytes(rest, '\''));
    }
    let starts_word = !before.is_some_and(|before| before.is_alphanumeric() || before == '_');
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| starts_word)?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let opened = raw[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let end = opened.find(&closing).map_or(rest.len(), |end| rest.len() - opened.len() + end + closing.len());
    Some(end)
}

fn quoted_bytes(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, one) in rest.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if one == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(blank(source), expected, "{source}");
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check(r#"f("x\"y", 'z', '\'')"#, "f(      ,    ,     )");
        check(r##"r#"a"b"# + br"c" + bar"##, "         +       + bar");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn items_behind_cfg_test_are_tests() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod more;\nfn d() {}\n";
        let text = RustText::of("crates/x/src/y.rs", source, false);
        let product: Vec<usize> = text.product_lines().map(|(number, _)| number).collect();
        assert_eq!(product, [1, 6, 9]);
    }

    #[test]
    fn test_folders_are_tests() {
        assert!(is_test_path("crates/x/tests/it/main.rs"));
        assert!(is_test_path("crates/x/src/y/tests.rs"));
        assert!(!is_test_path("crates/x/src/attests.rs"));
    }
}
