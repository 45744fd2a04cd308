//! Folders of segments that the manifest does not name, looked at once at start.
//!
//! Most are left from a flush or a merge that did not come to its end, or from segments that were merged: their rows are in the log
//! or in other segments, and they go. One that is whole and whose rows are nowhere else was lost by the manifest: it is kept and told.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use store::Damage;
use tracing::{error, info};

use crate::files::sync_directory;
use crate::manifest::{FolderNote, State};
use crate::segment::directory_of_segment;
use crate::wal::Scan;

const EXTENSION_KEPT: &str = "damaged";

/// What the manifest and the log have.
pub(crate) struct Found<'a> {
    pub(crate) state: &'a State,
    pub(crate) replayed: &'a Scan,
}

impl Found<'_> {
    fn names(&self) -> HashSet<u64> {
        let unreadable = self.state.unreadable.iter().map(|(id, _)| *id);
        self.state.segments.iter().map(|description| description.id).chain(unreadable).collect()
    }

    /// Whether rows up to a version are in segments the manifest names, or in the log.
    fn has_rows_until(&self, sequence: u64) -> bool {
        let in_segments = self.state.segments.iter().map(|description| description.sequence_last).max().unwrap_or(0);
        let in_log = if self.replayed.harm.is_empty() { self.replayed.sequence_last } else { 0 };
        sequence <= in_segments.max(self.state.flushed_sequence).max(in_log)
    }
}

/// Removes folders that are of no use; returns those that are kept.
pub(crate) fn tidy_up(segments: &Path, found: &Found<'_>) -> io::Result<Vec<Damage>> {
    let known: HashSet<PathBuf> = found.names().into_iter().map(|id| directory_of_segment(segments, id)).collect();
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(segments)? {
        let path = entry?.path();
        if known.contains(&path) || !path.is_dir() {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == EXTENSION_KEPT) {
            kept.push(damage(&path));
        } else if FolderNote::read(&path).is_ok_and(|note| !found.has_rows_until(note.description.sequence_last)) {
            let aside = path.with_extension(EXTENSION_KEPT);
            error!(path = %path.display(), "a segment is not named by the manifest and its rows are nowhere else: it is kept as `{}`", aside.display());
            std::fs::rename(&path, &aside)?;
            sync_directory(segments)?;
            kept.push(damage(&aside));
        } else {
            info!(path = %path.display(), "removed a segment that the manifest does not name: its rows are in the write-ahead log or in another segment");
            std::fs::remove_dir_all(&path)?;
        }
    }
    Ok(kept)
}

fn damage(path: &Path) -> Damage {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Damage { name: format!("segments/{name}"), reason: "the manifest does not name it; `clew verify --rebuild` takes it in again".into() }
}
