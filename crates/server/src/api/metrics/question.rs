//! What is asked of a metric, checked: attributes to group by, and steps.

use super::points::Found;
use crate::api::time_range;
use crate::limits::{METRIC_GROUP_KEYS_MAX, METRIC_STEPS_MAX};
use crate::problem::Problem;

/// Steps of equal length; each begins at a whole multiple of it since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    pub(super) nanos: u64,
}

impl Steps {
    /// Reads `1m`; too many steps for the points found are refused.
    pub(super) fn parse(text: &str, found: &Found) -> Result<Self, Problem> {
        let nanos = time_range::rolling_nanos(text.trim()).filter(|nanos| *nanos > 0).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            Problem::bad_request("invalid-step", format!("`{shown}` is not a length of time")).with_hint("Use `30s`, `1m`, `1h` or `1d`.")
        })?;
        let times = || found.series.iter().flat_map(|series| series.times(found.from_unix_nanos));
        let length = times().max().unwrap_or(0) - times().min().unwrap_or(0);
        let steps = length / nanos + 1;
        if steps > METRIC_STEPS_MAX as u64 {
            let smallest = length / (METRIC_STEPS_MAX as u64 - 1) / 1_000_000_000 + 1;
            let problem = Problem::bad_request("too-many-steps", format!("`step` makes {steps} steps: at most {METRIC_STEPS_MAX}"));
            return Err(problem.with_hint(format!("Use a step of `{smallest}s` or longer, or a shorter range `t`.")));
        }
        Ok(Self { nanos })
    }

    pub(super) fn start_of(self, time_unix_nanos: u64) -> u64 {
        time_unix_nanos / self.nanos * self.nanos
    }
}

/// Reads `a,b`.
pub(super) fn group_keys(text: Option<&str>) -> Result<Vec<String>, Problem> {
    let keys = text.unwrap_or_default().split(',').map(str::trim).filter(|key| !key.is_empty());
    let mut found: Vec<String> = Vec::new();
    for key in keys {
        if !found.iter().any(|known| known == key) {
            found.push(key.to_owned());
        }
        if found.len() > METRIC_GROUP_KEYS_MAX {
            return Err(Problem::bad_request(
                "invalid-parameter",
                format!("`group_by` names more than {METRIC_GROUP_KEYS_MAX} attributes"),
            ));
        }
    }
    Ok(found)
}
