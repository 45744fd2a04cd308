//! Which segments there are, and how far the log is in them: SQLite, one transaction per change.
//!
//! What is not named here is not there: a segment counts from its commit on, and a leftover directory is removed at start.
//! SQLite has no checksums, so each description carries one. It stands in the folder of its segment too, from before the commit on:
//! if the manifest is lost, it can be made anew from there (`rebuild`).

mod seal;

mod folder;

mod deletions;
mod rebuild;

pub(crate) use deletions::{Exchange, PendingDeletion};
pub(crate) use folder::FolderNote;
pub use rebuild::Rebuilt;
pub(crate) use rebuild::{notes_of_folders, rebuild};
pub(crate) use seal::{read_sealed, sealed_bytes};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{Connection, Row};
use store::{Ledger, StoreError, TimeRange};
use tokio::sync::Mutex;
use tracing::warn;

use crate::segment::{Description, directory_of_segment, directory_of_segments};
use crate::wal::LedgerDelta;

const FORMAT_VERSION: i64 = 1;

/// The file beside the write-ahead log and the segments.
pub(crate) const FILE_NAME: &str = "manifest.sqlite";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS state (
    format_version INTEGER NOT NULL,
    segment_next INTEGER NOT NULL,
    flushed_wal_file INTEGER NOT NULL,
    flushed_sequence INTEGER NOT NULL
);
INSERT INTO state (format_version, segment_next, flushed_wal_file, flushed_sequence) SELECT 1, 1, 0, 0 WHERE NOT EXISTS (SELECT * FROM state);
CREATE TABLE IF NOT EXISTS segments (id INTEGER PRIMARY KEY, description TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (
    minute_unix INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute_unix, bucket)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (id INTEGER PRIMARY KEY, deletion TEXT NOT NULL);
";

/// Came after the first manifests were written; NULL for descriptions of before.
const ADD_CHECKSUM: &str = "ALTER TABLE segments ADD COLUMN crc32c INTEGER";
/// Came later still: records that are counted as stored and were deleted since.
const ADD_DELETED: &str = "ALTER TABLE state ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0";

pub(crate) struct Manifest {
    segments_directory: PathBuf,
    // One connection: flushes are one at a time, and a question about the ledger is short.
    connection: Mutex<SqliteConnection>,
}

/// What the manifest says at start.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) segments: Vec<Description>,
    /// Segments whose descriptions cannot be read, with the reason.
    pub(crate) unreadable: Vec<(u64, String)>,
    pub(crate) flushed_wal_file: u64,
    pub(crate) flushed_sequence: u64,
    /// Records that the ledger counts as stored and that were deleted since.
    pub(crate) deleted: u64,
}

/// What one flush changes.
#[derive(Debug)]
pub(crate) struct Flushed<'a> {
    /// None where there were counts only.
    pub(crate) segment: Option<&'a Description>,
    pub(crate) wal_file: u64,
    pub(crate) sequence: u64,
    pub(crate) ledger: &'a BTreeMap<u64, Ledger>,
}

fn failed(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::failed(format!("failed to {what} the manifest"), source)
}

