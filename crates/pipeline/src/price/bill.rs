//! Counts times prices, exactly: each count goes to the most special unit that has a price.

use model::{NanoUsd, Usage};

use super::units::{contradiction, counted, depth, is_part_of, units_per_price};

/// One position of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub unit: String,
    /// Without the parts that have lines of their own.
    pub count: u64,
    /// For so many units as `per` says.
    pub unit_price: NanoUsd,
    pub per: u64,
    /// Rounded to a whole nano-dollar, the sum of a bill only once.
    pub cost: NanoUsd,
    /// The price holds because the call has more input tokens than this.
    pub above_input_tokens: Option<u64>,
}

/// What some usage costs by the prices of some units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) total: NanoUsd,
    /// Counts for which there is no price, neither their own nor that of a whole.
    pub(crate) unpriced: Vec<(String, u64)>,
}

/// Writes the bill; fails with words for people where the parts are more than the whole.
pub(crate) fn bill(usage: &Usage, price_of_unit: impl Fn(&str) -> Option<NanoUsd>) -> Result<Bill, String> {
    let counted = counted(usage);
    let priced: Vec<(&str, u64, NanoUsd)> =
        counted.iter().filter_map(|(unit, count)| Some((*unit, *count, price_of_unit(unit)?))).collect();
    let mut bill = Bill::default();
    let mut sum = Exact::default();
    // The most special first, so that a whole knows what its parts have taken.
    for (unit, count, unit_price) in priced.iter().rev() {
        let taken: u64 = bill.lines.iter().filter(|line| is_part_of(&line.unit, unit)).map(|line| line.count).sum();
        let Some(own) = count.checked_sub(taken) else {
            return Err(contradiction(usage).unwrap_or_else(|| format!("usage is invalid: the parts of {count} {unit} are {taken}")));
        };
        let per = units_per_price(unit);
        let cost = Exact::of(own, *unit_price, per);
        sum.0 += cost.0;
        let line =
            Line { unit: (*unit).to_owned(), count: own, unit_price: *unit_price, per, cost: cost.rounded(), above_input_tokens: None };
        bill.lines.push(line);
    }
    bill.lines.sort_by(|one, other| (depth(&one.unit), &one.unit).cmp(&(depth(&other.unit), &other.unit)));
    bill.lines.retain(|line| line.count > 0);
    bill.total = sum.rounded();
    bill.unpriced = unpriced(&counted, |unit| price_of_unit(unit).is_some());
    Ok(bill)
}

/// Keeps the counts that neither have a price nor are inside one that has, nor inside another of these.
pub(crate) fn unpriced(counted: &[(&str, u64)], has_price: impl Fn(&str) -> bool) -> Vec<(String, u64)> {
    let is_inside_another = |unit: &str| counted.iter().any(|(whole, _)| is_part_of(unit, whole));
    counted
        .iter()
        .filter(|(unit, _)| !is_inside_another(unit) && !has_price(unit))
        .map(|(unit, count)| ((*unit).to_owned(), *count))
        .collect()
}

/// Millionths of nano-dollars, for sums that are rounded once.
#[derive(Debug, Clone, Copy, Default)]
struct Exact(i128);

const EXACT_PER_NANO: i128 = 1_000_000;

impl Exact {
    /// Both sizes of `per` divide a million.
    fn of(count: u64, price: NanoUsd, per: u64) -> Self {
        Self(i128::from(count) * i128::from(price.0) * (EXACT_PER_NANO / i128::from(per)))
    }

    /// To the nearest; halves away from zero, which no price is below.
    fn rounded(self) -> NanoUsd {
        NanoUsd(i64::try_from((self.0 + EXACT_PER_NANO / 2) / EXACT_PER_NANO).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(usage: &[(&str, u64)], prices: &[(&str, i64)]) -> Result<Bill, String> {
        let price = |unit: &str| prices.iter().find(|(priced, _)| *priced == unit).map(|(_, nanos)| NanoUsd(*nanos));
        bill(&usage.iter().copied().collect(), price)
    }

    #[test]
    fn each_count_is_paid_once() {
        let usage = [("input_tokens", 1_000), ("cache_read_tokens", 400), ("output_tokens", 10), ("output_reasoning_tokens", 4)];
        let prices = [("input_tokens", 2_000_000_000), ("cache_read_tokens", 500_000_000), ("output_tokens", 8_000_000_000)];
        let bill = written(&usage, &prices).unwrap();
        let lines: Vec<_> = bill.lines.iter().map(|line| (line.unit.as_str(), line.count, line.cost.0)).collect();
        assert_eq!(lines, [("input_tokens", 600, 1_200_000), ("output_tokens", 10, 80_000), ("cache_read_tokens", 400, 200_000)]);
        assert_eq!((bill.total, bill.unpriced), (NanoUsd(1_480_000), vec![]));
    }

    #[test]
    fn the_sum_is_rounded_once() {
        // A third of a nano-dollar each would be nothing three times.
        let usage = [("input_tokens", 1), ("output_tokens", 1), ("input_characters", 1)];
        let bill = written(&usage, &[("input_tokens", 333_334), ("output_tokens", 333_333), ("input_characters", 333_333)]).unwrap();
        assert_eq!((bill.lines[0].cost, bill.total), (NanoUsd(0), NanoUsd(1)));
    }

    #[test]
    fn what_has_no_price_is_named_without_its_parts() {
        let usage = [("input_tokens", 5), ("output_tokens", 9), ("output_reasoning_tokens", 3), ("web_searches", 12)];
        let bill = written(&usage, &[("input_tokens", 1)]).unwrap();
        assert_eq!(bill.unpriced, [("output_tokens".to_owned(), 9), ("web_searches".to_owned(), 12)]);
    }
}
