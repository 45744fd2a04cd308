//! What stands about a segment in its own folder, so that a lost manifest is no lost segment.

use std::path::Path;

use serde::{Deserialize, Serialize};
use store::StoreError;

use super::seal::{read_sealed, sealed_bytes};
use crate::files::write_whole;
use crate::segment::{Description, directory_of_segment};
use crate::wal::LedgerDelta;

const NAME: &str = "segment.json";

/// Everything the manifest knows by a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FolderNote {
    pub(crate) description: Description,
    /// The segments whose rows it took over; their folders may still be there.
    pub(crate) replaces: Vec<u64>,
    /// What was counted while its rows came.
    pub(crate) ledger: Vec<LedgerDelta>,
    /// Of the records counted as stored, those that were deleted since.
    #[serde(default)]
    pub(crate) deleted: u64,
}

impl FolderNote {
    pub(crate) fn write(&self, segments: &Path) -> Result<(), StoreError> {
        let path = directory_of_segment(segments, self.description.id).join(NAME);
        let bytes = sealed_bytes(self)?;
        write_whole(&path, &bytes).map_err(|source| StoreError::failed(format!("failed to write {}", path.display()), source))
    }

    /// Takes the note away, so that a manifest made anew does not name a segment of which nothing is to be left.
    pub(crate) fn forget(folder: &Path) -> std::io::Result<()> {
        std::fs::remove_file(folder.join(NAME))
    }

    /// Reads the note of a folder, or says why there is none.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(folder.join(NAME)).map_err(|error| format!("{NAME}: {error}"))?;
        read_sealed(&bytes).map_err(|reason| format!("{NAME}: {reason}"))
    }
}
