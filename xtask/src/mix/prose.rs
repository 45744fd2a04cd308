//! Text that compresses about as well as chats do: common words often, rare ones seldom, numbers strewn in.

use crate::random::Random;

/// The words people search for in a measurement; each stands in about one text of a hundred to one of ten.
const COMMON: &[&str] = &[
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "you",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "this",
    "are",
    "or",
    "from",
    "at",
    "which",
    "but",
    "have",
    "an",
    "they",
    "your",
    "we",
    "can",
    "has",
    "there",
    "been",
    "if",
    "more",
    "when",
    "will",
    "would",
    "so",
    "no",
    "please",
    "order",
    "customer",
    "could",
    "help",
    "account",
    "refund",
    "thank",
    "about",
    "days",
    "delivery",
    "number",
    "invoice",
    "what",
    "time",
    "payment",
    "may",
    "only",
    "other",
    "new",
    "some",
    "them",
    "than",
    "its",
    "also",
    "after",
    "ticket",
    "first",
    "any",
    "our",
    "policy",
    "these",
    "request",
    "before",
    "item",
    "need",
    "how",
    "product",
    "address",
    "price",
    "return",
    "email",
    "within",
    "shipping",
    "should",
    "contact",
    "support",
    "available",
    "business",
    "information",
    "details",
    "based",
    "provided",
    "following",
    "however",
    "because",
    "warehouse",
    "subscription",
    "balance",
    "replacement",
    "warranty",
    "cancellation",
];

const SYLLABLES: &[&str] = &[
    "con", "ter", "ra", "mi", "pre", "ti", "lo", "ver", "sal", "den", "ka", "ri", "tor", "men", "al", "si", "bur", "gen", "ex", "po",
    "dis", "ble", "ven", "cor", "in", "te", "lan", "mar", "ro", "qui", "zel", "é", "fu", "hol", "jus", "wei",
];

const WORDS: usize = 6_000;
const DRAWS: usize = 1 << 16;

/// A vocabulary and how often each word comes.
#[derive(Debug)]
pub(super) struct Prose {
    words: Vec<String>,
    /// Every draw of sixteen bits leads to a word.
    draws: Vec<u16>,
}

impl Prose {
    pub(super) fn new() -> Self {
        let mut random = Random::seeded(1);
        let mut words: Vec<String> = COMMON.iter().map(|word| format!("{word} ")).collect();
        while words.len() < WORDS {
            let count = 2 + random.below(3);
            let word: String = (0..count).map(|_| SYLLABLES[random.below(SYLLABLES.len() as u64) as usize]).collect();
            words.push(word + " ");
        }
        // Zipf's law, flattened at the top as Mandelbrot found it.
        let weights: Vec<f64> = (0..WORDS).map(|rank| 1.0 / (rank as f64 + 2.7)).collect();
        let sum: f64 = weights.iter().sum();
        let mut draws = Vec::with_capacity(DRAWS);
        let mut reached = 0.0;
        for (rank, weight) in weights.iter().enumerate() {
            reached += weight / sum * DRAWS as f64;
            while draws.len() < (reached as usize).min(DRAWS) {
                draws.push(rank as u16);
            }
        }
        draws.resize(DRAWS, 0);
        Self { words, draws }
    }

    /// Appends sentences of about so many bytes; `line_break` stands between paragraphs, written as the place wants it.
    pub(super) fn write(&self, out: &mut Vec<u8>, random: &mut Random, bytes: usize, line_break: &str) {
        let end = out.len() + bytes;
        let mut words_left: u32 = 0;
        while out.len() < end {
            let mut draw = random.next();
            for _ in 0..4 {
                out.extend_from_slice(self.words[self.draws[draw as usize % DRAWS] as usize].as_bytes());
                draw >>= 16;
            }
            words_left += 4;
            if words_left >= 12 {
                words_left = 0;
                out.pop();
                match random.below(8) {
                    0 => out.extend_from_slice(line_break.as_bytes()),
                    1 => {
                        out.extend_from_slice(b" A-");
                        push_number(out, 10_000 + random.below(90_000));
                        out.push(b' ');
                    }
                    _ => out.extend_from_slice(b". "),
                }
            }
        }
        if out.last() == Some(&b' ') {
            out.pop();
        }
    }
}

/// Appends the digits of a number.
pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_asked_length_and_is_text() {
        let mut out = Vec::new();
        Prose::new().write(&mut out, &mut Random::seeded(4), 2_000, "\\n");
        let text = String::from_utf8(out).unwrap();
        assert!((1_950..2_100).contains(&text.len()), "{}", text.len());
        assert!(text.contains(" the ") && text.contains(". "), "{text}");
        assert!(!text.contains(['"', '\n']), "it goes into JSON as it is: {text}");
    }

    #[test]
    fn digits_are_those_of_the_number() {
        let mut out = Vec::new();
        push_number(&mut out, 0);
        push_number(&mut out, 90_210);
        assert_eq!(out, b"090210");
    }
}
