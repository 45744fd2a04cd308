//! What is wrong with a query: where, why, and what to write instead.

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// First byte of the text it is about.
    pub from: usize,
    /// The byte behind it; where something is missing, `from` and `to` are the same.
    pub to: usize,
    /// A fragment that fits behind a colon: "`colour` is no field".
    pub reason: String,
    /// What to do, as a sentence without a full stop: "write `cost`".
    pub fix: String,
    /// Known names close to an unknown one, closest first.
    pub nearest: Vec<String>,
}

/// Returns the known names closest to a text, at most `most`, closest first; none that is too far away to be meant.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<String> {
    let text = text.to_lowercase();
    let far = (text.chars().count() / 3).clamp(1, 4);
    let mut close: Vec<(usize, &str)> = Vec::new();
    for name in known {
        if let Some(distance) = closeness(&text, &name.to_lowercase(), far) {
            close.push((distance, name));
        }
    }
    // A stable sort: of names equally close the first in the reference goes first.
    close.sort_by_key(|(distance, _)| *distance);
    let mut names: Vec<String> = Vec::new();
    for (_, name) in close {
        if names.len() < most && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// How far a name is from a text; a name that begins with the text, or has it as one of its parts, is close.
fn closeness(text: &str, name: &str, far: usize) -> Option<usize> {
    let edits = edits(text, name);
    if edits <= far {
        return Some(edits);
    }
    let is_part = text.len() >= 3 && (name.starts_with(text) || name.split(['_', '.']).any(|part| part == text));
    is_part.then_some(far + 1)
}

/// Insertions, deletions, replacements and swaps of neighbours that make one text of the other.
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for row in 1..=one.len() {
        let mut now = vec![row];
        for column in 1..=other.len() {
            let replaced = last[column - 1] + usize::from(one[row - 1] != other[column - 1]);
            let mut least = replaced.min(last[column] + 1).min(now[column - 1] + 1);
            if row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1] {
                least = least.min(before[column - 2] + 1);
            }
            now.push(least);
        }
        before = std::mem::replace(&mut last, now);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_closest_names_come_first() {
        let known = ["status", "cost", "cost_status", "step", "start", "http_status", "user", "prompt_tokens"];
        assert_eq!(nearest("stauts", known, 1), ["status"]);
        assert_eq!(nearest("stauts", known, 3), ["status", "start"]);
        assert_eq!(nearest("prompt", known, 3), ["prompt_tokens"]);
        assert_eq!(nearest("Usr", known, 3), ["user"]);
        assert!(nearest("zebra", known, 3).is_empty());
    }
}
