//! Metrics of GenAI clients and coding agents, known by name: what they measure and what splits them.
//!
//! The names stand in `tables/metrics.toml`. Renamed metrics share the newest name; metrics of different senders never share one,
//! because an agent tells the same tokens by logs, by spans and by metrics of two vocabularies.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../tables/metrics.toml");

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Tokens,
    Cost,
    Duration,
    TimeToFirstToken,
    TimePerOutputToken,
    ModelCalls,
    ToolCalls,
    Turns,
    Sessions,
    Errors,
    LinesOfCode,
    Commits,
    PullRequests,
    EditDecisions,
    FileOperations,
    ActiveTime,
    Choices,
    Distance,
}

/// What is known of a metric by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricMeaning {
    /// The newest name of the metric.
    pub name: &'static str,
    pub measure: Measure,
    /// In UCUM as OpenTelemetry writes it; what the sender should write, not always what it does.
    pub unit: &'static str,
    /// The attribute whose values must not be added up without thought: kinds of tokens, kinds of decisions.
    pub split_by: Option<&'static str>,
    /// Where the metric is of one kind only: `input`, `output`, `cache_read`.
    pub part: Option<&'static str>,
    parts: &'static BTreeMap<String, String>,
}

impl Measure {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Duration => "duration",
            Self::TimeToFirstToken => "time_to_first_token",
            Self::TimePerOutputToken => "time_per_output_token",
            Self::ModelCalls => "model_calls",
            Self::ToolCalls => "tool_calls",
            Self::Turns => "turns",
            Self::Sessions => "sessions",
            Self::Errors => "errors",
            Self::LinesOfCode => "lines_of_code",
            Self::Commits => "commits",
            Self::PullRequests => "pull_requests",
            Self::EditDecisions => "edit_decisions",
            Self::FileOperations => "file_operations",
            Self::ActiveTime => "active_time",
            Self::Choices => "choices",
            Self::Distance => "distance",
        }
    }
}

impl MetricMeaning {
    /// Returns the common word for a value of `split_by`: `cacheRead` of Claude Code and `cache` of Gemini CLI are `cache_read`.
    pub fn part_of(&self, value: &str) -> Option<&'static str> {
        self.parts.get(value).map(String::as_str)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    metric: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// Older names.
    #[serde(default)]
    was: Vec<String>,
    measure: Measure,
    unit: String,
    #[serde(default)]
    split_by: Option<String>,
    #[serde(default)]
    part: Option<String>,
    #[serde(default)]
    parts: BTreeMap<String, String>,
}

/// Returns what a metric means; None for metrics of no known sender.
pub fn metric_meaning(name: &str) -> Option<MetricMeaning> {
    let row = table().get(name)?;
    Some(MetricMeaning {
        name: &row.name,
        measure: row.measure,
        unit: &row.unit,
        split_by: row.split_by.as_deref(),
        part: row.part.as_deref(),
        parts: &row.parts,
    })
}

/// Returns the names under which a metric is sent: for the newest name of a renamed one all of them, the newest first, else the name alone.
pub fn metric_names(name: &str) -> Vec<&str> {
    let older = table().get(name).filter(|row| row.name == name).map(|row| row.was.as_slice()).unwrap_or_default();
    [name].into_iter().chain(older.iter().map(String::as_str)).collect()
}

fn table() -> &'static HashMap<String, &'static Row> {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    static BY_NAME: OnceLock<HashMap<String, &'static Row>> = OnceLock::new();
    BY_NAME.get_or_init(|| {
        let rows = ROWS.get_or_init(|| toml::from_str::<Table>(TABLE).expect("a test reads the table").metric);
        let names = |row: &'static Row| row.was.iter().chain([&row.name]).map(move |name| (name.clone(), row));
        rows.iter().flat_map(names).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_no_name_stands_twice() {
        let rows = toml::from_str::<Table>(TABLE).unwrap().metric;
        let names = rows.iter().map(|row| row.was.len() + 1).sum::<usize>();
        assert_eq!(table().len(), names);
        for row in &rows {
            assert!(!row.unit.is_empty(), "{}", row.name);
            assert!(row.parts.is_empty() || row.split_by.is_some(), "{}", row.name);
            assert!(row.part.is_none() || row.split_by.is_none(), "{}", row.name);
        }
    }

    #[test]
    fn renamed_metrics_share_a_name() {
        let old = metric_meaning("gen_ai.client.operation.time_to_first_chunk").unwrap();
        assert_eq!(old.name, "gen_ai.client.inference.time_to_first_chunk");
        assert_eq!((old.measure, old.unit), (Measure::TimeToFirstToken, "s"));
        assert_eq!(metric_names(old.name), [old.name, "gen_ai.client.operation.time_to_first_chunk"]);
        assert_eq!(metric_names("gen_ai.client.operation.time_to_first_chunk"), ["gen_ai.client.operation.time_to_first_chunk"]);
        assert_eq!(metric_names("no.such"), ["no.such"]);
        assert_eq!(metric_meaning(old.name), Some(old));
    }

    #[test]
    fn kinds_of_tokens_have_one_word() {
        for (name, value) in
            [("claude_code.token.usage", "cacheRead"), ("gemini_cli.token.usage", "cache"), ("codex.turn.token_usage", "cached_input")]
        {
            let meaning = metric_meaning(name).unwrap();
            assert_eq!(meaning.part_of(value), Some("cache_read"), "{name}");
            assert_eq!((meaning.measure, meaning.part_of("?")), (Measure::Tokens, None));
        }
        assert_eq!(metric_meaning("gen_ai.client.token.usage").unwrap().split_by, Some("gen_ai.token.type"));
        assert_eq!(metric_meaning("gen_ai.client.inference.usage.output_tokens").unwrap().part, Some("output"));
    }

    #[test]
    fn what_nobody_sends_is_unknown() {
        assert_eq!(metric_meaning("http.server.request.duration"), None);
    }
}
