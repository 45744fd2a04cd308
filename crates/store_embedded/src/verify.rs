//! Reads a data directory or a backup from end to end, and says what is not as it should be.
//!
//! Every file against its checksum, every page of every table, the indexes against the rows, each record in one place only, the
//! ledger against what is stored, the log, the manifest. Nothing is changed.

mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::{Damage, Ledger, StoreError, TimeRange, with_causes};

use crate::backup;
use crate::damage::{check_file, check_files};
use crate::flush::blocking;
use crate::lock::lock_directory;
use crate::manifest::{FILE_NAME, Manifest, Rebuilt, State, notes_of_folders, rebuild};
use crate::segment::{Description, Segment, directory_of_segment, directory_of_segments};
use crate::wal::{self, directory_of_wal};

use rows::Rows;

/// Told how many bytes of how many were read.
pub type VerifyProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What was read, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    pub is_backup: bool,
    pub segments: u64,
    pub files: u64,
    pub bytes: u64,
    pub spans: u64,
    pub logs: u64,
    pub points: u64,
    /// Records of the write-ahead log, each one group of appends.
    pub wal_records: u64,
    /// Of what came into segments; what is in the log comes on top.
    pub ledger: Ledger,
    /// Of the records counted as stored, those that were deleted since.
    pub deleted: u64,
    /// Everything that is not as it should be; nothing where all is well.
    pub findings: Vec<Damage>,
}

/// Reads everything in a directory that no server has open, or in a backup.
pub async fn verify(directory: &Path, progress: VerifyProgress) -> Result<Verified, StoreError> {
    let is_backup = backup::is_backup(directory);
    if !is_backup && !directory.join(FILE_NAME).exists() && !directory_of_segments(directory).is_dir() {
        return Err(StoreError::Invalid(format!("`{}` is no data directory and no backup", directory.display())));
    }
    let _lock = if is_backup { None } else { Some(lock_directory(directory)?) };
    let mut verifier =
        Verifier { directory: directory.to_owned(), found: Verified { is_backup, ..Verified::default() }, rows: Rows::default() };
    let (state, ledger) = verifier.manifest().await?;
    verifier.segments(&state, progress).await?;
    verifier.log(&state).await?;
    verifier.sums(ledger, state.deleted);
    if is_backup {
        verifier.files_of_backup().await?;
    }
    Ok(verifier.found)
}

/// Makes the manifest of a directory anew from its segments.
pub async fn rebuild_manifest(directory: &Path) -> Result<Rebuilt, StoreError> {
    if !directory_of_segments(directory).is_dir() {
        return Err(StoreError::Invalid(format!("`{}` is no data directory", directory.display())));
    }
    let _lock = lock_directory(directory)?;
    rebuild(directory).await
}

struct Verifier {
    directory: PathBuf,
    found: Verified,
    rows: Rows,
}

impl Verifier {
    fn finding(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.found.findings.push(Damage { name: name.into(), reason: reason.into() });
    }

    /// Reads the manifest; where it cannot be read, what the folders of segments say, without a ledger.
    async fn manifest(&mut self) -> Result<(State, Option<Ledger>), StoreError> {
        self.found.files += 1;
        match self.read_manifest().await {
            Ok((state, ledger)) => {
                for (id, reason) in &state.unreadable {
                    self.finding(format!("segments/{id:010}"), reason);
                }
                Ok((state, Some(ledger)))
            }
            Err(error @ StoreError::Invalid(_)) => Err(error),
            Err(error) => {
                self.finding(FILE_NAME, with_causes(&error));
                let failed = |source| StoreError::failed(format!("failed to read `{}`", self.directory.display()), source);
                let (notes, left_out) = notes_of_folders(&directory_of_segments(&self.directory)).map_err(failed)?;
                self.found.findings.extend(left_out);
                let segments: Vec<_> = notes.into_iter().map(|note| note.description).collect();
                let flushed_sequence = segments.iter().map(|description| description.sequence_last).max().unwrap_or(0);
                Ok((State { segments, unreadable: Vec::new(), flushed_wal_file: 0, flushed_sequence, deleted: 0 }, None))
            }
        }
    }

    async fn read_manifest(&self) -> Result<(State, Ledger), StoreError> {
        let manifest =
            if self.found.is_backup { Manifest::open_to_read(&self.directory).await? } else { Manifest::open(&self.directory).await? };
        if let Some(wrong) = manifest.integrity().await? {
            return Err(StoreError::Damaged(wrong));
        }
        Ok((manifest.state().await?, manifest.ledger(TimeRange::default()).await?))
    }

