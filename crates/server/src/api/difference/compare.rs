//! Two sets of traces, field by field: how different they are, and by which values.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::field::{Key, Scalar};
use super::profile::{Profile, Said};
use super::statistics::{LogFactorials, RankComparison, Share, Split, adjusted, compare_ranks, jensen_shannon, median};
use crate::limits::{DIFFERENCE_FIELDS_MAX, DIFFERENCE_VALUES_MAX};

/// From here on a difference is more than chance is expected to make among so many fields.
const CHANCE_MAX: f64 = 0.05;

/// How different the two sides are in one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldDifference {
    pub(super) key: Key,
    /// 0 where the sides are the same, 1 where they have nothing in common: the largest difference of shares, of numbers also Cliff's
    /// delta without its sign.
    pub(super) effect: f64,
    pub(super) p_value: f64,
    /// Adjusted for the number of fields.
    pub(super) q_value: f64,
    pub(super) sides: [SideSaid; 2],
    /// Those whose shares differ most first.
    pub(super) values: Vec<ValueDifference>,
    /// Different values, having none among them.
    pub(super) value_count: usize,
    pub(super) jensen_shannon: Option<f64>,
    pub(super) ranks: Option<RankComparison>,
}

/// What one side says in a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SideSaid {
    /// Traces that say something, of all that were looked at.
    pub(super) known: Share,
    /// Of numbers.
    pub(super) median: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueDifference {
    pub(super) what: What,
    pub(super) shares: [Share; 2],
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Value(Scalar),
    /// The field has no value.
    Absent,
    /// Numbers from here on, or below.
    Bound {
        at: f64,
        is_least: bool,
    },
}

impl ValueDifference {
    /// The larger the difference the higher; of two values that say the same, the one that the first side has.
    fn rank(&self) -> (u64, bool) {
        // Shares that are complements of one another differ in their last digits.
        ((self.gap() * 1e9).round() as u64, self.shares[0].share() > self.shares[1].share())
    }

    fn gap(&self) -> f64 {
        (self.shares[0].share() - self.shares[1].share()).abs()
    }
}

impl FieldDifference {
    pub(super) fn is_significant(&self) -> bool {
        self.q_value <= CHANCE_MAX
    }
}

/// The fields of two sides and how many there were before the bound.
pub(super) struct Compared {
    /// What is more than chance first, then by effect.
    pub(super) fields: Vec<FieldDifference>,
    pub(super) field_count: usize,
}

/// Compares two sets of traces in every field that one of them says something in.
pub(super) fn compare(sides: [&[Profile]; 2]) -> Compared {
    let mut said: BTreeMap<&Key, [Vec<&Said>; 2]> = BTreeMap::new();
    for (side, profiles) in sides.iter().enumerate() {
        for (key, value) in profiles.iter().flat_map(|profile| &profile.said) {
            said.entry(key).or_default()[side].push(value);
        }
    }
    let field_count = said.len();
    let mut said: Vec<(&Key, [Vec<&Said>; 2])> = said.into_iter().collect();
    // Those that most traces know; what only a few say cannot differ by more than chance.
    said.sort_by_key(|(_, said)| Reverse(said[0].len() + said[1].len()));
    said.truncate(DIFFERENCE_FIELDS_MAX);
    let factorials = LogFactorials::up_to(sides[0].len() + sides[1].len());
    let with_outputs = sides.map(|profiles| profiles.iter().filter(|profile| profile.has_outputs).count());
    let all = sides.map(<[Profile]>::len);
    let field = |(key, said): (&Key, [Vec<&Said>; 2])| {
        let of = if matches!(key, Key::Output { .. }) { with_outputs } else { all };
        compare_field(key, said, of, &factorials)
    };
    let mut fields: Vec<FieldDifference> = said.into_iter().map(field).collect();
    let q_values = adjusted(&fields.iter().map(|field| field.p_value).collect::<Vec<_>>());
    fields.iter_mut().zip(q_values).for_each(|(field, q_value)| field.q_value = q_value);
    fields.sort_by(|one, other| {
        let by_chance = other.is_significant().cmp(&one.is_significant());
        by_chance
            .then(other.effect.total_cmp(&one.effect))
            .then(one.p_value.total_cmp(&other.p_value))
            .then_with(|| one.key.cmp(&other.key))
    });
    Compared { fields, field_count }
}

