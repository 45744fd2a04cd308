//! What may come next while a query is typed.

use crate::limits::SUGGESTIONS_MAX;
use crate::names::{self, COMPUTED_WORDS, EITHER_WORDS, FIELD_WORDS, FUNCTION_WORDS, PREFIX_WORDS, ROOT_WORDS};
use crate::parse::{Class, Target, read, target};
use crate::seen::Seen;
use crate::token::{Token, TokenKind};
use crate::unit;

/// What may stand at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What a suggestion replaces: the piece that is being typed, nothing between pieces.
    pub from: usize,
    pub to: usize,
    /// Best first.
    pub suggestions: Vec<Suggestion>,
    /// The canonical name of the field whose values are wanted here; those that live in the data are the caller's to add.
    pub values_of: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub text: String,
    pub kind: SuggestionKind,
    /// What it is, for people.
    pub about: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionKind {
    /// The name of a field, an attribute or a place.
    Field,
    /// A name with a parenthesis behind it.
    Function,
    Operator,
    Value,
    Keyword,
}

impl SuggestionKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Function => "function",
            Self::Operator => "operator",
            Self::Value => "value",
            Self::Keyword => "keyword",
        }
    }
}

/// What is wanted at a place.
enum Wanted {
    /// A name, a function or a word; a keyword only where something stands before.
    Term {
        may_join: bool,
    },
    /// A name alone.
    Name,
    Operator(Target),
    Value(Target),
    /// A condition of a log record.
    Log,
}

/// Says what may stand at a byte of a text; a place inside a character is taken for the one before it.
pub fn complete(text: &str, cursor: usize, seen: &Seen) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = &text[..cursor];
    let tokens = read(before, seen).tokens;
    let typed = tokens.last().filter(|token| token.to == cursor && is_typed(token.kind)).copied();
    let done = &tokens[..tokens.len() - usize::from(typed.is_some())];
    let from = typed.map_or(cursor, |token| token.from);
    let wanted = wanted(before, done, typed);
    let values_of = match &wanted {
        Wanted::Value(target) => Some(target.word.clone()),
        _ => None,
    };
    let start = before[from..].trim_start_matches(['"', '\'']).to_lowercase();
    let mut suggestions = all_wanted(&wanted, seen);
    suggestions.retain(|suggestion| suggestion.text.trim_start_matches('"').to_lowercase().starts_with(&start));
    suggestions.truncate(SUGGESTIONS_MAX);
    Completion { from, to: cursor, suggestions, values_of }
}

/// Whether a piece at the cursor may still grow.
fn is_typed(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Word | TokenKind::Field | TokenKind::Value | TokenKind::Keyword | TokenKind::Function)
}

fn wanted(text: &str, done: &[Token], typed: Option<Token>) -> Wanted {
    let piece = |token: &Token| &text[token.from..token.to];
    let Some(last) = done.last() else { return Wanted::Term { may_join: false } };
    let named = || done.iter().rev().find(|token| token.kind == TokenKind::Field).map(piece);
    let value = || named().and_then(|name| target(name).ok()).map_or(Wanted::Name, Wanted::Value);
    let open = innermost_open(text, done);
    match last.kind {
        // A word behind `has:` is a name, though it is no field yet.
        TokenKind::Operator if named().is_some_and(|name| ["has", "no", "missing"].contains(&name)) => Wanted::Name,
        TokenKind::Operator => value(),
        TokenKind::Punctuation | TokenKind::Value if open.is_list => value(),
        _ if open.function == Some("log") => Wanted::Log,
        TokenKind::Punctuation if piece(last) == "(" && ["sum", "max", "min"].iter().any(|word| open.function == Some(*word)) => {
            Wanted::Name
        }
        TokenKind::Word if typed.is_none() => target(piece(last)).map_or(Wanted::Term { may_join: true }, Wanted::Operator),
        TokenKind::Keyword => Wanted::Term { may_join: false },
        TokenKind::Punctuation => Wanted::Term { may_join: piece(last) == ")" },
        _ => Wanted::Term { may_join: true },
    }
}

/// What the innermost parenthesis that is open belongs to.
#[derive(Default)]
struct Open<'a> {
    function: Option<&'a str>,
    is_list: bool,
}

fn innermost_open<'a>(text: &'a str, tokens: &[Token]) -> Open<'a> {
    let mut opens: Vec<Open<'a>> = Vec::new();
    let mut before: Option<&Token> = None;
    for token in tokens {
        match &text[token.from..token.to] {
            "(" | "[" if token.kind == TokenKind::Punctuation => {
                let function = before.filter(|before| before.kind == TokenKind::Function).map(|before| &text[before.from..before.to]);
                let is_list = before.is_some_and(|before| before.kind == TokenKind::Operator);
                opens.push(Open { function, is_list });
            }
            ")" | "]" if token.kind == TokenKind::Punctuation => {
                opens.pop();
            }
            _ => {}
        }
        before = Some(token);
    }
    opens.pop().unwrap_or_default()
}

fn all_wanted(wanted: &Wanted, seen: &Seen) -> Vec<Suggestion> {
    match wanted {
        Wanted::Term { may_join } => {
            let keywords: &[(&str, &str)] = match may_join {
                true => {
                    &[("or", "one of the two"), ("then", "a span that follows"), ("and", "both; may be left out"), ("not", "the contrary")]
                }
                false => &[("not", "the contrary")],
            };
            let prefixes = PREFIX_WORDS.iter().map(|(word, about)| suggestion(format!("{word}:"), SuggestionKind::Field, about));
            let functions = FUNCTION_WORDS.iter().map(|(word, _, about)| suggestion(format!("{word}("), SuggestionKind::Function, about));
            let keywords = keywords.iter().map(|(word, about)| suggestion(*word, SuggestionKind::Keyword, about));
            known_names(seen).into_iter().chain(prefixes).chain(functions).chain(keywords).collect()
        }
        Wanted::Name => known_names(seen),
        Wanted::Operator(target) => operators(target.class),
        Wanted::Value(target) => values(target.class),
        Wanted::Log => [
            ("severity >= ", "that or above: `error`, `warn`, ..."),
            ("event:", "the name of the event"),
            ("body contains ", "a text in the record"),
        ]
        .map(|(text, about)| suggestion(text, SuggestionKind::Field, about))
        .to_vec(),
    }
}

