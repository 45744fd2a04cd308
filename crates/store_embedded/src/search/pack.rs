//! The files of tantivy indexes in one file: one to write, to force to disk, to name and to delete.
//!
//! Behind the files stand, as JSON, what the index was made of and where each file lies; then the length and CRC-32C of that JSON.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::HasLen;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{Directory, FileHandle, FileSlice, MmapDirectory, OwnedBytes, RamDirectory, WatchCallback, WatchHandle, WritePtr};

/// What an index was made of; another one is made where this is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Of the index: raised when what is in it changes.
    pub(crate) format: u32,
    /// Of the derivation of content.
    pub(crate) derivation: u32,
    /// Size and CRC-32C of the file of raw spans.
    pub(crate) content: (u64, u32),
    pub(crate) rows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    made: Made,
    /// Where the files of each part lie.
    parts: Vec<HashMap<PathBuf, Range<usize>>>,
}

/// Length and checksum of the directory.
const FOOTER_BYTES: usize = 8;

/// Writes parts one behind the other.
pub(super) struct PackWriter<W> {
    to: W,
    written: usize,
    parts: Vec<HashMap<PathBuf, Range<usize>>>,
}

impl<W: Write> PackWriter<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to, written: 0, parts: Vec::new() }
    }

    /// Takes the files of a finished index.
    pub(super) fn add(&mut self, directory: &RamDirectory, files: impl IntoIterator<Item = PathBuf>) -> io::Result<()> {
        let mut part = HashMap::new();
        for path in files {
            let file = directory.open_read(&path).map_err(io::Error::other)?;
            // Documents store nothing, and tantivy some bytes for each to say so.
            let is_store = path.extension().is_some_and(|extension| extension == "store");
            let bytes = if is_store { footer_of(&file)? } else { file.read_bytes()? };
            self.to.write_all(&bytes)?;
            part.insert(path, self.written..self.written + bytes.len());
            self.written += bytes.len();
        }
        self.parts.push(part);
        Ok(())
    }

    pub(super) fn finish(mut self, made: &Made) -> io::Result<W> {
        let directory = serde_json::to_vec(&Contents { made: made.clone(), parts: self.parts })?;
        self.to.write_all(&directory)?;
        self.to.write_all(&(directory.len() as u32).to_be_bytes())?;
        self.to.write_all(&crc32c::crc32c(&directory).to_be_bytes())?;
        Ok(self.to)
    }
}

/// The end of a file of tantivy, by which it knows its own: JSON, the length of that, and a number that is always the same.
fn footer_of(file: &FileSlice) -> io::Result<OwnedBytes> {
    const BEHIND_JSON: usize = 8;
    let too_short = || damaged("a file of an index is too short");
    let json_end = file.len().checked_sub(BEHIND_JSON).ok_or_else(too_short)?;
    let length = file.read_bytes_slice(json_end..json_end + 4)?;
    let length = u32::from_le_bytes(length.as_slice().try_into().map_err(io::Error::other)?) as usize;
    file.read_bytes_slice(json_end.checked_sub(length).ok_or_else(too_short)?..file.len())
}

/// A file that is open.
#[derive(Clone)]
pub(super) struct Pack {
    pub(super) made: Made,
    pub(super) parts: Vec<PackedDirectory>,
    /// All of it.
    pub(super) file: FileSlice,
}

/// Opens a file; an error of kind `NotFound` where there is none, `InvalidData` where it is damaged.
///
/// The parts are mapped and not looked at: each look makes up to 2 MB around it resident.
pub(super) fn open(path: &Path) -> io::Result<Pack> {
    let (contents, parts_end) = read_contents(&std::fs::File::open(path)?)?;
    let (folder, name) = (path.parent().unwrap_or(Path::new(".")), path.file_name().unwrap_or_default());
    let file = MmapDirectory::open(folder).map_err(io::Error::other)?.open_read(Path::new(name)).map_err(io::Error::other)?;
    let Contents { made, parts } = contents;
    let parts = parts.into_iter().map(|files| {
        let files = files.into_iter().map(|(path, range)| match range.end <= parts_end.min(file.len()) && range.start <= range.end {
            true => Ok((path, file.slice(range))),
            false => Err(damaged("a part lies outside of it")),
        });
        Ok(PackedDirectory { files: Arc::new(files.collect::<io::Result<_>>()?) })
    });
    Ok(Pack { made, parts: parts.collect::<io::Result<_>>()?, file })
}

/// Reads the JSON at the end of a file; returns with it where that begins.
fn read_contents(file: &std::fs::File) -> io::Result<(Contents, usize)> {
    let length = file.metadata()?.len();
    let end = length.checked_sub(FOOTER_BYTES as u64).ok_or_else(|| damaged("it is too short"))?;
    let mut footer = [0; FOOTER_BYTES];
    file.read_exact_at(&mut footer, end)?;
    let [a, b, c, d, checksum @ ..] = footer;
    let start = end.checked_sub(u64::from(u32::from_be_bytes([a, b, c, d]))).ok_or_else(|| damaged("its end is no end"))?;
    let mut json = vec![0; (end - start) as usize];
    file.read_exact_at(&mut json, start)?;
    if crc32c::crc32c(&json) != u32::from_be_bytes(checksum) {
        return Err(damaged("its checksum does not fit"));
    }
    Ok((serde_json::from_slice(&json)?, start as usize))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Files that are only read.
#[derive(Debug, Clone)]
pub(super) struct PackedDirectory {
    files: Arc<HashMap<PathBuf, FileSlice>>,
}

impl PackedDirectory {
    fn file(&self, path: &Path) -> Result<&FileSlice, OpenReadError> {
        self.files.get(path).ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "a packed index does not change")
}

impl Directory for PackedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(self.file(path)?.clone()))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.files.contains_key(path))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let bytes = self.file(path)?.read_bytes().map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
        Ok(bytes.to_vec())
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_owned() })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.to_owned()))
    }

    fn atomic_write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
