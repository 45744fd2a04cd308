//! The write-ahead log: what is in it after a sync is never lost.
//!
//! Files `wal/NNNNNNNNNN.wal`, numbered without gaps, each a header (format, number, schemas of the tables) and records.
//! A record is one group of appends: a frame (length, checksums), then a JSON head and Arrow IPC batches, in an lz4 block where they are short.
//! A file that was found harmed stays as `NNNNNNNNNN.wal.damaged`.

mod record;

mod scan;
mod writer;

mod replay;

#[cfg(test)]
mod tests;

pub(crate) use record::{LedgerDelta, Record, RecordHead};
pub(crate) use replay::{kept_aside, replay};
pub(crate) use scan::{Scan, scan};
pub(crate) use writer::{AppendError, WalWriter};

use std::io;
use std::path::{Path, PathBuf};

use crate::files::{Unlinked, sync_directory};

const EXTENSION: &str = "wal";
const EXTENSION_SET_ASIDE: &str = "damaged";

fn path_of_file(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.{EXTENSION}"))
}

/// Lists the log's files by number.
fn numbered_files(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let is_log = path.extension().is_some_and(|extension| extension == EXTENSION);
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (true, Some(number)) = (is_log, number) {
            files.push((number, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Where a data directory keeps its log.
pub(crate) fn directory_of_wal(directory: &Path) -> PathBuf {
    directory.join("wal")
}

/// Returns the number of the oldest file.
pub(crate) fn number_first(directory: &Path) -> io::Result<Option<u64>> {
    Ok(numbered_files(directory)?.first().map(|(number, _)| *number))
}

/// Deletes files up to a number: their rows are in segments.
pub(crate) fn delete_through(directory: &Path, number_last: u64) -> io::Result<Unlinked> {
    let mut unlinked = Unlinked::default();
    for (number, path) in numbered_files(directory)? {
        if number <= number_last {
            unlinked.remove(&path)?;
        }
    }
    sync_directory(directory)?;
    Ok(unlinked)
}
