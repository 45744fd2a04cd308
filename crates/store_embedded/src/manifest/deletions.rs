//! Deletions that were begun: what a crash interrupts is finished at the next start.

use model::{ProjectSlug, TraceId};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, Row};
use store::{SaidByLog, StoreError};

use super::{FolderNote, Manifest, failed, insert_segment, remove_segment, signed, sum_by_minute, unsigned};
use crate::segment::{Description, Doomed, DoomedRows, directory_of_segment};

/// What is to be removed, as it stands in the manifest until it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingDeletion {
    project: String,
    traces: Vec<String>,
    log_keys: Vec<String>,
    log_value: Option<String>,
    /// Only from segments whose rows are not newer; absent where everything of the traces goes.
    pub(crate) through_sequence: Option<u64>,
}

impl PendingDeletion {
    pub(crate) fn new(project: &ProjectSlug, rows: &DoomedRows) -> Self {
        Self {
            project: project.to_string(),
            traces: rows.traces.iter().map(TraceId::to_string).collect(),
            log_keys: rows.said_by_logs.iter().flat_map(|said| said.keys.clone()).collect(),
            log_value: rows.said_by_logs.as_ref().map(|said| said.value.clone()),
            through_sequence: None,
        }
    }

    /// What is left of it once every segment that could be read is done: what came later stays.
    pub(crate) fn through(self, sequence: u64) -> Self {
        Self { through_sequence: self.through_sequence.or(Some(sequence)), ..self }
    }

    pub(crate) fn doomed(&self) -> Result<Doomed, StoreError> {
        let damaged = |error: model::IdError| StoreError::Damaged(format!("a deletion in the manifest: {error}"));
        let traces = self.traces.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(damaged)?;
        let said_by_logs = self.log_value.clone().map(|value| SaidByLog { keys: self.log_keys.clone(), value });
        let rows = DoomedRows { traces, said_by_logs, before_unix_nanos: 0 };
        Ok(Doomed::of_project(&self.project.parse().map_err(damaged)?, rows))
    }
}

/// A segment, and what takes its place.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) replaced: u64,
    /// None where nothing is left of it.
    pub(crate) segment: Option<Description>,
    /// Records that went and that the ledger counts as stored.
    pub(crate) deleted: u64,
}

impl Manifest {
    /// Writes down what is to be removed.
    pub(crate) async fn begin_deletion(&self, deletion: &PendingDeletion) -> Result<u64, StoreError> {
        let text = text_of(deletion)?;
        let mut connection = self.connection.lock().await;
        let insert = sqlx::query("INSERT INTO deletions (deletion) VALUES (?)").bind(text);
        let inserted = insert.execute(&mut *connection).await.map_err(failed("write"))?;
        Ok(inserted.last_insert_rowid().try_into().unwrap_or_default())
    }

    /// Forgets a deletion of which nothing was done.
    pub(crate) async fn withdraw_deletion(&self, id: u64) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let delete = sqlx::query("DELETE FROM deletions WHERE id = ?").bind(signed(id));
        delete.execute(&mut *connection).await.map(drop).map_err(failed("write"))
    }

    /// Returns the deletions that are not done, in the order of their coming.
    pub(crate) async fn pending_deletions(&self) -> Result<Vec<(u64, PendingDeletion)>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows =
            sqlx::query("SELECT id, deletion FROM deletions ORDER BY id").fetch_all(&mut *connection).await.map_err(failed("read"))?;
        let damaged = |error| StoreError::Damaged(format!("a deletion in the manifest: {error}"));
        rows.iter().map(|row| Ok((unsigned(row, 0), serde_json::from_str(row.get(1)).map_err(damaged)?))).collect()
    }

    /// Puts segments in the place of others, all of them or none, and says whether a deletion is done with it: `rest` is what is left.
    pub(crate) async fn exchange(
        &self,
        exchanges: &[Exchange],
        deletion: Option<u64>,
        rest: Option<&PendingDeletion>,
    ) -> Result<(), StoreError> {
        for exchange in exchanges {
            self.note_exchange(exchange).await?;
        }
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(failed("write"))?;
        for exchange in exchanges {
            remove_segment(&mut transaction, exchange.replaced).await?;
            if let Some(segment) = &exchange.segment {
                insert_segment(&mut transaction, segment).await?;
            }
        }
        let deleted: u64 = exchanges.iter().map(|exchange| exchange.deleted).sum();
        let count = sqlx::query("UPDATE state SET deleted = deleted + ?").bind(signed(deleted));
        count.execute(&mut *transaction).await.map_err(failed("write"))?;
        if let Some(id) = deletion {
            let end = match rest {
                Some(rest) => sqlx::query("UPDATE deletions SET deletion = ? WHERE id = ?").bind(text_of(rest)?),
                None => sqlx::query("DELETE FROM deletions WHERE id = ?"),
            };
            end.bind(signed(id)).execute(&mut *transaction).await.map_err(failed("write"))?;
        }
        transaction.commit().await.map_err(failed("write"))
    }

    async fn note_exchange(&self, exchange: &Exchange) -> Result<(), StoreError> {
        let Some(description) = &exchange.segment else { return Ok(()) };
        let before = FolderNote::read(&directory_of_segment(&self.segments_directory, exchange.replaced)).ok();
        let deleted = exchange.deleted + before.as_ref().map_or(0, |note| note.deleted);
        let ledger = sum_by_minute(before.into_iter().flat_map(|note| note.ledger));
        self.note(FolderNote { description: description.clone(), replaces: vec![exchange.replaced], ledger, deleted }).await
    }
}

fn text_of(deletion: &PendingDeletion) -> Result<String, StoreError> {
    serde_json::to_string(deletion).map_err(|source| StoreError::failed("failed to describe a deletion", source))
}