    async fn segments(&mut self, state: &State, progress: VerifyProgress) -> Result<(), StoreError> {
        let bytes_all: u64 = state.segments.iter().map(Description::bytes).sum();
        let directory = directory_of_segments(&self.directory);
        for description in &state.segments {
            let (directory, description) = (directory.clone(), description.clone());
            let (read_before, progress) = (self.found.bytes, Arc::clone(&progress));
            self.found.segments += 1;
            self.found.files += description.files.len() as u64;
            self.found.bytes += description.bytes();
            let name = format!("segments/{:010}", description.id);
            let mut rows = std::mem::take(&mut self.rows);
            // What cannot be decoded may panic in a library; that is a finding too.
            let read = blocking(move || {
                let mut read = read_before;
                let wrong = check_files(&directory_of_segment(&directory, description.id), &description, |bytes| {
                    read += bytes as u64;
                    progress(read, bytes_all);
                    true
                });
                if wrong.is_empty() {
                    let segment = Segment::open(&directory, description)?;
                    let wrong = rows.read_segment(&segment)?;
                    return Ok((rows, wrong));
                }
                rows.is_incomplete = true;
                Ok((rows, wrong))
            });
            match read.await {
                Ok((rows, wrong)) => {
                    self.rows = rows;
                    wrong.into_iter().for_each(|reason| self.finding(name.as_str(), reason));
                }
                Err(error) => {
                    self.rows.is_incomplete = true;
                    self.finding(name, with_causes(&error));
                }
            }
        }
        self.rows.is_incomplete |= !state.unreadable.is_empty();
        Ok(())
    }

    async fn log(&mut self, state: &State) -> Result<(), StoreError> {
        let directory = directory_of_wal(&self.directory);
        if !directory.is_dir() {
            return Ok(());
        }
        let (file, sequence) = (state.flushed_wal_file, state.flushed_sequence);
        let mut rows = std::mem::take(&mut self.rows);
        let read = blocking(move || {
            let mut wrong = Vec::new();
            let found = wal::scan(&directory, file, sequence, |record| {
                wrong.extend(rows.read_record(&record)?);
                Ok(())
            })?;
            let failed = |source| StoreError::failed("failed to list the write-ahead log", source);
            Ok((rows, found, wrong, wal::kept_aside(&directory).map_err(failed)?))
        });
        let (rows, found, wrong, kept) = read.await?;
        self.rows = rows;
        self.found.wal_records = found.records;
        self.found.bytes += found.bytes;
        self.found.findings.extend(found.harm.into_iter().map(|harm| harm.damage));
        self.found.findings.extend(kept);
        wrong.into_iter().for_each(|reason| self.finding("wal", reason));
        Ok(())
    }

    /// Checks what only all of it together can tell.
    fn sums(&mut self, ledger: Option<Ledger>, deleted: u64) {
        (self.found.spans, self.found.logs, self.found.points) = (self.rows.spans, self.rows.logs, self.rows.points);
        let wrong = self.rows.wrong_together();
        wrong.into_iter().for_each(|reason| self.finding("rows", reason));
        let Some(ledger) = ledger else { return };
        // Rows that could not be read were counted when they came.
        if !self.rows.is_incomplete && ledger.stored != self.rows.stored_in_segments + deleted {
            let (stored, found) = (ledger.stored, self.rows.stored_in_segments);
            let reason = format!("it says that {stored} records are stored, {found} are in segments and {deleted} were deleted");
            self.finding("ledger", reason);
        }
        (self.found.ledger, self.found.deleted) = (ledger, deleted);
    }

    async fn files_of_backup(&mut self) -> Result<(), StoreError> {
        let directory = self.directory.clone();
        let read = blocking(move || {
            let list = backup::list_of(&directory)?;
            let mut wrong = Vec::new();
            for (name, seal) in list.files.iter().filter(|(name, _)| !name.starts_with("segments/")) {
                let reason = check_file(&directory.join(name), *seal, |_| true);
                wrong.extend(reason.map(|reason| Damage { name: name.clone(), reason }));
            }
            Ok(wrong)
        });
        self.found.findings.extend(read.await?);
        Ok(())
    }
}
