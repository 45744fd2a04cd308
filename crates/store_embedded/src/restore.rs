//! A data directory made from a backup.

use std::path::Path;

use store::StoreError;

use crate::backup::{copy_file, list_of};
use crate::files::sync_directory;
use crate::flush::blocking;
use crate::manifest::FILE_NAME;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restored {
    pub files: u64,
    pub bytes: u64,
    pub rows: u64,
}

/// Copies a backup into a new or empty directory, each file against its checksum.
///
/// The manifest comes last: what breaks off before it is no data directory and is not taken for one.
pub async fn restore(backup: &Path, target: &Path) -> Result<Restored, StoreError> {
    let (backup, target) = (backup.to_owned(), target.to_owned());
    blocking(move || copy_all(&backup, &target)).await
}

fn copy_all(backup: &Path, target: &Path) -> Result<Restored, StoreError> {
    let list = list_of(backup)?;
    let failed = |source| StoreError::failed(format!("failed to write `{}`", target.display()), source);
    std::fs::create_dir_all(target).map_err(failed)?;
    if std::fs::read_dir(target).map_err(failed)?.next().is_some() {
        return Err(StoreError::Invalid(format!("`{}` is not empty: a backup is restored into a folder of its own", target.display())));
    }
    let (manifest, others): (Vec<_>, Vec<_>) = list.files.iter().partition(|(name, _)| *name == FILE_NAME);
    let mut restored = Restored { rows: list.rows, ..Restored::default() };
    for (name, seal) in others.into_iter().chain(manifest) {
        let (from, to) = (backup.join(name), target.join(name));
        let folder = to.parent().unwrap_or(target);
        std::fs::create_dir_all(folder).map_err(failed)?;
        if copy_file(&from, &to)? != *seal {
            // A manifest with a wrong byte in unused space would be a right one.
            std::fs::remove_file(&to).map_err(failed)?;
            return Err(StoreError::Damaged(format!(
                "{}: its size or checksum does not match, nothing usable was restored",
                from.display()
            )));
        }
        sync_directory(folder).map_err(failed)?;
        restored.files += 1;
        restored.bytes += seal.bytes;
    }
    let folders = [target.join("segments"), target.to_owned()];
    folders.iter().filter(|folder| folder.is_dir()).try_for_each(|folder| sync_directory(folder)).map_err(failed)?;
    Ok(restored)
}
