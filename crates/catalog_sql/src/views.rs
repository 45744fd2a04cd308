//! Saved views in SQLite.

use model::ProjectSlug;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use store::limits::VIEWS_MAX;
use store::{SavedView, StoreError, ViewSaved, ViewTerms};

use crate::now_unix_nanos;

/// Lists the views of a project by name.
pub(crate) async fn list(connection: &mut SqliteConnection, project: &ProjectSlug) -> Result<Vec<SavedView>, StoreError> {
    let select =
        sqlx::query("SELECT id, name, page, query, range, columns, updated_unix_nanos FROM views WHERE project = ? ORDER BY name, page");
    let rows = select.bind(project.as_str()).fetch_all(connection).await;
    rows.map_err(|source| StoreError::failed("failed to list saved views", source))?.iter().map(view_from_row).collect()
}

fn view_from_row(row: &SqliteRow) -> Result<SavedView, StoreError> {
    let columns: &str = row.get(5);
    let columns = columns.split('\n').filter(|column| !column.is_empty()).map(str::to_owned).collect();
    let terms = ViewTerms { name: row.get(1), page: row.get(2), query: row.get(3), range: row.get(4), columns };
    Ok(SavedView { id: unsigned(row.get(0)), terms, updated_unix_nanos: unsigned(row.get(6)) })
}

/// Adds a view, or changes the one of an id.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    project: &ProjectSlug,
    id: Option<u64>,
    terms: &ViewTerms,
) -> Result<ViewSaved, StoreError> {
    let known = list(connection, project).await?;
    let is_other = |view: &&SavedView| Some(view.id) != id;
    if id.is_some_and(|id| known.iter().all(|view| view.id != id)) {
        return Ok(ViewSaved::Missing);
    }
    if known.iter().filter(is_other).any(|view| view.terms.name == terms.name && view.terms.page == terms.page) {
        return Ok(ViewSaved::NameTaken);
    }
    if id.is_none() && known.len() >= VIEWS_MAX {
        return Err(SavedView::too_many());
    }
    let updated = now_unix_nanos();
    let statement = match id {
        Some(_) => {
            "UPDATE views SET name = ?, page = ?, query = ?, range = ?, columns = ?, updated_unix_nanos = ? WHERE project = ? AND id = ? RETURNING id"
        }
        None => {
            "INSERT INTO views (name, page, query, range, columns, updated_unix_nanos, project) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
        }
    };
    let row = sqlx::query(statement)
        .bind(&terms.name)
        .bind(&terms.page)
        .bind(&terms.query)
        .bind(&terms.range)
        .bind(terms.columns.join("\n"))
        .bind(updated)
        .bind(project.as_str());
    let row = match id {
        Some(id) => row.bind(signed(id)),
        None => row,
    };
    let row = row.fetch_one(connection).await;
    let row = row.map_err(|source| StoreError::failed(format!("failed to save the view `{}`", terms.name), source))?;
    Ok(ViewSaved::Done(SavedView { id: unsigned(row.get(0)), terms: terms.clone(), updated_unix_nanos: unsigned(updated) }))
}

/// Returns whether the view was there.
pub(crate) async fn remove(connection: &mut SqliteConnection, project: &ProjectSlug, id: u64) -> Result<bool, StoreError> {
    let delete = sqlx::query("DELETE FROM views WHERE project = ? AND id = ?").bind(project.as_str()).bind(signed(id));
    let removed = delete.execute(connection).await;
    Ok(removed.map_err(|source| StoreError::failed(format!("failed to remove the view {id}"), source))?.rows_affected() > 0)
}

/// SQLite counts signed; an id beyond it is nobody's.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
