//! The reference page of the language, made from its tables, so that it cannot say anything else than the parser.

use crate::field::{Field, FieldType, Unit, field};
use crate::names::{COMPUTED_WORDS, EITHER_WORDS, FIELD_WORDS, FUNCTION_WORDS, FieldWord, PREFIX_WORDS, ROOT_WORDS, SEVERITIES, values_of};
use crate::unit;

/// A query, and what it asks for.
pub(crate) type Example = (&'static str, &'static str);

/// Short things, as most people will type them.
pub(crate) static FIRST_EXAMPLES: &[Example] = &[
    ("refund", "the word, in any input or output"),
    ("\"late refund\"", "the words, one behind the other"),
    ("status:error model:gpt-5 \"refund\"", "all three"),
    ("kind:tool or kind:retrieval", "one of the two"),
    ("not user:bob", "`-user:bob` and `user != bob` are the same"),
    ("env in (production, staging)", "`env:production,staging` is the same"),
    ("duration > 2s cost > $0.01 tokens > 10k", "numbers with their units"),
    ("duration:1s..5s", "from the one to the other, both included"),
    ("model:gpt-5*", "`*` stands for any text"),
    ("name ~ /^get_.*order$/", "a regular expression"),
    ("status_message contains timeout", "a text inside, in any case of letters"),
    ("has:user no:session", "a value, and none"),
    ("http.route:\"/orders\" attr.tenant:acme", "raw attributes"),
    ("metadata.tenant:acme output.items.price > 9.5", "places in JSON values"),
    ("step(triage).output.route:refund", "a place of the span of one step"),
    ("score.helpfulness < 0.5", "a score"),
];

/// Structural things.
pub(crate) static STRUCTURE_EXAMPLES: &[Example] = &[
    ("errors > 2 spans > 100", "numbers of a whole trace"),
    ("count(kind:tool) > 20", "how many spans meet a test"),
    ("sum(cost, kind:llm) > $1", "a sum over some spans"),
    ("span(kind:llm status:error)", "one span meets both"),
    ("span(kind:agent child(kind:tool status:error))", "an agent with a failed tool call directly below"),
    ("kind:llm ancestor(agent:planner)", "model calls anywhere below the planner (rows are spans)"),
    ("retrieve then answer", "the one, and behind it the other"),
    ("retrieve then answer without ground_check between", "and nothing of that name between them"),
    ("(kind:tool status:error) then kind:llm", "groups and tests may stand where names do"),
    ("repeats() >= 3", "the same tool with equal arguments, three times running"),
    ("repeats(tool:search) >= 3", "the same of one tool, whatever others are called between"),
    ("step(triage).attempt > 1", "a step that was tried again"),
    ("span(step:triage occurrence:2 output.route:refund)", "the second round of a step"),
    ("log(severity >= error \"timed out\")", "a log record of a span"),
    ("kind:llm trace(status:error)", "model calls of failed traces (rows are spans)"),
];

static OPERATORS: &[(&str, &str, &str)] = &[
    (
        "`:` `=`",
        "equal to, to the letter",
        "`*` in a bare value stands for any text; `:` also takes `>2s`, `a,b`, `(a or b)`, `1s..5s`, `/regex/` and `*` for any value",
    ),
    ("`!=`", "not equal to", "the same as `not`, so it holds where there is no value"),
    ("`>` `>=` `<` `<=`", "above, at least, below, at most", "numbers only"),
    ("`in (a, b)`", "equal to one of them", "`not in` is the contrary"),
    ("`contains`", "has the text, in any case of letters", "of JSON every text inside"),
    ("`~` `matches`", "the regular expression matches somewhere", "between slashes, `i` behind them for any case; `!~` is the contrary"),
    ("`exists`", "has a value", "the same as `has:`"),
];

static GRAMMAR: &str = r#"any      = all { "or" all }                                also || and |
all      = not { [ "and" ] not }                           also && and &
not      = ( "not" | "-" | "!" ) not | sequence
sequence = primary { "then" primary [ "without" primary [ "between" ] ] }
primary  = "(" any ")" | test | function | phrase | word | "*"
test     = name operator value | name "exists" | "has:" name | "no:" name | "is:" value
operator = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" | "!~" | [ "not" ] ( "in" | "contains" | "matches" )
name     = key { "." key | "[" number "]" | "[*]" | "[" phrase "]" } | "@" name
function = word "(" [ any ] ")" [ "." test ] | measure [ operator value ]
measure  = ( "count" | "repeats" ) "(" [ any ] ")" | ( "sum" | "max" | "min" ) "(" name [ "," any ] ")"
value    = bare | phrase | "/" regex "/" | value ".." value | "(" value { [ "," | "or" ] value } ")"
phrase   = '"' text '"' | "'" text "'"                     \" \\ \n \t inside
"#;

