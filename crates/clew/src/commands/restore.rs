//! `clew restore`: a data folder made from a backup.

use std::path::PathBuf;

use serde_json::json;

use crate::format;
use crate::output;

/// Make a data folder from a backup; every file is checked on the way.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the backup.
    #[arg(value_name = "DIR")]
    backup: PathBuf,

    /// New or empty folder for the data.
    #[arg(long, value_name = "NEW")]
    data: PathBuf,

    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let restored = store_embedded::restore(&args.backup, &args.data).await?;
    if args.json {
        let answer = json!({ "data": args.data, "files": restored.files, "bytes": restored.bytes, "rows": restored.rows });
        return Ok(output::print_json(&answer)?);
    }
    let (records, files) = (format::plural(restored.rows as usize, "record"), format::plural(restored.files as usize, "file"));
    println!("{records} in {files} restored; start with: clew serve --data {}", args.data.display());
    Ok(())
}
