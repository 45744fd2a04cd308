//! The vocabularies: tables read once, indexed by attribute key.
//!
//! A table that does not parse is a mistake of ours; the test below reads them all, so that it never leaves the house.

mod field;

mod rule;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use model::Label;
use serde::Deserialize;

pub(crate) use field::Field;
pub(crate) use rule::{EventPart, Order, Reading, Rule, RuleRow, pattern_matches};

/// Every table of fields, by file. The order decides nothing; ranks do.
const DIALECT_TABLES: &[&str] = &[
    include_str!("../../tables/otel.toml"),
    include_str!("../../tables/openinference.toml"),
    include_str!("../../tables/openllmetry.toml"),
    include_str!("../../tables/langfuse.toml"),
    include_str!("../../tables/vercel.toml"),
    include_str!("../../tables/langsmith.toml"),
    include_str!("../../tables/mlflow.toml"),
    include_str!("../../tables/logfire.toml"),
    include_str!("../../tables/llamaindex.toml"),
    include_str!("../../tables/genkit.toml"),
    include_str!("../../tables/mastra.toml"),
    include_str!("../../tables/claude_code.toml"),
    include_str!("../../tables/codex.toml"),
    include_str!("../../tables/gemini_cli.toml"),
    include_str!("../../tables/ag2.toml"),
    include_str!("../../tables/anthropic.toml"),
    include_str!("../../tables/autogen.toml"),
    include_str!("../../tables/braintrust.toml"),
    include_str!("../../tables/crewai.toml"),
    include_str!("../../tables/haystack.toml"),
    include_str!("../../tables/laminar.toml"),
    include_str!("../../tables/litellm.toml"),
    include_str!("../../tables/mcp.toml"),
    include_str!("../../tables/openlit.toml"),
    include_str!("../../tables/semantic_kernel.toml"),
    include_str!("../../tables/smolagents.toml"),
    include_str!("../../tables/others.toml"),
    include_str!("../../tables/context.toml"),
];
const PROVIDERS_TABLE: &str = include_str!("../../tables/providers.toml");
const USAGE_TABLE: &str = include_str!("../../tables/usage.toml");
const NOISE_TABLE: &str = include_str!("../../tables/noise.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectTable {
    dialect: Vec<DialectRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectRow {
    name: String,
    /// Beginnings of attribute keys (or whole keys) that show the dialect.
    #[serde(default)]
    marks: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    kind: Vec<RuleRow>,
    #[serde(default)]
    fields: BTreeMap<String, Vec<RuleRow>>,
}

/// Names of providers, of hosts, and of frameworks that are no providers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Providers {
    pub(crate) aliases: HashMap<String, String>,
    pub(crate) frameworks: Vec<String>,
    /// Endings of host names.
    pub(crate) hosts: BTreeMap<String, String>,
}

/// How counts are named inside usage objects, and who counts what inside what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsageTable {
    pub(crate) names: HashMap<String, String>,
    pub(crate) rule: Vec<UsageRule>,
}

/// Whether cached and reasoning tokens are inside the totals, for one kind of sender.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsageRule {
    #[serde(default)]
    pub(crate) scope: Vec<String>,
    #[serde(default)]
    pub(crate) providers: Vec<String>,
    #[serde(default)]
    pub(crate) has: Option<String>,
    #[serde(default)]
    pub(crate) lacks: Option<String>,
    pub(crate) cache: Inclusion,
    pub(crate) reasoning: Inclusion,
    #[serde(default)]
    #[expect(dead_code, reason = "for readers of the table")]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inclusion {
    Inside,
    Beside,
    Unknown,
}

/// Which spans are not the application's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noise {
    /// Beginnings of keys that only GenAI instrumentation writes.
    pub(crate) app_prefixes: Vec<String>,
    /// Of these, what span processors stamp on every span.
    pub(crate) inherited: Vec<String>,
    pub(crate) app_scopes: Vec<String>,
    pub(crate) infra_scopes: Vec<String>,
    pub(crate) vendor_scopes: Vec<String>,
    /// Protocol methods that are chatter; `*` at the end matches the rest.
    pub(crate) protocol_methods: Vec<String>,
    /// Attributes of which a client span of an unknown scope is plumbing.
    pub(crate) client_prefixes: Vec<String>,
    pub(crate) internal: Vec<InternalRow>,
}

/// Spans that a framework or an instrumentation writes about itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InternalRow {
    pub(crate) scope: String,
    /// Names of spans; `*` at one end stands for anything.
    pub(crate) names: Vec<String>,
}

/// What the tables know of keys: asked several times for each attribute, so the hash is made for short texts.
pub(crate) type Index = HashMap<String, Known, foldhash::fast::FixedState>;

/// What the tables know of one key or beginning of a key.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The dialect it shows.
    pub(crate) dialect: Option<String>,
    /// The rules that read it, by their place in `Vocabulary::rules`.
    pub(crate) rules: Vec<usize>,
}

