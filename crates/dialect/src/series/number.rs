//! Numbers of metrics: whole ones stay whole.

use std::cmp::Ordering;

use model::MetricValue;

/// A number as sent, or a sum of such; whole numbers are added exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Wide enough for any sum of points that is ever read.
    Int(i128),
    Double(f64),
}

impl Number {
    /// Returns the number of a point; None for NaN, and for points that have none.
    pub(super) fn of(value: &MetricValue) -> Option<Self> {
        match value {
            MetricValue::Int(number) => Some(Self::Int(i128::from(*number))),
            MetricValue::Double(number) if !number.is_nan() => Some(Self::Double(*number)),
            _ => None,
        }
    }

    pub(super) fn is_finite(self) -> bool {
        self.as_f64().is_finite()
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Double(number) => number,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Self::Int(left.saturating_add(right)),
            _ => Self::Double(self.as_f64() + other.as_f64()),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Self::Int(left.saturating_sub(right)),
            _ => Self::Double(self.as_f64() - other.as_f64()),
        }
    }

    /// NaN never becomes a number, so that any two can be compared.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left.cmp(&right),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}
