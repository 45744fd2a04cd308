//! Appends records to the newest file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::StoreError;

use super::path_of_file;
use super::record::{Encoder, Record};
use crate::files::{AppendFile, FileMaker};
use crate::limits;

pub(crate) struct WalWriter {
    directory: PathBuf,
    files: Arc<dyn FileMaker>,
    encoder: Encoder,
    number: u64,
    file: Box<dyn AppendFile>,
    file_bytes: u64,
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
    ///
    /// After an error nobody knows what is on disk, so the caller must not append any more.
    pub(crate) fn append(&mut self) -> Result<u64, StoreError> {
        if self.file_bytes > limits::WAL_FILE_BYTES {
            self.rotate()?;
        }
        let failed =
            |source| StoreError::failed(format!("failed to write {}", path_of_file(&self.directory, self.number).display()), source);
        let encoded = self.encoder.encoded();
        self.file.append_durably(encoded).map_err(failed)?;
        self.file_bytes += encoded.len() as u64;
        Ok(encoded.len() as u64)
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
    let header = encoder.file_header(number);
    let mut file = files.create(&path).map_err(failed)?;
    file.append_durably(&header).map_err(failed)?;
    Ok((file, header.len() as u64))
}
