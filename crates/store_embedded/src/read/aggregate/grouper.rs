//! Sorts rows into groups and gathers what each group's rows say.
//!
//! A group is a number; what it stands for is looked up once for each different text of a batch, and for rows there is a table of
//! all combinations of values, as long as they are few.

use std::collections::HashMap;
use std::ops::Range;

use datafusion::arrow::array::Array;
use store::StoreError;
use store::aggregate::{GroupKey, GroupValues, Grouping, Tally, TallyKind, TimeBucket};
use store::limits::GROUPS_MADE_MAX;

use super::columns::{Rows, column_of_names};
use super::exploded::exploded;
use super::measured::{Measured, TalliesOfRow};

/// The groups of one grouping, as far as one thread has seen them.
pub(super) struct Grouper<'a> {
    grouping: &'a Grouping,
    kinds: &'a [TallyKind],
    names: Vec<Names>,
    buckets: Buckets,
    places: Places,
    /// The numbers of each group's values, in the order of the fields, and of its bucket.
    groups: Vec<Vec<u32>>,
    rows: Vec<u64>,
    /// Of each group one for each kind.
    tallies: Vec<Tally>,
}

impl<'a> Grouper<'a> {
    pub(super) fn new(grouping: &'a Grouping, kinds: &'a [TallyKind]) -> Self {
        Self {
            grouping,
            kinds,
            names: grouping.by.iter().map(|_| Names::default()).collect(),
            buckets: Buckets::default(),
            places: Places::default(),
            groups: Vec::new(),
            rows: Vec::new(),
            tallies: Vec::new(),
        }
    }

    /// About the memory that groups take.
    pub(super) fn bytes(&self) -> usize {
        let tallies: usize = self.tallies.iter().map(|tally| size_of::<Tally>() + tally.heap_bytes()).sum();
        let names: usize = self.names.iter().map(|names| names.bytes).sum();
        tallies + names + self.groups.len() * (64 + 16 * self.names.len()) + self.places.table.len() * 4
    }

    /// Takes in rows; `measured` is what they say in the fields of the measures.
    pub(super) fn add(&mut self, rows: &Rows, measured: &[Measured]) -> Result<(), StoreError> {
        let columns: Vec<String> = self.grouping.by.iter().map(column_of_names).collect();
        let rows = &rows.only(columns.iter().map(String::as_str).chain(self.grouping.bucket.as_ref().map(|_| "start_unix_nanos")))?;
        let mut apart: Option<(Rows, Vec<usize>)> = None;
        for column in &columns {
            if rows.has_lists(column)? {
                let (rows, firsts) = exploded(apart.as_ref().map_or(rows, |(rows, _)| rows), column)?;
                let firsts = match &apart {
                    Some((_, before)) => before.iter().map(|first| firsts[*first]).collect(),
                    None => firsts,
                };
                apart = Some((rows, firsts));
            }
        }
        let groups = self.groups_of(apart.as_ref().map_or(rows, |(rows, _)| rows), &columns)?;
        self.gather(&groups, measured, apart.as_ref().map(|(_, firsts)| firsts.as_slice()));
        Ok(())
    }

    /// The group of each row.
    fn groups_of(&mut self, rows: &Rows, columns: &[String]) -> Result<Vec<u32>, StoreError> {
        let mut numbers = Vec::new();
        for (column, names) in columns.iter().zip(&mut self.names) {
            numbers.push(names.numbers(&rows.texts(column)?));
        }
        if let Some(bucket) = &self.grouping.bucket {
            numbers.push(self.buckets.numbers(bucket, rows.unix_nanos("start_unix_nanos")?));
        }
        if numbers.is_empty() {
            // One group of all rows, if there are any.
            numbers.push(vec![0; rows.count()]);
        }
        let sizes: Vec<usize> = self.sizes(&numbers);
        let groups = self.places.groups(&numbers, &sizes, &mut self.groups)?;
        self.rows.resize(self.groups.len(), 0);
        let tallies = self.kinds.iter().map(TallyKind::empty).cycle();
        let missing = self.groups.len() * self.kinds.len() - self.tallies.len();
        self.tallies.extend(tallies.take(missing));
        Ok(groups)
    }

    /// How many numbers there are in each place.
    fn sizes(&self, numbers: &[Vec<u32>]) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.names.iter().map(|names| names.names.len() + 1).collect();
        if self.grouping.bucket.is_some() {
            sizes.push(self.buckets.starts.len());
        }
        sizes.resize(numbers.len(), 1);
        sizes
    }

    fn gather(&mut self, groups: &[u32], measured: &[Measured], firsts: Option<&[usize]>) {
        groups.iter().for_each(|group| self.rows[*group as usize] += 1);
        for (kind, measured) in measured.iter().enumerate() {
            measured.add(&mut TalliesOfRow { tallies: &mut self.tallies, kinds: self.kinds.len(), kind, groups, firsts });
        }
    }

    /// Hands the groups over.
    pub(super) fn into_groups(self) -> Vec<(GroupKey, GroupValues)> {
        let width = self.names.len();
        let mut tallies = self.tallies.into_iter();
        let mut groups = Vec::with_capacity(self.groups.len());
        for (numbers, rows) in self.groups.iter().zip(self.rows) {
            let values = self.names.iter().zip(numbers).map(|(names, number)| names.name(*number)).collect();
            let start_unix_nanos = self.grouping.bucket.as_ref().map(|_| self.buckets.starts[numbers[width] as usize]);
            let tallies = tallies.by_ref().take(self.kinds.len()).collect();
            groups.push((GroupKey { values, start_unix_nanos }, GroupValues { rows, tallies }));
        }
        groups
    }
}

