//! `clew renormalize`: history understood again.

use serde_json::Value;

use super::history::{HistoryArgs, redo};
use crate::format;

/// Understand stored spans again, by the mapping of this version of the server; nothing that was sent is lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    redo(args.history, "renormalize", summary).await
}

fn summary(answer: &Value) -> String {
    let count = |field: &str| answer[field].as_u64().unwrap_or(0);
    let seen = format::plural(count("spans_seen") as usize, "span");
    if count("spans_changed") == 0 {
        return format!("{seen} looked at, all say what mapping {} makes of them", answer["mapping_version"]);
    }
    let verb = if answer["dry_run"] == true { "would say" } else { "say" };
    let fields = answer["fields"].as_object().into_iter().flatten();
    let fields: Vec<String> =
        fields.map(|(field, spans)| format!("{field} {}", format::count_exact(spans.as_u64().unwrap_or(0)))).collect();
    format!("{seen} looked at, {} {verb} something else: {}", format::count_exact(count("spans_changed")), fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_one_line() {
        let answer = serde_json::json!({"dry_run": true, "mapping_version": 3, "spans_seen": 1200, "spans_changed": 30,
            "fields": {"labels": 30, "usage": 4}});
        assert_eq!(summary(&answer), "1,200 spans looked at, 30 would say something else: labels 30, usage 4");
        let answer = serde_json::json!({"mapping_version": 3, "spans_seen": 1, "spans_changed": 0});
        assert_eq!(summary(&answer), "1 span looked at, all say what mapping 3 makes of them");
    }
}
