//! The one copy of the own price table that the pipeline and the API read.

use std::sync::{Arc, PoisonError, RwLock};

use model::ProjectSlug;
use store::{Catalog, OwnPrices, PriceTerms, StoreError};

use super::PriceTables;

/// Keeps the newest own price table at hand; cheap to clone.
///
/// The catalog is read once. Every change goes through here, so that the next span is priced by it.
#[derive(Clone)]
pub struct PriceShelf {
    catalog: Arc<dyn Catalog>,
    newest: Arc<RwLock<Option<Arc<OwnPrices>>>>,
}

impl PriceShelf {
    /// Reads the own table, which is then known for good.
    pub async fn open(catalog: Arc<dyn Catalog>) -> Result<Self, StoreError> {
        let shelf = Self { catalog, newest: Arc::default() };
        shelf.own().await?;
        Ok(shelf)
    }

    /// Returns the own table as far as it was read.
    pub(crate) fn known(&self) -> Option<Arc<OwnPrices>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns all tables as they hold for a project.
    pub async fn tables(&self, project: &ProjectSlug) -> Result<PriceTables, StoreError> {
        Ok(PriceTables::new(self.own().await?, project.clone()))
    }

    /// Returns the own table, with the rows of all projects.
    pub async fn own(&self) -> Result<Arc<OwnPrices>, StoreError> {
        match self.known() {
            Some(table) => Ok(table),
            None => Ok(self.adopt(self.catalog.own_prices().await?)),
        }
    }

    /// Adds rows to the own table; see `Catalog::put_own_prices`.
    pub async fn put(&self, rows: Vec<PriceTerms>) -> Result<Arc<OwnPrices>, StoreError> {
        Ok(self.adopt(self.catalog.put_own_prices(rows).await?))
    }

    /// Removes a row of the own table; None where there is no such row.
    pub async fn remove(&self, id: u64) -> Result<Option<Arc<OwnPrices>>, StoreError> {
        Ok(self.catalog.remove_own_price(id).await?.map(|table| self.adopt(table)))
    }

    /// Of two changes at once, the answer of the earlier may come later.
    fn adopt(&self, table: OwnPrices) -> Arc<OwnPrices> {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        match &*newest {
            Some(known) if known.version > table.version => Arc::clone(known),
            _ => Arc::clone(newest.insert(Arc::new(table))),
        }
    }
}
