//! Words as the index holds them: those of `query::words_of`, one after the other and of bounded length, and pairs of joined ones.
//!
//! Order numbers, versions and codes are two words to a reader of phrases: `A-48213`, `gpt-5`. Such a pair is a word of its own in the
//! index, so that a search for it does not look at the texts that have it to see whether the parts stand together.

use std::borrow::Cow;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::limits::SEARCH_WORD_CHARS_MAX;

/// Stands behind the beginning of a word that is too long to be indexed whole; no word has it inside.
const CUT: char = '…';

/// Stands between the words of a pair; no word has it inside.
const JOINT: char = '\u{1f}';

/// The words of a text.
#[derive(Debug, Clone)]
pub(super) struct WordsOf<'a> {
    /// In lower case, unless it is ASCII: that is lowered word by word.
    text: Cow<'a, str>,
    /// What lies before was told.
    at: usize,
    /// Whether a single sign, and no white space, stands between the last word and the one before.
    is_joined: bool,
}

impl<'a> WordsOf<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // Lower case depends on the letters around, so a text is lowered whole.
        Self { text: if text.is_ascii() { text.into() } else { text.to_lowercase().into() }, at: 0, is_joined: false }
    }

    /// Puts the next word in place of what is in `word`; returns false, and leaves nothing in it, behind the last one.
    pub(super) fn next_into(&mut self, word: &mut String) -> bool {
        word.clear();
        let rest = &self.text[self.at..];
        let Some(start) = rest.find(char::is_alphanumeric) else {
            self.at = self.text.len();
            return false;
        };
        let run = &rest[start..];
        let run = &run[..run.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(run.len())];
        word.push_str(run);
        let mut between = rest[..start].chars();
        self.is_joined = self.at > 0 && between.next().is_some_and(|sign| !sign.is_whitespace()) && between.next().is_none();
        self.at += start + run.len();
        word.make_ascii_lowercase();
        cut(word);
        true
    }
}

fn cut(word: &mut String) {
    // A word of so many bytes has no more letters.
    if word.len() > SEARCH_WORD_CHARS_MAX
        && let Some((end, _)) = word.char_indices().nth(SEARCH_WORD_CHARS_MAX)
    {
        word.truncate(end);
        word.push(CUT);
    }
}

/// The word that a pair of joined words is in the index; None for words that it does not pair.
///
/// One of the two has a digit and one has none but digits: names and plain words would make as many pairs as there are words, and
/// parts of times and amounts stand together in every text.
pub(super) fn pair_of(first: &str, second: &str) -> Option<String> {
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_paired = (has_digit(first) || has_digit(second)) && !(is_number(first) && is_number(second));
    let is_whole = !first.ends_with(CUT) && !second.ends_with(CUT);
    (is_paired && is_whole).then(|| format!("{first}{JOINT}{second}"))
}

/// A word as the index has it, and whether it is there whole.
pub(super) fn indexed_word(word: &str) -> (String, bool) {
    let mut indexed = word.to_owned();
    cut(&mut indexed);
    let is_whole = indexed.len() == word.len();
    (indexed, is_whole)
}

/// The same words for tantivy, and behind each word the pair that it makes with the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct WordTokenizer {
    token: Token,
    /// The last word.
    word: String,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordTokens<'a> {
        self.token.reset();
        self.word.clear();
        WordTokens { words: WordsOf::new(text), token: &mut self.token, word: &mut self.word, pair: None }
    }
}

pub(super) struct WordTokens<'a> {
    words: WordsOf<'a>,
    token: &'a mut Token,
    word: &'a mut String,
    /// Comes next.
    pair: Option<String>,
}

impl TokenStream for WordTokens<'_> {
    fn advance(&mut self) -> bool {
        // The first word stands at 0: a fresh token is one before it.
        self.token.position = self.token.position.wrapping_add(1);
        if let Some(pair) = self.pair.take() {
            self.token.text = pair;
            return true;
        }
        if !self.words.next_into(&mut self.token.text) {
            return false;
        }
        if self.words.is_joined {
            self.pair = pair_of(self.word, &self.token.text);
        }
        self.word.clone_from(&self.token.text);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use query::words_of;
    use tantivy::tokenizer::{TokenStream, Tokenizer};

    use super::{JOINT, WordTokenizer, WordsOf, indexed_word};
    use crate::limits::SEARCH_WORD_CHARS_MAX;

    fn words(text: &str) -> Vec<String> {
        let (mut words, mut word, mut all) = (WordsOf::new(text), String::new(), Vec::new());
        while words.next_into(&mut word) {
            all.push(word.clone());
        }
        all
    }

    proptest! {
        #[test]
        fn words_are_those_of_queries(text in "[a-zA-Z0-9 _.,ÄßΣσςİ東京\u{307}-]{0,30}") {
            prop_assert_eq!(words(&text), words_of(&text));
        }
    }

    #[test]
    fn joined_words_make_pairs() {
        let tokens = |text: &str| {
            let mut tokenizer = WordTokenizer::default();
            let (mut stream, mut tokens) = (tokenizer.token_stream(text), Vec::new());
            while stream.advance() {
                tokens.push(stream.token().text.replace(JOINT, "+"));
            }
            tokens
        };
        assert_eq!(tokens("Order A-48213."), ["order", "a", "48213", "a+48213"]);
        assert_eq!(tokens("gpt-5.1 4f3a-9b12-c"), ["gpt", "5", "gpt+5", "1", "4f3a", "9b12", "4f3a+9b12", "c", "9b12+c"]);
        for text in ["A 48213", "A - 48213", "A--48213", "A-\n48213", "well-known", "2026-11-22", "0.85"] {
            assert!(tokens(text).iter().all(|token| !token.contains('+')), "{text}");
        }
        let long = "a1".repeat(SEARCH_WORD_CHARS_MAX);
        assert_eq!(tokens(&format!("{long}-b")).len(), 2);
    }

    #[test]
    fn a_long_word_is_known_by_its_beginning() {
        let whole = "ä".repeat(SEARCH_WORD_CHARS_MAX);
        assert_eq!(words(&whole), [whole.as_str()]);
        assert_eq!(indexed_word(&whole), (whole.clone(), true));
        let long = whole + "b";
        assert_eq!(words(&long), [indexed_word(&long).0]);
        assert!(!indexed_word(&long).1 && indexed_word(&long).0 != long);
    }
}
