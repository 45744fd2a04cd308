//! The tables, and how a catalog of an earlier format becomes one of today.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};
use store::StoreError;

/// Each step makes the next format out of the one before; a step that was released is never changed.
const STEPS: [&str; 3] = [
    "CREATE TABLE projects (slug TEXT PRIMARY KEY, created_unix_nanos INTEGER NOT NULL) WITHOUT ROWID;",
    // An empty text stands for any: NULLs would not be held to the uniqueness.
    "CREATE TABLE own_prices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, service_tier TEXT NOT NULL,
        valid_from_unix_nanos INTEGER NOT NULL, valid_to_unix_nanos INTEGER, note TEXT,
        UNIQUE (project, model, provider, service_tier, valid_from_unix_nanos)
    );
    CREATE TABLE own_price_units (
        price_id INTEGER NOT NULL REFERENCES own_prices (id) ON DELETE CASCADE, unit TEXT NOT NULL, nanousd INTEGER NOT NULL,
        PRIMARY KEY (price_id, unit)
    ) WITHOUT ROWID;
    CREATE TABLE own_prices_state (version INTEGER NOT NULL);
    INSERT INTO own_prices_state VALUES (0);",
    // Columns one a line.
    "CREATE TABLE views (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL, page TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, range TEXT, columns TEXT NOT NULL,
        updated_unix_nanos INTEGER NOT NULL,
        UNIQUE (project, page, name)
    );",
];

/// Brings the catalog to today's format; refuses one of a later format.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let failed = |source| StoreError::failed("failed to bring the catalog to this version's format", source);
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS catalog_state (format_version INTEGER NOT NULL)")
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let row = sqlx::query("SELECT format_version FROM catalog_state").fetch_optional(&mut *connection).await.map_err(failed)?;
    let found: i64 = row.map_or(0, |row| row.get(0));
    let known = usize::try_from(found).ok().filter(|version| *version <= STEPS.len());
    let Some(known) = known else {
        return Err(StoreError::Invalid(format!("the catalog has the format {found}, this version reads {}", STEPS.len())));
    };
    for (index, step) in STEPS.iter().enumerate().skip(known) {
        let mut change = connection.begin().await.map_err(failed)?;
        sqlx::raw_sql(*step).execute(&mut *change).await.map_err(failed)?;
        sqlx::query("DELETE FROM catalog_state").execute(&mut *change).await.map_err(failed)?;
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        sqlx::query("INSERT INTO catalog_state VALUES (?)").bind(version).execute(&mut *change).await.map_err(failed)?;
        change.commit().await.map_err(failed)?;
    }
    Ok(())
}
