//! Groups while they are made, and the answer made of them.

use std::collections::HashMap;

use model::Span;

use super::figure::{Tally, TallyKind, figures, seconds};
use super::{AggregateAnswer, AggregateQuery, Group, Grouping, Groups, QueryCost, Rank};
use crate::error::StoreError;
use crate::limits::GROUPS_MADE_MAX;

/// What the rows of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey {
    pub values: Vec<Option<String>>,
    pub start_unix_nanos: Option<i128>,
}

/// What is gathered for one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupValues {
    pub rows: u64,
    /// In the order of `Gathered::kinds`.
    pub tallies: Vec<Tally>,
}

impl GroupValues {
    fn merge(&mut self, other: &GroupValues) {
        self.rows += other.rows;
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(tally, other)| tally.merge(other));
    }
}

/// Everything gathered for a question.
#[derive(Debug)]
pub struct Gathered<'a> {
    query: &'a AggregateQuery,
    /// What is gathered of each row of a group.
    kinds: Vec<TallyKind>,
    places: Vec<Option<usize>>,
    sets: Vec<HashMap<GroupKey, GroupValues>>,
    rows: u64,
}

impl<'a> Gathered<'a> {
    pub fn new(query: &'a AggregateQuery) -> Self {
        let (kinds, places) = TallyKind::of_measures(&query.measures);
        let sets = query.groupings.iter().map(|_| HashMap::new()).collect();
        Self { query, kinds, places, sets, rows: 0 }
    }

    pub fn kinds(&self) -> &[TallyKind] {
        &self.kinds
    }

    /// Takes in a row that meets the filter.
    pub fn add(&mut self, row: &Span) -> Result<(), StoreError> {
        self.rows += 1;
        for (grouping, set) in self.query.groupings.iter().zip(&mut self.sets) {
            let start_unix_nanos = grouping.bucket.as_ref().map(|bucket| bucket.start_of(row.start_unix_nanos));
            for values in combinations(grouping, row) {
                let empty = || GroupValues { rows: 0, tallies: self.kinds.iter().map(TallyKind::empty).collect() };
                let group = set.entry(GroupKey { values, start_unix_nanos }).or_insert_with(empty);
                group.rows += 1;
                self.kinds.iter().zip(&mut group.tallies).for_each(|(kind, tally)| kind.add(tally, row));
            }
        }
        self.check_size()
    }

    /// Takes in rows that were counted elsewhere.
    pub fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    /// Takes in a group of one of the groupings that was gathered elsewhere.
    pub fn add_group(&mut self, grouping: usize, key: &GroupKey, values: &GroupValues) -> Result<(), StoreError> {
        match self.sets[grouping].get_mut(key) {
            Some(known) => {
                known.merge(values);
                return Ok(());
            }
            None => drop(self.sets[grouping].insert(key.clone(), values.clone())),
        }
        self.check_size()
    }

    fn check_size(&self) -> Result<(), StoreError> {
        check_group_count(self.sets.iter().map(HashMap::len).sum())
    }

    pub fn answer(self, cost: QueryCost) -> AggregateAnswer {
        let Self { query, places, sets, rows, .. } = self;
        let groupings = query.groupings.iter().zip(sets).map(|(grouping, set)| groups(query, grouping, &places, set));
        AggregateAnswer { groupings: groupings.collect(), rows, cost }
    }
}

/// Refuses to make more groups than memory should hold.
fn check_group_count(count: usize) -> Result<(), StoreError> {
    if count <= GROUPS_MADE_MAX { Ok(()) } else { Err(too_many_groups()) }
}

/// Says that a question groups by what nearly every row has of its own, or counts such values.
pub fn too_many_groups() -> StoreError {
    StoreError::Invalid(format!(
        "there are more than {GROUPS_MADE_MAX} groups or different values: ask for a shorter time, longer buckets or fewer fields"
    ))
}

/// The values by which a row is grouped; several where one of the fields is a list.
fn combinations(grouping: &Grouping, row: &Span) -> Vec<Vec<Option<String>>> {
    let mut combinations = vec![Vec::new()];
    for dimension in &grouping.by {
        let names = dimension.group_names(row);
        let with = |combination: &Vec<_>| {
            names.iter().map(|name| [combination.as_slice(), std::slice::from_ref(name)].concat()).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(with).collect();
    }
    combinations
}

/// The buckets of one combination of values.
type Parts = Vec<(Option<i128>, GroupValues)>;

fn groups(query: &AggregateQuery, grouping: &Grouping, places: &[Option<usize>], set: HashMap<GroupKey, GroupValues>) -> Groups {
    let mut by_values: HashMap<Vec<Option<String>>, Parts> = HashMap::new();
    for (key, values) in set {
        by_values.entry(key.values).or_default().push((key.start_unix_nanos, values));
    }
    let total = by_values.len() as u64;
    let mut ranked: Vec<_> = by_values.into_iter().map(|(values, parts)| (rank(query, grouping, places, &parts), values, parts)).collect();
    ranked.sort_by(|(rank, values, _), (other_rank, others, _)| other_rank.total_cmp(rank).then_with(|| values.cmp(others)));
    ranked.truncate(grouping.limit);
    let mut groups = Vec::new();
    for (_, values, mut parts) in ranked {
        parts.sort_by_key(|(start, _)| *start);
        groups.extend(parts.into_iter().map(|(start_unix_nanos, part)| {
            let figures =
                figures(query, places, part.rows, &part.tallies, seconds(query.range, grouping.bucket.as_ref(), start_unix_nanos));
            Group { values: values.clone(), start_unix_nanos, rows: part.rows, figures }
        }));
    }
    Groups { groups, total }
}

/// What a combination of values is ranked by, over all its buckets.
fn rank(query: &AggregateQuery, grouping: &Grouping, places: &[Option<usize>], parts: &[(Option<i128>, GroupValues)]) -> f64 {
    let rows: u64 = parts.iter().map(|(_, part)| part.rows).sum();
    let Rank::Measure(measure) = grouping.rank else { return rows as f64 };
    let Some(((_, first), rest)) = parts.split_first() else { return f64::NEG_INFINITY };
    let mut whole = first.clone();
    rest.iter().for_each(|(_, part)| whole.merge(part));
    let figures = figures(query, places, rows, &whole.tallies, seconds(query.range, None, None));
    figures[measure].amount.map_or(f64::NEG_INFINITY, super::Amount::to_f64)
}
