//! What a catalog is held to.

use std::sync::Arc;

use model::{NanoUsd, ProjectSlug};

use crate::limits::OWN_PRICES_MAX;
use crate::{Catalog, OwnPrices, PriceTerms, StoreError};

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
    own_prices_are_kept(&open).await;
}

async fn own_prices_are_kept<Opened: Catalog>(open: &impl AsyncFn() -> Arc<Opened>) {
    let catalog = open().await;
    assert_eq!(catalog.own_prices().await.unwrap(), OwnPrices::default());
    let everywhere = terms("gpt-*", 0);
    let here = PriceTerms {
        project: Some("billing".parse().expect("the text is a slug")),
        provider: Some("azure".to_owned()),
        service_tier: Some("flex".to_owned()),
        valid_to_unix_nanos: Some(i64::MAX as u64),
        note: Some("contract of May".to_owned()),
        ..terms("gpt-*", 1_790_000_000_000_000_001)
    };
    let table = catalog.put_own_prices(vec![everywhere.clone(), here.clone()]).await.unwrap();
    let read: Vec<_> = table.rows.iter().map(|row| row.terms.clone()).collect();
    assert_eq!((table.version, read), (1, vec![everywhere.clone(), here.clone()]));

    let dearer = PriceTerms { prices: [("input_tokens".to_owned(), NanoUsd(7))].into(), ..here.clone() };
    let replaced = catalog.put_own_prices(vec![dearer.clone(), terms("o3", 5)]).await.unwrap();
    assert_eq!((replaced.version, replaced.rows.len()), (2, 3));
    assert_eq!((replaced.rows[1].id, &replaced.rows[1].terms), (table.rows[1].id, &dearer), "a row that replaces another takes its id");

    assert_eq!(catalog.remove_own_price(1_000_000).await.unwrap(), None);
    let newest = replaced.rows[2].id;
    let fewer = catalog.remove_own_price(newest).await.unwrap().expect("the row is there");
    assert_eq!((fewer.version, fewer.rows.as_slice()), (3, &replaced.rows[..2]));
    drop(catalog);

    let catalog = open().await;
    assert_eq!(catalog.own_prices().await.unwrap(), fewer, "a reopened catalog has the same table");
    let after = catalog.put_own_prices(vec![terms("o3", 5)]).await.unwrap();
    assert!(after.rows[2].id > newest, "an id is not given twice");
    let many = (0..OWN_PRICES_MAX as u64).map(|number| terms("many", number)).collect();
    assert!(matches!(catalog.put_own_prices(many).await, Err(StoreError::Invalid(_))));
    assert_eq!(catalog.own_prices().await.unwrap(), after, "all rows or none");
}

fn terms(model: &str, valid_from_unix_nanos: u64) -> PriceTerms {
    PriceTerms {
        project: None,
        model: model.to_owned(),
        provider: None,
        service_tier: None,
        valid_from_unix_nanos,
        valid_to_unix_nanos: None,
        prices: [("input_tokens".to_owned(), NanoUsd(2_500_000_000)), ("web_searches".to_owned(), NanoUsd(i64::MAX))].into(),
        note: None,
    }
}
