//! The write-ahead log: what is in it after a sync is never lost.
//!
//! Files `wal/NNNNNNNNNN.wal`, numbered without gaps, each a header (format, number, mark, schemas of the tables) and records.
//! A record is one group of appends: a frame (mark, length, checksums), then a JSON head and Arrow IPC batches, in an lz4 block where they
//! are short, and an empty frame behind it. What stands behind the last record is of no account: under load files are written over.
//! A file that was found harmed stays as `NNNNNNNNNN.wal.damaged`, and one that waits to be written over is `NNNNNNNNNN.spare`.

mod frames;
mod spares;

mod record;

mod scan;
mod writer;

mod replay;

#[cfg(test)]
mod tests;

pub(crate) use record::{LedgerDelta, Record, RecordHead};
pub(crate) use replay::{kept_aside, replay};
pub(crate) use scan::{Scan, scan};
pub(crate) use spares::{Closed, Spares};
pub(crate) use writer::{AppendError, WalWriter};

use std::io;
use std::path::{Path, PathBuf};

const EXTENSION: &str = "wal";
const EXTENSION_SPARE: &str = "spare";
const EXTENSION_SET_ASIDE: &str = "damaged";

fn path_of_file(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.{EXTENSION}"))
}

fn path_of_spare(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.{EXTENSION_SPARE}"))
}

/// Lists the log's files by number.
fn numbered_files(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    numbered(directory, EXTENSION)
}

fn numbered(directory: &Path, extension_wanted: &str) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let is_wanted = path.extension().is_some_and(|extension| extension == extension_wanted);
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (true, Some(number)) = (is_wanted, number) {
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
