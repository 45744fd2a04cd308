//! Appends records to the newest file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::{StoreError, with_causes};
use tracing::warn;

use super::path_of_file;
use super::record::{Encoder, Record};
use crate::files::{AppendFile, FileMaker, is_want_of_room};
use crate::limits;

pub(crate) struct WalWriter {
    directory: PathBuf,
    files: Arc<dyn FileMaker>,
    encoder: Encoder,
    number: u64,
    file: Box<dyn AppendFile>,
    file_bytes: u64,
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
    pub(crate) fn create(directory: &Path, number: u64, files: Arc<dyn FileMaker>) -> Result<Self, StoreError> {
        let encoder = Encoder::new()?;
        let (file, file_bytes) = create_file(directory, number, files.as_ref(), &encoder)?;
        Ok(Self { directory: directory.to_owned(), files, encoder, number, file, file_bytes })
    }

    /// Encodes a record; nothing is written yet.
    pub(crate) fn encode(&mut self, record: &Record) -> Result<(), StoreError> {
        self.encoder.encode(record)
    }

    /// Writes the record that was encoded last; when this returns, it is on disk. Returns how many bytes it has there.
    pub(crate) fn append(&mut self) -> Result<u64, AppendError> {
        if self.file_bytes > limits::WAL_FILE_BYTES
            && let Err(error) = self.rotate()
        {
            // A longer file is no harm; without room for a new one there may be some at the end of this one.
            warn!(error = with_causes(&error), "the write-ahead log goes on in a file that is long enough");
        }
        let encoded = self.encoder.encoded();
        if let Err(source) = self.file.append(encoded) {
            return Err(self.cut_back(source));
        }
        // What a failed sync leaves is not known, whatever its reason: even a full disk may have kept a part.
        self.file.sync().map_err(|source| AppendError::Unknown(self.failed("sync", source)))?;
        self.file_bytes += encoded.len() as u64;
        Ok(encoded.len() as u64)
    }

    /// Takes away what a failed write has left behind the last good record.
    fn cut_back(&mut self, source: io::Error) -> AppendError {
        if !is_want_of_room(&source) {
            return AppendError::Unknown(self.failed("write", source));
        }
        match self.file.cut(self.file_bytes) {
            Ok(()) => AppendError::NoRoom(self.failed("write", source)),
            Err(error) => AppendError::Unknown(self.failed("cut", error)),
        }
    }

    fn failed(&self, what: &str, source: io::Error) -> StoreError {
        StoreError::failed(format!("failed to {what} {}", path_of_file(&self.directory, self.number).display()), source)
    }

    /// Goes on in a new file; returns the number of the one that is complete.
    pub(crate) fn rotate(&mut self) -> Result<u64, StoreError> {
        let (file, file_bytes) = create_file(&self.directory, self.number + 1, self.files.as_ref(), &self.encoder)?;
        let complete = self.number;
        (self.file, self.file_bytes, self.number) = (file, file_bytes, complete + 1);
        Ok(complete)
    }
}

fn create_file(directory: &Path, number: u64, files: &dyn FileMaker, encoder: &Encoder) -> Result<(Box<dyn AppendFile>, u64), StoreError> {
    let path = path_of_file(directory, number);
    let failed = |source| StoreError::failed(format!("failed to create {}", path.display()), source);
    // Numbers go up by one and are given here alone: what stands there is a try of ours that failed.
    if path.exists() {
        std::fs::remove_file(&path).map_err(failed)?;
    }
    let header = encoder.file_header(number);
    let begin = || {
        let mut file = files.create(&path)?;
        file.append(&header)?;
        file.sync()?;
        Ok(file)
    };
    match begin() {
        Ok(file) => Ok((file, header.len() as u64)),
        Err(source) => {
            // Without a whole head it is removed by the next try, or at the next start.
            let _ = std::fs::remove_file(&path);
            Err(failed(source))
        }
    }
}
