//! `clew backup`: a copy of everything, made by the running server.

use std::path::PathBuf;

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::options::ServerArgs;
use crate::output;

/// Copy everything stored into a folder, while the server goes on.
///
/// The server writes the folder on its own machine, so it must run there as well. Check the copy with `clew verify --data DIR`, and
/// make a data folder of it with `clew restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// New or empty folder for the backup.
    #[arg(value_name = "DIR")]
    target: PathBuf,

    /// Print the answer of the API as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let target = std::path::absolute(&args.target).with_context(|| format!("failed to find `{}`", args.target.display()))?;
    let client = Client::new(&args.server)?;
    let answer = client.work_with(Method::POST, "/api/v1/backup", &json!({ "path": target })).await?;
    if args.json {
        output::print_json(&answer)?;
    } else {
        println!("{}", summary(&answer));
    }
    let damaged: Vec<_> = answer["damaged"].as_array().into_iter().flatten().collect();
    if damaged.is_empty() {
        return Ok(());
    }
    for damage in damaged {
        eprintln!("damaged: {}: {}", text(damage, "name"), text(damage, "reason"));
    }
    Err(Failure::new(Exit::Failed, "some stored data is damaged and not in the backup; everything else is").into())
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn summary(answer: &Value) -> String {
    let count = |field: &str| answer[field].as_u64().unwrap_or(0);
    let (records, files) = (format::plural(count("rows") as usize, "record"), format::plural(count("files") as usize, "file"));
    format!("{records} in {files}, {} bytes, in {}", format::count_exact(count("bytes")), text(answer, "path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_copied_is_one_line() {
        let answer = json!({"path": "/backups/monday", "rows": 1200, "files": 1, "bytes": 34_567});
        assert_eq!(summary(&answer), "1,200 records in 1 file, 34,567 bytes, in /backups/monday");
    }
}
