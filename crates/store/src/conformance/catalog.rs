//! What a catalog is held to.

use std::sync::Arc;

use model::{NanoUsd, ProjectSlug};

use crate::limits::{OWN_PRICES_MAX, VIEWS_MAX};
use crate::{Catalog, OwnPrices, PriceTerms, SavedView, StoreError, ViewSaved, ViewTerms};

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
    views_are_kept(&open).await;
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

async fn views_are_kept<Opened: Catalog>(open: &impl AsyncFn() -> Arc<Opened>) {
    let (here, there): (ProjectSlug, ProjectSlug) = ("support".parse().unwrap(), "billing".parse().unwrap());
    let catalog = open().await;
    assert!(catalog.views(&here).await.unwrap().is_empty());
    let plain = ViewTerms { query: String::new(), range: None, columns: Vec::new(), ..view("All of it", "spans") };
    let failed = view("Failed \u{201c}today\u{201d}", "traces");
    let done = |saved: ViewSaved| match saved {
        ViewSaved::Done(view) => view,
        other => panic!("{other:?}"),
    };
    let first = done(catalog.save_view(&here, None, &failed).await.unwrap());
    let second = done(catalog.save_view(&here, None, &plain).await.unwrap());
    assert_eq!((&first.terms, &second.terms), (&failed, &plain));
    assert_eq!(catalog.views(&here).await.unwrap(), [second.clone(), first.clone()], "by name");
    assert!(catalog.views(&there).await.unwrap().is_empty());

    assert_eq!(catalog.save_view(&here, None, &failed).await.unwrap(), ViewSaved::NameTaken);
    let elsewhere = ViewTerms { page: "logs".to_owned(), ..failed.clone() };
    let third = done(catalog.save_view(&here, None, &elsewhere).await.unwrap());
    assert_eq!(catalog.save_view(&here, Some(third.id), &failed).await.unwrap(), ViewSaved::NameTaken);
    let renamed = ViewTerms { name: "Yesterday".to_owned(), range: Some("2d".to_owned()), ..failed.clone() };
    let updated = done(catalog.save_view(&here, Some(first.id), &renamed).await.unwrap());
    assert_eq!((updated.id, &updated.terms), (first.id, &renamed));
    assert!(updated.updated_unix_nanos > first.updated_unix_nanos);
    assert_eq!(catalog.save_view(&there, Some(first.id), &renamed).await.unwrap(), ViewSaved::Missing, "views are of one project");
    assert!(!catalog.remove_view(&there, first.id).await.unwrap() && !catalog.remove_view(&here, u64::MAX).await.unwrap());
    assert!(catalog.remove_view(&here, third.id).await.unwrap());
    let kept: Vec<SavedView> = catalog.views(&here).await.unwrap();
    drop(catalog);

    let catalog = open().await;
    assert_eq!(catalog.views(&here).await.unwrap(), kept, "a reopened catalog has the same views");
    assert!(done(catalog.save_view(&here, None, &elsewhere).await.unwrap()).id > third.id, "an id is not given twice");
    for number in kept.len() + 1..VIEWS_MAX {
        done(catalog.save_view(&here, None, &view(&format!("view {number}"), "traces")).await.unwrap());
    }
    assert!(matches!(catalog.save_view(&here, None, &view("one too many", "traces")).await, Err(StoreError::Invalid(_))));
    done(catalog.save_view(&here, Some(first.id), &renamed).await.unwrap());
    assert_eq!(catalog.views(&here).await.unwrap().len(), VIEWS_MAX);
}

fn view(name: &str, page: &str) -> ViewTerms {
    let columns = ["time", "step(triage).output.route", "metadata[\"a b\"]"].map(str::to_owned).to_vec();
    ViewTerms {
        name: name.to_owned(),
        page: page.to_owned(),
        query: "status:error \"x\"".to_owned(),
        range: Some("24h".to_owned()),
        columns,
    }
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
