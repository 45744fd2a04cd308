//! The pieces of a query text, for colouring it.

/// One piece; gaps between pieces are white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub from: usize,
    /// The byte behind it.
    pub to: usize,
    pub kind: TokenKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The name of a field, an attribute or a place.
    Field,
    /// The name in front of a parenthesis.
    Function,
    /// `:`, `>`, `contains`, ...
    Operator,
    Value,
    Regex,
    /// A word to search for, or the name of a span where names are asked for.
    Word,
    /// Words in quotes.
    Phrase,
    /// `and`, `or`, `not`, `-`, `then`, `without`, `between`.
    Keyword,
    /// Parentheses and commas.
    Punctuation,
}

impl TokenKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Function => "function",
            Self::Operator => "operator",
            Self::Value => "value",
            Self::Regex => "regex",
            Self::Word => "word",
            Self::Phrase => "phrase",
            Self::Keyword => "keyword",
            Self::Punctuation => "punctuation",
        }
    }
}
