//! Sums over traces, as the rows of sessions and users tell them.

use model::{CostStatus, NanoUsd, SpanStatus, TraceSummary, Usage};

/// The units most calls tell, in the order in which they are kept.
const UNITS: [&str; 5] = [Usage::INPUT, Usage::OUTPUT, Usage::CACHE_READ, Usage::CACHE_WRITE, Usage::REASONING];

/// What some traces add up to; engines keep one for each name and segment, so that it is small.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceTotals {
    pub trace_count: u32,
    pub error_count: u32,
    counts: [u64; UNITS.len()],
    /// Which of the units are known.
    known: u8,
    other: Option<Box<Usage>>,
    cost: Option<NanoUsd>,
    is_priced: bool,
    is_unpriced: bool,
}

impl TraceTotals {
    pub fn add(&mut self, trace: &TraceSummary) {
        self.trace_count += 1;
        self.error_count += u32::from(trace.status == SpanStatus::Error);
        self.add_cost(trace.cost, trace.cost_status);
        trace.usage.iter().for_each(|(unit, count)| self.add_usage(unit, count));
    }

    /// Priced where all is priced, partial where some is; traces with nothing to price do not matter.
    pub fn add_cost(&mut self, cost: Option<NanoUsd>, status: CostStatus) {
        self.cost = [self.cost, cost].into_iter().flatten().reduce(|one, other| one + other);
        self.is_priced |= matches!(status, CostStatus::Priced | CostStatus::Partial);
        self.is_unpriced |= matches!(status, CostStatus::NoPrice | CostStatus::Partial);
    }

    pub fn add_usage(&mut self, unit: &str, count: u64) {
        match UNITS.iter().position(|known| *known == unit) {
            Some(place) => {
                self.known |= 1 << place;
                self.counts[place] = self.counts[place].saturating_add(count);
            }
            None => self.other.get_or_insert_default().add(&[(unit, count)].into_iter().collect()),
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.trace_count += other.trace_count;
        self.error_count += other.error_count;
        self.cost = [self.cost, other.cost].into_iter().flatten().reduce(|one, other| one + other);
        self.is_priced |= other.is_priced;
        self.is_unpriced |= other.is_unpriced;
        other.usage().iter().for_each(|(unit, count)| self.add_usage(unit, count));
    }

    /// Over billing leaves only.
    pub fn usage(&self) -> Usage {
        let known = UNITS.iter().zip(self.counts).enumerate().filter(|(place, _)| self.known & (1 << place) != 0);
        let mut usage: Usage = known.map(|(_, (unit, count))| (*unit, count)).collect();
        self.other.iter().for_each(|other| usage.add(other));
        usage
    }

    pub fn cost(&self) -> Option<NanoUsd> {
        self.cost
    }

    pub fn cost_status(&self) -> CostStatus {
        match (self.is_priced, self.is_unpriced) {
            (true, true) => CostStatus::Partial,
            (true, false) => CostStatus::Priced,
            (false, true) => CostStatus::NoPrice,
            (false, false) => CostStatus::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole_and_unknown_stays_unknown() {
        let mut one = TraceTotals { trace_count: 1, ..TraceTotals::default() };
        one.add_cost(Some(NanoUsd(5)), CostStatus::Priced);
        one.add_usage(Usage::OUTPUT, 0);
        let mut other = TraceTotals { trace_count: 2, error_count: 1, ..TraceTotals::default() };
        other.add_cost(None, CostStatus::NoPrice);
        other.add_usage("images", 3);
        other.add_usage(Usage::OUTPUT, 4);
        one.merge(&other);
        assert_eq!((one.trace_count, one.error_count, one.cost(), one.cost_status()), (3, 1, Some(NanoUsd(5)), CostStatus::Partial));
        assert_eq!(one.usage(), [(Usage::OUTPUT, 4), ("images", 3)].into_iter().collect());
        assert_eq!((TraceTotals::default().usage(), TraceTotals::default().cost_status()), (Usage::default(), CostStatus::None));
    }
}
