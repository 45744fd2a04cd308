//! Saved views: lists and questions in SQL with a name, for everybody who may read the project.

use crate::error::StoreError;
use crate::limits::VIEWS_MAX;

/// What a view says: which list, and how it is narrowed; or what is asked in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewTerms {
    pub name: String,
    /// Of which page it is, as addresses name it: `traces`, `spans`, `sessions`, `logs`, or `query` for SQL.
    pub page: String,
    /// In the query language, empty for everything; in SQL where the page is `query`.
    pub query: String,
    /// As links write it; None for all time.
    pub range: Option<String>,
    /// Of a list, in their order; none for the usual ones.
    pub columns: Vec<String>,
}

/// A view as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Never given twice.
    pub id: u64,
    pub terms: ViewTerms,
    /// When it was saved last.
    pub updated_unix_nanos: u64,
}

/// What became of a view that was to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewSaved {
    Done(SavedView),
    /// There is no view to be changed.
    Missing,
    /// Another view of the page has the name.
    NameTaken,
}

impl SavedView {
    /// The refusal of one view more than a project keeps.
    pub fn too_many() -> StoreError {
        StoreError::Invalid(format!("the project has {VIEWS_MAX} saved views, more are not kept"))
    }
}
