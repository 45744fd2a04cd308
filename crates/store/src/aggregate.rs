//! Questions answered by figures: counts, sums, percentiles, by values and by time.
//!
//! One question may have several groupings, so that the facets, the histogram and the totals of a page are one walk over the rows.
//! What figures are made of lives here too: every engine fills the same accumulators, and so says the same.

mod bucket;
mod distinct;
mod sketch;

mod field_value;

mod dimension;

mod figure;

mod group;

use query::{FieldType, Filter, Unit};

pub use bucket::{Clock, TimeBucket};
pub use dimension::{Dimension, OpenSubject};
pub use distinct::{Distinct, hash_of_text};
pub use field_value::{FieldValue, value_of};
pub use figure::{Amount, Figure, Tally, TallyKind};
pub use group::{Gathered, GroupKey, GroupValues, too_many_groups};
pub use sketch::Sketch;

use crate::error::StoreError;
use crate::limits::{AGGREGATE_GROUPINGS_MAX, AGGREGATE_KEYS_MAX, AGGREGATE_MEASURES_MAX, GROUPS_ANSWERED_MAX};
use crate::query::TimeRange;

/// Asks for figures about the spans that start in a range and meet a filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AggregateQuery {
    pub range: TimeRange,
    /// Of span rows, as in a list of spans.
    pub filter: Filter,
    pub groupings: Vec<Grouping>,
    /// Told of every group of every grouping.
    pub measures: Vec<Measure>,
}

/// Rows that have the same values, and start in the same bucket of time, are a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grouping {
    /// Fields of texts, truths and counts, and whatever the data has at places. A row with several values is in the group of each, one
    /// with none in that without a value.
    pub by: Vec<Dimension>,
    pub bucket: Option<TimeBucket>,
    /// How many combinations of values are told; each with all its buckets. Their number before is told beside.
    pub limit: usize,
    pub rank: Rank,
}

/// Which combinations of values come first; equal ones in the order of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rank {
    /// Those with the most rows.
    #[default]
    Rows,
    /// Those with the highest figure, over all buckets, by place in `measures`; unknown ones last.
    Measure(usize),
}

/// A figure of a group. Fields of sums and their like are numbers; at a place the numbers count that stand there, those that texts spell
/// included, each of a list.
///
/// Tokens and money count in rows that are billed, once: `billing = leaf` and not billed in another trace. Other rows of a group do
/// not enter such a figure, not even as unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    Count,
    /// Rows per second of the bucket, as far as it lies in the range; without a bucket of the range; unknown where that has no end.
    Rate,
    Sum(Dimension),
    Mean(Dimension),
    Min(Dimension),
    Max(Dimension),
    /// In thousandths: 950 is the 95th percentile. Within `Sketch::RELATIVE_ERROR` of a value that stands there.
    Quantile(Dimension, u16),
    /// How many values a text field or a place has; exact up to `Distinct::EXACT_MAX`, within some percent beyond.
    Distinct(Dimension),
}

impl Measure {
    /// What it is a figure of; None where it counts rows.
    pub fn dimension(&self) -> Option<&Dimension> {
        match self {
            Self::Count | Self::Rate => None,
            Self::Sum(dimension) | Self::Mean(dimension) | Self::Min(dimension) | Self::Max(dimension) => Some(dimension),
            Self::Quantile(dimension, _) | Self::Distinct(dimension) => Some(dimension),
        }
    }

    /// Of the amounts it has.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Distinct(_) => Unit::Count,
            measure => measure.dimension().and_then(Dimension::unit).unwrap_or(Unit::Count),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct AggregateAnswer {
    /// One for each grouping asked for, in their order.
    pub groupings: Vec<Groups>,
    /// Rows that meet the filter.
    pub rows: u64,
    pub cost: QueryCost,
}

/// The groups of one grouping: by rank, and those of one combination of values by time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Groups {
    pub groups: Vec<Group>,
    /// Combinations of values, those beyond the limit included.
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// In the order of the fields; None where the row has no value.
    pub values: Vec<Option<String>>,
    /// Where the bucket begins.
    pub start_unix_nanos: Option<i128>,
    pub rows: u64,
    /// In the order of the measures.
    pub figures: Vec<Figure>,
}

/// What an answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryCost {
    /// Rows looked at.
    pub rows: u64,
    /// Bytes of their columns, as they are stored.
    pub bytes: u64,
    pub nanos: u64,
}

impl AggregateQuery {
    /// The places that groups and figures are made of, each once: what engines have no columns of.
    pub fn open_subjects(&self) -> Vec<&OpenSubject> {
        let grouped = self.groupings.iter().flat_map(|grouping| &grouping.by);
        let mut subjects: Vec<&OpenSubject> = Vec::new();
        for subject in grouped.chain(self.measures.iter().filter_map(Measure::dimension)).filter_map(Dimension::open) {
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        subjects
    }

    /// Refuses what no engine answers: too much at once, or fields that have no such figures.
    pub fn check(&self) -> Result<(), StoreError> {
        at_most("groupings", self.groupings.len(), AGGREGATE_GROUPINGS_MAX)?;
        at_most("measures", self.measures.len(), AGGREGATE_MEASURES_MAX)?;
        for grouping in &self.groupings {
            at_most("fields of a grouping", grouping.by.len(), AGGREGATE_KEYS_MAX)?;
            at_most("groups", grouping.limit, GROUPS_ANSWERED_MAX)?;
            self.check_grouping(grouping)?;
        }
        self.measures.iter().try_for_each(check_measure)
    }

    fn check_grouping(&self, grouping: &Grouping) -> Result<(), StoreError> {
        if let Some(twice) = (1..grouping.by.len()).find(|place| grouping.by[..*place].contains(&grouping.by[*place])) {
            return Err(StoreError::Invalid(format!("rows are grouped by `{}` twice", grouping.by[twice].name())));
        }
        let fields = || grouping.by.iter().filter_map(Dimension::field);
        if fields().filter(|field| field.kind == FieldType::Texts).count() > 1 {
            return Err(StoreError::Invalid("only one of the fields that rows are grouped by may be a list".into()));
        }
        if let Some(field) = fields().find(|field| matches!(field.kind, FieldType::Number(unit) if unit != Unit::Count)) {
            return Err(StoreError::Invalid(format!("rows cannot be grouped by `{}`", field.name)));
        }
        if grouping.bucket.as_ref().is_some_and(|bucket| bucket.width_nanos == 0) {
            return Err(StoreError::Invalid("a bucket of time has a length".into()));
        }
        match grouping.rank {
            Rank::Measure(place) if place >= self.measures.len() => {
                Err(StoreError::Invalid(format!("there is no measure {place} to rank groups by")))
            }
            _ => Ok(()),
        }
    }
}

fn check_measure(measure: &Measure) -> Result<(), StoreError> {
    let Some(dimension) = measure.dimension() else { return Ok(()) };
    let fits = match measure {
        Measure::Distinct(_) => dimension.open().is_some() || dimension.unit().is_none(),
        Measure::Quantile(_, thousandths) => *thousandths <= 1_000 && dimension.unit().is_some(),
        _ => dimension.unit().is_some(),
    };
    if fits { Ok(()) } else { Err(StoreError::Invalid(format!("`{}` has no such figure", dimension.name()))) }
}

fn at_most(what: &str, count: usize, max: usize) -> Result<(), StoreError> {
    if count <= max {
        return Ok(());
    }
    Err(StoreError::Invalid(format!("{count} {what} are more than the {max} that are answered at once")))
}
