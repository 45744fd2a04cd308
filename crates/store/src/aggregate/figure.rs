//! One figure of a group, and what it is made from.

use std::ops::RangeInclusive;

use model::{CostStatus, Span};
use query::TRILLIONTHS;

use super::dimension::Dimension;
use super::distinct::{Distinct, hash_of_text};
use super::sketch::Sketch;
use super::{AggregateQuery, Measure, TimeBucket};
use crate::query::TimeRange;

/// A figure and how much of the group it knows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figure {
    /// Absent where no row has a value.
    pub amount: Option<Amount>,
    /// Rows it is made of.
    pub rows_known: u64,
    /// Rows that should have a value and have none: calls without a price, spans that tell no first token.
    pub rows_unknown: u64,
    /// Of the rows it is made of, those of which a part is known only: calls with a price for some of their tokens.
    pub rows_partial: u64,
    /// Whether the amount is an estimate.
    pub is_approximate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// In the field's unit.
    Whole(i128),
    /// In the field's unit; means and rates.
    Fraction(f64),
}

impl Amount {
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Fraction(fraction) => fraction,
        }
    }
}

/// What is gathered of one field for one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Rows.
    known: u64,
    unknown: u64,
    partial: u64,
    /// A row may have several.
    numbers: u64,
    /// None beyond what 128 bits hold.
    sum: Option<i128>,
    min: i128,
    max: i128,
    sketch: Option<Sketch>,
    distinct: Option<Distinct>,
}

/// What some measures of a question are of, and what has to be gathered of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TallyKind {
    pub dimension: Dimension,
    pub needs_sketch: bool,
    pub is_distinct: bool,
}

impl TallyKind {
    /// One for all measures of the same, and which of them each measure reads.
    pub fn of_measures(measures: &[Measure]) -> (Vec<Self>, Vec<Option<usize>>) {
        let mut kinds: Vec<Self> = Vec::new();
        let mut place = |measure: &Measure| {
            let dimension = measure.dimension()?;
            let is_distinct = matches!(measure, Measure::Distinct(_));
            let known = kinds.iter().position(|kind| kind.dimension == *dimension && kind.is_distinct == is_distinct);
            let place = known.unwrap_or_else(|| {
                kinds.push(Self { dimension: dimension.clone(), needs_sketch: false, is_distinct });
                kinds.len() - 1
            });
            kinds[place].needs_sketch |= matches!(measure, Measure::Quantile(..));
            Some(place)
        };
        let places = measures.iter().map(&mut place).collect();
        (kinds, places)
    }

    pub fn empty(&self) -> Tally {
        Tally {
            known: 0,
            unknown: 0,
            partial: 0,
            numbers: 0,
            sum: Some(0),
            min: i128::MAX,
            max: i128::MIN,
            sketch: self.needs_sketch.then(Sketch::default),
            distinct: self.is_distinct.then(Distinct::default),
        }
    }

    /// Takes in what a row says, if it counts.
    pub fn add(&self, tally: &mut Tally, span: &Span) {
        if !self.dimension.is_counted(span) {
            return;
        }
        if self.is_distinct {
            let names = self.dimension.group_names(span);
            tally.add_texts(names.iter().flatten().map(|name| hash_of_text(name)));
            return;
        }
        let numbers = self.dimension.numbers(span);
        tally.add_numbers(&numbers);
        if !numbers.is_empty() && self.dimension.is_money() && span.price.status == CostStatus::Partial {
            tally.add_partial();
        }
    }
}

impl Tally {
    pub fn add_unknown(&mut self) {
        self.unknown += 1;
    }

    pub fn add_partial(&mut self) {
        self.partial += 1;
    }

    /// Takes in the only number of a row.
    pub fn add_number(&mut self, number: i128) {
        self.known += 1;
        self.count_number(number);
    }

    /// Takes in the numbers of one row; one without any is unknown.
    pub fn add_numbers(&mut self, numbers: &[i128]) {
        match numbers {
            [] => self.add_unknown(),
            numbers => {
                self.known += 1;
                numbers.iter().for_each(|number| self.count_number(*number));
            }
        }
    }

    fn count_number(&mut self, number: i128) {
        self.numbers += 1;
        self.sum = self.sum.and_then(|sum| sum.checked_add(number));
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        if let Some(sketch) = &mut self.sketch {
            sketch.add(number);
        }
    }