fn compare_field(key: &Key, said: [Vec<&Said>; 2], of: [usize; 2], factorials: &LogFactorials) -> FieldDifference {
    let is_count = matches!(key, Key::Runs(..) | Key::SpansOfKind(_));
    match numbers_of(key, &said) {
        // What does not stand in a trace that was read whole is there zero times.
        Some(mut numbers) if is_count => {
            numbers.iter_mut().zip(of).for_each(|(numbers, of)| numbers.resize(of, 0.0));
            compare_numbers(key, numbers, of, factorials)
        }
        Some(numbers) => compare_numbers(key, numbers, of, factorials),
        None => compare_values(key, &said, of, factorials),
    }
}

/// The numbers of a field that says nothing else; of several of a trace the greatest.
fn numbers_of(key: &Key, said: &[Vec<&Said>; 2]) -> Option<[Vec<f64>; 2]> {
    let number = |said: &Said| match said {
        Said::Number(number) => Some(*number),
        Said::Values(values) => {
            let parsed = values.iter().map(|value| match value {
                Scalar::Number(text) => text.parse().ok(),
                _ => None,
            });
            parsed.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
        }
    };
    if key.is_code() {
        return None;
    }
    let [first, second] = [0, 1].map(|side| said[side].iter().map(|said| number(said)).collect::<Option<Vec<f64>>>());
    Some([first?, second?])
}

fn compare_numbers(key: &Key, numbers: [Vec<f64>; 2], of: [usize; 2], factorials: &LogFactorials) -> FieldDifference {
    let known = [0, 1].map(|side| Share { with: numbers[side].len(), of: of[side] });
    let is_partly_absent = known.iter().any(|share| share.with < share.of);
    let ranks = compare_ranks(&numbers[0], &numbers[1]);
    let mut values: Vec<ValueDifference> = ranks.iter().map(|ranks| bound(key, ranks, &numbers, of)).collect();
    let absent = ValueDifference { what: What::Absent, shares: known.map(|share| Share { with: share.of - share.with, of: share.of }) };
    let mut effect = ranks.map_or(0.0, |ranks| ranks.delta().abs());
    let mut p_values: Vec<f64> = ranks.iter().map(|ranks| ranks.p_value).collect();
    let absent_gap = if is_partly_absent { absent.gap() } else { -1.0 };
    if is_partly_absent {
        effect = effect.max(absent.gap());
        p_values.push(factorials.fisher(known));
        values.push(absent);
    }
    // The share of a bound is small too where numbers are absent: then that is what is to be told.
    if absent_gap >= ranks.map_or(0.0, |ranks| ranks.delta().abs()) {
        values.reverse();
    }
    FieldDifference {
        key: key.clone(),
        effect,
        p_value: least_of(&p_values),
        q_value: 1.0,
        sides: [0, 1].map(|side| SideSaid { known: known[side], median: median(&numbers[side]) }),
        value_count: values.len(),
        values,
        jensen_shannon: None,
        ranks,
    }
}

/// The least of several p-values, for being chosen among so many (Bonferroni).
fn least_of(p_values: &[f64]) -> f64 {
    p_values.iter().copied().reduce(f64::min).map_or(1.0, |least| (least * p_values.len() as f64).min(1.0))
}

/// The bound that parts the numbers best, told from the side that has more of them.
fn bound(key: &Key, ranks: &RankComparison, numbers: &[Vec<f64>; 2], of: [usize; 2]) -> ValueDifference {
    let at = readable(key, ranks.split);
    let above = [0, 1].map(|side| numbers[side].iter().filter(|number| **number >= at).count());
    let shares_above = [0, 1].map(|side| Share { with: above[side], of: numbers[side].len() }.share());
    let is_least = shares_above[0] >= shares_above[1];
    let with = |side: usize| if is_least { above[side] } else { numbers[side].len() - above[side] };
    ValueDifference { what: What::Bound { at, is_least }, shares: [0, 1].map(|side| Share { with: with(side), of: of[side] }) }
}

