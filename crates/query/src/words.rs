//! Words: how texts are cut for search.

/// Cuts a text into its words: runs of letters and digits (Unicode) of the text in lower case, as they stand.
///
/// A run of letters is one word also where a script writes without gaps.
pub fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|character: char| !character.is_alphanumeric()).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(words_of("Refund order #4521, don't  wait"), ["refund", "order", "4521", "don", "t", "wait"]);
        assert_eq!(words_of("GPT-5 Straße ÉTÉ"), ["gpt", "5", "straße", "été"]);
        assert!(words_of(" -- !").is_empty());
    }
}
