//! Reads the log at start.
//!
//! A crash can harm the last record only, for every record before it was synced before it was begun, and nobody was told that
//! the harmed one is stored. So a harmed end is cut off with a warning. Harm before the end was done by something else, takes
//! acknowledged records with it, and is an error that names the place.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use store::StoreError;
use tracing::warn;

use super::numbered_files;
use super::record::{Damage, Decoder, FRAME_BYTES, Record, offset_of_next_record, payload_at};

/// Where the log ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// The newest file there is or was; the next one has a higher number.
    pub(crate) file_last: u64,
    pub(crate) sequence_last: u64,
    /// Of the files that were read.
    pub(crate) bytes: u64,
}

/// Hands over every record behind the flushed ones, in order.
pub(crate) fn replay(
    directory: &Path,
    flushed_file: u64,
    flushed_sequence: u64,
    mut take: impl FnMut(Record) -> Result<(), StoreError>,
) -> Result<Replayed, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to read the write-ahead log in {}", directory.display()), source);
    let files: Vec<_> = numbered_files(directory).map_err(failed)?.into_iter().filter(|(number, _)| *number > flushed_file).collect();
    let mut replayed = Replayed { file_last: flushed_file, sequence_last: flushed_sequence, bytes: 0 };
    for (index, (number, path)) in files.iter().enumerate() {
        if *number != replayed.file_last + 1 {
            return Err(StoreError::Damaged(format!("{} follows file {}: a file is missing", path.display(), replayed.file_last)));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let file = LogFile { path, number: *number, bytes: &bytes, is_last: index + 1 == files.len() };
        file.replay(&mut replayed, &mut take)?;
    }
    Ok(replayed)
}

struct LogFile<'a> {
    path: &'a Path,
    number: u64,
    bytes: &'a [u8],
    is_last: bool,
}

impl LogFile<'_> {
    fn replay(&self, replayed: &mut Replayed, take: &mut impl FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let decoder = match Decoder::new(self.bytes, self.number) {
            Ok(decoder) => decoder,
            Err(damage) => return self.cut(0, &damage),
        };
        replayed.file_last = self.number;
        let mut offset = decoder.header_length;
        while offset < self.bytes.len() {
            let payload = match payload_at(self.bytes, offset) {
                Ok(payload) => payload,
                Err(damage) => return self.cut(offset, &damage),
            };
            // Its checksum is right, so a record that cannot be read was written so.
            let record = decoder.record(payload).map_err(|damage| self.damaged(offset, &damage))?;
            if record.head.sequence_first != replayed.sequence_last + 1 {
                let gap = format!("it begins at {}, after {}", record.head.sequence_first, replayed.sequence_last);
                return Err(self.damaged(offset, &gap));
            }
            replayed.sequence_last = record.head.sequence_last;
            take(record)?;
            offset += FRAME_BYTES + payload.len();
        }
        replayed.bytes += offset as u64;
        Ok(())
    }

    /// Cuts a harmed end off, unless records behind it say that it is no end.
    fn cut(&self, offset: usize, damage: &Damage) -> Result<(), StoreError> {
        if let Some(next) = offset_of_next_record(self.bytes, offset + 1) {
            return Err(self.damaged(offset, &format!("{damage}, and a good record follows at {next}")));
        }
        if !self.is_last {
            return Err(self.damaged(offset, &format!("{damage}, and a file follows")));
        }
        let bytes = self.bytes.len() - offset;
        warn!(file = %self.path.display(), offset, bytes, damage, "cut an unfinished record off the write-ahead log: it was never acknowledged");
        self.truncate(offset).map_err(|source| StoreError::failed(format!("failed to cut {}", self.path.display()), source))
    }

    fn truncate(&self, offset: usize) -> io::Result<()> {
        if offset == 0 {
            // Not even its head was finished; the next file takes its number.
            std::fs::remove_file(self.path)?;
            return crate::files::sync_directory(self.path.parent().unwrap_or(Path::new(".")));
        }
        let file = OpenOptions::new().write(true).open(self.path)?;
        file.set_len(offset as u64)?;
        file.sync_all()
    }

    fn damaged(&self, offset: usize, damage: &str) -> StoreError {
        StoreError::Damaged(format!("{} at byte {offset}: {damage}", self.path.display()))
    }
}