    /// Takes in the texts of one row, by their hashes; one without any is unknown.
    pub fn add_texts(&mut self, hashes: impl Iterator<Item = u64>) {
        let mut hashes = hashes.peekable();
        if hashes.peek().is_none() {
            return self.add_unknown();
        }
        self.known += 1;
        if let Some(distinct) = &mut self.distinct {
            hashes.for_each(|hash| distinct.add(hash));
        }
    }

    pub fn merge(&mut self, other: &Tally) {
        self.known += other.known;
        self.unknown += other.unknown;
        self.partial += other.partial;
        self.numbers += other.numbers;
        self.sum = self.sum.zip(other.sum).and_then(|(sum, other)| sum.checked_add(other));
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if let (Some(sketch), Some(other)) = (&mut self.sketch, &other.sketch) {
            sketch.merge(other);
        }
        if let (Some(distinct), Some(other)) = (&mut self.distinct, &other.distinct) {
            distinct.merge(other);
        }
    }

    /// About the memory it takes beyond itself.
    pub fn heap_bytes(&self) -> usize {
        self.sketch.as_ref().map_or(0, Sketch::heap_bytes) + self.distinct.as_ref().map_or(0, Distinct::heap_bytes)
    }

    fn figure(&self, measure: &Measure) -> Figure {
        let known = |amount: Amount| (self.known > 0).then_some(amount);
        let mut is_approximate = false;
        let amount = match measure {
            Measure::Sum(_) => self.sum.map(Amount::Whole).and_then(known),
            Measure::Mean(_) => self.sum.map(|sum| Amount::Fraction(sum as f64 / self.numbers as f64)).and_then(known),
            Measure::Min(_) => known(Amount::Whole(self.min)),
            Measure::Max(_) => known(Amount::Whole(self.max)),
            Measure::Quantile(_, thousandths) => {
                is_approximate = true;
                let value = self.sketch.as_ref().and_then(|sketch| sketch.quantile(*thousandths));
                // The middle of the outermost buckets may lie beyond what was seen.
                value.map(|value| Amount::Whole(value.clamp(self.min, self.max)))
            }
            Measure::Distinct(_) => self.distinct.as_ref().map(|distinct| {
                is_approximate = !distinct.is_exact();
                Amount::Whole(distinct.count().into())
            }),
            Measure::Count | Measure::Rate => None,
        };
        let is_open = measure.dimension().is_some_and(|dimension| dimension.open().is_some()) && !matches!(measure, Measure::Distinct(_));
        let amount = if is_open { amount.map(of_trillionths) } else { amount };
        Figure { amount, rows_known: self.known, rows_unknown: self.unknown, rows_partial: self.partial, is_approximate }
    }
}

/// An amount of what a place says, as it stands there.
fn of_trillionths(amount: Amount) -> Amount {
    match amount {
        Amount::Whole(whole) if whole % TRILLIONTHS == 0 => Amount::Whole(whole / TRILLIONTHS),
        amount => Amount::Fraction(amount.to_f64() / TRILLIONTHS as f64),
    }
}

/// The figures of a group of so many rows.
pub(super) fn figures(query: &AggregateQuery, places: &[Option<usize>], rows: u64, tallies: &[Tally], seconds: Option<f64>) -> Vec<Figure> {
    let of_rows = |amount| Figure { amount, rows_known: rows, ..Figure::default() };
    let figure = |(measure, place): (&Measure, &Option<usize>)| match (measure, place) {
        (Measure::Rate, _) => of_rows(seconds.map(|seconds| Amount::Fraction(rows as f64 / seconds))),
        (_, Some(place)) => tallies[*place].figure(measure),
        (_, None) => of_rows(Some(Amount::Whole(rows.into()))),
    };
    query.measures.iter().zip(places).map(figure).collect()
}

/// The seconds of a bucket that lie in a range, or those of the range; None where it is open.
pub(super) fn seconds(range: TimeRange, bucket: Option<&TimeBucket>, start: Option<i128>) -> Option<f64> {
    let from = range.from_unix_nanos.map(i128::from);
    let to = range.to_unix_nanos.map(i128::from);
    let stretch: RangeInclusive<i128> = match (bucket, start) {
        (Some(bucket), Some(start)) => {
            let end = bucket.end_of(start);
            from.map_or(start, |from| from.max(start))..=to.map_or(end, |to| to.min(end))
        }
        _ => from?..=to?,
    };
    let nanos = stretch.end() - stretch.start();
    (nanos > 0).then_some(nanos as f64 / 1e9)
}
