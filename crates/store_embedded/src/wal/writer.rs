//! Writes records to the newest file, one behind the other.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::{StoreError, with_causes};
use tracing::warn;

use super::frames::Mark;
use super::record::{Encoder, Record};
use super::{Spares, path_of_file, path_of_spare};
use crate::files::{FileMaker, LogFile, is_want_of_room, sync_directory};
use crate::limits;

pub(crate) struct WalWriter {
    directory: PathBuf,
    files: Arc<dyn FileMaker>,
    spares: Arc<Spares>,
    encoder: Encoder,
    number: u64,
    begun: Begun,
}

/// The file that is being written.
struct Begun {
    file: Box<dyn LogFile>,
    mark: Mark,
    /// Where its last record ends.
    bytes: u64,
}

/// What became of a record that could not be written.
#[derive(Debug)]
pub(crate) enum AppendError {
    /// Nothing of it is in the log, and there may be room for it later.
    NoRoom(StoreError),
    /// Nobody knows what is on disk: the caller must not append any more.
    Unknown(StoreError),
}

impl WalWriter {
    /// Begins a new file; the ones before it are left alone.
    pub(crate) fn create(directory: &Path, number: u64, files: Arc<dyn FileMaker>, spares: Arc<Spares>) -> Result<Self, StoreError> {
        let encoder = Encoder::new()?;
        let begun = begin_file(directory, number, files.as_ref(), &spares, &encoder)?;
        Ok(Self { directory: directory.to_owned(), files, spares, encoder, number, begun })
    }

    /// Encodes a record; nothing is written yet.
    pub(crate) fn encode(&mut self, record: &Record) -> Result<(), StoreError> {
        self.encoder.encode(record)
    }

    /// Writes the record that was encoded last; when this returns, it is on disk. Returns how many bytes it has there.
    pub(crate) fn append(&mut self) -> Result<u64, AppendError> {
        if self.begun.bytes > limits::WAL_FILE_BYTES
            && let Err(error) = self.rotate()
        {
            // A longer file is no harm; without room for a new one there may be some at the end of this one.
            warn!(error = with_causes(&error), "the write-ahead log goes on in a file that is long enough");
        }
        let Begun { file, mark, bytes } = &mut self.begun;
        let framed = self.encoder.framed(*mark);
        if let Err(source) = file.write_at(framed, *bytes) {
            return Err(self.cut_back(source));
        }
        // What a failed sync leaves is not known, whatever its reason: even a full disk may have kept a part.
        let (synced, written) = (file.sync(), framed.len() as u64);
        synced.map_err(|source| AppendError::Unknown(self.failed("sync", source)))?;
        self.begun.bytes += written;
        Ok(written)
    }

    /// Takes away what a failed write has left behind the last good record: the next one may come into another file.
    fn cut_back(&mut self, source: io::Error) -> AppendError {
        if !is_want_of_room(&source) {
            return AppendError::Unknown(self.failed("write", source));
        }
        match self.forget() {
            Ok(()) => AppendError::NoRoom(self.failed("write", source)),
            Err(error) => AppendError::Unknown(error),
        }
    }

    /// Takes away what stands behind the last record, as what the file held before it was written over.
    pub(crate) fn forget(&mut self) -> Result<(), StoreError> {
        self.begun.file.cut(self.begun.bytes).map_err(|source| self.failed("cut", source))
    }

    fn failed(&self, what: &str, source: io::Error) -> StoreError {
        StoreError::failed(format!("failed to {what} {}", path_of_file(&self.directory, self.number).display()), source)
    }

    /// Goes on in a new file; returns the number of the one that is complete.
    pub(crate) fn rotate(&mut self) -> Result<u64, StoreError> {
        self.begun = begin_file(&self.directory, self.number + 1, self.files.as_ref(), &self.spares, &self.encoder)?;
        self.number += 1;
        Ok(self.number - 1)
    }
}

/// Begins a file where one can be written over, or else a new one.
///
/// It has its name only once its head is on disk: no crash leaves half a head, or the head of another file, under a number of the log.
fn begin_file(directory: &Path, number: u64, files: &dyn FileMaker, spares: &Spares, encoder: &Encoder) -> Result<Begun, StoreError> {
    let path = path_of_file(directory, number);
    let unnamed = spares.take().unwrap_or_else(|| path_of_spare(directory, number));
    let mark = Mark::new(number);
    let header = encoder.file_header(number, mark);
    let begin = || -> io::Result<Box<dyn LogFile>> {
        let mut file = files.open(&unnamed)?;
        file.write_at(&header, 0)?;
        file.sync()?;
        // Numbers go up by one and are given here alone: what may have the name is a try of ours that failed.
        std::fs::rename(&unnamed, &path)?;
        sync_directory(directory)?;
        Ok(file)
    };
    match begin() {
        Ok(file) => Ok(Begun { file, mark, bytes: header.len() as u64 }),
        Err(source) => {
            // The log goes on in the file before. What stays under the first name is removed at the next start.
            let _ = (std::fs::remove_file(&unnamed), std::fs::remove_file(&path));
            Err(StoreError::failed(format!("failed to create {}", path.display()), source))
        }
    }
}