fn suggestion(text: impl Into<String>, kind: SuggestionKind, about: &str) -> Suggestion {
    Suggestion { text: text.into(), kind, about: about.to_owned() }
}

/// Words that mean fields, then what was seen in the data.
fn known_names(seen: &Seen) -> Vec<Suggestion> {
    let fields = FIELD_WORDS.iter().map(|word| (word.word, word.about));
    let eithers = EITHER_WORDS.iter().map(|either| (either.word, either.about));
    let roots = ROOT_WORDS.iter().map(|(word, _, _, about)| (*word, *about));
    let known = fields.chain(eithers).chain(COMPUTED_WORDS.iter().copied()).chain(roots);
    let seen = seen.names.iter().map(|seen| (seen.name.as_str(), "seen in the data"));
    known.chain(seen).map(|(text, about)| suggestion(text, SuggestionKind::Field, about)).collect()
}

fn operators(class: Class) -> Vec<Suggestion> {
    const EQUAL: &[(&str, &str)] = &[(":", "equal to"), ("!=", "not equal to")];
    const ORDER: &[(&str, &str)] = &[(">", "above"), (">=", "at least"), ("<", "below"), ("<=", "at most")];
    const TEXT: &[(&str, &str)] = &[("contains", "has the text, in any case"), ("~", "matches the regular expression")];
    const ANY: &[(&str, &str)] = &[("in (", "one of"), ("exists", "has a value")];
    let groups: &[&[(&str, &str)]] = match class {
        Class::Text | Class::Choice(_) => &[EQUAL, TEXT, ANY],
        Class::Number(_) => &[ORDER, EQUAL, ANY],
        Class::Truth => &[EQUAL, ANY],
        Class::Open => &[EQUAL, ORDER, TEXT, ANY],
    };
    groups.iter().copied().flatten().map(|(text, about)| suggestion(*text, SuggestionKind::Operator, about)).collect()
}

/// Values that are known without the data: closed sets, and examples of numbers with their unit.
fn values(class: Class) -> Vec<Suggestion> {
    let value = |text: String, about: &str| suggestion(text, SuggestionKind::Value, about);
    match class {
        Class::Choice(field) => names::values_of(field).into_iter().map(|text| value(text.to_owned(), "")).collect(),
        Class::Truth => ["true", "false"].map(|text| value(text.to_owned(), "")).to_vec(),
        Class::Number(unit) => {
            unit::EXAMPLES.iter().filter(|(own, _)| *own == unit).map(|(_, text)| value((*text).to_owned(), "for example")).collect()
        }
        Class::Text | Class::Open => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::{SeenKind, SeenName};

    /// `|` is the cursor; what is suggested first, what it replaces, and whose values are wanted.
    fn check(cases: &[(&str, &[&str], &str, Option<&str>)]) {
        let seen = Seen { names: vec![SeenName { name: "http.route".into(), kind: SeenKind::Text }], complete: false };
        for (marked, first, replaced, values_of) in cases {
            let cursor = marked.find('|').unwrap();
            let text = marked.replace('|', "");
            let found = complete(&text, cursor, &seen);
            let texts: Vec<&str> = found.suggestions.iter().map(|suggestion| suggestion.text.as_str()).take(first.len().max(1)).collect();
            assert_eq!(texts, *first, "{marked}");
            assert_eq!(&text[found.from..found.to], *replaced, "{marked}");
            assert_eq!(found.values_of.as_deref(), *values_of, "{marked}");
        }
    }

    #[test]
    fn names_come_where_a_test_begins() {
        check(&[
            ("|", &["status", "name", "kind"], "", None),
            ("stat|", &["status", "status_message"], "stat", None),
            ("refund sta|", &["status", "status_message", "start"], "sta", None),
            ("ht|", &["http_status", "http.route"], "ht", None),
            ("has:us|", &["user"], "us", None),
            ("count(ki|", &["kind"], "ki", None),
            ("sum(co|", &["cost", "cost_status"], "co", None),
            ("chi|ld", &["child("], "chi", None),
            ("status:error o|", &["operation", "output_tokens", "occurrence", "output", "or"], "o", None),
            ("é|", &[], "é", None),
        ]);
    }

    #[test]
    fn operators_come_behind_a_name() {
        check(&[
            ("duration |", &[">", ">=", "<", "<=", ":"], "", None),
            ("user |", &[":", "!=", "contains"], "", None),
            ("refund |", &["status"], "", None),
        ]);
    }

    #[test]
    fn values_come_behind_an_operator() {
        check(&[
            ("status:|", &["unset", "ok", "error", "running"], "", Some("status")),
            ("status:e|", &["error"], "e", Some("status")),
            ("model:gp|", &[], "gp", Some("model")),
            ("stream = |", &["true", "false"], "", Some("stream")),
            ("cost > |", &["$0.01"], "", Some("cost")),
            ("kind in (tool, l|", &["llm"], "l", Some("kind")),
            ("step(triage).output.route:|", &[], "", Some("output.route")),
            ("log(sev|", &["severity >= "], "sev", None),
        ]);
    }
}
