//! Reads the log at start, cuts off what stands behind its records, and keeps harmed files aside.
//!
//! A harmed file loses nothing more by that: its whole records are in memory now, and it stays beside the log for whoever wants to
//! look into it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use store::{Damage, StoreError};
use tracing::{error, warn};

use super::scan::{End, Scan, Unfinished, scan};
use super::{EXTENSION_SET_ASIDE, Record, path_of_file};

/// Hands over every record behind the flushed ones, in order.
pub(crate) fn replay(
    directory: &Path,
    flushed_file: u64,
    flushed_sequence: u64,
    take: impl FnMut(Record) -> Result<(), StoreError>,
) -> Result<Scan, StoreError> {
    let found = scan(directory, flushed_file, flushed_sequence, take)?;
    let cut_failed = |path: &Path| {
        let text = format!("failed to cut {}", path.display());
        move |source| StoreError::failed(text, source)
    };
    if let Some(Unfinished { path, offset, bytes }) = &found.unfinished {
        warn!(file = %path.display(), offset, bytes, "cut an unfinished record off the write-ahead log: it was never acknowledged");
        if *offset == 0 {
            remove(path).map_err(cut_failed(path))?;
        }
    }
    // Where records are missing, some may be in there.
    for End { path, offset } in found.ends.iter().filter(|_| found.harm.is_empty()) {
        cut(path, *offset).map_err(cut_failed(path))?;
    }
    force_newest(directory, found.file_last)
        .map_err(|source| StoreError::failed(format!("failed to sync the write-ahead log in {}", directory.display()), source))?;
    for harm in &found.harm {
        error!(file = %harm.path.display(), reason = harm.damage.reason, "the write-ahead log is damaged: acknowledged records may be lost, all others are read");
        keep_aside(&harm.path).map_err(|source| StoreError::failed(format!("failed to keep {}", harm.path.display()), source))?;
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)?;
    crate::files::sync_directory(path.parent().unwrap_or(Path::new(".")))
}

fn cut(path: &Path, length: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(length)?;
    file.sync_all()
}

/// The last record may have been written and not forced to disk; whoever sends it again is told that it is stored.
fn force_newest(directory: &Path, number: u64) -> io::Result<()> {
    match File::open(path_of_file(directory, number)) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a harmed file a second name, under which it stays when the log behind the next flush is deleted.
fn keep_aside(path: &Path) -> io::Result<()> {
    let aside = path_aside(path);
    if aside.exists() || !path.exists() {
        return Ok(());
    }
    if std::fs::hard_link(path, &aside).is_err() {
        std::fs::copy(path, &aside)?;
    }
    crate::files::sync_directory(path.parent().unwrap_or(Path::new(".")))
}

fn path_aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION_SET_ASIDE);
    name.into()
}

/// Lists the files that were kept aside, by this start or an earlier one.
pub(crate) fn kept_aside(directory: &Path) -> io::Result<Vec<Damage>> {
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION_SET_ASIDE) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let reason =
                "acknowledged records of it may be lost; the log of the start that found it says which, remove it once it is of no use"
                    .into();
            kept.push(Damage { name: format!("wal/{name}"), reason });
        }
    }
    kept.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(kept)
}
