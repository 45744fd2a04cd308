//! What the commands that redo history share: of which time, and whether in earnest.

use reqwest::Method;
use serde_json::Value;

use crate::client::Client;
use crate::options::ServerArgs;
use crate::output;

/// Which stored spans are looked at again.
#[derive(Debug, clap::Args)]
pub(super) struct HistoryArgs {
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

/// Asks the server to redo history, and prints what came of it in one line.
pub(super) async fn redo(args: HistoryArgs, work: &str, summary: fn(&Value) -> String) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let mut query = vec![("dry_run", args.dry_run.to_string())];
    query.extend(args.since.as_ref().map(|since| ("t", since.clone())));
    let answer = client.work(Method::POST, &client.in_project(work), &query).await?;
    if args.json {
        return Ok(output::print_json(&answer)?);
    }
    println!("{}", summary(&answer));
    Ok(())
}
