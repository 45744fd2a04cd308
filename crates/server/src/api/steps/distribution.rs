//! What the values at one place of many outputs are like.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::limits::{STEP_VALUE_CHARS_MAX, STEP_VALUES_SHOWN_MAX};

/// The values at one place, gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    runs: usize,
    values: Vec<&'a Value>,
}

/// How the values at one place of some runs are distributed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Distribution {
    /// Runs that have a value there, null included.
    runs_known: usize,
    /// Runs that have none.
    runs_unknown: usize,
    /// Values; a run with a list has several.
    values: usize,
    /// How many values are of which type: `string`, `number`, `boolean`, `null`, `array` and `object` (empty ones only).
    types: BTreeMap<&'static str, usize>,
    /// Share of values that are null, 0 to 1.
    null_share: f64,
    /// Different values.
    distinct: usize,
    /// The most frequent values first; the first 20.
    top: Vec<ValueCount>,
    /// Of the values that are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<NumberSummary>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueCount {
    /// As it stands in the output; a long text is cut.
    #[schema(value_type = Object)]
    value: Value,
    count: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

/// Exact, of all numbers there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberSummary {
    count: usize,
    min: f64,
    max: f64,
    mean: f64,
    p50: f64,
    p95: f64,
    p99: f64,
    /// Twenty stretches of one length from the least to the greatest; none where all are equal.
    bins: Vec<Bin>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bin {
    /// Inclusive.
    from: f64,
    /// Exclusive, save in the last.
    to: f64,
    count: usize,
}

impl Distribution {
    pub(super) fn runs_known(&self) -> usize {
        self.runs_known
    }
}

impl<'a> Gathered<'a> {
    /// Takes in the values of one run.
    pub(super) fn add(&mut self, values: Vec<&'a Value>) {
        self.runs += 1;
        self.values.extend(values);
    }

    /// Tells how values are distributed over so many runs.
    pub(super) fn distribution(&self, runs: usize) -> Distribution {
        let mut types: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut counts: HashMap<String, (&Value, usize)> = HashMap::new();
        for value in &self.values {
            *types.entry(type_of(value)).or_default() += 1;
            counts.entry(value.to_string()).or_insert((value, 0)).1 += 1;
        }
        let nulls = types.get("null").copied().unwrap_or(0);
        Distribution {
            runs_known: self.runs,
            runs_unknown: runs.saturating_sub(self.runs),
            values: self.values.len(),
            null_share: if self.values.is_empty() { 0.0 } else { nulls as f64 / self.values.len() as f64 },
            distinct: counts.len(),
            types,
            top: top(counts),
            numbers: summary(self.values.iter().filter_map(|value| value.as_f64()).collect()),
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn top(counts: HashMap<String, (&Value, usize)>) -> Vec<ValueCount> {
    let mut counts: Vec<(String, (&Value, usize))> = counts.into_iter().collect();
    counts.sort_by(|(text, (_, count)), (other_text, (_, other))| other.cmp(count).then_with(|| text.cmp(other_text)));
    counts.truncate(STEP_VALUES_SHOWN_MAX);
    counts.into_iter().map(|(_, (value, count))| shown(value, count)).collect()
}

fn shown(value: &Value, count: usize) -> ValueCount {
    if let Value::String(text) = value
        && let Some((end, _)) = text.char_indices().nth(STEP_VALUE_CHARS_MAX)
    {
        return ValueCount { value: text[..end].into(), count, cut: true };
    }
    ValueCount { value: value.clone(), count, cut: false }
}

fn summary(mut numbers: Vec<f64>) -> Option<NumberSummary> {
    numbers.sort_by(f64::total_cmp);
    let (min, max) = (*numbers.first()?, *numbers.last()?);
    // The smallest number that so many do not exceed.
    let quantile = |share: f64| numbers[((numbers.len() as f64 * share).ceil() as usize).clamp(1, numbers.len()) - 1];
    Some(NumberSummary {
        count: numbers.len(),
        min,
        max,
        mean: numbers.iter().sum::<f64>() / numbers.len() as f64,
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
        bins: bins(&numbers, min, max),
    })
}

const BINS: usize = 20;

fn bins(numbers: &[f64], min: f64, max: f64) -> Vec<Bin> {
    let width = (max - min) / BINS as f64;
    if width <= 0.0 || !width.is_finite() {
        return Vec::new();
    }
    let edge = |bin: usize| if bin == BINS { max } else { min + width * bin as f64 };
    let mut bins: Vec<Bin> = (0..BINS).map(|bin| Bin { from: edge(bin), to: edge(bin + 1), count: 0 }).collect();
    for number in numbers {
        bins[(((number - min) / width) as usize).min(BINS - 1)].count += 1;
    }
    bins
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_counted_by_type_and_by_value() {
        let outputs = [json!("a"), json!("b"), json!("a"), json!(null), json!(true)];
        let mut gathered = Gathered::default();
        outputs.iter().for_each(|value| gathered.add(vec![value]));
        let found = serde_json::to_value(gathered.distribution(8)).unwrap();
        assert_eq!(found["types"], json!({"boolean": 1, "null": 1, "string": 3}));
        assert_eq!((&found["runs_known"], &found["runs_unknown"], &found["distinct"]), (&json!(5), &json!(3), &json!(4)));
        assert_eq!((&found["top"][0], &found["null_share"]), (&json!({"value": "a", "count": 2}), &json!(0.2)));
        assert_eq!(found.get("numbers"), None);
    }

    #[test]
    fn numbers_are_summed_up() {
        let outputs: Vec<Value> = (1..=100).map(Value::from).collect();
        let mut gathered = Gathered::default();
        outputs.iter().for_each(|value| gathered.add(vec![value]));
        let numbers = gathered.distribution(100).numbers.unwrap();
        assert_eq!((numbers.min, numbers.p50, numbers.p95, numbers.p99, numbers.max), (1.0, 50.0, 95.0, 99.0, 100.0));
        assert_eq!(numbers.mean, 50.5);
        assert_eq!(numbers.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [5; 20]);
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let text = json!("ü".repeat(300));
        let mut gathered = Gathered::default();
        gathered.add(vec![&text, &text]);
        let found = gathered.distribution(1);
        assert_eq!((found.top[0].value.as_str().unwrap().chars().count(), found.top[0].cut, found.top[0].count), (200, true, 2));
    }
}
