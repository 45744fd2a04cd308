//! What was typed after the name of a command: `--name value` pairs and what follows `--`.

use crate::Result;

#[derive(Debug, Default)]
pub(crate) struct Arguments {
    options: Vec<(String, String)>,
    flags: Vec<String>,
    /// Everything behind `--`, or everything when there is no option of ours.
    pub(crate) rest: Vec<String>,
}

impl Arguments {
    /// Splits a command line; only the options named in `known` are ours.
    pub(crate) fn parse(words: &[String], known: &[&str]) -> Result<Self> {
        Self::parse_with_flags(words, known, &[])
    }

    /// The same, with options named in `flags` that take no value.
    pub(crate) fn parse_with_flags(words: &[String], known: &[&str], flags: &[&str]) -> Result<Self> {
        let mut arguments = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.rest.extend(words.cloned());
                break;
            }
            let Some(name) = word.strip_prefix("--") else {
                return Err(format!("`{word}` is not expected here").into());
            };
            if flags.contains(&name) {
                arguments.flags.push(name.to_owned());
                continue;
            }
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => (name, words.next().cloned().ok_or_else(|| format!("`--{name}` wants a value"))?),
            };
            if !known.contains(&name) {
                let all = [known, flags].concat();
                return Err(format!("`--{name}` is not known; known are: {}", all.join(", ")).into());
            }
            arguments.options.push((name.to_owned(), value));
        }
        Ok(arguments)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Says whether a word without a value was typed.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    /// Reads a whole number, with `default` where the option is absent.
    pub(crate) fn number(&self, name: &str, default: u64) -> Result<u64> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.replace('_', "").parse().map_err(|_| format!("`--{name} {text}` is not a whole number").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_follows_two_dashes_is_passed_on() {
        let arguments = Arguments::parse_with_flags(&words("--runs 3 --json -- --data x"), &["runs"], &["json"]).unwrap();
        assert_eq!(arguments.number("runs", 1).unwrap(), 3);
        assert!(arguments.flag("json") && !arguments.flag("keep"));
        assert_eq!(arguments.rest, ["--data", "x"]);
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(Arguments::parse(&words("--rums 3"), &["runs"]).unwrap_err().to_string().contains("rums"));
    }
}