impl Manifest {
    /// Opens the manifest of a data directory, or begins one where there is nothing yet.
    pub(crate) async fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE_NAME);
        if !path.exists() {
            refuse_if_lost(&path, &directory_of_segments(directory))?;
        }
        Self::create(directory).await
    }

    /// Opens the manifest, or begins one whatever else is there.
    async fn create(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE_NAME);
        let segments_directory = directory_of_segments(directory);
        let damaged =
            |source: &dyn std::fmt::Display| StoreError::Damaged(format!("the manifest `{}`: {source}. {WAY_OUT}", path.display()));
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            // Not SQLite's own log: of that, harm takes away whole transactions without a word, and files would seem to belong to nobody.
            .journal_mode(SqliteJournalMode::Truncate)
            .synchronous(SqliteSynchronous::Full)
            // What is deleted names traces: its pages are written over, not only given back.
            .pragma("secure_delete", "ON");
        let connection = SqliteConnection::connect_with(&options).await;
        let mut connection = connection.map_err(|source| if is_damage(&source) { damaged(&source) } else { failed("open")(source) })?;
        if let Some(wrong) = integrity(&mut connection).await.map_err(failed("check"))? {
            return Err(damaged(&wrong));
        }
        sqlx::raw_sql(SCHEMA).execute(&mut connection).await.map_err(failed("set up"))?;
        for (table, column, add) in [("segments", "crc32c", ADD_CHECKSUM), ("state", "deleted", ADD_DELETED)] {
            let columns = sqlx::query("SELECT name FROM pragma_table_info(?)").bind(table);
            let columns = columns.fetch_all(&mut connection).await.map_err(failed("read"))?;
            if !columns.iter().any(|known| known.get::<&str, _>(0) == column) {
                sqlx::raw_sql(add).execute(&mut connection).await.map_err(failed("set up"))?;
            }
        }
        Ok(Self { segments_directory, connection: Mutex::new(connection) })
    }

    /// Opens a manifest that nobody writes to, without leaving a trace.
    pub(crate) async fn open_to_read(directory: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(directory.join(FILE_NAME)).read_only(true).immutable(true);
        let connection = SqliteConnection::connect_with(&options).await.map_err(failed("open"))?;
        Ok(Self { segments_directory: directory_of_segments(directory), connection: Mutex::new(connection) })
    }

    /// Returns what SQLite finds wrong.
    pub(crate) async fn integrity(&self) -> Result<Option<String>, StoreError> {
        integrity(&mut *self.connection.lock().await).await.map_err(failed("check"))
    }

    pub(crate) async fn state(&self) -> Result<State, StoreError> {
        let mut connection = self.connection.lock().await;
        // A manifest that was only read may be one of before, and knows less.
        let state = sqlx::query("SELECT * FROM state").fetch_one(&mut *connection).await.map_err(failed("read"))?;
        let format_version: i64 = state.get("format_version");
        let number = |name: &str| state.try_get::<i64, _>(name).ok().and_then(|number| number.try_into().ok()).unwrap_or_default();
        if format_version != FORMAT_VERSION {
            return Err(StoreError::Invalid(format!("the manifest has the format {format_version}, this version reads {FORMAT_VERSION}")));
        }
        let columns = sqlx::query("SELECT * FROM segments ORDER BY id").fetch_all(&mut *connection).await.map_err(failed("read"))?;
        let (mut segments, mut unreadable) = (Vec::new(), Vec::new());
        for row in &columns {
            let id = unsigned(row, 0);
            match description(row) {
                Ok(description) => segments.push(description),
                Err(reason) if let Ok(note) = FolderNote::read(&directory_of_segment(&self.segments_directory, id)) => {
                    warn!(segment = id, reason, "the description of a segment is harmed in the manifest, the one in its folder is right");
                    segments.push(note.description);
                }
                Err(reason) => unreadable.push((id, reason)),
            }
        }
        let (flushed_wal_file, flushed_sequence) = (number("flushed_wal_file"), number("flushed_sequence"));
        Ok(State { segments, unreadable, flushed_wal_file, flushed_sequence, deleted: number("deleted") })
    }

    /// Copies the manifest as it stands into a new file.
    pub(crate) async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let copy = sqlx::query("VACUUM INTO ?").bind(path.to_string_lossy().into_owned());
        copy.execute(&mut *connection).await.map(drop).map_err(failed("copy"))
    }

    /// Gives out a number for a segment; several may be on their way at once.
    pub(crate) async fn segment_next(&self) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        let take = sqlx::query("UPDATE state SET segment_next = segment_next + 1 RETURNING segment_next - 1");
        let row = take.fetch_one(&mut *connection).await.map_err(failed("write"))?;
        Ok(unsigned(&row, 0))
    }

    /// Adds a segment, its counts, and how far the log is flushed: all of it or nothing.
    pub(crate) async fn commit(&self, flushed: &Flushed<'_>) -> Result<(), StoreError> {
        if let Some(segment) = flushed.segment {
            let ledger = flushed.ledger.iter().map(|(minute, ledger)| LedgerDelta::new(*minute, ledger.clone()));
            self.note(FolderNote { description: segment.clone(), replaces: Vec::new(), ledger: ledger.collect(), deleted: 0 }).await?;
        }
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(failed("write"))?;
        if let Some(segment) = flushed.segment {
            insert_segment(&mut transaction, segment).await?;
        }
        for (minute, ledger) in flushed.ledger {
            add_counts(&mut transaction, *minute, ledger).await?;
        }
        let advance = sqlx::query("UPDATE state SET flushed_wal_file = ?, flushed_sequence = ?");
        let advance = advance.bind(signed(flushed.wal_file)).bind(signed(flushed.sequence));
        advance.execute(&mut *transaction).await.map_err(failed("write"))?;
        transaction.commit().await.map_err(failed("write"))
    }

    /// Puts one segment in the place of others, which must all be there: nothing is to be stored twice.
    pub(crate) async fn replace(&self, replaced: &[u64], segment: &Description) -> Result<(), StoreError> {
        let notes = replaced.iter().filter_map(|id| FolderNote::read(&directory_of_segment(&self.segments_directory, *id)).ok());
        let notes: Vec<_> = notes.collect();
        let replaces = replaced.iter().copied().filter(|id| *id != segment.id).collect();
        let deleted = notes.iter().map(|note| note.deleted).sum();
        let ledger = sum_by_minute(notes.into_iter().flat_map(|note| note.ledger));
        self.note(FolderNote { description: segment.clone(), replaces, ledger, deleted }).await?;
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(failed("write"))?;
        for id in replaced {
            remove_segment(&mut transaction, *id).await?;
        }
        insert_segment(&mut transaction, segment).await?;
        transaction.commit().await.map_err(failed("write"))
    }

    async fn note(&self, note: FolderNote) -> Result<(), StoreError> {
        let segments = self.segments_directory.clone();
        let written = tokio::task::spawn_blocking(move || note.write(&segments)).await;
        written.map_err(|error| StoreError::failed("failed to describe a segment", error))?
    }

    /// Sums the flushed counts of the minutes in a range.
    pub(crate) async fn ledger(&self, range: TimeRange) -> Result<Ledger, StoreError> {
        let minutes = minutes_of_range(range);
        let mut connection = self.connection.lock().await;
        let sums = sqlx::query("SELECT bucket, SUM(count) FROM ledger WHERE minute_unix >= ? AND minute_unix < ? GROUP BY bucket");
        let sums = sums.bind(signed(minutes.start)).bind(signed(minutes.end));
        let rows = sums.fetch_all(&mut *connection).await.map_err(failed("read"))?;
        let mut ledger = Ledger::default();
        for row in &rows {
            add_bucket(&mut ledger, row.get(0), unsigned(row, 1));
        }
        Ok(ledger)
    }
}