/// The different texts of a field, by number; 0 stands for none.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    /// About what they take.
    bytes: usize,
}

impl Names {
    fn name(&self, number: u32) -> Option<String> {
        Some(self.names[number.checked_sub(1)? as usize].clone())
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.names.push(text.to_owned());
        self.bytes += 2 * text.len();
        let number = self.names.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn numbers(&mut self, texts: &super::columns::Texts) -> Vec<u32> {
        // Texts that no row has any more are not named: a dictionary is of the whole row group.
        const UNKNOWN: u32 = u32::MAX;
        let mut known = vec![UNKNOWN; texts.texts.len()];
        let mut number_of = |place: usize| {
            if known[place] == UNKNOWN {
                known[place] = self.number(texts.texts.value(place));
            }
            known[place]
        };
        match texts.nulls.as_ref().filter(|nulls| nulls.null_count() > 0) {
            None => texts.places.iter().map(|place| number_of(*place as usize)).collect(),
            Some(nulls) => {
                texts.places.iter().zip(nulls).map(|(place, there)| if there { number_of(*place as usize) } else { 0 }).collect()
            }
        }
    }
}

/// The different buckets of time, by number.
#[derive(Default)]
struct Buckets {
    starts: Vec<i128>,
    numbers: HashMap<i128, u32>,
}

impl Buckets {
    fn numbers(&mut self, bucket: &TimeBucket, starts: &[u64]) -> Vec<u32> {
        // Neighbours mostly share their bucket.
        let mut last: (Range<u64>, u32) = (0..0, 0);
        let mut number = |start: u64| {
            if !last.0.contains(&start) {
                let known = bucket.around(start.into());
                let (first, end) = (u64::try_from(known.start).unwrap_or(0), u64::try_from(known.end).unwrap_or(u64::MAX));
                last = (first..end, self.number(known.start));
            }
            last.1
        };
        starts.iter().map(|start| number(*start)).collect()
    }

    fn number(&mut self, start: i128) -> u32 {
        *self.numbers.entry(start).or_insert_with(|| {
            self.starts.push(start);
            self.starts.len() as u32 - 1
        })
    }
}

/// Which group a combination of numbers is.
#[derive(Default)]
struct Places {
    /// Groups by their numbers side by side, while all combinations fit.
    table: Vec<u32>,
    shifts: Vec<u32>,
    hashed: HashMap<Vec<u32>, u32>,
}

/// Combinations that a table may have: a megabyte.
const TABLE_MAX: usize = 1 << 18;
const NO_GROUP: u32 = u32::MAX;

impl Places {
    fn groups(&mut self, numbers: &[Vec<u32>], sizes: &[usize], groups: &mut Vec<Vec<u32>>) -> Result<Vec<u32>, StoreError> {
        if self.make_table(sizes, groups) { self.by_table(numbers, groups) } else { self.by_hash(numbers, groups) }
    }

    /// Makes room for as many numbers in each place; false where there are too many combinations.
    fn make_table(&mut self, sizes: &[usize], groups: &[Vec<u32>]) -> bool {
        let mut bits = 0;
        let mut shifts = Vec::with_capacity(sizes.len() + 1);
        for size in sizes {
            shifts.push(bits);
            bits += size.next_power_of_two().trailing_zeros();
        }
        shifts.push(bits);
        if bits > TABLE_MAX.trailing_zeros() {
            if self.hashed.len() < groups.len() {
                self.hashed = groups.iter().cloned().zip(0..).collect();
                self.table = Vec::new();
            }
            return false;
        }
        if self.shifts != shifts {
            self.table = vec![NO_GROUP; 1 << bits];
            self.shifts = shifts;
            for (group, numbers) in groups.iter().enumerate() {
                let place: usize = numbers.iter().zip(&self.shifts).map(|(number, shift)| (*number as usize) << shift).sum();
                self.table[place] = group as u32;
            }
        }
        true
    }

    fn by_table(&mut self, numbers: &[Vec<u32>], groups: &mut Vec<Vec<u32>>) -> Result<Vec<u32>, StoreError> {
        let mut places: Vec<u32> = numbers[0].clone();
        for (numbers, shift) in numbers.iter().zip(&self.shifts).skip(1) {
            places.iter_mut().zip(numbers).for_each(|(place, number)| *place |= number << shift);
        }
        for (row, place) in places.iter_mut().enumerate() {
            let group = &mut self.table[*place as usize];
            if *group == NO_GROUP {
                *group = new_group(numbers, row, groups)?;
            }
            *place = *group;
        }
        Ok(places)
    }

    fn by_hash(&mut self, numbers: &[Vec<u32>], groups: &mut Vec<Vec<u32>>) -> Result<Vec<u32>, StoreError> {
        let mut key = vec![0; numbers.len()];
        let mut found = Vec::with_capacity(numbers[0].len());
        for row in 0..numbers[0].len() {
            key.iter_mut().zip(numbers).for_each(|(key, numbers)| *key = numbers[row]);
            let group = match self.hashed.get(&key) {
                Some(group) => *group,
                None => {
                    let group = new_group(numbers, row, groups)?;
                    self.hashed.insert(key.clone(), group);
                    group
                }
            };
            found.push(group);
        }
        Ok(found)
    }
}

fn new_group(numbers: &[Vec<u32>], row: usize, groups: &mut Vec<Vec<u32>>) -> Result<u32, StoreError> {
    if groups.len() >= GROUPS_MADE_MAX {
        return Err(store::aggregate::too_many_groups());
    }
    groups.push(numbers.iter().map(|numbers| numbers[row]).collect());
    Ok(groups.len() as u32 - 1)
}
