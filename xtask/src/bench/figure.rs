//! What was measured, and the table it is printed in.

use std::fmt::Write;

/// Whether a figure has to stay below its goal or above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// Told for its own sake.
    None,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    /// This server cannot do it.
    NotThereYet,
    /// It went wrong; why.
    Failed(String),
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) section: &'static str,
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
}

impl Figure {
    pub(crate) fn new(section: &'static str, name: impl Into<String>, value: f64, unit: &'static str, goal: Goal) -> Self {
        Self { section, name: name.into(), value: Value::Number(value), unit, goal }
    }

    /// Whether the goal is reached; None where there is none or nothing was measured.
    fn reached(&self) -> Option<bool> {
        match (&self.value, self.goal) {
            (Value::Number(value), Goal::AtMost(most)) => Some(*value <= most),
            (Value::Number(value), Goal::AtLeast(least)) => Some(*value >= least),
            _ => None,
        }
    }
}

/// The table for people.
pub(crate) fn table(machine: &str, figures: &[Figure]) -> String {
    let mut text = format!("{machine}\n\n| what | measured | goal | |\n|---|---|---|---|\n");
    let mut section = "";
    for figure in figures {
        if figure.section != section {
            section = figure.section;
            let _ = writeln!(text, "| **{section}** | | | |");
        }
        let measured = match &figure.value {
            Value::Number(value) => format!("{} {}", rounded(*value), figure.unit),
            Value::NotThereYet => "not there yet".to_owned(),
            Value::Failed(why) => format!("failed: {why}"),
        };
        let goal = match figure.goal {
            Goal::AtMost(most) => format!("at most {} {}", rounded(most), figure.unit),
            Goal::AtLeast(least) => format!("at least {} {}", rounded(least), figure.unit),
            Goal::None => String::new(),
        };
        let verdict = figure.reached().map_or("", |reached| if reached { "ok" } else { "over" });
        let _ = writeln!(text, "| {} | {} | {} | {verdict} |", figure.name, measured.trim_end(), goal.trim_end());
    }
    text
}

/// One JSON object a line: the machine first.
pub(crate) fn json_lines(machine: &str, figures: &[Figure]) -> String {
    let mut text = format!("{{\"machine\": {machine:?}}}\n");
    for figure in figures {
        let goal = match figure.goal {
            Goal::AtMost(most) => format!(", \"at_most\": {most}"),
            Goal::AtLeast(least) => format!(", \"at_least\": {least}"),
            Goal::None => String::new(),
        };
        let value = match &figure.value {
            Value::Number(value) => format!("\"value\": {value}"),
            Value::NotThereYet => "\"value\": null".to_owned(),
            Value::Failed(why) => format!("\"value\": null, \"failed\": {why:?}"),
        };
        let reached = figure.reached().map_or(String::new(), |reached| format!(", \"reached\": {reached}"));
        let Figure { section, name, unit, .. } = figure;
        let _ = writeln!(text, "{{\"section\": {section:?}, \"name\": {name:?}, {value}, \"unit\": {unit:?}{goal}{reached}}}");
    }
    text
}

/// Three digits that mean something.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// The value below which a share of all values lies; the list is sorted.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_missed_is_said() {
        let figures = [
            Figure::new("reading", "a list", 70.0, "ms", Goal::AtMost(60.0)),
            Figure::new("reading", "requests", 3_000.0, "a second", Goal::AtLeast(2_000.0)),
            Figure { value: Value::NotThereYet, ..Figure::new("reading", "facets", 0.0, "ms", Goal::AtMost(150.0)) },
        ];
        let table = table("a machine", &figures);
        assert!(table.contains("| a list | 70.0 ms | at most 60.0 ms | over |"), "{table}");
        assert!(table.contains("| requests | 3000 a second | at least 2000 a second | ok |"), "{table}");
        assert!(table.contains("| facets | not there yet | at most 150 ms |  |"), "{table}");
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let mut values = [3.0, 1.0, 2.0];
        assert_eq!((quantile(&mut values, 0.5), quantile(&mut values, 0.99)), (2.0, 3.0));
    }
}
