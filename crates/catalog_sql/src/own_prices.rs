//! The own price table: rows, their prices by unit, and the version of the whole.

use std::collections::BTreeMap;

use model::NanoUsd;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use store::limits::OWN_PRICES_MAX;
use store::{OwnPrice, OwnPrices, PriceTerms, StoreError};

pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<OwnPrices, StoreError> {
    let failed = |source| StoreError::failed("failed to read the own price table", source);
    let version = sqlx::query("SELECT version FROM own_prices_state").fetch_one(&mut *connection).await.map_err(failed)?;
    let units = sqlx::query("SELECT price_id, unit, nanousd FROM own_price_units").fetch_all(&mut *connection).await.map_err(failed)?;
    let mut prices: BTreeMap<i64, BTreeMap<String, NanoUsd>> = BTreeMap::new();
    for unit in &units {
        prices.entry(unit.get(0)).or_default().insert(unit.get(1), NanoUsd(unit.get(2)));
    }
    let rows = sqlx::query(
        "SELECT id, project, model, provider, service_tier, valid_from_unix_nanos, valid_to_unix_nanos, note FROM own_prices ORDER BY id",
    );
    let rows = rows.fetch_all(&mut *connection).await.map_err(failed)?;
    let rows = rows.iter().map(|row| price_from_row(row, prices.remove(&row.get(0)).unwrap_or_default()));
    Ok(OwnPrices { version: unsigned(version.get(0)), rows: rows.collect::<Result<_, _>>()? })
}

fn price_from_row(row: &SqliteRow, prices: BTreeMap<String, NanoUsd>) -> Result<OwnPrice, StoreError> {
    let known = |index: usize| Some(row.get::<String, _>(index)).filter(|text| !text.is_empty());
    let project = known(1).map(|slug| slug.parse()).transpose();
    let terms = PriceTerms {
        project: project.map_err(|error: model::IdError| StoreError::Damaged(error.to_string()))?,
        model: row.get(2),
        provider: known(3),
        service_tier: known(4),
        valid_from_unix_nanos: unsigned(row.get(5)),
        valid_to_unix_nanos: row.get::<Option<i64>, _>(6).map(unsigned),
        prices,
        note: row.get(7),
    };
    Ok(OwnPrice { id: unsigned(row.get(0)), terms })
}

pub(crate) async fn put(connection: &mut SqliteConnection, terms: &PriceTerms) -> Result<(), StoreError> {
    let failed = |source| StoreError::failed(format!("failed to keep the own price of `{}`", terms.model), source);
    // The id of a row that is replaced stays.
    let row = sqlx::query(
        "INSERT INTO own_prices (project, model, provider, service_tier, valid_from_unix_nanos, valid_to_unix_nanos, note)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET valid_to_unix_nanos = excluded.valid_to_unix_nanos, note = excluded.note RETURNING id",
    )
    .bind(terms.project.as_ref().map_or("", |slug| slug.as_str()))
    .bind(&terms.model)
    .bind(terms.provider.as_deref().unwrap_or_default())
    .bind(terms.service_tier.as_deref().unwrap_or_default())
    .bind(signed(terms.valid_from_unix_nanos))
    .bind(terms.valid_to_unix_nanos.map(signed))
    .bind(&terms.note)
    .fetch_one(&mut *connection);
    let id: i64 = row.await.map_err(failed)?.get(0);
    sqlx::query("DELETE FROM own_price_units WHERE price_id = ?").bind(id).execute(&mut *connection).await.map_err(failed)?;
    for (unit, price) in &terms.prices {
        let insert = sqlx::query("INSERT INTO own_price_units VALUES (?, ?, ?)").bind(id).bind(unit).bind(price.0);
        insert.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// Returns whether the row was there.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: u64) -> Result<bool, StoreError> {
    let failed = |source| StoreError::failed(format!("failed to remove the own price {id}"), source);
    let Ok(id) = i64::try_from(id) else { return Ok(false) };
    sqlx::query("DELETE FROM own_price_units WHERE price_id = ?").bind(id).execute(&mut *connection).await.map_err(failed)?;
    let removed = sqlx::query("DELETE FROM own_prices WHERE id = ?").bind(id).execute(&mut *connection).await.map_err(failed)?;
    Ok(removed.rows_affected() > 0)
}

/// Counts a change, and refuses a table that has grown too large; returns it as it stands.
pub(crate) async fn seal(connection: &mut SqliteConnection) -> Result<OwnPrices, StoreError> {
    let counted = sqlx::query("UPDATE own_prices_state SET version = version + 1").execute(&mut *connection).await;
    counted.map_err(|source| StoreError::failed("failed to count a change of the own price table", source))?;
    let table = read(connection).await?;
    if table.rows.len() > OWN_PRICES_MAX {
        return Err(OwnPrices::too_many(table.rows.len()));
    }
    Ok(table)
}

/// SQLite counts signed; nanoseconds fit until the year 2262.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
