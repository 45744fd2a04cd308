//! `clew verify`: reads everything stored, and says what it found.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use store::Damage;
use store_embedded::{Verified, VerifyProgress};

use crate::data_dir::default_data_dir;
use crate::env_vars;
use crate::failure::{Exit, Failure};
use crate::format;
use crate::output;

/// Read everything stored, every file against its checksum and every index against its rows, and say what is wrong.
///
/// Works on the data folder of a server that is stopped, and on a backup. Nothing is changed, unless `--rebuild` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the data, or of a backup [default: the platform's data directory].
    #[arg(long, value_name = "DIR", env = env_vars::DATA, hide_env_values = true)]
    data: Option<PathBuf>,

    /// First make the manifest anew from the segments, where it is damaged or lost; the old one is kept beside it.
    #[arg(long)]
    rebuild: bool,

    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let data = args.data.or_else(default_data_dir).ok_or_else(|| {
        Failure::new(Exit::Usage, "no folder for the data: the environment names no home").with_hint("Name one with `--data DIR`.")
    })?;
    if args.rebuild {
        let rebuilt = store_embedded::rebuild_manifest(&data).await.map_err(in_use)?;
        eprintln!("the manifest names {} with {} again", plural(rebuilt.segments, "segment"), plural(rebuilt.rows, "record"));
        for Damage { name, reason } in &rebuilt.left_out {
            eprintln!("left out: {name}: {reason}");
        }
    }
    let mut verified = store_embedded::verify(&data, progress()).await.map_err(in_use)?;
    verified.findings.extend(check_catalog(&data).await?);
    if args.json {
        output::print_json(&as_json(&data, &verified))?;
    } else {
        for Damage { name, reason } in &verified.findings {
            println!("damaged: {name}: {reason}");
        }
        println!("{}", summary(&verified));
    }
    if verified.findings.is_empty() { Ok(()) } else { Err(Failure::said(Exit::Failed).into()) }
}

fn in_use(error: store::StoreError) -> Failure {
    let failure = Failure::new(Exit::Failed, error.to_string());
    let is_in_use = matches!(error, store::StoreError::Invalid(_)) && error.to_string().contains("in use");
    let failure = failure.with_source(error);
    if is_in_use {
        return failure
            .with_hint("Stop the server, or let it go on and verify a backup: `clew backup DIR`, then `clew verify --data DIR`.");
    }
    failure
}

async fn check_catalog(data: &Path) -> anyhow::Result<Option<Damage>> {
    let path = data.join(catalog_sql::FILE_NAME);
    if !path.exists() {
        return Ok(None);
    }
    let wrong = catalog_sql::check(&path).await?;
    Ok(wrong.map(|reason| Damage { name: catalog_sql::FILE_NAME.to_owned(), reason }))
}

/// Counts on the terminal; silent where nobody watches.
fn progress() -> VerifyProgress {
    let shown = AtomicU64::new(u64::MAX);
    let is_watched = std::io::stderr().is_terminal();
    Arc::new(move |read, all| {
        let percent = read * 100 / all.max(1);
        if is_watched && shown.swap(percent, Ordering::Relaxed) != percent {
            let end = if percent >= 100 { "\r\x1b[K" } else { "" };
            // A terminal that has gone is no reason to stop.
            let _ = write!(std::io::stderr(), "\rread {percent} %{end}");
        }
    })
}

fn plural(count: u64, noun: &str) -> String {
    format::plural(count as usize, noun)
}

fn summary(verified: &Verified) -> String {
    let Verified { spans, logs, points, segments, files, wal_records, findings, .. } = verified;
    let found = if findings.is_empty() { "all is well".into() } else { plural(findings.len() as u64, "finding") };
    format!(
        "{}, {} and {} in {} ({}), {} in the write-ahead log: {found}",
        plural(*spans, "span"),
        plural(*logs, "log record"),
        plural(*points, "metric point"),
        plural(*segments, "segment"),
        plural(*files, "file"),
        plural(*wal_records, "group"),
    )
}

fn as_json(data: &Path, verified: &Verified) -> Value {
    let findings: Vec<_> = verified.findings.iter().map(|Damage { name, reason }| json!({ "name": name, "reason": reason })).collect();
    json!({
        "ok": findings.is_empty(),
        "data": data,
        "is_backup": verified.is_backup,
        "segments": verified.segments,
        "files": verified.files,
        "bytes": verified.bytes,
        "spans": verified.spans,
        "logs": verified.logs,
        "points": verified.points,
        "wal_records": verified.wal_records,
        "stored": verified.ledger.stored,
        "findings": findings,
    })
}
