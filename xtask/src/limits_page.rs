//! Writes `docs/limits.md` out of the `limits.rs` files, so that the page cannot say anything else than the code.

/// The page, and the command that writes it.
pub(crate) const PAGE_PATH: &str = "docs/limits.md";

const HEAD: &str = "# Limits\n\n\
    Everything that a sender or a reader may ask for is bounded; each bound stands in a `limits.rs` with its reason.\n\
    This page is written from those files by `cargo xtask docs`; a test fails when it is out of date.\n\
    None of them can be set from outside yet.\n";

#[derive(Debug, PartialEq, Eq)]
struct Limit {
    name: String,
    value: String,
    reason: String,
}

/// Renders the page from `(path, text)` of every `limits.rs`, in the order given.
pub(crate) fn page<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut page = HEAD.to_owned();
    for (path, text) in files {
        let limits = limits_in(text);
        if limits.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {}\n\n", title_of(path)));
        page.push_str(&format!("{}\n\n| limit | value | why |\n|---|---|---|\n", file_line(text)));
        for limit in limits {
            page.push_str(&format!("| `{}` | {} | {} |\n", limit.name, limit.value, limit.reason.replace('|', "\\|")));
        }
    }
    page
}

fn title_of(path: &str) -> String {
    let inside = path.trim_start_matches("crates/").trim_end_matches("/limits.rs").replace("/src", "");
    inside.replace('/', ", ")
}

/// The first line of a file's own documentation.
fn file_line(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("//! ")).unwrap_or_default()
}

/// Constants, and fields of a struct that the same file gives default values.
fn limits_in(text: &str) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    let mut reason: Vec<&str> = Vec::new();
    let mut in_default = false;
    for line in text.lines() {
        let code = line.trim();
        in_default = (in_default || code.starts_with("impl Default for")) && line != "}";
        if let Some(doc) = code.strip_prefix("///") {
            reason.push(doc.trim());
            continue;
        }
        if let Some((name, value)) = constant(code) {
            limits.push(Limit { name: name.to_owned(), value: readable(name, value), reason: sentence(&reason) });
        } else if let Some((name, value)) = field(code).filter(|_| in_default) {
            if let Some(limit) = limits.iter_mut().find(|limit| limit.name == name) {
                limit.value = readable(name, value);
            }
        } else if let Some((name, _)) = field(code.trim_start_matches("pub ")).filter(|_| code.starts_with("pub ") && !reason.is_empty()) {
            limits.push(Limit { name: name.to_owned(), value: String::new(), reason: sentence(&reason) });
        }
        reason.clear();
    }
    limits.retain(|limit| !limit.value.is_empty());
    limits
}

fn constant(code: &str) -> Option<(&str, &str)> {
    let code = code.strip_prefix("pub(crate) ").or_else(|| code.strip_prefix("pub ")).unwrap_or(code);
    let (name, rest) = code.strip_prefix("const ")?.split_once(':')?;
    let (_, value) = rest.split_once('=')?;
    Some((name, value.trim().trim_end_matches(';')))
}

fn field(code: &str) -> Option<(&str, &str)> {
    let (name, value) = code.strip_suffix(',')?.split_once(": ")?;
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some((name, value))
}

fn sentence(lines: &[&str]) -> String {
    lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// A number as people read it: bytes in KiB and MiB, durations in seconds, digits in groups; anything else as it stands.
fn readable(name: &str, value: &str) -> String {
    let seconds = |call: &str| value.strip_prefix(call).and_then(|rest| rest.strip_suffix(')'));
    if let Some(seconds) = seconds("Duration::from_secs(") {
        return format!("{seconds} s");
    }
    if let Some(millis) = seconds("Duration::from_millis(") {
        return format!("{millis} ms");
    }
    let Some(number) = evaluate(value) else { return format!("`{value}`") };
    let bytes = name.to_ascii_lowercase().contains("bytes");
    match number {
        _ if bytes && number >= 1 << 20 && number % (1 << 20) == 0 => format!("{} MiB", grouped(number >> 20)),
        _ if bytes && number >= 1 << 10 && number % (1 << 10) == 0 => format!("{} KiB", grouped(number >> 10)),
        _ => grouped(number),
    }
}

/// Works out whole numbers with `*` and `<<`.
fn evaluate(value: &str) -> Option<u64> {
    if let Some((base, shift)) = value.split_once("<<") {
        return evaluate(base)?.checked_shl(evaluate(shift)?.try_into().ok()?);
    }
    if value.contains('*') {
        return value.split('*').map(evaluate).try_fold(1_u64, |product, factor| product.checked_mul(factor?));
    }
    value.trim().replace('_', "").parse().ok()
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_become_rows() {
        let text = "//! Bounds of sockets.\n\n/// Rows of a page.\n/// Second line.\npub const PAGE_ROWS_MAX: usize = 1_000;\n\n\
                    /// Body.\npub(crate) const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;\n/// Wait.\nconst WAIT: Duration = Duration::from_secs(10);\n";
        let page = page([("crates/server/src/limits.rs", text)]);
        assert!(page.contains("## server\n\nBounds of sockets.\n"), "{page}");
        assert!(page.contains("| `PAGE_ROWS_MAX` | 1 000 | Rows of a page. Second line. |"), "{page}");
        assert!(page.contains("| `BODY_BYTES_MAX` | 64 MiB | Body. |"), "{page}");
        assert!(page.contains("| `WAIT` | 10 s | Wait. |"), "{page}");
    }

    #[test]
    fn fields_take_the_value_of_the_default() {
        let text = "pub struct Limits {\n    /// Body.\n    pub body_bytes_max: usize,\n}\nimpl Default for Limits {\n    fn default() -> Self {\n        \
                    Self {\n            body_bytes_max: 64 << 20,\n        }\n    }\n}\nimpl Limits {\n    fn stored() -> Self {\n        Self {\n            \
                    body_bytes_max: usize::MAX,\n        }\n    }\n}\n";
        let limits = limits_in(text);
        assert_eq!(limits, [Limit { name: "body_bytes_max".into(), value: "64 MiB".into(), reason: "Body.".into() }]);
    }
}
