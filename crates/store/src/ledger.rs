//! The ledger: what became of every record received.

use std::collections::BTreeMap;

/// Counts of records (spans, log records, metric points); each record received is in exactly one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    pub stored: u64,
    pub duplicate: u64,
    pub updated: u64,
    pub sampled_out: u64,
    /// By reason.
    pub rejected: BTreeMap<String, u64>,
}

impl Ledger {
    /// The sum of all buckets.
    pub fn received(&self) -> u64 {
        self.stored + self.duplicate + self.updated + self.sampled_out + self.rejected.values().sum::<u64>()
    }

    pub fn add(&mut self, other: &Ledger) {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.updated += other.updated;
        self.sampled_out += other.sampled_out;
        for (reason, count) in &other.rejected {
            *self.rejected.entry(reason.clone()).or_default() += count;
        }
    }
}
