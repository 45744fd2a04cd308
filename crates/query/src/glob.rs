//! Values with `*` are regular expressions of one shape, so that engines need to know nothing of them.

/// The regular expression of a value in which `*` stands for any text; the whole value must match.
pub(crate) fn regex_of_glob(glob: &str) -> String {
    let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
    format!("(?s)^{}$", parts.join(".*"))
}

/// The value that gives this regular expression; None where none does.
pub(crate) fn glob_of_regex(pattern: &str) -> Option<String> {
    let body = pattern.strip_prefix("(?s)^")?.strip_suffix('$')?;
    let literals: Vec<String> = body.split(".*").map(unescaped).collect::<Option<_>>()?;
    let glob = literals.join("*");
    (literals.len() > 1 && regex_of_glob(&glob) == pattern).then_some(glob)
}

fn unescaped(text: &str) -> Option<String> {
    let mut literal = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        literal.push(if character == '\\' { characters.next()? } else { character });
    }
    (!literal.contains('*')).then_some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_comes_back_from_its_regex() {
        for glob in ["gpt-5*", "*mini*", "a.*b", "*", "c:\\x*", "a+b*"] {
            assert_eq!(glob_of_regex(&regex_of_glob(glob)).as_deref(), Some(glob));
        }
        for pattern in ["gpt-5.*", "(?s)^gpt$", "(?s)^a.*[bc]$"] {
            assert_eq!(glob_of_regex(pattern), None, "{pattern}");
        }
    }
}
