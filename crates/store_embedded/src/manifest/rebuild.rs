//! A manifest made anew from what stands in the folders of segments.
//!
//! Everything comes back but the counts of times in which nothing was stored, only duplicates or refusals, or of which nothing is left.

use std::collections::BTreeSet;
use std::path::Path;

use store::{Damage, StoreError};

use super::{FILE_NAME, FolderNote, Manifest, insert_segment, signed};
use crate::files::sync_directory;
use crate::segment::{directory_of_segment, directory_of_segments};

/// What a new manifest names, and what it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebuilt {
    pub segments: u64,
    pub rows: u64,
    /// Folders that do not say what they are.
    pub left_out: Vec<Damage>,
}

/// Puts the manifest there is aside and makes another; nobody else may use the directory meanwhile.
pub(crate) async fn rebuild(directory: &Path) -> Result<Rebuilt, StoreError> {
    let segments = directory_of_segments(directory);
    let failed = |source| StoreError::failed(format!("failed to make the manifest of `{}` anew", directory.display()), source);
    take_back_forgotten(&segments).map_err(failed)?;
    let (notes, left_out) = notes_of_folders(&segments).map_err(failed)?;
    let flushed_wal_file = crate::wal::number_first(&crate::wal::directory_of_wal(directory)).map_err(failed)?.map_or(0, |first| first - 1);
    put_aside(directory).map_err(failed)?;
    // The folders are named again before anybody opens the store, so that none is taken for a leftover.
    let manifest = Manifest::create(directory).await?;
    manifest.fill(&notes, flushed_wal_file).await?;
    let rows = notes.iter().map(|note| note.description.rows()).sum();
    Ok(Rebuilt { segments: notes.len() as u64, rows, left_out })
}

/// Gives folders that an earlier start kept, since the manifest had forgotten them, their place again.
fn take_back_forgotten(segments: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(segments)? {
        let folder = entry?.path();
        let Ok(note) = FolderNote::read(&folder) else { continue };
        let place = directory_of_segment(segments, note.description.id);
        if folder != place && !place.exists() {
            std::fs::rename(&folder, &place)?;
        }
    }
    sync_directory(segments)
}

/// Reads the notes of all folders, without those whose rows another has taken over.
pub(crate) fn notes_of_folders(segments: &Path) -> std::io::Result<(Vec<FolderNote>, Vec<Damage>)> {
    let (mut notes, mut left_out) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(segments)? {
        let folder = entry?.path();
        match FolderNote::read(&folder) {
            Ok(note) => notes.push(note),
            Err(reason) => {
                let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                left_out.push(Damage { name: format!("segments/{name}"), reason });
            }
        }
    }
    let replaced: BTreeSet<u64> = notes.iter().flat_map(|note| note.replaces.iter().copied()).collect();
    notes.retain(|note| !replaced.contains(&note.description.id));
    notes.sort_by_key(|note| note.description.id);
    left_out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((notes, left_out))
}

fn put_aside(directory: &Path) -> std::io::Result<()> {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let path = directory.join(format!("{FILE_NAME}{ending}"));
        if path.exists() {
            std::fs::rename(&path, directory.join(format!("{FILE_NAME}{ending}.damaged")))?;
        }
    }
    sync_directory(directory)
}

impl Manifest {
    async fn fill(&self, notes: &[FolderNote], flushed_wal_file: u64) -> Result<(), StoreError> {
        use sqlx::Connection;
        let failed = super::failed("fill");
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(&failed)?;
        for note in notes {
            insert_segment(&mut transaction, &note.description).await?;
            for delta in &note.ledger {
                super::add_counts(&mut transaction, delta.minute_unix, &delta.ledger()).await?;
            }
        }
        let id_next = notes.iter().map(|note| note.description.id).max().unwrap_or(0) + 1;
        let flushed_sequence = notes.iter().map(|note| note.description.sequence_last).max().unwrap_or(0);
        let deleted = notes.iter().map(|note| note.deleted).sum();
        let set = sqlx::query("UPDATE state SET segment_next = ?, flushed_wal_file = ?, flushed_sequence = ?, deleted = ?");
        let set = set.bind(signed(id_next)).bind(signed(flushed_wal_file)).bind(signed(flushed_sequence)).bind(signed(deleted));
        set.execute(&mut *transaction).await.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)
    }
}
