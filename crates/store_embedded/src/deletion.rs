//! Deletion: which records go, their removal, and a look whether they are gone.
//!
//! What is to go is written into the manifest first, so that a crash does not leave it half done: it is finished at the next start,
//! before anybody asks. The rows then go from all segments at one moment (`flush::removal`).

mod check;
mod choose;

pub(crate) use choose::choose;

use std::sync::Arc;

use model::ProjectSlug;
use store::{Chosen, Deletion, DeletionCheck, DeletionReceipt, StoreError, with_causes};
use tracing::{info, warn};

use crate::engine::Engine;
use crate::flush::{Flusher, Recorded, Removal, blocking};
use crate::manifest::PendingDeletion;
use crate::segment::{Doomed, DoomedRows, Removed};

/// Removes records, or counts them.
pub(crate) async fn delete(engine: &Arc<Engine>, flusher: &Arc<Flusher>, request: Deletion) -> Result<DeletionReceipt, StoreError> {
    flusher.flush().await?;
    let Deletion { project, chosen, dry_run } = request;
    let (asked, of, is_dated) = (Arc::clone(engine), project.clone(), matches!(chosen, Chosen::EndedBefore { .. }));
    let rows = blocking(move || choose(&asked, &of, &chosen)).await?;
    let traces = rows.traces.len() as u64;
    if dry_run || rows.is_empty() {
        let counted = count(engine, traces, Doomed::of_project(&project, rows)).await?;
        // Of nothing, nothing is left.
        return Ok(DeletionReceipt { checked: DeletionCheck { is_done: !dry_run, ..DeletionCheck::default() }, ..counted });
    }
    // What goes by its age goes the next time.
    let pending = (!is_dated).then(|| PendingDeletion::new(&project, &rows));
    delete_chosen(engine, flusher, &project, rows, pending).await
}

/// Removes rows that were chosen; a caller that goes away does not end it.
pub(crate) async fn delete_chosen(
    engine: &Arc<Engine>,
    flusher: &Arc<Flusher>,
    project: &ProjectSlug,
    rows: DoomedRows,
    pending: Option<PendingDeletion>,
) -> Result<DeletionReceipt, StoreError> {
    let traces = rows.traces.len() as u64;
    let (engine, flusher, doomed) = (Arc::clone(engine), Arc::clone(flusher), Doomed::of_project(project, rows));
    let work = tokio::spawn(async move { record_and_remove(&engine, &flusher, pending, doomed).await });
    let receipt = work.await.map_err(|error| StoreError::failed("failed to finish a deletion", error))??;
    Ok(DeletionReceipt { traces, ..receipt })
}

async fn count(engine: &Arc<Engine>, traces: u64, doomed: Doomed) -> Result<DeletionReceipt, StoreError> {
    let engine = Arc::clone(engine);
    let count = move || {
        let (mut sum, mut segments_rewritten, mut bytes) = (Removed::default(), 0, 0);
        for segment in engine.segments().iter() {
            let removed = segment.count_doomed(&doomed)?;
            sum.add(removed);
            segments_rewritten += u64::from(removed != Removed::default());
            bytes += segment.bytes();
        }
        let Removed { spans, logs, points, .. } = sum;
        let (bytes_before, bytes_after, checked) = (bytes, bytes, Default::default());
        Ok(DeletionReceipt { traces, spans, logs, points, segments_rewritten, bytes_before, bytes_after, checked })
    };
    blocking(count).await
}

async fn record_and_remove(
    engine: &Arc<Engine>,
    flusher: &Flusher,
    pending: Option<PendingDeletion>,
    doomed: Doomed,
) -> Result<DeletionReceipt, StoreError> {
    let recorded = match pending {
        Some(deletion) => Some(Recorded { id: engine.manifest.begin_deletion(&deletion).await?, deletion }),
        None => None,
    };
    let doomed = Arc::new(doomed);
    match flusher.remove(&doomed, recorded.as_ref()).await {
        Ok(removal) => receipt(engine, removal, doomed).await,
        Err(error) => {
            // Whoever asked is told that nothing was removed; it must not happen at the next start.
            if let Some(recorded) = recorded
                && let Err(error) = engine.manifest.withdraw_deletion(recorded.id).await
            {
                warn!(error = with_causes(&error), "a deletion failed and stands in the manifest: it is tried again at the next start");
            }
            Err(error)
        }
    }
}

async fn receipt(engine: &Arc<Engine>, removal: Removal, doomed: Arc<Doomed>) -> Result<DeletionReceipt, StoreError> {
    let Removed { spans, logs, points, .. } = removal.removed;
    let receipt = DeletionReceipt {
        spans,
        logs,
        points,
        segments_rewritten: removal.gone.len() as u64,
        bytes_before: removal.bytes_before,
        bytes_after: removal.bytes_after,
        ..DeletionReceipt::default()
    };
    let engine = Arc::clone(engine);
    let checked = blocking(move || check::check(&engine, &removal, &doomed)).await?;
    Ok(DeletionReceipt { checked, ..receipt })
}

/// Finishes the deletions that a crash interrupted, and those that could not reach a damaged segment.
pub(crate) async fn resume(engine: &Arc<Engine>, flusher: &Flusher) -> Result<(), StoreError> {
    for (id, deletion) in engine.manifest.pending_deletions().await? {
        let doomed = Arc::new(deletion.doomed()?);
        let removal = flusher.remove(&doomed, Some(&Recorded { id, deletion })).await?;
        let Removed { spans, logs, .. } = removal.removed;
        info!(spans, logs, "finished a deletion that was begun before");
    }
    Ok(())
}