const SECOND: f64 = 1e9;

/// The shortest number that parts the same numbers.
fn readable(key: &Key, split: Split) -> f64 {
    let Some(before) = split.before else { return split.from };
    let parts = |candidate: &f64| *candidate > before && *candidate <= split.from;
    let floored = |step: f64| (split.from / step).floor() * step;
    if key.unit() == Some(query::Unit::UnixNanos) {
        let steps = [86_400.0, 3_600.0, 600.0, 60.0, 1.0].map(|seconds| seconds * SECOND);
        return steps.into_iter().map(floored).find(parts).unwrap_or(split.from);
    }
    if split.from <= 0.0 || !split.from.is_finite() {
        return split.from;
    }
    let size = split.from.log10().floor() as i32;
    // Below one by division: a power of ten is exact there.
    let candidate = |digits: i32| match size - digits + 1 {
        place if place >= 0 => floored(10_f64.powi(place)),
        place => (split.from * 10_f64.powi(-place)).floor() / 10_f64.powi(-place),
    };
    (1..=15).map(candidate).find(parts).unwrap_or(split.from)
}

fn compare_values(key: &Key, said: &[Vec<&Said>; 2], of: [usize; 2], factorials: &LogFactorials) -> FieldDifference {
    let known = [0, 1].map(|side| Share { with: said[side].len(), of: of[side] });
    let mut counts: HashMap<&Scalar, [usize; 2]> = HashMap::new();
    for (side, said) in said.iter().enumerate() {
        let values = said.iter().filter_map(|said| if let Said::Values(values) = said { Some(values) } else { None });
        values.flatten().for_each(|value| counts.entry(value).or_default()[side] += 1);
    }
    let absent = known.map(|share| share.of - share.with);
    let shares = |counts: [usize; 2]| [0, 1].map(|side| Share { with: counts[side], of: of[side] });
    let mut all: Vec<(What, [usize; 2])> = counts.into_iter().map(|(value, counts)| (What::Value(value.clone()), counts)).collect();
    if absent != [0, 0] {
        all.push((What::Absent, absent));
    }
    let value_count = all.len();
    let jensen_shannon = jensen_shannon(&all.iter().map(|(_, counts)| *counts).collect::<Vec<_>>());
    // The most frequent ones of both sides together: which they are says nothing of how the sides differ.
    all.sort_by(|(one, counts), (other, others)| {
        (others[0] + others[1]).cmp(&(counts[0] + counts[1])).then_with(|| text_of(one).cmp(text_of(other)))
    });
    all.truncate(DIFFERENCE_VALUES_MAX);
    let p_values: Vec<f64> = all.iter().map(|(_, counts)| factorials.fisher(shares(*counts))).collect();
    let mut values: Vec<ValueDifference> = all.into_iter().map(|(what, counts)| ValueDifference { what, shares: shares(counts) }).collect();
    values.sort_by_key(|value| Reverse(value.rank()));
    FieldDifference {
        key: key.clone(),
        effect: values.first().map_or(0.0, ValueDifference::gap),
        p_value: least_of(&p_values),
        q_value: 1.0,
        sides: [0, 1].map(|side| SideSaid { known: known[side], median: None }),
        values,
        value_count,
        jensen_shannon,
        ranks: None,
    }
}

fn text_of(what: &What) -> &str {
    match what {
        What::Value(Scalar::Text(text) | Scalar::Number(text)) => text,
        What::Value(Scalar::Truth(truth)) => {
            if *truth {
                "true"
            } else {
                "false"
            }
        }
        What::Absent | What::Bound { .. } => "",
    }
}

#[cfg(test)]
mod tests;
