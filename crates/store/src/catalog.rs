//! What is not telemetry: projects, a user's own prices and saved views; later keys, prompts, datasets.

use std::path::Path;

use async_trait::async_trait;
use model::ProjectSlug;

use crate::error::StoreError;
use crate::own_prices::{OwnPrices, PriceTerms};
use crate::views::{SavedView, ViewSaved, ViewTerms};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub slug: ProjectSlug,
    pub created_unix_nanos: u64,
}

/// Keeps the things of which there are few and which change.
#[async_trait]
pub trait Catalog: Send + Sync + 'static {
    /// Creates the project if it is not there.
    async fn ensure_project(&self, slug: &ProjectSlug) -> Result<(), StoreError>;

    /// Lists projects in the order of their slugs.
    async fn projects(&self) -> Result<Vec<Project>, StoreError>;

    /// Returns the own price table, with the rows of all projects.
    async fn own_prices(&self) -> Result<OwnPrices, StoreError>;

    /// Adds rows, all or none, and returns the table as it stands then; its version rises by one.
    ///
    /// A row that replaces another (`PriceTerms::replaces`) takes over its id.
    /// A table that would grow beyond `limits::OWN_PRICES_MAX` is refused as `Invalid`.
    async fn put_own_prices(&self, rows: Vec<PriceTerms>) -> Result<OwnPrices, StoreError>;

    /// Removes a row and returns the table as it stands then; None where there is no such row.
    async fn remove_own_price(&self, id: u64) -> Result<Option<OwnPrices>, StoreError>;

    /// Lists the saved views of a project, in the order of their names, then of their pages.
    async fn views(&self, project: &ProjectSlug) -> Result<Vec<SavedView>, StoreError>;

    /// Adds a view, or puts what it says in place of what the view of an id says.
    ///
    /// No two views of one page have the same name. One more than `limits::VIEWS_MAX` is refused as `Invalid`.
    async fn save_view(&self, project: &ProjectSlug, id: Option<u64>, terms: &ViewTerms) -> Result<ViewSaved, StoreError>;

    /// Removes a view of a project; returns whether it was there.
    async fn remove_view(&self, project: &ProjectSlug, id: u64) -> Result<bool, StoreError>;

    /// Copies all of it as it stands into a folder on the machine of the catalog. An engine that keeps no files refuses.
    async fn backup(&self, _target: &Path) -> Result<(), StoreError> {
        Err(StoreError::Invalid("this catalog keeps no files that could be backed up".into()))
    }
}
