//! What points say together.

use std::cmp::Ordering;

use super::distribution::Distribution;
use super::number::Number;

/// What one or more points of a series say, or several series together.
#[derive(Debug, Clone, PartialEq)]
pub enum Tally {
    /// Of values that stand for a moment: the newest, and between which they lay.
    Values { time_unix_nanos: u64, last: Number, min: Number, max: Number },
    /// Of counters: by how much they rose; of those that may fall, by how much they changed.
    Increase(Number),
    /// Of histograms and summaries.
    Distribution(Distribution),
}

impl Tally {
    pub(super) fn value(time_unix_nanos: u64, number: Number) -> Self {
        Self::Values { time_unix_nanos, last: number, min: number, max: number }
    }

    /// Adds what another point or series says; tallies of different kinds have nothing to say to each other.
    pub fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Increase(sum), Self::Increase(more)) => *sum = sum.plus(*more),
            (Self::Distribution(sum), Self::Distribution(more)) => sum.add(more),
            (
                Self::Values { time_unix_nanos, last, min, max },
                Self::Values { time_unix_nanos: other_time, last: other_last, min: other_min, max: other_max },
            ) => {
                if other_time >= time_unix_nanos {
                    (*time_unix_nanos, *last) = (*other_time, *other_last);
                }
                *min = if other_min.order(*min) == Ordering::Less { *other_min } else { *min };
                *max = if other_max.order(*max) == Ordering::Greater { *other_max } else { *max };
            }
            _ => {}
        }
    }

    /// Adds the values of another series to this one's: each series counts with its last.
    pub fn add_last(&mut self, other: &Self) {
        if let (Self::Values { time_unix_nanos, last, min, max }, Self::Values { time_unix_nanos: other_time, last: other_last, .. }) =
            (self, other)
        {
            *time_unix_nanos = (*time_unix_nanos).max(*other_time);
            *last = last.plus(*other_last);
            (*min, *max) = (*last, *last);
        }
    }
}
