//! A distribution as bars: the most frequent values, or stretches of numbers where there are too many different ones.

use serde_json::Value;

use super::{array, number, share};
use crate::format;
use crate::line::{Line, Role, one_line};
use crate::screen::Screen;

/// Where output is not a terminal, and at most.
const BAR_WIDTH: usize = 40;
/// Longest value beside a bar.
const LABEL_WIDTH_MAX: usize = 32;
/// From so many different numbers on, stretches say more than single ones.
const DIFFERENT_NUMBERS_MAX: u64 = 20;

/// The whole page: a headline and bars; the same for each part where runs are split.
pub(super) fn lines(answer: &Value, screen: &Screen) -> Vec<Line> {
    let mut lines = vec![headline(answer, answer["path"].as_str())];
    let parts = array(answer, "parts");
    if parts.is_empty() {
        lines.extend(distribution_lines(&answer["distribution"], screen));
        return lines;
    }
    for part in parts {
        let name = part["value"].as_str().map_or("(none)".to_owned(), one_line);
        let runs = format::plural(number(&part["runs"]) as usize, "run");
        lines.push(Line::new());
        lines.push(Line::new().with(Role::Strong, name).with(Role::Dim, format!(" · {runs}")));
        lines.extend(distribution_lines(&part["distribution"], screen));
    }
    lines
}

/// Names what is shown, and of how many runs.
pub(super) fn headline(answer: &Value, path: Option<&str>) -> Line {
    let mut line = Line::new().with(Role::Strong, one_line(answer["step"].as_str().unwrap_or_default()));
    if let Some(path) = path {
        line.push(Role::Strong, format!(" › {}", one_line(path)));
    }
    line.with(Role::Dim, format!(" · last {}", format::plural(number(&answer["runs"]) as usize, "run")))
}

fn distribution_lines(distribution: &Value, screen: &Screen) -> Vec<Line> {
    let mut lines = vec![facts(distribution)];
    if let Some(numbers) = distribution["numbers"].as_object() {
        let told = ["min", "p50", "mean", "p95", "p99", "max"].map(|name| format!("{name} {}", value_text(&numbers[name])));
        lines.push(Line::new().with(Role::Dim, told.join("  ")));
    }
    let bins = array(&distribution["numbers"], "bins");
    let is_spread = number(&distribution["distinct"]) > DIFFERENT_NUMBERS_MAX && !bins.is_empty();
    let rows: Vec<(String, u64)> = if is_spread {
        let label = |bin: &Value| format!("{} to {}", value_text(&bin["from"]), value_text(&bin["to"]));
        bins.iter().map(|bin| (label(bin), number(&bin["count"]))).collect()
    } else {
        array(distribution, "top").iter().map(|top| (value_text(&top["value"]), number(&top["count"]))).collect()
    };
    lines.extend(bars(&rows, number(&distribution["values"]), screen));
    let shown: u64 = rows.iter().map(|(_, count)| count).sum();
    let rest = number(&distribution["values"]).saturating_sub(shown);
    if rest > 0 {
        lines.push(Line::new().with(Role::Dim, format!("… and {} in other values", format::count_exact(rest))));
    }
    lines
}

fn facts(distribution: &Value) -> Line {
    let types: Vec<String> =
        distribution["types"].as_object().into_iter().flatten().map(|(name, count)| format!("{name} {count}")).collect();
    let (known, unknown) = (number(&distribution["runs_known"]), number(&distribution["runs_unknown"]));
    let mut facts = vec![types.join(" | "), format!("{} different", format::count_exact(number(&distribution["distinct"])))];
    if unknown > 0 {
        facts.push(format!("{} of runs without", share(unknown, known + unknown)));
    }
    let nulls = distribution["types"]["null"].as_u64().unwrap_or_default();
    if nulls > 0 {
        facts.push(format!("{} null", share(nulls, number(&distribution["values"]))));
    }
    facts.retain(|fact| !fact.is_empty());
    Line::new().with(Role::Dim, facts.join(" · "))
}

fn bars(rows: &[(String, u64)], whole: u64, screen: &Screen) -> Vec<Line> {
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let label_width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0).min(LABEL_WIDTH_MAX);
    let count_width = format::count_exact(most).chars().count();
    // Label, bar, count and share, with two spaces between.
    let room = screen.columns.map_or(BAR_WIDTH, |columns| columns.saturating_sub(label_width + count_width + 5 + 6));
    let width = room.clamp(4, BAR_WIDTH);
    let line = |(label, count): &(String, u64)| {
        let cells = (*count as f64 * width as f64 / most as f64).round() as usize;
        // What is there is seen.
        let cells = if *count > 0 { cells.max(1) } else { 0 };
        let mut line = Line::plain(label).cut(label_width).padded(label_width).with(Role::Plain, "  ");
        line.append(Line::new().with(Role::Model, "━".repeat(cells)).padded(width));
        line.with(Role::Plain, format!("  {:>count_width$}", format::count_exact(*count)))
            .with(Role::Dim, format!("  {:>5}", share(*count, whole)))
    };
    rows.iter().map(line).collect()
}

/// Writes a value on one line: a text as it is, a fraction with as many digits as matter, everything else as JSON.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => one_line(text),
        Value::Number(number) if number.is_f64() => fraction_text(number.as_f64().unwrap_or_default()),
        other => other.to_string(),
    }
}

fn fraction_text(fraction: f64) -> String {
    let digits = match fraction.abs() {
        size if size >= 1_000.0 || size == 0.0 => 0,
        size if size >= 1.0 => 2,
        size => (2 - size.log10().floor() as i64).clamp(2, 12) as usize,
    };
    let text = format!("{fraction:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PIPED: Screen = Screen { color: false, ascii: false, columns: None };

    fn painted(answer: &Value) -> String {
        lines(answer, &PIPED).iter().map(|line| line.paint(&PIPED)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn values_are_drawn_by_how_often_they_come() {
        let answer = json!({"step": "triage", "path": "route", "runs": 1000, "distribution": {
            "runs_known": 990, "runs_unknown": 10, "values": 990, "types": {"string": 988, "null": 2}, "distinct": 4,
            "top": [{"value": "refund", "count": 700}, {"value": "order\n status", "count": 280}, {"value": "", "count": 7}, {"value": null, "count": 2}],
        }});
        insta::assert_snapshot!(painted(&answer));
    }

    #[test]
    fn many_numbers_are_drawn_in_stretches() {
        let bins = [json!({"from": 0.0, "to": 0.5, "count": 30}), json!({"from": 0.5, "to": 1.0, "count": 10})];
        let part = json!({"runs_known": 40, "runs_unknown": 0, "values": 40, "types": {"number": 40}, "distinct": 40, "top": [],
            "numbers": {"min": 0.001234, "p50": 0.25, "mean": 0.3, "p95": 0.875, "p99": 12.345, "max": 1234.5, "bins": bins}});
        let answer = json!({"step": "triage", "path": "confidence", "runs": 40, "distribution": part,
            "parts": [{"value": "m", "runs": 40, "distribution": part}, {"runs": 1, "distribution": {"runs_unknown": 1}}]});
        insta::assert_snapshot!(painted(&answer));
    }
}
