//! What is known of a filter's answer: rows that surely meet it, and rows that possibly do.

use std::ops::Range;

use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::util::bit_util;

/// One bit a row in both; whatever is sure is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) sure: BooleanBuffer,
    pub(super) possible: BooleanBuffer,
}

impl Bounds {
    pub(super) fn exactly(rows: BooleanBuffer) -> Self {
        Self { possible: rows.clone(), sure: rows }
    }

    pub(super) fn all(count: usize) -> Self {
        Self::exactly(BooleanBuffer::new_set(count))
    }

    pub(super) fn none(count: usize) -> Self {
        Self::exactly(BooleanBuffer::new_unset(count))
    }

    /// Nothing is known.
    pub(super) fn unknown(count: usize) -> Self {
        Self::among(BooleanBuffer::new_set(count))
    }

    /// Some of these rows, nobody knows which.
    pub(super) fn among(possible: BooleanBuffer) -> Self {
        Self { sure: BooleanBuffer::new_unset(possible.len()), possible }
    }

    pub(super) fn and(self, other: &Self) -> Self {
        Self { sure: &self.sure & &other.sure, possible: &self.possible & &other.possible }
    }

    pub(super) fn or(self, other: &Self) -> Self {
        Self { sure: &self.sure | &other.sure, possible: &self.possible | &other.possible }
    }

    pub(super) fn not(self) -> Self {
        Self { sure: !&self.possible, possible: !&self.sure }
    }

    /// Knows nothing of some rows any more.
    pub(super) fn forget(self, rows: &BooleanBuffer) -> Self {
        Self { sure: &self.sure & &!rows, possible: &self.possible | rows }
    }

    /// Whether a row meets the filter; None where that is not known.
    pub(super) fn of_row(&self, row: usize) -> Option<bool> {
        match (self.sure.value(row), self.possible.value(row)) {
            (true, _) => Some(true),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }

    /// Whether there is no doubt about some rows.
    pub(super) fn is_exact_in(&self, rows: &Range<usize>) -> bool {
        self.sure.slice(rows.start, rows.len()) == self.possible.slice(rows.start, rows.len())
    }

    pub(super) fn is_sure(&self, row: usize) -> bool {
        self.sure.value(row)
    }
}

/// How many of some rows are set.
pub(super) fn count_in(set: &BooleanBuffer, rows: &Range<usize>) -> usize {
    set.slice(rows.start, rows.len()).count_set_bits()
}

/// One bit for each of so many rows; few are set, so the others are not looked at.
pub(super) fn of_rows(count: usize, set: impl IntoIterator<Item = usize>) -> BooleanBuffer {
    let mut bits = vec![0_u8; count.div_ceil(8)];
    set.into_iter().for_each(|row| bit_util::set_bit(&mut bits, row));
    BooleanBuffer::new(bits.into(), 0, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(sure: [bool; 3], possible: [bool; 3]) -> Bounds {
        Bounds { sure: sure.as_slice().into(), possible: possible.as_slice().into() }
    }

    #[test]
    fn what_is_not_known_stays_unknown_when_it_is_denied() {
        let known = bounds([true, false, false], [true, true, false]);
        assert_eq!(known.clone().not(), bounds([false, false, true], [false, true, true]));
        assert_eq!(known.clone().not().not(), known);
        assert_eq!(known.clone().or(&known.clone().not()), bounds([true, false, true], [true, true, true]));
        assert_eq!(known.clone().and(&Bounds::unknown(3)), Bounds::among(known.possible));
    }
}