static MEANING: &str = "\
- The caller chooses what rows are: traces, spans or sessions.
- Of a trace row `status`, `name`, `start`, `end`, `duration`, `ttft`, `cost`, `cost_status` and all tokens are the trace's own: those of its root, or summed. Any other test holds where it holds for some span, so two tests may be met by two spans. `span(..)` asks them of one.
- Of a session row money, tokens and counts are those of all its traces together; any other test holds where it holds for one of them.
- Money and tokens are summed over billing leaves only, so nothing counts twice. What is unknown is left out of a sum, and where nothing is known there is no sum: unknown is unknown, never zero.
- Of a span row `errors`, `spans`, `count(..)` and the like are numbers of that span and everything below it.
- A value that is absent meets no comparison; `not` turns a test round, so `not user:bob` holds where there is no user. Empty texts, zero, false and empty lists are values; JSON null is none.
- Of a list a test holds where it holds for one element. A list is entered where a key follows it.
- Texts are equal to the letter; `contains` and words take any case of letters. The words of a closed set (`status`, `kind`, ..) are understood in any case.
- Attributes, JSON values and scores have the type that the data has. There a bare `7` equals the number and every text that spells it, `true` likewise; `\"7\"` in quotes equals the text alone. Numbers there have no unit.
- A raw attribute is looked up on the span, then on its resource, then on its scope.
- `input` and `output` of a model call that tells messages are the list of its messages, as over the API.
- Words are runs of letters and digits. They are searched for in inputs, outputs, messages, system instructions and documents; in JSON in every text and number, not in keys. A bare word with signs inside, such as `order-4521`, is a phrase of its parts.
- Outside of functions a bare word is content; inside them, and around `then`, it is the name of a span, or of its step, tool or agent. Content stands in quotes there.
- Inside functions, and around `then`, tests are asked of one span, and `step(triage)` is that span itself: `step(triage) then tool(search)`. Outside, `step(triage)` is some span of the trace.
- `a then b`: b starts when a has ended, or later. `without c between`: between b and the last a before it there is no c that starts when a has ended and ends before b starts. What contains another span comes neither before nor behind it.
- `repeats(..)` looks at the spans that meet the tests, in order of start, and counts the longest run of one tool name with equal arguments. Where arguments are unknown nothing repeats. A span below another one of the same tool is the same call, seen closer.
- Parents are those that the sender named. Siblings have the same parent; it need not have come.
- Keywords and names are understood in any case of letters. To search for `or`, `then`, `contains` and the like, put them in quotes.
";

/// Makes the page.
pub fn reference() -> String {
    let mut page = String::from(
        "# The query language\n\n\
         One language everywhere: the filter bar, the API, the command line, and every rule that picks traces or spans.\n\
         This page is written from the tables of the parser by `cargo xtask docs`; a test fails when it is out of date.\n\
         What each thing means is held by the pages in `crates/query/cases`.\n",
    );
    page += &section("Short things", &examples(FIRST_EXAMPLES));
    page += &section("Structure", &examples(STRUCTURE_EXAMPLES));
    page += &section("Fields", &fields());
    page += &section("Places, attributes and scores", &places());
    page += &section("Operators", &operators());
    page += &section("Numbers", &numbers());
    page += &section("Functions", &functions());
    page += &section("What it means", MEANING);
    page += &section("Grammar", &format!("```text\n{GRAMMAR}```\n"));
    page += &section("Fifteen questions", &questions());
    page
}

fn section(title: &str, body: &str) -> String {
    format!("\n## {title}\n\n{body}")
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = "|---".repeat(head.len());
    rows.into_iter().fold(format!("{}{rule}|\n", line(&head)), |page, row| page + &line(&row))
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(code).collect::<Vec<_>>().join(" ")
}

fn examples(examples: &[Example]) -> String {
    table(&["query", "asks for"], examples.iter().map(|(query, about)| vec![code(query), (*about).to_owned()]))
}

fn fields() -> String {
    let named = FIELD_WORDS.iter().filter_map(|word| Some(field_row(word, field(word.field)?)));
    let either = EITHER_WORDS
        .iter()
        .map(|either| vec![code(either.word), String::new(), "text".into(), format!("{}: one of them will do", either.about)]);
    let computed = COMPUTED_WORDS.iter().map(|(word, about)| vec![code(word), String::new(), "number".into(), (*about).to_owned()]);
    let prefixes = PREFIX_WORDS.iter().map(|(word, about)| vec![code(&format!("{word}:")), (*about).to_owned()]);
    let rows: Vec<Vec<String>> = named.chain(either).chain(computed).collect();
    format!(
        "An unknown name is a mistake, told with the nearest known ones.\n\n{}\n{}",
        table(&["name", "also", "type", "what it is"], rows),
        table(&["prefix", "what it asks"], prefixes)
    )
}

