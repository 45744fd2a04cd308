//! One process per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use store::StoreError;

/// Holds the directory until it is dropped; the system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

/// Takes the directory for this process, or says who has it.
pub(crate) fn lock_directory(directory: &Path) -> Result<DirectoryLock, StoreError> {
    let path = directory.join("lock");
    let failed = |source| StoreError::failed(format!("failed to lock the data directory `{}`", directory.display()), source);
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Invalid(taken(directory, &mut file))),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let write_pid = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write_pid(&mut file).map_err(failed)?;
    Ok(DirectoryLock { _file: file })
}

fn taken(directory: &Path, file: &mut File) -> String {
    let mut text = String::new();
    // The holder may be about to write its id; then the directory alone is named.
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok());
    let holder = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    format!("the data directory `{}` is in use by another process{holder}", directory.display())
}