async fn add_counts(transaction: &mut SqliteConnection, minute: u64, ledger: &Ledger) -> Result<(), StoreError> {
    for (bucket, count) in buckets(ledger) {
        let add = sqlx::query(
            "INSERT INTO ledger (minute_unix, bucket, count) VALUES (?, ?, ?)
             ON CONFLICT (minute_unix, bucket) DO UPDATE SET count = count + excluded.count",
        );
        let add = add.bind(signed(minute)).bind(bucket).bind(signed(count));
        add.execute(&mut *transaction).await.map_err(failed("write"))?;
    }
    Ok(())
}

async fn remove_segment(transaction: &mut SqliteConnection, id: u64) -> Result<(), StoreError> {
    let delete = sqlx::query("DELETE FROM segments WHERE id = ?").bind(signed(id));
    let deleted = delete.execute(&mut *transaction).await.map_err(failed("write"))?;
    if deleted.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Damaged(format!("the manifest does not name the segment {id} any more")))
}

async fn insert_segment(transaction: &mut SqliteConnection, segment: &Description) -> Result<(), StoreError> {
    let text = serde_json::to_string(segment).map_err(|source| StoreError::failed("failed to describe a segment", source))?;
    let insert = sqlx::query("INSERT INTO segments (id, description, crc32c) VALUES (?, ?, ?)");
    let insert = insert.bind(signed(segment.id)).bind(&text).bind(i64::from(crc32c::crc32c(text.as_bytes())));
    insert.execute(&mut *transaction).await.map_err(failed("write"))?;
    // Never back: a number that is given twice would have a flush write over a segment.
    let next = sqlx::query("UPDATE state SET segment_next = max(segment_next, ?)").bind(signed(segment.id + 1));
    next.execute(&mut *transaction).await.map(drop).map_err(failed("write"))
}

