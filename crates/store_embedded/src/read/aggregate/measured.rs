//! What rows say in a field of a measure, and which of them count.

use datafusion::arrow::array::Array;
use model::{Billing, CostStatus};
use query::FieldType;
use store::StoreError;
use store::aggregate::{Tally, TallyKind, hash_of_text, is_billed_field};

use super::columns::{Numbers, Rows, Texts};

pub(super) struct Measured {
    said: Said,
    /// Rows that enter the figure; all where absent.
    counted: Option<Vec<bool>>,
    /// Rows of which only a part has a price.
    partial: Option<Vec<bool>>,
}

enum Said {
    Numbers(Numbers),
    /// Texts by their hashes, one for each place of the dictionary.
    Texts(Texts, Vec<u64>),
    /// The hashes of each row's texts.
    Lists(Vec<Vec<u64>>),
}

/// The columns a measure reads beside those of its field.
pub(super) fn columns_of_measure(kind: &TallyKind) -> &'static [&'static str] {
    match (is_billed_field(kind.field), kind.is_money()) {
        (true, true) => &["billing", "billed_in", "cost_status"],
        (true, false) => &["billing", "billed_in"],
        _ => &[],
    }
}

impl Measured {
    pub(super) fn new(kind: &TallyKind, rows: &Rows) -> Result<Self, StoreError> {
        let said = if !kind.is_distinct {
            Said::Numbers(rows.numbers(kind.field)?)
        } else if kind.field.kind == FieldType::Texts {
            Said::Lists(hashes_of_lists(kind, rows)?)
        } else {
            let texts = rows.texts(kind.field)?;
            let hashes = texts.texts.iter().map(|text| hash_of_text(text.unwrap_or_default())).collect();
            Said::Texts(texts, hashes)
        };
        let (mut counted, mut partial) = (None, None);
        if is_billed_field(kind.field) {
            let mut billed = rows_with(&rows.texts_of_column("billing")?, Billing::Leaf.as_str());
            let elsewhere = rows.ids("billed_in")?;
            billed.iter_mut().enumerate().for_each(|(row, billed)| *billed &= elsewhere.is_null(row));
            if kind.is_money() {
                let statuses = rows.texts_of_column("cost_status")?;
                let nothing_to_pay = rows_with(&statuses, CostStatus::None.as_str());
                rows.numbers(kind.field)?.each(|row, cost| billed[row] &= cost.is_some() || !nothing_to_pay[row]);
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
            Said::Texts(texts, hashes) => {
                (0..texts.places.len()).filter(|row| self.is_counted(*row)).for_each(|row| match texts.place(row) {
                    None => tallies.each(row, Tally::add_unknown),
                    Some(place) => tallies.each(row, |tally| tally.add_texts(std::iter::once(hashes[place]))),
                })
            }
            Said::Lists(lists) => lists.iter().enumerate().filter(|(row, _)| self.is_counted(*row)).for_each(|(row, hashes)| {
                tallies.each(row, |tally| if hashes.is_empty() { tally.add_unknown() } else { tally.add_texts(hashes.iter().copied()) });
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

fn hashes_of_lists(kind: &TallyKind, rows: &Rows) -> Result<Vec<Vec<u64>>, StoreError> {
    let (lists, texts) = rows.lists(kind.field.column)?;
    let of_row = |row: usize| {
        let ends = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        let places = if lists.is_valid(row) { ends.0..ends.1 } else { 0..0 };
        places.map(|place| hash_of_text(texts.value(place))).collect()
    };
    Ok((0..rows.count()).map(of_row).collect())
}
