//! Which plain values rows have at a place, as far as the index of their segment tells.
//!
//! Keys have texts by their hashes: what a text is, is read from one row that has it. Rows whose keys do not tell, as those with a
//! long text that none had before, are for the caller to look at.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use query::{PlainValue, Root, Subject, each_value_at, plain_values};
use serde_json::Value;
use store::StoreError;
use store::aggregate::too_many_groups;
use store::limits::GROUPS_MADE_MAX;
use xxhash_rust::xxh3::xxh3_64;

use super::Indexes;
use super::index::SearchIndex;
use super::keys::{Place, truth_of_text};
use super::number::Number;
use super::rows::RowSet;
use crate::limits::{FIGURE_BYTES_MAX, FIGURE_SPANS_VERIFIED};
use crate::segment::Segment;

/// The names of the values that some rows have, each with the rows that have it, and the rows to be looked at.
#[derive(Debug, Default)]
pub(crate) struct NamesAtPlace {
    pub(crate) names: Vec<(String, RowSet)>,
    pub(crate) doubtful: RowSet,
}

/// The number that each of some rows has, in trillionths, and the rows to be looked at.
#[derive(Debug, Default)]
pub(crate) struct NumbersAtPlace {
    pub(crate) of_rows: Vec<(u32, i128)>,
    pub(crate) doubtful: RowSet,
}

/// What an index has under the keys of a place.
#[derive(Debug, Default)]
pub(super) struct KeysAtPlace {
    /// By hash.
    pub(super) texts: HashMap<u64, RowSet>,
    /// By the bytes of their keys, behind the place.
    pub(super) numbers: HashMap<Vec<u8>, RowSet>,
    pub(super) truths: [RowSet; 2],
    /// The rows with a long text of which the keys do not tell which it is.
    pub(super) long_texts: RowSet,
}

/// Texts by their hashes, as far as one question has read them: most stand in many segments.
#[derive(Debug, Default)]
pub(crate) struct KnownTexts(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    by_hash: HashMap<u64, String>,
    bytes: usize,
}

impl Texts {
    fn add(&mut self, hash: u64, text: &str) {
        if self.bytes <= FIGURE_BYTES_MAX && !self.by_hash.contains_key(&hash) {
            self.bytes += text.len() + size_of::<(u64, String)>();
            self.by_hash.insert(hash, text.to_owned());
        }
    }
}

/// Returns the names of what some rows of a segment have at the place of a subject; None where there is no index yet.
pub(crate) fn names_in_segment(
    indexes: &Indexes,
    segment: &Segment,
    within: &RowSet,
    subject: &Subject,
    known: &KnownTexts,
    check: &dyn Fn() -> Result<(), StoreError>,
) -> Result<Option<NamesAtPlace>, StoreError> {
    let Some(index) = indexes.of_segment(segment.description.id) else { return Ok(None) };
    let Some((place, mut doubtful)) = told_by_keys(&index, within, subject)? else { return Ok(None) };
    let Some(place) = place else { return Ok(Some(NamesAtPlace { names: Vec::new(), doubtful })) };
    let mut found = index.keys_at(place, &(within - &doubtful), GROUPS_MADE_MAX).map_err(failed)?;
    doubtful |= &found.long_texts;
    // What only they have need not be known.
    found.texts.values_mut().for_each(|rows| *rows -= &doubtful);
    found.texts.retain(|_, rows| !rows.is_empty());
    if found.texts.len() + found.numbers.len() > GROUPS_MADE_MAX {
        return Err(too_many_groups());
    }
    known.learn(&Rereading { indexes, segment, index: &index, subject }, &found.texts, check)?;
    known.names(found, doubtful).map(Some)
}

/// Returns the numbers of some rows of a segment at the place of a subject; None where there is no index yet.
pub(crate) fn numbers_in_segment(
    indexes: &Indexes,
    segment: &Segment,
    within: &RowSet,
    subject: &Subject,
) -> Result<Option<NumbersAtPlace>, StoreError> {
    let Some(index) = indexes.of_segment(segment.description.id) else { return Ok(None) };
    let Some((place, doubtful)) = told_by_keys(&index, within, subject)? else { return Ok(None) };
    let mut of_rows = Vec::new();
    if let Some(place) = place {
        index
            .each_number(place, &(within - &doubtful), |number, rows| {
                if let Some(trillionths) = Number::of_key(number).and_then(Number::plain).and_then(|plain| plain.trillionths) {
                    of_rows.extend(rows.iter().map(|row| (row, trillionths)));
                }
            })
            .map_err(failed)?;
    }
    Ok(Some(NumbersAtPlace { of_rows, doubtful }))
}

