//! Which segments there are, and how far the log is in them: SQLite, one transaction per change.
//!
//! What is not named here is not there: a segment counts from its commit on, and a leftover directory is removed at start.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{Connection, Row};
use store::{Ledger, StoreError, TimeRange};
use tokio::sync::Mutex;

use crate::segment::Description;

const FORMAT_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS state (
    format_version INTEGER NOT NULL,
    segment_next INTEGER NOT NULL,
    flushed_wal_file INTEGER NOT NULL,
    flushed_sequence INTEGER NOT NULL
);
INSERT INTO state SELECT 1, 1, 0, 0 WHERE NOT EXISTS (SELECT * FROM state);
CREATE TABLE IF NOT EXISTS segments (id INTEGER PRIMARY KEY, description TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (
    minute_unix INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute_unix, bucket)
) WITHOUT ROWID;
";

pub(crate) struct Manifest {
    // One connection: flushes are one at a time, and a question about the ledger is short.
    connection: Mutex<SqliteConnection>,
}

/// What the manifest says at start.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) segments: Vec<Description>,
    pub(crate) flushed_wal_file: u64,
    pub(crate) flushed_sequence: u64,
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
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed("open"))?;
        sqlx::raw_sql(SCHEMA).execute(&mut connection).await.map_err(failed("set up"))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    pub(crate) async fn state(&self) -> Result<State, StoreError> {
        let mut connection = self.connection.lock().await;
        let state = sqlx::query("SELECT format_version, flushed_wal_file, flushed_sequence FROM state");
        let state = state.fetch_one(&mut *connection).await.map_err(failed("read"))?;
        let format_version: i64 = state.get(0);
        if format_version != FORMAT_VERSION {
            return Err(StoreError::Invalid(format!("the manifest has the format {format_version}, this version reads {FORMAT_VERSION}")));
        }
        let rows = sqlx::query("SELECT description FROM segments ORDER BY id").fetch_all(&mut *connection).await.map_err(failed("read"))?;
        let segments = rows.iter().map(description).collect::<Result<_, _>>()?;
        Ok(State { segments, flushed_wal_file: unsigned(&state, 1), flushed_sequence: unsigned(&state, 2) })
    }

    /// Returns the number the next segment will have.
    pub(crate) async fn segment_next(&self) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query("SELECT segment_next FROM state").fetch_one(&mut *connection).await.map_err(failed("read"))?;
        Ok(unsigned(&row, 0))
    }

    /// Adds a segment, its counts, and how far the log is flushed: all of it or nothing.
    pub(crate) async fn commit(&self, flushed: &Flushed<'_>) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(failed("write"))?;
        if let Some(segment) = flushed.segment {
            insert_segment(&mut transaction, segment).await?;
        }
        for (minute, ledger) in flushed.ledger {
            for (bucket, count) in buckets(ledger) {
                let add = sqlx::query(
                    "INSERT INTO ledger (minute_unix, bucket, count) VALUES (?, ?, ?)
                     ON CONFLICT (minute_unix, bucket) DO UPDATE SET count = count + excluded.count",
                );
                let add = add.bind(signed(*minute)).bind(bucket).bind(signed(count));
                add.execute(&mut *transaction).await.map_err(failed("write"))?;
            }
        }
        let advance = sqlx::query("UPDATE state SET flushed_wal_file = ?, flushed_sequence = ?");
        let advance = advance.bind(signed(flushed.wal_file)).bind(signed(flushed.sequence));
        advance.execute(&mut *transaction).await.map_err(failed("write"))?;
        transaction.commit().await.map_err(failed("write"))
    }

    /// Puts one segment in the place of others, which must all be there: nothing is to be stored twice.
    pub(crate) async fn replace(&self, replaced: &[u64], segment: &Description) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin().await.map_err(failed("write"))?;
        for id in replaced {
            let delete = sqlx::query("DELETE FROM segments WHERE id = ?").bind(signed(*id));
            let deleted = delete.execute(&mut *transaction).await.map_err(failed("write"))?;
            if deleted.rows_affected() != 1 {
                return Err(StoreError::Damaged(format!("the manifest does not name the segment {id} any more")));
            }
        }
        insert_segment(&mut transaction, segment).await?;
        transaction.commit().await.map_err(failed("write"))
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

async fn insert_segment(transaction: &mut SqliteConnection, segment: &Description) -> Result<(), StoreError> {
    let text = serde_json::to_string(segment).map_err(|source| StoreError::failed("failed to describe a segment", source))?;
    let insert = sqlx::query("INSERT INTO segments (id, description) VALUES (?, ?)").bind(signed(segment.id)).bind(text);
    insert.execute(&mut *transaction).await.map_err(failed("write"))?;
    let next = sqlx::query("UPDATE state SET segment_next = ?").bind(signed(segment.id + 1));
    next.execute(&mut *transaction).await.map(drop).map_err(failed("write"))
}

fn description(row: &SqliteRow) -> Result<Description, StoreError> {
    let text: &str = row.get(0);
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("a segment in the manifest: {error}")))
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
