//! Two samples, compared: how different they are, and how often chance alone would make them so.
//!
//! Pure functions of counts and numbers; they know nothing of traces.

use std::f64::consts::{FRAC_2_SQRT_PI, PI, SQRT_2};

/// The natural logarithms of factorials up to a bound.
#[derive(Debug)]
pub(super) struct LogFactorials(Vec<f64>);

impl LogFactorials {
    pub(super) fn up_to(bound: usize) -> Self {
        let sums = (1..=bound).scan(0.0, |sum, number| {
            *sum += (number as f64).ln();
            Some(*sum)
        });
        Self(std::iter::once(0.0).chain(sums).collect())
    }

    /// Fisher's exact test, two-sided: how probable tables are that are no more probable than this one, the sums of rows and columns
    /// given.
    ///
    /// `with` of `of` rows of each sample have something; the bound is not below both samples together.
    pub(super) fn fisher(&self, [first, second]: [Share; 2]) -> f64 {
        let (with, all) = (first.with + second.with, first.of + second.of);
        let fixed = self.0[first.of] + self.0[second.of] + self.0[with] + self.0[all - with] - self.0[all];
        let probability = |count: usize| {
            let others = with - count;
            let free = self.0[count] + self.0[first.of - count] + self.0[others] + self.0[second.of - others];
            (fixed - free).exp()
        };
        let possible = with.saturating_sub(second.of)..=with.min(first.of);
        // Equally probable tables differ in the last digits of their sums of logarithms.
        let bound = probability(first.with) * (1.0 + 1e-7);
        possible.map(probability).filter(|probability| *probability <= bound).sum::<f64>().min(1.0)
    }
}

/// How many rows of a sample have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Share {
    pub(super) with: usize,
    pub(super) of: usize,
}

impl Share {
    /// From 0 to 1; 0 of no rows.
    pub(super) fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.with as f64 / self.of as f64 }
    }
}

/// How two samples of numbers stand to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RankComparison {
    /// How probable it is that a number of the first sample is above one of the second; equal ones count half.
    pub(super) superiority: f64,
    /// Of the Mann-Whitney U test, two-sided, by the normal approximation with corrections for ties and continuity.
    pub(super) p_value: f64,
    /// The first and the second sample differ most in the shares of numbers from here on.
    pub(super) split: Split,
}

/// A number that parts the samples best, and the greatest number below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) from: f64,
    /// None where all numbers are `from` or above.
    pub(super) before: Option<f64>,
}

impl RankComparison {
    /// Cliff's delta: from -1, all of the first below all of the second, to 1.
    pub(super) fn delta(&self) -> f64 {
        2.0 * self.superiority - 1.0
    }
}

/// Compares numbers by rank; None where one of the samples has none.
pub(super) fn compare_ranks(first: &[f64], second: &[f64]) -> Option<RankComparison> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let of_first = first.iter().map(|number| (*number, true));
    let mut numbers: Vec<(f64, bool)> = of_first.chain(second.iter().map(|number| (*number, false))).collect();
    numbers.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (first_count, second_count) = (first.len() as f64, second.len() as f64);
    let all = first_count + second_count;
    let (mut below_in_first, mut below_in_second, mut wins, mut ties) = (0.0, 0.0, 0.0, 0.0);
    let (mut split, mut greatest_gap, mut before) = (Split { from: numbers[0].0, before: None }, -1.0_f64, None);
    for group in numbers.chunk_by(|(one, _), (other, _)| one == other) {
        let gap = (below_in_first / first_count - below_in_second / second_count as f64).abs();
        if gap > greatest_gap {
            (split, greatest_gap) = (Split { from: group[0].0, before }, gap);
        }
        let in_first = group.iter().filter(|(_, is_first)| *is_first).count() as f64;
        let in_second = group.len() as f64 - in_first;
        wins += in_first * (below_in_second + in_second / 2.0);
        ties += (group.len() as f64).powi(3) - group.len() as f64;
        below_in_first += in_first;
        below_in_second += in_second;
        before = Some(group[0].0);
    }
    let pairs = first_count * second_count;
    let deviation = (pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
    let distance = (wins - pairs / 2.0).abs() - 0.5;
    let p_value = if deviation > 0.0 { erfc(distance / deviation / SQRT_2).min(1.0) } else { 1.0 };
    Some(RankComparison { superiority: wins / pairs, p_value, split })
}

/// The median; the mean of the middle two of an even number. None of no numbers.
pub(super) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2.0),
    }
}

/// The Jensen-Shannon divergence of two distributions in bits: 0 where they are the same, 1 where they have nothing in common.
///
/// Counts of the same things in the same order; None where one of the two has none.
pub(super) fn jensen_shannon(counts: &[[usize; 2]]) -> Option<f64> {
    let [first, second] = [0, 1].map(|side| counts.iter().map(|pair| pair[side]).sum::<usize>() as f64);
    if first == 0.0 || second == 0.0 {
        return None;
    }
    let divergence = |part: f64, mean: f64| if part > 0.0 { part * (part / mean).log2() } else { 0.0 };
    let sum: f64 = counts
        .iter()
        .map(|[in_first, in_second]| {
            let (one, other) = (*in_first as f64 / first, *in_second as f64 / second);
            let mean = (one + other) / 2.0;
            (divergence(one, mean) + divergence(other, mean)) / 2.0
        })
        .sum();
    Some(sum.clamp(0.0, 1.0))
}

