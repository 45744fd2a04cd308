//! The names of measures: `count`, `sum(cost_usd)`, `p95(duration_nanos)`.

use store::aggregate::Measure;

use super::{dimension, separated};
use crate::problem::Problem;

/// A measure as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedMeasure {
    pub(crate) name: String,
    pub(crate) measure: Measure,
}

const HINT: &str = "Use `count`, `rate`, or `sum`, `mean`, `min`, `max`, `p50`, `p95`, `p99` or `distinct` of a field or a place: `p95(duration_nanos)`, `mean(output.confidence)`.";

/// Reads measures, separated by commas.
pub(crate) fn measures(text: &str) -> Result<Vec<NamedMeasure>, Problem> {
    separated(text).into_iter().map(measure).collect()
}

pub(crate) fn measure(text: &str) -> Result<NamedMeasure, Problem> {
    let unknown = || {
        let shown: String = text.chars().take(80).collect();
        Problem::bad_request("unknown-measure", format!("`{shown}` is no measure")).with_hint(HINT)
    };
    let measure = match text {
        "count" => Measure::Count,
        "rate" => Measure::Rate,
        _ => {
            let (verb, of) = text.strip_suffix(')').and_then(|text| text.split_once('(')).ok_or_else(unknown)?;
            let of = dimension(of.trim())?;
            match verb.trim() {
                "sum" => Measure::Sum(of),
                "mean" | "avg" => Measure::Mean(of),
                "min" => Measure::Min(of),
                "max" => Measure::Max(of),
                "distinct" => Measure::Distinct(of),
                verb => Measure::Quantile(of, thousandths(verb).ok_or_else(unknown)?),
            }
        }
    };
    Ok(NamedMeasure { name: text.to_owned(), measure })
}

/// Reads `p50`, `p95`, `p99.9`.
fn thousandths(verb: &str) -> Option<u16> {
    let (whole, tenth) = verb.strip_prefix('p')?.split_once('.').unwrap_or((verb.strip_prefix('p')?, "0"));
    let is_number = |digits: &str, length: usize| (1..=length).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole, 3) || !is_number(tenth, 1) {
        return None;
    }
    let thousandths = whole.parse::<u16>().ok()? * 10 + tenth.parse::<u16>().ok()?;
    (thousandths <= 1_000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_as_people_write_them() {
        let of = |name| dimension(name).unwrap();
        let expected = [
            Measure::Count,
            Measure::Sum(of("cost_usd")),
            Measure::Quantile(of("duration_nanos"), 950),
            Measure::Quantile(of("ttft_nanos"), 999),
            Measure::Distinct(of("user_id")),
            Measure::Mean(of("output.confidence")),
        ];
        let read =
            measures("count, sum(cost_usd),p95(duration_nanos),p99.9( ttft_nanos ),distinct(user_id),mean(output.confidence)").unwrap();
        assert_eq!(read.iter().map(|named| named.measure.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(read[1].name, "sum(cost_usd)");
    }

    #[test]
    fn what_is_no_measure_is_refused() {
        for text in ["median", "sum", "sum(", "sum(nothing)", "p(cost_usd)", "p101(cost_usd)", "p95.55(cost_usd)", "95(cost_usd)"] {
            assert!(measure(text).is_err(), "{text}");
        }
    }
}
