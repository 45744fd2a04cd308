//! Words as the index holds them: those of `query::words_of`, one after the other and of bounded length.

use std::borrow::Cow;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::limits::SEARCH_WORD_CHARS_MAX;

/// Stands behind the beginning of a word that is too long to be indexed whole; no word has it inside.
const CUT: char = '…';

/// The words of a text.
#[derive(Debug, Clone)]
pub(super) struct WordsOf<'a> {
    /// In lower case, unless it is ASCII: that is lowered word by word.
    text: Cow<'a, str>,
    /// What lies before was told.
    at: usize,
}

impl<'a> WordsOf<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // Lower case depends on the letters around, so a text is lowered whole.
        Self { text: if text.is_ascii() { text.into() } else { text.to_lowercase().into() }, at: 0 }
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

/// A word as the index has it, and whether it is there whole.
pub(super) fn indexed_word(word: &str) -> (String, bool) {
    let mut indexed = word.to_owned();
    cut(&mut indexed);
    let is_whole = indexed.len() == word.len();
    (indexed, is_whole)
}

/// The same words for tantivy.
#[derive(Debug, Clone, Default)]
pub(super) struct WordTokenizer {
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordTokens<'a> {
        self.token.reset();
        WordTokens { words: WordsOf::new(text), token: &mut self.token }
    }
}

pub(super) struct WordTokens<'a> {
    words: WordsOf<'a>,
    token: &'a mut Token,
}

impl TokenStream for WordTokens<'_> {
    fn advance(&mut self) -> bool {
        // The first word stands at 0: a fresh token is one before it.
        self.token.position = self.token.position.wrapping_add(1);
        self.words.next_into(&mut self.token.text)
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

    use super::{WordsOf, indexed_word};
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
    fn a_long_word_is_known_by_its_beginning() {
        let whole = "ä".repeat(SEARCH_WORD_CHARS_MAX);
        assert_eq!(words(&whole), [whole.as_str()]);
        assert_eq!(indexed_word(&whole), (whole.clone(), true));
        let long = whole + "b";
        assert_eq!(words(&long), [indexed_word(&long).0]);
        assert!(!indexed_word(&long).1 && indexed_word(&long).0 != long);
    }
}
