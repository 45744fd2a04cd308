//! A copy of everything acknowledged so far, made while records arrive and questions are asked.
//!
//! It is a data directory without a log, and `backup.json`, written last: every file with its size and checksum. A directory
//! without that file is no backup, whatever else is in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::{BackupReceipt, BackupRest, Damage, StoreError};

use crate::damage::{seal_of_file, set_aside_if_damaged};
use crate::engine::Engine;
use crate::files::{sync_directory, write_whole};
use crate::flush::{Flusher, blocking};
use crate::limits;
use crate::manifest::{FILE_NAME, read_sealed, sealed_bytes};
use crate::segment::{FileSeal, Segment};

const LIST: &str = "backup.json";
const FORMAT_VERSION: u32 = 1;

/// What a backup holds, by path inside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BackupList {
    format_version: u32,
    pub(crate) rows: u64,
    pub(crate) files: BTreeMap<String, FileSeal>,
}

/// Whether a directory holds a whole backup.
pub(crate) fn is_backup(directory: &Path) -> bool {
    directory.join(LIST).exists()
}

/// Reads what a backup holds.
pub(crate) fn list_of(directory: &Path) -> Result<BackupList, StoreError> {
    let path = directory.join(LIST);
    let bytes = std::fs::read(&path)
        .map_err(|source| StoreError::failed(format!("failed to read `{}`: without it this is no whole backup", path.display()), source))?;
    let list: BackupList = read_sealed(&bytes).map_err(|reason| StoreError::Damaged(format!("{}: {reason}", path.display())))?;
    if list.format_version != FORMAT_VERSION {
        return Err(StoreError::Invalid(format!("the backup has the format {}, this version reads {FORMAT_VERSION}", list.format_version)));
    }
    Ok(list)
}

/// Copies the store into an empty or new directory; `rest` adds what others keep beside it.
pub(crate) async fn backup(engine: &Arc<Engine>, flusher: &Flusher, target: &Path, rest: BackupRest) -> Result<BackupReceipt, StoreError> {
    make_empty(target)?;
    flusher.flush().await?;
    let (segments, damaged) = {
        // Manifest and segments of one moment: nothing is flushed or merged meanwhile. The segments are held until they are copied.
        let _still = flusher.still().await;
        engine.manifest.copy_to(&target.join(FILE_NAME)).await?;
        let shared = engine.read();
        (Arc::clone(&shared.segments), shared.set_aside.iter().map(|segment| segment.damage.clone()).collect())
    };
    let mut copy = Copy { target: target.to_owned(), files: BTreeMap::new(), rows: 0, damaged };
    let engine = Arc::clone(engine);
    let copied = blocking(move || {
        for segment in segments.iter() {
            copy.segment(&engine, segment)?;
        }
        Ok(copy)
    });
    let mut copy = copied.await?;
    rest.await?;
    blocking(move || {
        copy.rest()?;
        copy.finish()
    })
    .await
}

fn make_empty(target: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::failed(format!("failed to create `{}`", target.display()), source);
    std::fs::create_dir_all(target.join("segments")).map_err(failed)?;
    let mut entries = std::fs::read_dir(target).map_err(failed)?;
    let is_other = |entry: &std::io::Result<std::fs::DirEntry>| entry.as_ref().is_ok_and(|entry| entry.file_name() != "segments");
    let is_filled = std::fs::read_dir(target.join("segments")).map_err(failed)?.next().is_some();
    if is_filled || entries.any(|entry| is_other(&entry)) {
        return Err(StoreError::Invalid(format!("`{}` is not empty: a backup wants a folder of its own", target.display())));
    }
    Ok(())
}

struct Copy {
    target: PathBuf,
    files: BTreeMap<String, FileSeal>,
    rows: u64,
    damaged: Vec<Damage>,
}

impl Copy {
    /// Copies the files of a segment; one that is not as it was written is left out and told.
    fn segment(&mut self, engine: &Engine, segment: &Segment) -> Result<(), StoreError> {
        let name = format!("segments/{:010}", segment.description.id);
        let folder = self.target.join(&name);
        std::fs::create_dir(&folder).map_err(|source| copy_failed(&folder, source))?;
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(segment.directory()).map_err(|source| copy_failed(segment.directory(), source))? {
            let path = entry.map_err(|source| copy_failed(segment.directory(), source))?.path();
            let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            let seal = copy_file(&path, &folder.join(&file))?;
            files.insert(file, seal);
        }
        let is_as_written = segment.description.files.iter().all(|(file, seal)| files.get(file) == Some(seal));
        if !is_as_written {
            set_aside_if_damaged(engine, segment);
            let reason = "it is not as it was written and is left out of the backup".into();
            self.damaged.push(Damage { name, reason });
            return std::fs::remove_dir_all(&folder).map_err(|source| copy_failed(&folder, source));
        }
        self.files.extend(files.into_iter().map(|(file, seal)| (format!("{name}/{file}"), seal)));
        self.rows += segment.rows();
        sync_directory(&folder).map_err(|source| copy_failed(&folder, source))
    }

    /// Takes in the files that stand beside the segments.
    fn rest(&mut self) -> Result<(), StoreError> {
        let target = self.target.clone();
        for entry in std::fs::read_dir(&target).map_err(|source| copy_failed(&target, source))? {
            let path = entry.map_err(|source| copy_failed(&target, source))?.path();
            if path.is_file() {
                let synced = File::open(&path).and_then(|file| file.sync_all());
                synced.map_err(|source| copy_failed(&path, source))?;
                let seal = seal_of_file(&path, |_| true).map_err(|source| copy_failed(&path, source))?;
                self.files.insert(path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), seal);
            }
        }
        Ok(())
    }

    /// Writes the list: from now on it is a backup.
    fn finish(self) -> Result<BackupReceipt, StoreError> {
        let Self { target, files, rows, damaged } = self;
        sync_directory(&target.join("segments")).map_err(|source| copy_failed(&target, source))?;
        let bytes = files.values().map(|seal| seal.bytes).sum();
        let receipt = BackupReceipt { files: files.len() as u64, bytes, rows, damaged };
        let list = sealed_bytes(&BackupList { format_version: FORMAT_VERSION, rows, files })?;
        write_whole(&target.join(LIST), &list).map_err(|source| copy_failed(&target.join(LIST), source))?;
        Ok(receipt)
    }
}

/// Copies a file onto disk; returns what was read.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<FileSeal, StoreError> {
    let mut source = File::open(from).map_err(|error| copy_failed(from, error))?;
    let mut copy = File::create_new(to).map_err(|error| copy_failed(to, error))?;
    let mut seal = FileSeal { bytes: 0, crc32c: 0 };
    let mut buffer = vec![0; limits::CHECK_CHUNK_BYTES];
    loop {
        let bytes = source.read(&mut buffer).map_err(|error| copy_failed(from, error))?;
        if bytes == 0 {
            break;
        }
        copy.write_all(&buffer[..bytes]).map_err(|error| copy_failed(to, error))?;
        seal.crc32c = crc32c::crc32c_append(seal.crc32c, &buffer[..bytes]);
        seal.bytes += bytes as u64;
    }
    copy.sync_all().map_err(|error| copy_failed(to, error))?;
    Ok(seal)
}

fn copy_failed(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::failed(format!("failed to copy `{}`", path.display()), source)
}
