//! Retention: what is older than its project keeps it goes, at start and about hourly.

use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use model::ProjectSlug;
use store::{Chosen, Retention, StoreError, with_causes};
use tracing::{info, warn};

use crate::deletion::{choose, delete_chosen};
use crate::engine::Engine;
use crate::flush::{Flusher, blocking};
use crate::limits;
use crate::segment::{Doomed, DoomedRows};

/// Applies the limits until the store is gone.
pub(crate) async fn apply_in_time(engine: Weak<Engine>, flusher: Weak<Flusher>) {
    loop {
        {
            let (Some(engine), Some(flusher)) = (engine.upgrade(), flusher.upgrade()) else { return };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
            if let Err(error) = apply(&engine, &flusher, &engine.retention, now).await {
                warn!(error = with_causes(&error), "failed to remove what is older than it is kept; it is tried again");
            }
        }
        tokio::time::sleep(limits::RETENTION_INTERVAL).await;
    }
}

/// Removes what is too old at a time.
pub(crate) async fn apply(engine: &Arc<Engine>, flusher: &Arc<Flusher>, limits: &Retention, now_unix_nanos: u64) -> Result<(), StoreError> {
    flusher.flush().await?;
    for project in projects(engine) {
        let Some(keep) = limits.of(&project) else { continue };
        let before = now_unix_nanos.saturating_sub(keep.as_nanos() as u64);
        let (asked, of) = (Arc::clone(engine), project.clone());
        let rows = blocking(move || worth_removing(&asked, &of, before)).await?;
        let Some(rows) = rows else { continue };
        let traces = rows.traces.len() as u64;
        let receipt = delete_chosen(engine, flusher, &project, rows, None).await?;
        info!(%project, traces, spans = receipt.spans, logs = receipt.logs, points = receipt.points, "removed what is older than it is kept");
        engine.note_retained(&receipt);
    }
    engine.note_retention_applied(now_unix_nanos);
    Ok(())
}

/// The projects that have rows in segments.
fn projects(engine: &Engine) -> Vec<ProjectSlug> {
    let segments = engine.segments();
    let names = segments.iter().flat_map(|segment| &segment.description.projects).filter_map(|rows| rows.project.parse().ok());
    let mut projects: Vec<ProjectSlug> = names.collect();
    projects.sort();
    projects.dedup();
    projects
}

/// What goes; None where little would go for much work, and can wait.
fn worth_removing(engine: &Engine, project: &ProjectSlug, before_unix_nanos: u64) -> Result<Option<DoomedRows>, StoreError> {
    let rows = choose(engine, project, &Chosen::EndedBefore { unix_nanos: before_unix_nanos })?;
    let doomed = Doomed::of_project(project, rows.clone());
    let (mut going, mut written, mut is_overdue) = (0, 0, false);
    for segment in engine.segments().iter() {
        let removed = segment.count_doomed(&doomed)?;
        let removed_rows = removed.spans + removed.logs + removed.points;
        if removed_rows > 0 {
            going += removed_rows;
            written += segment.rows();
            is_overdue |=
                segment.description.first_unix_nanos() < before_unix_nanos.saturating_sub(limits::RETENTION_GRACE.as_nanos() as u64);
        }
    }
    let is_worth = going > 0 && (is_overdue || going * 100 >= written * limits::RETENTION_SHARE_PERCENT);
    Ok(is_worth.then_some(rows))
}
