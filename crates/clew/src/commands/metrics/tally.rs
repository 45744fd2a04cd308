//! What points say together, as words and as a curve.

use serde_json::Value;

use crate::format::{self, MISSING};

/// The heights of a curve's columns.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Writes one figure: an increase, a last value, or an average and how many.
pub(super) fn short(tally: &Value, unit: &str) -> String {
    if let Some(count) = number(&tally["count"]) {
        let average = number(&tally["avg"]).map_or(MISSING.to_owned(), |average| measured(average, unit));
        return format!("avg {average} × {}", plain(count));
    }
    number(&tally["increase"]).or_else(|| number(&tally["last"])).map_or(MISSING.to_owned(), |value| measured(value, unit))
}

/// Writes all that is known.
pub(super) fn long(tally: &Value, unit: &str) -> String {
    let fields = ["increase", "last", "count", "sum", "avg", "min", "max", "p50", "p95", "p99"];
    let known = fields.into_iter().filter_map(|field| {
        let value = number(&tally[field])?;
        let text = if field == "count" { plain(value) } else { measured(value, unit) };
        Some(if field == "increase" { text } else { format!("{field} {text}") })
    });
    let known: Vec<String> = known.collect();
    if known.is_empty() { MISSING.to_owned() } else { known.join("  ") }
}

/// Draws steps as a curve, from the first step with points to the last: increases, last values or counts.
///
/// A step without points is a gap. Where there are more steps than columns, a column shows the highest of its steps.
pub(super) fn curve(steps: &[Value], columns_max: usize) -> String {
    let height = |step: &Value| ["increase", "last", "count"].iter().find_map(|field| number(&step["tally"][*field]));
    let start = |step: &Value| step["start_unix_nanos"].as_str()?.parse::<u64>().ok();
    let points: Vec<(u64, f64)> = steps.iter().filter_map(|step| Some((start(step)?, height(step)?))).collect();
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return String::new() };
    let step = points.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|gap| *gap > 0).min().unwrap_or(1);
    let columns = ((last - first) / step + 1).min(columns_max as u64);
    let mut highest: Vec<Option<f64>> = vec![None; columns as usize];
    for (start, value) in &points {
        let column = u128::from(start - first) * u128::from(columns) / (u128::from(last - first) + u128::from(step));
        let cell = &mut highest[column as usize];
        *cell = Some(cell.map_or(*value, |known| known.max(*value)));
    }
    let top = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let bottom = points.iter().map(|(_, value)| *value).fold(0.0, f64::min);
    highest.into_iter().map(|value| value.map_or(' ', |value| sign(value, bottom, top))).collect()
}

fn sign(value: f64, bottom: f64, top: f64) -> char {
    let share = if top > bottom { (value - bottom) / (top - bottom) } else { 0.0 };
    HEIGHTS[(share * (HEIGHTS.len() - 1) as f64).round() as usize]
}

/// Reads a number of the API; large whole ones and those that JSON cannot say are texts.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Writes a value with its unit, as far as units are known.
fn measured(value: f64, unit: &str) -> String {
    match unit {
        "s" if value >= 0.0 => format::duration((value * 1e9).round() as u64),
        "ms" if value >= 0.0 => format::duration((value * 1e6).round() as u64),
        "USD" | "usd" | "{USD}" => format!("${}", plain(value)),
        _ => plain(value),
    }
}

/// Writes a number with three or four digits that matter, whole ones below a thousand in full.
fn plain(value: f64) -> String {
    match value {
        _ if !value.is_finite() => value.to_string(),
        _ if value < 0.0 => format!("-{}", plain(-value)),
        _ if value >= 1_000.0 => format::count(value.round() as u64),
        _ if value.fract() == 0.0 => format!("{value}"),
        _ if value >= 1.0 => trimmed(format!("{value:.2}")),
        _ => trimmed(format!("{value:.*}", (2 - value.log10().floor() as i64).clamp(2, 12) as usize)),
    }
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_short_and_have_units() {
        let check = |tally: Value, unit: &str, text: &str| assert_eq!(short(&tally, unit), text);
        check(json!({"increase": 4240}), "tokens", "4.2k");
        check(json!({"increase": 0.013875}), "USD", "$0.0139");
        check(json!({"last": -7, "min": -7, "max": 3}), "1", "-7");
        check(json!({"count": 2, "avg": 0.0185}), "s", "avg 19ms × 2");
        check(json!({"count": 2}), "s", "avg — × 2");
        check(json!({"increase": "9007199254740993"}), "1", "9007199B");
        check(json!({}), "1", "—");
        assert_eq!(long(&json!({"count": 2, "sum": 319.0, "p50": 159.5}), "{token}"), "count 2  sum 319  p50 159.5");
    }

    #[test]
    fn a_curve_has_gaps_where_nothing_came() {
        let step = |start: u64, increase: i64| json!({"start_unix_nanos": start.to_string(), "tally": {"increase": increase}});
        assert_eq!(curve(&[step(60, 1), step(120, 7), step(240, 0)], 40), "▂█ ▁");
        assert_eq!(curve(&[step(0, 1), step(1, 2), step(2, 3), step(3, 4)], 2), "▅█");
        assert_eq!(curve(&[step(0, 5)], 40), "█");
        assert_eq!(curve(&[], 40), "");
    }
}
