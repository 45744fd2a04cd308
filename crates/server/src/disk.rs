//! How much room there is where the data lies.

use std::path::{Path, PathBuf};

/// Room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// What this process may still write.
    pub(crate) free_bytes: u64,
    pub(crate) total_bytes: u64,
}

/// Looks at the disk of a directory; None where the system does not tell. A file system that hangs holds up no other request.
pub(crate) async fn room(directory: &str) -> Option<Room> {
    let directory = PathBuf::from(directory);
    let looked = tokio::task::spawn_blocking(move || told(&directory)).await;
    looked.inspect_err(|error| tracing::error!(%error, "room on the disk not looked at")).ok().flatten()
}

#[cfg(unix)]
fn told(directory: &Path) -> Option<Room> {
    let told = rustix::fs::statvfs(directory).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    Some(Room { free_bytes: bytes(told.f_bavail), total_bytes: bytes(told.f_blocks) })
}

#[cfg(not(unix))]
fn told(_directory: &Path) -> Option<Room> {
    None
}