/// Adjusts p-values of many tests by Benjamini and Hochberg: of the tests at or below a value, no more than that share is expected to be
/// by chance.
pub(super) fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*other].total_cmp(&p_values[*one]));
    let (mut adjusted, mut least) = (vec![1.0; p_values.len()], 1.0_f64);
    for (place, index) in order.into_iter().enumerate() {
        let rank = p_values.len() - place;
        least = least.min(p_values[index] * p_values.len() as f64 / rank as f64);
        adjusted[index] = least;
    }
    adjusted
}

/// The complementary error function: its series near zero, its continued fraction beyond (Abramowitz and Stegun 7.1.6 and 7.1.14).
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.0 {
        let (mut term, mut sum, mut step) = (x, x, 0.0);
        while term > sum * 1e-17 {
            step += 1.0;
            term *= 2.0 * x * x / (2.0 * step + 1.0);
            sum += term;
        }
        return 1.0 - FRAC_2_SQRT_PI * (-x * x).exp() * sum;
    }
    let fraction = (1..=120).rev().fold(x, |rest, step| x + f64::from(step) / 2.0 / rest);
    (-x * x).exp() / (PI.sqrt() * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        let error = if expected == 0.0 { found.abs() } else { ((found - expected) / expected).abs() };
        assert!(error < 1e-9, "{found} is not {expected}");
    }

    /// Expected: `scipy.stats.fisher_exact([[a, b], [c, d]])[1]` of SciPy 1.17.1.
    #[test]
    fn exact_probabilities_are_those_of_scipy() {
        let factorials = LogFactorials::up_to(2_000);
        let check = |[[a, b], [c, d]]: [[usize; 2]; 2], expected: f64| {
            near(factorials.fisher([Share { with: a, of: a + b }, Share { with: c, of: c + d }]), expected);
        };
        check([[8, 2], [1, 5]], 0.034965034965034975);
        check([[30, 70], [5, 95]], 3.5476954553155855e-06);
        check([[0, 10], [10, 0]], 1.082508822446903e-05);
        check([[400, 600], [100, 900]], 1.3453337977567596e-56);
        check([[3, 3], [3, 3]], 1.0);
        check([[0, 0], [3, 3]], 1.0);
    }

    /// Expected: `scipy.stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)` of SciPy 1.17.1; the superiority is its
    /// statistic through the number of pairs, the gap at the split `scipy.stats.ks_2samp(a, b).statistic`.
    #[test]
    fn ranks_are_compared_as_scipy_does() {
        let check = |first: &[f64], second: &[f64], u: f64, p_value: f64, gap: f64| {
            let found = compare_ranks(first, second).unwrap();
            near(found.superiority, u / (first.len() * second.len()) as f64);
            near(found.p_value, p_value);
            let share = |sample: &[f64]| sample.iter().filter(|number| **number >= found.split.from).count() as f64 / sample.len() as f64;
            near((share(first) - share(second)).abs(), gap);
        };
        check(&[1.1, 2.2, 3.3, 4.4, 9.0], &[0.5, 1.1, 2.0, 2.2], 17.0, 0.1083608161727848, 0.6);
        let (hundred, eighty): (Vec<f64>, Vec<f64>) = ((1..=100).map(f64::from).collect(), (31..=110).map(f64::from).collect());
        check(&hundred, &eighty, 2450.0, 8.165109726837927e-06, 0.3);
        let tied = [vec![1.0; 10], vec![2.0; 5]].concat();
        let others = [vec![1.0; 2], vec![2.0; 20], vec![3.0]].concat();
        check(&tied, &others, 70.0, 0.0002308709527145396, 10.0 / 15.0 - 2.0 / 23.0);
    }

    #[test]
    fn equal_samples_do_not_differ_and_none_cannot_be_compared() {
        let same = compare_ranks(&[7.0; 5], &[7.0; 9]).unwrap();
        assert_eq!((same.superiority, same.p_value, same.delta(), same.split.before), (0.5, 1.0, 0.0, None));
        assert_eq!(compare_ranks(&[], &[1.0]), None);
        let apart = compare_ranks(&[5.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((apart.delta(), apart.split), (1.0, Split { from: 5.0, before: Some(3.0) }));
    }

    /// Expected: `scipy.stats.false_discovery_control` and the square of `scipy.spatial.distance.jensenshannon(.., base=2)` of 1.17.1.
    #[test]
    fn many_tests_and_distributions_are_told_as_scipy_does() {
        for (found, expected) in adjusted(&[0.01, 0.04, 0.03, 0.005, 0.5]).into_iter().zip([0.025, 0.05, 0.05, 0.025, 0.5]) {
            near(found, expected);
        }
        near(jensen_shannon(&[[50, 1], [30, 1], [20, 8]]).unwrap(), 0.281773601169986);
        assert_eq!((jensen_shannon(&[[1, 0], [0, 5]]), jensen_shannon(&[[1, 0], [2, 0]])), (Some(1.0), None));
    }

    /// Expected: `math.erfc` of Python 3.
    #[test]
    fn tails_are_exact_far_out() {
        near(erfc(0.1), 0.8875370839817152);
        near(erfc(1.99), 0.004888586800383003);
        near(erfc(2.0), 0.004677734981047266);
        near(erfc(6.0), 2.1519736712498916e-17);
        near(erfc(-1.0), 1.842700792949715);
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!([median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0]), median(&[])], [Some(2.0), Some(2.5), None]);
    }
}
