//! The few things the engine does to files, with the seam through which tests make them fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file that grows at its end and can be forced to disk.
pub(crate) trait AppendFile: Send {
    /// Writes all bytes and forces them to disk.
    fn append_durably(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Makes the files of the write-ahead log.
pub(crate) trait FileMaker: Send + Sync {
    /// Creates a file that must not be there yet, its directory entry on disk.
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;
}

/// Files of the operating system.
#[derive(Debug, Default)]
pub(crate) struct DiskFiles;

impl FileMaker for DiskFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        sync_directory(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Box::new(file))
    }
}

impl AppendFile for File {
    fn append_durably(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        self.sync_data()
    }
}

/// Forces the entries of a directory to disk: a file is there after a crash only once its directory was synced.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
