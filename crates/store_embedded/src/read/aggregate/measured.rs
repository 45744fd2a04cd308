//! What rows say in a field of a measure, and which of them count.

use datafusion::arrow::array::{Array, AsArray, ListArray, StringArray};
use datafusion::arrow::buffer::ScalarBuffer;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int32Type};
use model::{Billing, CostStatus};
use store::StoreError;
use store::aggregate::{Dimension, Tally, TallyKind, hash_of_text};

use super::columns::{Numbers, Rows, Texts, column_of_names, numbers_column};

pub(super) struct Measured {
    said: Said,
    /// Rows that enter the figure; all where absent.
    counted: Option<Vec<bool>>,
    /// Rows of which only a part has a price.
    partial: Option<Vec<bool>>,
}

enum Said {
    Numbers(Numbers),
    /// Where the numbers of each row begin, and their end.
    NumberLists(ScalarBuffer<i32>, ScalarBuffer<i128>),
    /// Texts by their hashes, one for each place of the dictionary.
    Texts(Texts, Vec<u64>),
    /// The hashes of each row's texts.
    Lists(Vec<Vec<u64>>),
}

/// The columns a measure reads beside those of its field.
pub(super) fn columns_of_measure(kind: &TallyKind) -> &'static [&'static str] {
    match (kind.dimension.is_billed(), kind.dimension.is_money()) {
        (true, true) => &["billing", "billed_in", "cost_status"],
        (true, false) => &["billing", "billed_in"],
        _ => &[],
    }
}

impl Measured {
    pub(super) fn new(kind: &TallyKind, rows: &Rows) -> Result<Self, StoreError> {
        let said = if kind.is_distinct { names_said(&kind.dimension, rows)? } else { numbers_said(&kind.dimension, rows)? };
        let (mut counted, mut partial) = (None, None);
        if let Some(field) = kind.dimension.field().filter(|_| kind.dimension.is_billed()) {
            let mut billed = rows_with(&rows.texts("billing")?, Billing::Leaf.as_str());
            let elsewhere = rows.ids("billed_in")?;
            billed.iter_mut().enumerate().for_each(|(row, billed)| *billed &= elsewhere.is_null(row));
            if kind.dimension.is_money() {
                let statuses = rows.texts("cost_status")?;
                let nothing_to_pay = rows_with(&statuses, CostStatus::None.as_str());
                rows.numbers(field)?.each(|row, cost| billed[row] &= cost.is_some() || !nothing_to_pay[row]);
                partial = Some(rows_with(&statuses, CostStatus::Partial.as_str()));
            }
            counted = Some(billed);
        }
        Ok(Self { said, counted, partial })
    }

    /// Adds rows to the tallies of their groups.
    pub(super) fn add(&self, tallies: &mut TalliesOfRow<'_>) {
        match &self.said {
            Said::Numbers(numbers) => numbers.each(|row, number| {
                if self.is_counted(row) {
                    let is_partial = number.is_some() && self.partial.as_ref().is_some_and(|partial| partial[row]);
                    tallies.each(row, |tally| {
                        match number {
                            None => tally.add_unknown(),
                            Some(number) => tally.add_number(number),
                        }
                        if is_partial {
                            tally.add_partial();
                        }
                    });
                }
            }),
            Said::NumberLists(firsts, numbers) => (0..firsts.len() - 1).filter(|row| self.is_counted(*row)).for_each(|row| {
                let numbers = &numbers[firsts[row] as usize..firsts[row + 1] as usize];
                tallies.each(row, |tally| tally.add_numbers(numbers));
            }),
            Said::Texts(texts, hashes) => {
                (0..texts.places.len()).filter(|row| self.is_counted(*row)).for_each(|row| match texts.place(row) {
                    None => tallies.each(row, Tally::add_unknown),
                    Some(place) => tallies.each(row, |tally| tally.add_texts(std::iter::once(hashes[place]))),
                })
            }
            Said::Lists(lists) => lists.iter().enumerate().filter(|(row, _)| self.is_counted(*row)).for_each(|(row, hashes)| {
                tallies.each(row, |tally| tally.add_texts(hashes.iter().copied()));
            }),
        }
    }

    fn is_counted(&self, row: usize) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted[row])
    }
}

/// The tallies of one kind that each row of a batch belongs to.
pub(super) struct TalliesOfRow<'a> {
    /// Of all groups and kinds.
    pub(super) tallies: &'a mut [Tally],
    pub(super) kinds: usize,
    pub(super) kind: usize,
    pub(super) groups: &'a [u32],
    /// Where the groups of each row begin, and their end; one group a row where absent.
    pub(super) firsts: Option<&'a [usize]>,
}

impl TalliesOfRow<'_> {
    fn each(&mut self, row: usize, mut add: impl FnMut(&mut Tally)) {
        let groups = match self.firsts {
            None => &self.groups[row..=row],
            Some(firsts) => &self.groups[firsts[row]..firsts[row + 1]],
        };
        for group in groups {
            add(&mut self.tallies[*group as usize * self.kinds + self.kind]);
        }
    }
}

fn rows_with(texts: &Texts, word: &str) -> Vec<bool> {
    let is_word: Vec<bool> = texts.texts.iter().map(|text| text == Some(word)).collect();
    (0..texts.places.len()).map(|row| texts.place(row).is_some_and(|place| is_word[place])).collect()
}

fn numbers_said(dimension: &Dimension, rows: &Rows) -> Result<Said, StoreError> {
    match dimension {
        Dimension::Field(field) => rows.numbers(field).map(Said::Numbers),
        Dimension::Open(open) => {
            let lists = rows.lists(&numbers_column(open))?;
            let numbers = lists.values().as_primitive_opt::<Decimal128Type>();
            let numbers = numbers.ok_or_else(|| StoreError::Damaged("lists of numbers hold something else".into()))?;
            Ok(Said::NumberLists(lists.value_offsets().to_vec().into(), numbers.values().clone()))
        }
    }
}

fn names_said(dimension: &Dimension, rows: &Rows) -> Result<Said, StoreError> {
    let column = column_of_names(dimension);
    if rows.has_lists(&column)? {
        return hashes_of_lists(rows.lists(&column)?).map(Said::Lists);
    }
    let texts = rows.texts(&column)?;
    let hashes = hashes_of_texts(&texts.texts);
    Ok(Said::Texts(texts, hashes))
}

fn hashes_of_texts(texts: &StringArray) -> Vec<u64> {
    texts.iter().map(|text| hash_of_text(text.unwrap_or_default())).collect()
}

fn hashes_of_lists(lists: &ListArray) -> Result<Vec<Vec<u64>>, StoreError> {
    let hashes: Vec<u64> = match lists.values().data_type() {
        DataType::Utf8 => hashes_of_texts(lists.values().as_string()),
        DataType::Dictionary(..) => {
            let values = lists.values().as_dictionary::<Int32Type>();
            let hashes = hashes_of_texts(values.values().as_string());
            values.keys().values().iter().map(|place| hashes[*place as usize]).collect()
        }
        other => return Err(StoreError::Damaged(format!("lists of {other} are no lists of texts"))),
    };
    let of_row = |row: usize| {
        let (from, to) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        if lists.is_valid(row) { hashes[from..to].to_vec() } else { Vec::new() }
    };
    Ok((0..lists.len()).map(of_row).collect())
}
