//! `clew reprice`: history priced again.

use reqwest::Method;
use serde_json::Value;

use crate::client::Client;
use crate::format;
use crate::options::ServerArgs;
use crate::output;

/// Price stored spans again, by your own table and the list prices of today.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only spans of this time: `15m`, `24h`, `7d`, or `<from>~<to>` in UTC.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Tell what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let mut query = vec![("dry_run", args.dry_run.to_string())];
    query.extend(args.since.as_ref().map(|since| ("t", since.clone())));
    let answer = client.work(Method::POST, &client.in_project("reprice"), &query).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    println!("{}", summary(&answer));
    Ok(())
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