/// Reads a row of `segments`, or says what is wrong with it.
fn description(row: &SqliteRow) -> Result<Description, String> {
    let text: String = row.try_get("description").map_err(|error| error.to_string())?;
    let crc32c: Option<i64> = row.try_get("crc32c").unwrap_or_default();
    if crc32c.is_some_and(|crc32c| crc32c != i64::from(crc32c::crc32c(text.as_bytes()))) {
        return Err("the checksum of its description in the manifest does not match".into());
    }
    serde_json::from_str(&text).map_err(|error| format!("its description in the manifest: {error}"))
}

const WAY_OUT: &str = "Restore a backup with `clew restore`, or make it anew from the segments with `clew verify --rebuild`";

async fn integrity(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let rows = sqlx::query("PRAGMA integrity_check(3)").fetch_all(connection).await;
    match rows {
        Ok(rows) => {
            let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            Ok((found != ["ok"]).then(|| found.join("; ")))
        }
        Err(error) if is_damage(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Whether SQLite says that the file is not as it was written: SQLITE_CORRUPT or SQLITE_NOTADB.
fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    // Extended codes carry the kind in their lowest byte.
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// A manifest is made before anything else: where there is none beside segments, it went missing.
fn refuse_if_lost(path: &Path, segments: &Path) -> Result<(), StoreError> {
    let is_empty = std::fs::read_dir(segments).map(|mut entries| entries.next().is_none()).unwrap_or(true);
    if is_empty {
        return Ok(());
    }
    Err(StoreError::Damaged(format!("the manifest `{}` is missing, and there are segments. {WAY_OUT}", path.display())))
}

fn sum_by_minute(deltas: impl Iterator<Item = LedgerDelta>) -> Vec<LedgerDelta> {
    let mut minutes: BTreeMap<u64, Ledger> = BTreeMap::new();
    for delta in deltas {
        minutes.entry(delta.minute_unix).or_default().add(&delta.ledger());
    }
    minutes.into_iter().map(|(minute, ledger)| LedgerDelta::new(minute, ledger)).collect()
}

/// Minutes that begin in the range.
pub(crate) fn minutes_of_range(range: TimeRange) -> std::ops::Range<u64> {
    const MINUTE_NANOS: u64 = 60_000_000_000;
    let first_at_or_after = |nanos: u64| nanos.div_ceil(MINUTE_NANOS);
    range.from_unix_nanos.map_or(0, first_at_or_after)..range.to_unix_nanos.map_or(u64::MAX, first_at_or_after)
}

const REJECTED_PREFIX: &str = "rejected:";

fn buckets(ledger: &Ledger) -> Vec<(String, u64)> {
    let fixed =
        [("stored", ledger.stored), ("duplicate", ledger.duplicate), ("updated", ledger.updated), ("sampled_out", ledger.sampled_out)];
    let fixed = fixed.into_iter().map(|(bucket, count)| (bucket.to_owned(), count));
    let rejected = ledger.rejected.iter().map(|(reason, count)| (format!("{REJECTED_PREFIX}{reason}"), *count));
    fixed.chain(rejected).filter(|(_, count)| *count > 0).collect()
}

fn add_bucket(ledger: &mut Ledger, bucket: &str, count: u64) {
    match bucket {
        "stored" => ledger.stored += count,
        "duplicate" => ledger.duplicate += count,
        "updated" => ledger.updated += count,
        "sampled_out" => ledger.sampled_out += count,
        other => *ledger.rejected.entry(other.strip_prefix(REJECTED_PREFIX).unwrap_or(other).to_owned()).or_default() += count,
    }
}

/// SQLite has signed integers only; counts and numbers stay below, and an open end becomes the highest there is.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &SqliteRow, index: usize) -> u64 {
    row.get::<i64, _>(index).try_into().unwrap_or_default()
}
