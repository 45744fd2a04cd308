//! One row of the own price table, as it is written and as it is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use model::{NanoUsd, ProjectSlug};
use pipeline::{total_of, units_per_price};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{OwnPrice, PriceTerms};
use utoipa::ToSchema;

use crate::limits::{PRICE_TEXT_CHARS_MAX, PRICE_UNITS_MAX};
use crate::problem::Problem;

/// A row as it is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceRow {
    /// A model's name as spans carry it; `*` at the start or the end stands for any text.
    model: String,
    /// Only for this provider.
    provider: Option<String>,
    /// Only for this tier, e.g. `flex`, `priority`, `batch`.
    service_tier: Option<String>,
    /// A day or a time in UTC, inclusive: `2026-06-01`, `2026-06-01T12:00:00Z`; absent for always.
    valid_from: Option<String>,
    /// A day or a time in UTC, exclusive.
    valid_to: Option<String>,
    /// Dollars as decimals by unit of usage: for a million tokens, characters or pixels, for one of everything else.
    #[schema(value_type = BTreeMap<String, String>)]
    prices: BTreeMap<String, Value>,
    note: Option<String>,
    /// Whether the row holds in all projects, not in this one alone.
    #[serde(default)]
    all_projects: bool,
}

/// A row as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRowAnswer {
    id: u64,
    /// Absent for a row of all projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    all_projects: bool,
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<String>,
    /// In UTC; absent for always.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
    /// Decimal strings of US dollars by unit, for as many as `per` says.
    prices: BTreeMap<String, String>,
    /// How many of a unit its price is for.
    per: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What is wrong with a row: the field, and why.
#[derive(Debug)]
pub(super) struct Wrong(String);

impl Wrong {
    pub(super) fn problem(self, index: usize) -> Problem {
        Problem::bad_request("invalid-price", format!("row {}: {}", index + 1, self.0))
    }
}

/// No price of today is near it; a larger one is a slip of the unit.
const PRICE_MAX: NanoUsd = NanoUsd(1_000_000_000_000_000);

impl PriceRow {
    /// Reads the row for a project.
    pub(super) fn check(self, project: &ProjectSlug) -> Result<PriceTerms, Wrong> {
        let valid_from_unix_nanos = self.valid_from.as_deref().map(|text| moment("valid_from", text)).transpose()?.unwrap_or(0);
        let valid_to_unix_nanos = self.valid_to.as_deref().map(|text| moment("valid_to", text)).transpose()?;
        if valid_to_unix_nanos.is_some_and(|to| to <= valid_from_unix_nanos) {
            return Err(Wrong("`valid_to` is not after `valid_from`".to_owned()));
        }
        Ok(PriceTerms {
            project: (!self.all_projects).then(|| project.clone()),
            model: pattern(&self.model)?,
            provider: named("provider", self.provider)?,
            service_tier: named("service_tier", self.service_tier)?,
            valid_from_unix_nanos,
            valid_to_unix_nanos,
            prices: prices(&self.prices)?,
            note: self.note.map(|note| short("note", note.trim())).transpose()?.filter(|note| !note.is_empty()),
        })
    }
}

fn pattern(text: &str) -> Result<String, Wrong> {
    let text = short("model", text.trim())?;
    if text.is_empty() {
        return Err(Wrong("`model` is empty: name a model, or `*` for all".to_owned()));
    }
    let inner = text.strip_prefix('*').unwrap_or(&text);
    if inner.strip_suffix('*').unwrap_or(inner).contains('*') {
        return Err(Wrong(format!("`model` is `{text}`: `*` may stand at the start and at the end only")));
    }
    Ok(text)
}

fn named(field: &str, text: Option<String>) -> Result<Option<String>, Wrong> {
    let Some(text) = text else { return Ok(None) };
    let text = short(field, text.trim())?.to_ascii_lowercase();
    if text.is_empty() { Err(Wrong(format!("`{field}` is empty: leave it out for any"))) } else { Ok(Some(text)) }
}

fn short(field: &str, text: &str) -> Result<String, Wrong> {
    let chars = text.chars().count();
    if chars > PRICE_TEXT_CHARS_MAX {
        return Err(Wrong(format!("`{field}` has {chars} characters, at most {PRICE_TEXT_CHARS_MAX} are kept")));
    }
    Ok(text.to_owned())
}

fn prices(written: &BTreeMap<String, Value>) -> Result<BTreeMap<String, NanoUsd>, Wrong> {
    if written.is_empty() || written.len() > PRICE_UNITS_MAX {
        return Err(Wrong(format!("`prices` has {} units: expected 1 to {PRICE_UNITS_MAX}", written.len())));
    }
    for unit in written.keys() {
        let is_word = !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_word || unit.len() > PRICE_TEXT_CHARS_MAX || unit == "total_tokens" {
            let shown: String = unit.chars().take(80).collect();
            return Err(Wrong(format!("`prices` names `{shown}`: expected a unit of usage such as `input_tokens`, `output_tokens`")));
        }
        if let Some(total) = total_of(unit).filter(|total| !written.contains_key(*total)) {
            return Err(Wrong(format!("`prices.{unit}` is a part of `{total}`, which has no price")));
        }
    }
    written.iter().map(|(unit, value)| Ok((unit.clone(), dollars(unit, value)?))).collect()
}

