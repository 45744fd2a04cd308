//! `clew reprice`: history priced again.

use serde_json::Value;

use super::history::{HistoryArgs, redo};
use crate::format;

/// Price stored spans again, by your own table and the list prices of today.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    redo(args.history, "reprice", summary).await
}

fn summary(answer: &Value) -> String {
    let count = |field: &str| answer[field].as_u64().unwrap_or(0);
    let seen = format::plural(count("spans_seen") as usize, "span");
    if count("spans_changed") == 0 {
        return format!("{seen} looked at, all have the price of today");
    }
    let verb = if answer["dry_run"] == true { "would get" } else { "got" };
    let dollars = |field: &str| answer[field].as_str().unwrap_or("0");
    format!(
        "{seen} looked at, {} {verb} another price ({} had none): ${} before, ${} now",
        format::count_exact(count("spans_changed")),
        format::count_exact(count("newly_priced")),
        dollars("cost_before_usd"),
        dollars("cost_after_usd"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_one_line() {
        let answer = serde_json::json!({"dry_run": true, "spans_seen": 1200, "spans_changed": 30, "newly_priced": 4,
            "cost_before_usd": "1.5", "cost_after_usd": "0.75"});
        assert_eq!(summary(&answer), "1,200 spans looked at, 30 would get another price (4 had none): $1.5 before, $0.75 now");
        let answer = serde_json::json!({"spans_seen": 1, "spans_changed": 0});
        assert_eq!(summary(&answer), "1 span looked at, all have the price of today");
    }
}
