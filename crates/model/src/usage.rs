//! Usage: counts by unit, totals inclusive of their parts.

use std::collections::BTreeMap;

/// Counts by unit name of the `genai-prices` vocabulary (`input_tokens`, `cache_read_tokens`, ...).
///
/// Totals include their parts: `cache_read_tokens` is a share of `input_tokens`. An absent unit is unknown, not zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage(BTreeMap<String, u64>);

impl Usage {
    pub const INPUT: &'static str = "input_tokens";
    pub const OUTPUT: &'static str = "output_tokens";
    pub const CACHE_READ: &'static str = "cache_read_tokens";
    pub const CACHE_WRITE: &'static str = "cache_write_tokens";
    pub const REASONING: &'static str = "output_reasoning_tokens";

    pub fn get(&self, unit: &str) -> Option<u64> {
        self.0.get(unit).copied()
    }

    pub fn set(&mut self, unit: &str, count: u64) {
        self.0.insert(unit.to_owned(), count);
    }

    pub fn remove(&mut self, unit: &str) -> Option<u64> {
        self.0.remove(unit)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Units in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(unit, count)| (unit.as_str(), *count))
    }

    /// Adds each unit of `other`; a unit known on one side only is taken as it is.
    pub fn add(&mut self, other: &Usage) {
        for (unit, count) in other.iter() {
            let sum = self.get(unit).unwrap_or(0).saturating_add(count);
            self.set(unit, sum);
        }
    }
}

impl<Unit: Into<String>> FromIterator<(Unit, u64)> for Usage {
    fn from_iter<I: IntoIterator<Item = (Unit, u64)>>(counts: I) -> Self {
        Self(counts.into_iter().map(|(unit, count)| (unit.into(), count)).collect())
    }
}