fn dollars(unit: &str, value: &Value) -> Result<NanoUsd, Wrong> {
    // A JSON number is taken by its digits, so that no float comes between.
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        other => other.to_string().chars().take(80).collect(),
    };
    let price = NanoUsd::from_decimal(&text).ok_or_else(|| {
        Wrong(format!("`prices.{unit}` is `{text}`: expected dollars as a decimal with at most nine digits after the point"))
    })?;
    if price > PRICE_MAX {
        return Err(Wrong(format!("`prices.{unit}` is {price} dollars for {}: at most {PRICE_MAX} are taken", units_per_price(unit))));
    }
    Ok(price)
}

fn moment(field: &str, text: &str) -> Result<u64, Wrong> {
    let text = text.trim();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0)).map(|time| time.and_utc());
    let time = day.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()));
    let nanos = time.and_then(|time| time.timestamp_nanos_opt()).and_then(|nanos| u64::try_from(nanos).ok());
    nanos.ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        Wrong(format!("`{field}` is `{shown}`: expected a day or a time in UTC, e.g. `2026-06-01` or `2026-06-01T12:00:00Z`"))
    })
}

fn utc_text(unix_nanos: u64) -> String {
    let time: DateTime<Utc> = DateTime::from_timestamp_nanos(i64::try_from(unix_nanos).unwrap_or(i64::MAX));
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl From<&OwnPrice> for PriceRowAnswer {
    fn from(row: &OwnPrice) -> Self {
        let terms = &row.terms;
        Self {
            id: row.id,
            project: terms.project.as_ref().map(ToString::to_string),
            all_projects: terms.project.is_none(),
            model: terms.model.clone(),
            provider: terms.provider.clone(),
            service_tier: terms.service_tier.clone(),
            valid_from: (terms.valid_from_unix_nanos > 0).then(|| utc_text(terms.valid_from_unix_nanos)),
            valid_to: terms.valid_to_unix_nanos.map(utc_text),
            prices: terms.prices.iter().map(|(unit, price)| (unit.clone(), price.to_string())).collect(),
            per: terms.prices.keys().map(|unit| (unit.clone(), units_per_price(unit))).collect(),
            note: terms.note.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(row: Value) -> Result<PriceTerms, String> {
        let row: PriceRow = serde_json::from_value(row).map_err(|error| error.to_string())?;
        row.check(&ProjectSlug::default_project()).map_err(|wrong| wrong.0)
    }

    #[test]
    fn a_row_is_read_exactly() {
        let terms =
            read(json!({"model": "gpt-4o*", "provider": "OpenAI", "valid_from": "2026-06-01", "valid_to": "2026-07-01T00:00:00+02:00",
            "prices": {"input_tokens": "2.50", "cache_read_tokens": 1.25, "web_searches": "0.000000001"}}))
            .unwrap();
        assert_eq!((terms.provider.as_deref(), terms.valid_from_unix_nanos), (Some("openai"), 1_780_272_000_000_000_000));
        assert_eq!(terms.valid_to_unix_nanos, Some(1_782_856_800_000_000_000));
        assert_eq!(terms.prices.values().map(|price| price.0).collect::<Vec<_>>(), [1_250_000_000, 2_500_000_000, 1]);
    }

    #[test]
    fn a_mistake_is_named_with_its_field() {
        let prices = json!({"input_tokens": "1"});
        for (row, part) in [
            (json!({"model": "", "prices": prices}), "`model` is empty"),
            (json!({"model": "gpt-*-mini", "prices": prices}), "`*` may stand at the start and at the end only"),
            (json!({"model": "x", "prices": {}}), "`prices` has 0 units"),
            (json!({"model": "x", "prices": {"input_tokens": "2,50"}}), "`prices.input_tokens` is `2,50`"),
            (json!({"model": "x", "prices": {"input_tokens": -1}}), "`prices.input_tokens` is `-1`"),
            (json!({"model": "x", "prices": {"input_tokens": "1000001"}}), "at most 1000000"),
            (json!({"model": "x", "prices": {"Input": "1"}}), "`prices` names `Input`"),
            (json!({"model": "x", "prices": {"cache_read_tokens": "1"}}), "a part of `input_tokens`, which has no price"),
            (json!({"model": "x", "provider": " ", "prices": prices}), "`provider` is empty"),
            (json!({"model": "x", "valid_from": "yesterday", "prices": prices}), "`valid_from` is `yesterday`"),
            (json!({"model": "x", "valid_from": "2026-02-01", "valid_to": "2026-01-01", "prices": prices}), "`valid_to` is not after"),
            (json!({"model": "x", "note": "n".repeat(300), "prices": prices}), "`note` has 300 characters"),
            (json!({"model": "x", "price": prices}), "unknown field `price`"),
        ] {
            let words = read(row.clone()).unwrap_err();
            assert!(words.contains(part), "{row}: {words}");
        }
    }
}