/// The place whose keys tell what rows have, or None where they only tell which rows have anything; and the rows they do not tell of.
fn told_by_keys(index: &SearchIndex, within: &RowSet, subject: &Subject) -> Result<Option<(Option<Place>, RowSet)>, StoreError> {
    let Some((place, is_exact)) = Place::of_subject(subject) else { return Ok(None) };
    let doubtful = index.rows_with(&if is_exact { place.several() } else { place.exists() });
    let doubtful = doubtful.map_err(failed)? & within;
    Ok(Some((is_exact.then_some(place), doubtful)))
}

fn failed(source: tantivy::TantivyError) -> StoreError {
    StoreError::failed("failed to look into a search index", source)
}

impl KnownTexts {
    /// Reads what texts are that are not known yet.
    fn learn(
        &self,
        rereading: &Rereading<'_>,
        texts: &HashMap<u64, RowSet>,
        check: &dyn Fn() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let unknown: HashMap<u64, u32> = {
            let known = self.lock()?;
            let unknown = texts.iter().filter(|(hash, _)| !known.by_hash.contains_key(hash));
            unknown.filter_map(|(hash, rows)| Some((*hash, rows.min()?))).collect()
        };
        let mut rows: Vec<u32> = unknown.values().copied().collect();
        rows.sort_unstable();
        rows.dedup();
        for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
            check()?;
            // Other segments go on while this one is read.
            let mut found = Texts::default();
            rereading.each_text(rows, &mut |text| {
                let hash = xxh3_64(text.as_bytes());
                if unknown.contains_key(&hash) {
                    found.add(hash, text);
                }
            })?;
            let mut known = self.lock()?;
            found.by_hash.iter().for_each(|(hash, text)| known.add(*hash, text));
            if known.bytes > FIGURE_BYTES_MAX {
                return Err(too_many_groups());
            }
        }
        Ok(())
    }

    /// A text that spells a number or a truth stands under the keys of that too, and is no number for it.
    fn names(&self, found: KeysAtPlace, mut doubtful: RowSet) -> Result<NamesAtPlace, StoreError> {
        let KeysAtPlace { texts, mut numbers, mut truths, .. } = found;
        let known = self.lock()?;
        let mut names = Vec::with_capacity(texts.len() + numbers.len() + truths.len());
        for (hash, rows) in texts {
            let Some(text) = known.by_hash.get(&hash) else {
                doubtful |= rows;
                continue;
            };
            if let Some(spelled) = Number::of_text(text).and_then(Number::key).and_then(|key| numbers.get_mut(&key)) {
                *spelled -= &rows;
            }
            if let Some(truth) = truth_of_text(text) {
                truths[usize::from(truth)] -= &rows;
            }
            names.push((text.clone(), rows));
        }
        names.extend(numbers.into_iter().filter_map(|(key, rows)| Some((Number::of_key(&key)?.plain()?.name, rows))));
        names.extend([false, true].into_iter().zip(truths).map(|(truth, rows)| (PlainValue::of_truth(truth).name, rows)));
        names.iter_mut().for_each(|(_, rows)| *rows -= &doubtful);
        names.retain(|(_, rows)| !rows.is_empty());
        Ok(NamesAtPlace { names, doubtful })
    }

    fn lock(&self) -> Result<MutexGuard<'_, Texts>, StoreError> {
        self.0.lock().map_err(|_| StoreError::failed("failed to look into a search index", "a thread panicked"))
    }
}

/// Rows of a segment that are read for the texts they have at a place.
struct Rereading<'a> {
    indexes: &'a Indexes,
    segment: &'a Segment,
    index: &'a SearchIndex,
    subject: &'a Subject,
}

impl Rereading<'_> {
    fn each_text(&self, rows: &[u32], take: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        let rest = match self.subject {
            Subject::Path { root: Root::Output, path } => {
                let outputs = self.index.outputs(rows).map_err(|source| StoreError::failed("failed to read outputs", source))?;
                let known = outputs.values().flatten();
                known.for_each(|output| each_value_at(output, path, &mut |value| texts_of(value, take)));
                rows.iter().copied().filter(|row| !outputs.contains_key(row)).collect()
            }
            _ => rows.to_vec(),
        };
        self.segment.each_raw(rest.into_iter().map(u64::from), |_, raw| {
            plain_values(self.subject, &self.indexes.content.derive(raw)).iter().for_each(|value| take(&value.name));
        })
    }
}

/// The texts that a value is or that lists in it have.
fn texts_of(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, take)),
        _ => {}
    }
}