/// Everything the tables say, ready for lookup.
pub(crate) struct Vocabulary {
    pub(crate) rules: Vec<Rule>,
    pub(crate) keys: Index,
    /// Beginnings of keys, up to a dot or a colon.
    pub(crate) prefixes: Index,
    pub(crate) by_resource: Vec<usize>,
    pub(crate) by_event: HashMap<String, Vec<usize>>,
    pub(crate) by_span_name: Vec<usize>,
    pub(crate) scopes: Vec<(String, String)>,
    pub(crate) providers: Providers,
    pub(crate) usage: UsageTable,
    pub(crate) noise: Noise,
}

/// Returns the vocabulary, read at the first call.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| read().expect("a test reads every table"))
}

fn read() -> Result<Vocabulary, String> {
    let mut vocabulary = Vocabulary {
        rules: Vec::new(),
        keys: Index::default(),
        prefixes: Index::default(),
        by_resource: Vec::new(),
        by_event: HashMap::new(),
        by_span_name: Vec::new(),
        scopes: Vec::new(),
        providers: toml::from_str(PROVIDERS_TABLE).map_err(|error| format!("providers: {error}"))?,
        usage: toml::from_str(USAGE_TABLE).map_err(|error| format!("usage: {error}"))?,
        noise: toml::from_str(NOISE_TABLE).map_err(|error| format!("noise: {error}"))?,
    };
    for text in DIALECT_TABLES {
        let table: DialectTable = toml::from_str(text).map_err(|error| format!("{}: {error}", text.lines().next().unwrap_or_default()))?;
        for dialect in table.dialect {
            vocabulary.add(dialect)?;
        }
    }
    Ok(vocabulary)
}

impl Vocabulary {
    fn add(&mut self, dialect: DialectRow) -> Result<(), String> {
        for mark in dialect.marks {
            let index = if mark.ends_with(['.', ':']) { &mut self.prefixes } else { &mut self.keys };
            index.entry(mark).or_default().dialect = Some(dialect.name.clone());
        }
        self.scopes.extend(dialect.scopes.into_iter().map(|scope| (scope, dialect.name.clone())));
        let name_of = || dialect.name.clone();
        for row in dialect.kind {
            self.add_rule(name_of(), Field::Kind, String::new(), row);
        }
        for (name, rows) in dialect.fields {
            let (field, detail) = name.split_once('.').unwrap_or((&name, ""));
            let field = Field::from_text(field).ok_or_else(|| format!("{}: no field `{name}`", dialect.name))?;
            if field == Field::Label && Label::from_text(detail).is_none() {
                return Err(format!("{}: no label `{detail}`", dialect.name));
            }
            for row in rows {
                self.add_rule(name_of(), field, detail.to_owned(), row);
            }
        }
        Ok(())
    }

    fn add_rule(&mut self, dialect: String, field: Field, detail: String, row: RuleRow) {
        let index = self.rules.len();
        let keys = RuleRow::alternatives(row.key.as_ref()).map(str::to_owned).collect::<Vec<_>>();
        if row.event.is_some() {
            for event in RuleRow::alternatives(row.event.as_ref()) {
                self.by_event.entry(event.to_owned()).or_default().push(index);
            }
        } else if let Some(prefix) = &row.prefix {
            self.prefixes.entry(prefix.clone()).or_default().rules.push(index);
        } else if row.resource.is_some() {
            self.by_resource.push(index);
        } else if row.span_name {
            self.by_span_name.push(index);
        } else {
            let composed = row.compose.values().flat_map(|key| key.split('|')).map(str::to_owned);
            for key in keys.iter().cloned().chain(composed) {
                self.keys.entry(key).or_default().rules.push(index);
            }
        }
        self.rules.push(Rule { dialect, field, detail, row, event_keys: keys });
    }
}

#[cfg(test)]
mod tests {
    use model::{Billing, ObservationType};

    use super::*;

    #[test]
    fn every_table_is_read() {
        let vocabulary = read().unwrap();
        assert!(vocabulary.rules.len() > 300, "{}", vocabulary.rules.len());
    }

    #[test]
    fn every_kind_names_a_type_and_a_billing() {
        for rule in vocabulary().rules.iter().filter(|rule| rule.field == Field::Kind) {
            assert!(!rule.row.values.is_empty(), "{rule:?}");
            for meaning in rule.row.values.values().filter(|meaning| *meaning != "continue") {
                let words: Vec<&str> = meaning.split(' ').collect();
                assert!(ObservationType::from_text(words[0]).is_some(), "{meaning}");
                assert!(words[1] == "leaf_if_model" || Billing::from_text(words[1]).is_some(), "{meaning}");
            }
        }
    }

    #[test]
    fn every_rule_has_a_place_and_known_types() {
        for rule in &vocabulary().rules {
            let row = &rule.row;
            let place = row.key.is_some() || row.prefix.is_some() || row.resource.is_some() || row.event.is_some() || row.span_name;
            assert!(place || !row.compose.is_empty(), "{rule:?}");
            assert!(row.types.iter().all(|text| ObservationType::from_text(text).is_some()), "{rule:?}");
            assert!(row.prefix.as_ref().is_none_or(|prefix| prefix.ends_with(['.', ':'])), "{rule:?}");
        }
    }
}
