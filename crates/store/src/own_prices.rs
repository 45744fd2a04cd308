//! A user's own price table: rows that go before the prices the program brings along.

use std::collections::BTreeMap;

use model::{NanoUsd, ProjectSlug};

use crate::error::StoreError;
use crate::limits::OWN_PRICES_MAX;

/// All rows of all projects, as they stand at one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnPrices {
    /// Rises by one with each change; zero while there has been none.
    pub version: u64,
    /// In order of id.
    pub rows: Vec<OwnPrice>,
}

/// One row with the id the catalog gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPrice {
    /// Never given twice.
    pub id: u64,
    pub terms: PriceTerms,
}

/// What a row says: for which calls, from when to when, and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTerms {
    /// None for all projects.
    pub project: Option<ProjectSlug>,
    /// A model's name, with `*` at an end for any text there.
    pub model: String,
    /// None for any provider.
    pub provider: Option<String>,
    /// None for any tier.
    pub service_tier: Option<String>,
    /// Inclusive.
    pub valid_from_unix_nanos: u64,
    /// Exclusive; None while the price holds.
    pub valid_to_unix_nanos: Option<u64>,
    /// Dollars by unit of usage: for a million tokens, characters or pixels, for one of everything else.
    pub prices: BTreeMap<String, NanoUsd>,
    pub note: Option<String>,
}

impl OwnPrices {
    /// The refusal of a table of so many rows.
    pub fn too_many(rows: usize) -> StoreError {
        StoreError::Invalid(format!("the own price table would have {rows} rows, at most {OWN_PRICES_MAX} are kept"))
    }
}

impl PriceTerms {
    /// Whether both speak of the same calls from the same moment on: then the later one replaces the earlier one.
    pub fn replaces(&self, other: &Self) -> bool {
        let key = |terms: &Self| {
            (terms.project.clone(), terms.model.clone(), terms.provider.clone(), terms.service_tier.clone(), terms.valid_from_unix_nanos)
        };
        key(self) == key(other)
    }
}
