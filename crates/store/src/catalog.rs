//! What is not telemetry: projects; later keys, prompts, datasets.

use async_trait::async_trait;
use model::ProjectSlug;

use crate::error::StoreError;

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
}
