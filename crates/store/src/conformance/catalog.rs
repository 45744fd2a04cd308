//! What a catalog is held to.

use std::sync::Arc;

use model::ProjectSlug;

use crate::Catalog;

/// Holds a catalog to the suite; `open` opens the same one each time, empty at first.
pub async fn run_catalog<Opened: Catalog>(open: impl AsyncFn() -> Arc<Opened>) {
    let slug = |text: &str| text.parse::<ProjectSlug>().expect("the text is a slug");
    let catalog = open().await;
    assert!(catalog.projects().await.unwrap().is_empty());
    for text in ["support", "billing", "default", "billing"] {
        catalog.ensure_project(&slug(text)).await.unwrap();
    }
    let projects = catalog.projects().await.unwrap();
    let slugs: Vec<_> = projects.iter().map(|project| project.slug.as_str()).collect();
    assert_eq!(slugs, ["billing", "default", "support"]);
    drop(catalog);
    let catalog = open().await;
    catalog.ensure_project(&slug("billing")).await.unwrap();
    assert_eq!(catalog.projects().await.unwrap(), projects, "a project keeps the time it was created");
}