fn field_row(word: &FieldWord, field: &Field) -> Vec<String> {
    let api = Some(word.field).filter(|name| *name != word.word && crate::names::word_of_name(name) == Some(word.word));
    vec![code(word.word), codes(api.into_iter().chain(word.also.iter().copied())), type_name(field), word.about.to_owned()]
}

fn type_name(field: &Field) -> String {
    match field.kind {
        FieldType::Text if !values_of(field).is_empty() => "one of a set",
        FieldType::Text => "text",
        FieldType::Texts => "list of texts",
        FieldType::Truth => "`true` or `false`",
        FieldType::Number(Unit::Count) => "number",
        FieldType::Number(Unit::Nanos) => "duration",
        FieldType::Number(Unit::NanoUsd) => "dollars",
        FieldType::Number(Unit::UnixNanos) => "time",
    }
    .into()
}

fn places() -> String {
    let roots = ROOT_WORDS
        .iter()
        .map(|(word, _, also, about)| vec![code(&format!("{word}.key")), codes(also.iter().copied()), (*about).to_owned()]);
    let others = [
        ("http.route", "", "a raw attribute, where its key has a dot and begins with none of these"),
        ("attr.tenant", "`@tenant`", "a raw attribute, whatever its key"),
        ("attr[\"any key\"]", "", "the same, for keys with spaces or signs"),
        ("score.helpfulness", "", "a score of that name: its value or its label"),
    ];
    let others = others.map(|(name, also, about)| vec![code(name), also.to_owned(), about.to_owned()]);
    format!(
        "Inside a JSON value `.key`, `[0]`, `[*]` for any element and `[\"any key\"]` lead on; `items.0` is `items[0]`.\n\n{}",
        table(&["name", "also", "what it is"], roots.chain(others))
    )
}

fn operators() -> String {
    table(
        &["operator", "holds where the value is", ""],
        OPERATORS.iter().map(|(operator, holds, more)| vec![(*operator).to_owned(), (*holds).to_owned(), (*more).to_owned()]),
    )
}

fn numbers() -> String {
    let rows = [
        ("number", Unit::Count, "`k`, `M` and `B` for thousands, millions and billions; `_` between digits"),
        ("duration", Unit::Nanos, "`d h m s ms us ns`, also together: `1m30s`; a unit is needed"),
        ("dollars", Unit::NanoUsd, "`$` may be left out; at most nine digits behind the point"),
        ("time", Unit::UnixNanos, "ISO 8601, in UTC unless it says otherwise: `2026-11-20T10:52:03+01:00`"),
    ];
    let examples = |wanted: Unit| codes(unit::EXAMPLES.iter().filter(|(own, _)| *own == wanted).map(|(_, text)| *text));
    table(
        &["type", "for example", "how it is written"],
        rows.map(|(name, unit, about)| vec![name.to_owned(), examples(unit), about.to_owned()]),
    )
}

fn functions() -> String {
    let rows = FUNCTION_WORDS.iter().map(|(word, inside, about)| vec![code(&format!("{word}({inside})")), (*about).to_owned()]);
    let severities = codes(SEVERITIES.iter().map(|(name, _)| *name));
    format!(
        "{}\n\
         Every field of texts is a function too: `step(triage)` and `tool(\"get order\")` are the spans whose step or tool that is.\n\
         A test may follow a function that picks spans, after a dot: `step(triage).output.route:refund`, `child(kind:tool).duration > 2s`.\n\
         Empty parentheses mean any span: `not child()` has nothing below it.\n\
         Severities of `log` are {severities}, or a number from 1 to 24.\n",
        table(&["function", "what it means"], rows)
    )
}

/// The headings of the page of questions, each with its first query.
fn questions() -> String {
    let page = include_str!("../cases/questions.md");
    let question = |part: &str| {
        let (heading, rest) = part.split_once('\n')?;
        let query = rest.split_once("```query\n")?.1.split_once("\n```")?.0;
        Some(format!("{heading}\n\n```text\n{query}\n```\n"))
    };
    page.split("\n## ").skip(1).filter_map(question).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    #[test]
    fn examples_are_canonical_but_for_what_they_say_themselves() {
        for (query, _) in FIRST_EXAMPLES.iter().chain(STRUCTURE_EXAMPLES) {
            let parsed = parse(query).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
            let again = parse(&parsed.canonical).unwrap();
            assert_eq!(again.filter, parsed.filter, "{query}");
        }
    }

    #[test]
    fn every_query_in_the_functions_table_is_understood() {
        for (.., about) in FUNCTION_WORDS {
            for query in about.split('`').skip(1).step_by(2) {
                assert!(parse(query).is_ok(), "{query}");
            }
        }
    }

    #[test]
    fn fifteen_questions_are_told() {
        assert_eq!(questions().matches("```text").count(), 15);
    }
}
