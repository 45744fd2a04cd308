//! The few things the engine does to files, with the seam through which tests make them fail.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use crate::limits;

/// A file that is written piece by piece, can be forced to disk, and can be cut.
pub(crate) trait LogFile: Send {
    /// Writes all bytes at a place, over what stands there; after an error some of them may stand there.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Forces everything written to disk.
    ///
    /// After an error nobody knows what is there: the system may have dropped the pages and will not try again.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to a length, on disk.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Opens the files of the write-ahead log.
pub(crate) trait FileMaker: Send + Sync {
    /// Opens a file to write to it. One that is there keeps its length and its bytes until they are written over.
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;
}

/// Files of the operating system.
#[derive(Debug, Default)]
pub(crate) struct DiskFiles;

impl FileMaker for DiskFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(OpenOptions::new().create(true).truncate(false).write(true).open(path)?))
    }
}

impl LogFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

/// Forces the entries of a directory to disk: a file is there after a crash only once its directory was synced.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Files without a name, whose bytes are on the disk until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Unlinked(Vec<File>);

impl Unlinked {
    /// Removes a file. One that may not be written to goes with all of its bytes at once.
    pub(crate) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path);
        std::fs::remove_file(path)?;
        self.0.extend(file);
        Ok(())
    }

    /// Frees long files piece by piece: all of one at once keeps a disk busy for some tens of milliseconds, in which whoever waits for
    /// the log waits for that too. What has another name keeps its bytes under that.
    pub(crate) fn free_in_pieces(self) {
        for file in self.0 {
            let mut length = file.metadata().map_or(0, |metadata| if metadata.nlink() == 0 { metadata.len() } else { 0 });
            while length > limits::REMOVED_BYTES_AT_ONCE {
                length -= limits::REMOVED_BYTES_AT_ONCE;
                if file.set_len(length).is_err() {
                    break;
                }
                std::thread::sleep(limits::REMOVAL_PAUSE);
            }
        }
    }
}

/// Whether a write failed for want of room alone: the disk is well, and there may be room again.
pub(crate) fn is_want_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge | ErrorKind::WriteZero)
}

/// Writes a small file so that it is there whole or not at all, whatever happens meanwhile.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    sync_directory(path.parent().unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_freed_and_one_with_another_name_keeps_its_bytes_there() {
        let directory = tempfile::tempdir().unwrap();
        let [alone, named, name] = ["a", "b", "c"].map(|name| directory.path().join(name));
        let bytes = vec![7; 2 * limits::REMOVED_BYTES_AT_ONCE as usize + 1];
        std::fs::write(&alone, &bytes).unwrap();
        std::fs::write(&named, &bytes).unwrap();
        std::fs::hard_link(&named, &name).unwrap();
        let mut unlinked = Unlinked::default();
        unlinked.remove(&alone).unwrap();
        unlinked.remove(&named).unwrap();
        assert!(!alone.exists() && !named.exists() && unlinked.remove(&alone).is_err());
        let handle = unlinked.0[0].try_clone().unwrap();
        unlinked.free_in_pieces();
        assert_eq!(handle.metadata().unwrap().len(), 1);
        assert!(std::fs::read(&name).unwrap() == bytes);
    }
}
