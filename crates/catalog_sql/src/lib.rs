//! The catalog in SQLite: projects, a user's own prices and saved views; later keys, prompts, datasets.
//!
//! Small things that change, each change durable when the call returns.

mod own_prices;
mod schema;
mod views;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use model::ProjectSlug;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{Connection, Row};
use store::{Catalog, OwnPrices, PriceTerms, Project, SavedView, StoreError, ViewSaved, ViewTerms};
use tokio::sync::Mutex;

/// The file in a data directory, and in a backup.
pub const FILE_NAME: &str = "catalog.db";

/// Returns what SQLite finds wrong with a catalog that nobody has open; None where all is well.
pub async fn check(path: &Path) -> Result<Option<String>, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to check the catalog `{}`", path.display()), source);
    // Its own log is read along, which a crash may have left.
    let connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await;
    let rows = match connection {
        Ok(mut connection) => sqlx::query("PRAGMA integrity_check(3)").fetch_all(&mut connection).await,
        Err(error) => Err(error),
    };
    match rows {
        Ok(rows) => {
            let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            Ok((found != ["ok"]).then(|| found.join("; ")))
        }
        Err(error) if error.as_database_error().is_some() => Ok(Some(error.to_string())),
        Err(error) => Err(failed(error)),
    }
}

/// A catalog in one SQLite file.
#[derive(Debug)]
pub struct SqlCatalog {
    // One connection: every statement takes microseconds, and projects are made rarely.
    connection: Mutex<SqliteConnection>,
}

/// Opens or creates a catalog.
pub async fn open(path: &Path) -> Result<Arc<SqlCatalog>, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to open the catalog `{}`", path.display()), source);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    schema::migrate(&mut connection).await?;
    Ok(Arc::new(SqlCatalog { connection: Mutex::new(connection) }))
}

#[async_trait]
impl Catalog for SqlCatalog {
    async fn ensure_project(&self, slug: &ProjectSlug) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let insert = sqlx::query("INSERT INTO projects (slug, created_unix_nanos) VALUES (?, ?) ON CONFLICT (slug) DO NOTHING");
        let inserted = insert.bind(slug.as_str()).bind(now_unix_nanos()).execute(&mut *connection).await;
        inserted.map(drop).map_err(|source| StoreError::failed(format!("failed to create the project `{slug}`"), source))
    }

    async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query("SELECT slug, created_unix_nanos FROM projects ORDER BY slug").fetch_all(&mut *connection).await;
        rows.map_err(|source| StoreError::failed("failed to list projects", source))?.iter().map(project_from_row).collect()
    }

    async fn own_prices(&self) -> Result<OwnPrices, StoreError> {
        own_prices::read(&mut *self.connection.lock().await).await
    }

    async fn put_own_prices(&self, rows: Vec<PriceTerms>) -> Result<OwnPrices, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin().await.map_err(not_changed)?;
        for terms in &rows {
            own_prices::put(&mut change, terms).await?;
        }
        let table = own_prices::seal(&mut change).await?;
        change.commit().await.map_err(not_changed)?;
        Ok(table)
    }

    async fn backup(&self, target: &Path) -> Result<(), StoreError> {
        let path = target.join(FILE_NAME);
        let mut connection = self.connection.lock().await;
        let copy = sqlx::query("VACUUM INTO ?").bind(path.to_string_lossy().into_owned()).execute(&mut *connection).await;
        copy.map(drop).map_err(|source| StoreError::failed(format!("failed to copy the catalog to `{}`", path.display()), source))
    }

    async fn views(&self, project: &ProjectSlug) -> Result<Vec<SavedView>, StoreError> {
        views::list(&mut *self.connection.lock().await, project).await
    }

    async fn save_view(&self, project: &ProjectSlug, id: Option<u64>, terms: &ViewTerms) -> Result<ViewSaved, StoreError> {
        // One statement changes; what was looked at before cannot, while the connection is held.
        views::save(&mut *self.connection.lock().await, project, id, terms).await
    }

    async fn remove_view(&self, project: &ProjectSlug, id: u64) -> Result<bool, StoreError> {
        views::remove(&mut *self.connection.lock().await, project, id).await
    }

    async fn remove_own_price(&self, id: u64) -> Result<Option<OwnPrices>, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin().await.map_err(not_changed)?;
        if !own_prices::remove(&mut change, id).await? {
            return Ok(None);
        }
        let table = own_prices::seal(&mut change).await?;
        change.commit().await.map_err(not_changed)?;
        Ok(Some(table))
    }
}

fn not_changed(source: sqlx::Error) -> StoreError {
    StoreError::failed("failed to change the own price table", source)
}

fn project_from_row(row: &SqliteRow) -> Result<Project, StoreError> {
    let (slug, created_unix_nanos): (&str, i64) = (row.get(0), row.get(1));
    let slug = slug.parse().map_err(|error: model::IdError| StoreError::Damaged(error.to_string()))?;
    Ok(Project { slug, created_unix_nanos: created_unix_nanos.try_into().unwrap_or_default() })
}

/// Signed, as SQLite counts; enough until the year 2262.
fn now_unix_nanos() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_catalog_is_held_to_the_suite() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("catalog.sqlite");
        store::conformance::run_catalog(async || open(&path).await.unwrap()).await;
    }

    #[tokio::test]
    async fn a_catalog_of_a_later_format_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("catalog.sqlite");
        let catalog = open(&path).await.unwrap();
        sqlx::query("UPDATE catalog_state SET format_version = 1000").execute(&mut *catalog.connection.lock().await).await.unwrap();
        drop(catalog);
        let error = open(&path).await.unwrap_err();
        assert!(error.to_string().contains("format 1000"), "{error}");
    }

    /// Written by the first version: projects only.
    #[tokio::test]
    async fn a_catalog_of_the_first_format_is_still_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("catalog.db");
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/store/format-1/catalog.db"), &path).unwrap();
        let catalog = open(&path).await.unwrap();
        assert_eq!(catalog.projects().await.unwrap()[0].created_unix_nanos, 1_795_248_389_003_585_116);
        assert_eq!(catalog.own_prices().await.unwrap(), OwnPrices::default());
        assert!(catalog.views(&ProjectSlug::default_project()).await.unwrap().is_empty());
    }
}
