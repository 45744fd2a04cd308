//! How many different texts there are: exact while they are few, then estimated from their hashes (HyperLogLog).

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// A set of texts that is only asked for its size; the same in whatever order texts come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distinct {
    Few(HashSet<u64, BuildHasherDefault<AsItIs>>),
    /// For each of 4,096 parts of the hashes the longest run of leading zeros, plus one.
    Many(Box<[u8; PARTS]>),
}

const PARTS_BITS: u32 = 12;
const PARTS: usize = 1 << PARTS_BITS;

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(HashSet::default())
    }
}

impl Distinct {
    /// Up to here the answer is exact, save for two texts of one hash in some 10^14 cases; beyond it some two percent off.
    pub const EXACT_MAX: usize = 1_024;

    pub fn add(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                hashes.insert(hash);
                if hashes.len() > Self::EXACT_MAX {
                    *self = Self::Many(parts_of(hashes.iter().copied()));
                }
            }
            Self::Many(parts) => note(parts, hash),
        }
    }

    pub fn merge(&mut self, other: &Distinct) {
        match (&mut *self, other) {
            (_, Self::Few(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Self::Many(parts), Self::Many(others)) => join(parts, others),
            (Self::Few(hashes), Self::Many(others)) => {
                let mut parts = parts_of(hashes.iter().copied());
                join(&mut parts, others);
                *self = Self::Many(parts);
            }
        }
    }

    pub fn is_exact(&self) -> bool {
        matches!(self, Self::Few(_))
    }

    pub fn count(&self) -> u64 {
        match self {
            Self::Few(hashes) => hashes.len() as u64,
            Self::Many(parts) => estimate(parts),
        }
    }

    /// About the memory it takes beyond itself.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(hashes) => hashes.capacity() * 9,
            Self::Many(_) => PARTS,
        }
    }
}

/// Hashes a text for `Distinct::add`: FNV-1a, its bits mixed once more (the finish of SplitMix64) because FNV leaves the high ones poor.
pub fn hash_of_text(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn parts_of(hashes: impl Iterator<Item = u64>) -> Box<[u8; PARTS]> {
    let mut parts = Box::new([0; PARTS]);
    hashes.for_each(|hash| note(&mut parts, hash));
    parts
}

fn note(parts: &mut [u8; PARTS], hash: u64) {
    let rest = hash << PARTS_BITS;
    let run = rest.leading_zeros().min(u64::BITS - PARTS_BITS) as u8 + 1;
    let part = &mut parts[(hash >> (u64::BITS - PARTS_BITS)) as usize];
    *part = run.max(*part);
}

fn join(parts: &mut [u8; PARTS], others: &[u8; PARTS]) {
    parts.iter_mut().zip(others).for_each(|(part, other)| *part = (*part).max(*other));
}

/// The estimate of Flajolet and others (2007), with counting of empty parts where many are.
fn estimate(parts: &[u8; PARTS]) -> u64 {
    let count = PARTS as f64;
    let harmonic: f64 = parts.iter().map(|run| 2f64.powi(-i32::from(*run))).sum();
    let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / harmonic;
    let empty = parts.iter().filter(|run| **run == 0).count();
    let estimate = if raw <= 2.5 * count && empty > 0 { count * (count / empty as f64).ln() } else { raw };
    estimate.round() as u64
}

/// The hashes are hashes already.
#[derive(Debug, Clone, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(numbers: impl IntoIterator<Item = u64>) -> Distinct {
        let mut distinct = Distinct::default();
        numbers.into_iter().for_each(|number| distinct.add(hash_of_text(&format!("user-{number}"))));
        distinct
    }

    #[test]
    fn few_are_counted() {
        assert_eq!(distinct([]).count(), 0);
        let few = distinct((0..1_024).chain(0..1_024));
        assert!(few.is_exact());
        assert_eq!(few.count(), 1_024);
    }

    #[test]
    fn many_are_estimated() {
        for count in [1_025, 5_000, 20_000, 300_000] {
            let found = distinct(0..count);
            assert!(!found.is_exact());
            let error = (found.count() as f64 - count as f64).abs() / count as f64;
            assert!(error < 0.05, "{count}: {}", found.count());
        }
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let whole = distinct(0..3_000);
        for cut in [10, 1_500, 2_990] {
            let mut merged = distinct(cut..3_000);
            merged.merge(&distinct(0..cut));
            assert_eq!(merged, whole, "{cut}");
        }
    }
}
