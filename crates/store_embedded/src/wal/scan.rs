//! Reads the log from one end to the other, around whatever is harmed.
//!
//! A crash can harm the last record only, for every record before it was synced before it was begun, and nobody was told that
//! the harmed one is stored: that is an unfinished end, known by what is missing behind it (`frames`). Everything else was done by
//! something else and may have taken acknowledged records with it. It is told with its place and the numbers of the rows that are
//! missing, and reading goes on with the next record that is whole. Nothing is changed on disk here.

use std::path::{Path, PathBuf};

use store::{Damage, StoreError};

use super::frames::{Frames, Rest};
use super::numbered_files;
use super::record::{Decoder, HeadError, Record};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The newest file that holds anything.
    pub(crate) file_last: u64,
    pub(crate) sequence_last: u64,
    /// Of the files that were read, from their heads to the ends of their last records.
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    pub(crate) harm: Vec<Harm>,
    pub(crate) unfinished: Option<Unfinished>,
    /// Of files that are longer than what was written to them last.
    pub(super) ends: Vec<End>,
}

/// Where the last record of a file ends; what stands behind it is of no record, and may be of what the file held before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) path: PathBuf,
    pub(super) offset: u64,
}

/// A place where acknowledged records may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Harm {
    pub(crate) path: PathBuf,
    pub(crate) damage: Damage,
}

/// An end that is no record: it was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) path: PathBuf,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// Hands over every whole record behind the flushed ones, in order.
pub(crate) fn scan(
    directory: &Path,
    flushed_file: u64,
    flushed_sequence: u64,
    take: impl FnMut(Record) -> Result<(), StoreError>,
) -> Result<Scan, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to read the write-ahead log in {}", directory.display()), source);
    let files: Vec<_> = numbered_files(directory).map_err(failed)?.into_iter().filter(|(number, _)| *number > flushed_file).collect();
    let found = Scan { file_last: flushed_file, sequence_last: flushed_sequence, ..Scan::default() };
    let mut scanner = Scanner { found, missing_since: None, take };
    for (index, (number, path)) in files.iter().enumerate() {
        for missing in scanner.found.file_last + 1..*number {
            scanner.begin_harm(&super::path_of_file(directory, missing), "the file is missing".into());
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        scanner.file(&LogFile { path, number: *number, bytes: &bytes, is_last: index + 1 == files.len() })?;
    }
    let rest = format!("the rows from {} on are lost, if there were any", scanner.found.sequence_last + 1);
    scanner.end_harm(&rest);
    Ok(scanner.found)
}

struct LogFile<'a> {
    path: &'a Path,
    number: u64,
    bytes: &'a [u8],
    is_last: bool,
}

struct Scanner<Take> {
    found: Scan,
    /// Harm whose extent the next whole record will tell.
    missing_since: Option<Harm>,
    take: Take,
}

impl<Take: FnMut(Record) -> Result<(), StoreError>> Scanner<Take> {
    fn file(&mut self, file: &LogFile<'_>) -> Result<(), StoreError> {
        let (decoder, mut offset) = match Decoder::new(file.bytes, file.number) {
            Ok(decoder) => {
                let offset = decoder.header_length;
                (decoder, offset)
            }
            Err(HeadError::OtherFormat(text)) => return Err(StoreError::Invalid(format!("{}: {text}", file.path.display()))),
            Err(HeadError::Harmed(damage)) => {
                let decoder = Decoder::of_harmed(file.bytes)?;
                let first = Frames { bytes: file.bytes, mark: decoder.mark }.first_from(0);
                if first.is_none() && file.is_last && file.bytes.len() <= decoder.header_length {
                    // Its head was not finished, so that no record was begun; the next file takes its number.
                    self.unfinished(file, 0, file.bytes.len());
                    return Ok(());
                }
                self.begin_harm(file.path, format!("at byte 0: {damage}"));
                (decoder, first.unwrap_or(file.bytes.len()))
            }
        };
        self.found.file_last = file.number;
        let frames = Frames { bytes: file.bytes, mark: decoder.mark };
        while offset < file.bytes.len() {
            let damage = match frames.payload_at(offset) {
                Ok(payload) => {
                    if !payload.is_empty() {
                        self.record(file, offset, decoder.record(payload))?;
                    }
                    offset += frames.frame_bytes() + payload.len();
                    continue;
                }
                Err(damage) => damage,
            };
            let next = frames.next_behind(offset);
            match next.map_or_else(|| frames.rest_from(offset), |_| Rest::Harmed) {
                Rest::Blank => break,
                Rest::Unfinished if file.is_last => {
                    self.unfinished(file, offset, frames.end_of(offset).unwrap_or(file.bytes.len()));
                    break;
                }
                Rest::Unfinished | Rest::Harmed => self.begin_harm(file.path, format!("at byte {offset}: {damage}")),
            }
            offset = next.unwrap_or(file.bytes.len());
        }
        self.found.bytes += offset.saturating_sub(decoder.header_length) as u64;
        if offset < file.bytes.len() {
            self.found.ends.push(End { path: file.path.to_owned(), offset: offset as u64 });
        }
        Ok(())
    }

    fn record(&mut self, file: &LogFile<'_>, offset: usize, record: Result<Record, String>) -> Result<(), StoreError> {
        let record = match record {
            Ok(record) => record,
            Err(damage) => {
                self.begin_harm(file.path, format!("at byte {offset}: {damage}"));
                return Ok(());
            }
        };
        let (first, last) = (record.head.sequence_first, record.head.sequence_last);
        if last <= self.found.sequence_last {
            // Its rows are in a segment already, or stand in the log twice.
            return Ok(());
        }
        if first > self.found.sequence_last + 1 && self.missing_since.is_none() {
            self.begin_harm(file.path, format!("at byte {offset}: records before it are missing"));
        }
        let expected = self.found.sequence_last + 1;
        let lost = if first > expected { format!("the rows {expected} to {} are lost", first - 1) } else { "no row is lost".into() };
        self.end_harm(&lost);
        self.found.sequence_last = last;
        self.found.records += 1;
        (self.take)(record)
    }

    fn unfinished(&mut self, file: &LogFile<'_>, offset: usize, end: usize) {
        let bytes = (end.min(file.bytes.len()) - offset) as u64;
        self.found.unfinished = Some(Unfinished { path: file.path.to_owned(), offset: offset as u64, bytes });
    }

    fn begin_harm(&mut self, path: &Path, reason: String) {
        self.end_harm("and more behind it");
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.missing_since = Some(Harm { path: path.to_owned(), damage: Damage { name: format!("wal/{name}"), reason } });
    }

    fn end_harm(&mut self, extent: &str) {
        if let Some(mut harm) = self.missing_since.take() {
            harm.damage.reason.push_str(&format!("; {extent}"));
            self.found.harm.push(harm);
        }
    }
}
