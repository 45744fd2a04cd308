//! An index that is open for questions: from words and values to rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;

use query::Comparison;
use roaring::RoaringBitmap;
use serde_json::Value;
use tantivy::columnar::{BytesColumn, Column};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Index, InvertedIndexReader, SegmentReader, TERMINATED, Term};

use super::build::{ARGUMENTS_FIELD, FORMAT_VERSION, Fields, OUTPUT_FIELD, ROW_FIELD};
use super::condition::{Condition, Question, WordQuery};
use super::keys::{INCOMPLETE, OperandKeys, PREFIX_BYTES, Place, keys_of_operand};
use super::number::{Bounds, Number};
use super::pack::{Pack, PackedDirectory};
use super::values::KeysAtPlace;

/// The index of the rows of one segment.
pub(crate) struct SearchIndex {
    fields: Fields,
    parts: Vec<Part>,
}

/// Rows that meet a condition, and rows of which the index does not know.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sure: RoaringBitmap,
    /// To be held against the condition.
    pub(crate) maybe: RoaringBitmap,
}

impl Found {
    fn rows(&mut self, are_sure: bool) -> &mut RoaringBitmap {
        if are_sure { &mut self.sure } else { &mut self.maybe }
    }
}

struct Part {
    words: Arc<InvertedIndexReader>,
    short_words: Arc<InvertedIndexReader>,
    keys: Arc<InvertedIndexReader>,
    /// The row of each document.
    rows: Column<u64>,
    outputs: Option<BytesColumn>,
    arguments: Column<u64>,
}

impl SearchIndex {
    /// Opens the parts of a file. One of another format finds nothing.
    pub(super) fn open(pack: &Pack) -> tantivy::Result<Self> {
        let fields = Fields::new();
        let is_known = pack.made.format == FORMAT_VERSION;
        let mut parts = Vec::new();
        for directory in pack.parts.iter().filter(|_| is_known) {
            parts.extend(Part::open(directory.clone(), &fields)?);
        }
        Ok(Self { fields, parts })
    }

    /// Every word and key, one behind the other.
    #[cfg(test)]
    pub(crate) fn terms(&self) -> Vec<u8> {
        let mut terms = Vec::new();
        for dictionary in self.parts.iter().flat_map(|part| [&part.words, &part.short_words, &part.keys]) {
            let mut stream = dictionary.terms().stream().unwrap();
            while stream.advance() {
                terms.extend(stream.key());
            }
        }
        terms
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Returns the rows that meet a condition, and those that may.
    pub(crate) fn find(&self, condition: &Condition) -> tantivy::Result<Found> {
        let mut found = Found::default();
        for part in &self.parts {
            match &condition.question {
                Question::Words(words) => self.find_words(part, words, &mut found)?,
                Question::Value { place, is_exact, comparison } => {
                    part.add_rows(INCOMPLETE, self.fields.keys, &mut found.maybe)?;
                    match self.find_values(part, *place, *is_exact, comparison, &mut found)? {
                        true => {}
                        false => part.add_rows(&place.exists(), self.fields.keys, &mut found.maybe)?,
                    }
                }
                Question::Anything => part.add_every_row(&mut found.maybe),
            }
        }
        Ok(found)
    }

    /// Returns the outputs of rows, each with whether there is one; rows whose output is too long are left out.
    pub(crate) fn outputs(&self, rows: &[u32]) -> io::Result<HashMap<u32, Option<Value>>> {
        let mut outputs = HashMap::new();
        for part in &self.parts {
            part.add_outputs(rows, &mut outputs)?;
        }
        Ok(outputs)
    }

    /// Returns the rows that tell scores.
    pub(crate) fn scored(&self) -> tantivy::Result<RoaringBitmap> {
        let mut rows = RoaringBitmap::new();
        for part in &self.parts {
            part.add_rows(&Place::of_scores().exists(), self.fields.keys, &mut rows)?;
        }
        Ok(rows)
    }

    /// Returns what stands under the keys of a place, of some rows; no more than a limit of texts, and as many numbers, and one more.
    pub(super) fn keys_at(&self, place: Place, within: &RoaringBitmap, limit: usize) -> tantivy::Result<KeysAtPlace> {
        let mut found = KeysAtPlace::default();
        for part in &self.parts {
            part.each_key(&place.texts(), |hash, rows| {
                if let Some(hash) = hash.first_chunk() {
                    add_some(found.texts.entry(u64::from_be_bytes(*hash)), rows & within);
                }
                found.texts.len() <= limit
            })?;
            part.each_key(&place.long_texts(), |_, rows| {
                found.long_texts |= rows & within;
                true
            })?;
            part.each_key(&place.number(&[]), |number, rows| {
                add_some(found.numbers.entry(number.to_vec()), rows & within);
                found.numbers.len() <= limit
            })?;
            for (truth, rows) in [false, true].into_iter().zip(&mut found.truths) {
                part.add_rows(&place.truth(truth), self.fields.keys, rows)?;
                *rows &= within;
            }
        }
        Ok(found)
    }

    /// Hands over the numbers at a place, each with those of some rows that have it; those that texts spell are numbers here.
    pub(super) fn each_number(
        &self,
        place: Place,
        within: &RoaringBitmap,
        mut take: impl FnMut(&[u8], RoaringBitmap),
    ) -> tantivy::Result<()> {
        for part in &self.parts {
            part.each_key(&place.number(&[]), |number, rows| {
                take(number, rows & within);
                true
            })?;
        }
        Ok(())
    }

    /// Returns the rows that have a key of a place, and those of which the keys do not tell all.
    pub(super) fn rows_with(&self, key: &[u8]) -> tantivy::Result<RoaringBitmap> {
        let mut rows = RoaringBitmap::new();
        for part in &self.parts {
            part.add_rows(INCOMPLETE, self.fields.keys, &mut rows)?;
            part.add_rows(key, self.fields.keys, &mut rows)?;
        }
        Ok(rows)
    }

    /// Returns the hash of what a call was given; None where that is unknown.
    pub(crate) fn arguments(&self, row: u32) -> Option<u64> {
        let of_part = |part: &Part| part.arguments.first(part.first_document(row)?);
        self.parts.iter().find_map(of_part)
    }

    fn find_words(&self, part: &Part, query: &WordQuery, found: &mut Found) -> tantivy::Result<()> {
        if query.words.is_empty() {
            part.add_every_row(&mut found.maybe);
            return Ok(());
        }
        if let Some(pair) = &query.pair {
            for (words, field) in [(&part.words, self.fields.words), (&part.short_words, self.fields.short_words)] {
                part.add_rows_with_all(words, std::iter::once(Term::from_field_text(field, pair)), &mut found.sure)?;
            }
        }
        let terms = |field| query.words.iter().map(move |word| Term::from_field_text(field, word));
        part.add_rows_with_all(&part.words, terms(self.fields.words), found.rows(query.is_exact))?;
        // Several words may stand in as many short texts.
        part.add_rows_with_all(&part.short_words, terms(self.fields.short_words), found.rows(query.is_exact && query.words.len() == 1))
    }

    /// Adds the rows with a value that meets a comparison; returns false for one that the keys do not tell.
    fn find_values(&self, part: &Part, place: Place, is_exact: bool, comparison: &Comparison, found: &mut Found) -> tantivy::Result<bool> {
        match comparison {
            Comparison::Exists => part.add_rows(&place.exists(), self.fields.keys, found.rows(is_exact))?,
            Comparison::Is(operands) => {
                for operand in operands {
                    match keys_of_operand(place, operand) {
                        Some(OperandKeys { sure, maybe }) => {
                            part.add_rows(&sure, self.fields.keys, found.rows(is_exact))?;
                            if let Some(key) = maybe {
                                part.add_rows(&key, self.fields.keys, &mut found.maybe)?;
                            }
                        }
                        None => part.add_rows_of_numbers(place, Bounds::only(operand), found.rows(is_exact))?,
                    }
                }
            }
            Comparison::Contains(_) | Comparison::Matches(_) => return Ok(false),
            ordered => match Bounds::of(ordered) {
                Some(bounds) => part.add_rows_of_numbers(place, bounds, found.rows(is_exact))?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }
}

impl Part {
    /// None for a part without documents.
    fn open(directory: PackedDirectory, fields: &Fields) -> tantivy::Result<Option<Self>> {
        let Some(segment) = Index::open(directory)?.searchable_segments()?.pop() else {
            return Ok(None);
        };
        let reader = SegmentReader::open(&segment)?;
        Ok(Some(Self {
            words: reader.inverted_index(fields.words)?,
            short_words: reader.inverted_index(fields.short_words)?,
            keys: reader.inverted_index(fields.keys)?,
            rows: reader.fast_fields().u64(ROW_FIELD)?,
            outputs: reader.fast_fields().bytes(OUTPUT_FIELD)?,
            arguments: reader.fast_fields().u64(ARGUMENTS_FIELD)?,
        }))
    }

    /// Adds the rows that have a document with all the words.
    fn add_rows_with_all(
        &self,
        words: &InvertedIndexReader,
        terms: impl Iterator<Item = Term>,
        rows: &mut RoaringBitmap,
    ) -> tantivy::Result<()> {
        let mut postings = Vec::new();
        for term in terms {
            match words.read_postings(&term, IndexRecordOption::Basic)? {
                Some(of_word) => postings.push(of_word),
                None => return Ok(()),
            }
        }
        // The rarest word names the documents, the others only sort out.
        postings.sort_by_key(|of_word| of_word.doc_freq());
        let Some((rarest, others)) = postings.split_first_mut() else {
            return Ok(());
        };
        let mut document = rarest.doc();
        while document != TERMINATED {
            if others
                .iter_mut()
                .all(|of_word| of_word.doc() == document || (of_word.doc() < document && of_word.seek(document) == document))
            {
                self.add_row(document, rows);
            }
            document = rarest.advance();
        }
        Ok(())
    }

    fn add_rows(&self, key: &[u8], field: tantivy::schema::Field, rows: &mut RoaringBitmap) -> tantivy::Result<()> {
        let postings = self.keys.read_postings(&Term::from_field_bytes(field, key), IndexRecordOption::Basic)?;
        postings.into_iter().for_each(|postings| self.add_all(postings, rows));
        Ok(())
    }

    /// Adds the rows with a number in some bounds: the dictionary has a place's numbers in order.
    fn add_rows_of_numbers(&self, place: Place, bounds: Bounds<'_>, rows: &mut RoaringBitmap) -> tantivy::Result<()> {
        let Some((first, last)) = bounds.keys() else {
            return Ok(());
        };
        let end = [place.number(&last), vec![u8::MAX; 17]].concat();
        let mut numbers = self.keys.terms().range().ge(place.number(&first)).lt(end).into_stream()?;
        while let Some((key, postings)) = numbers.next() {
            let number = key.get(PREFIX_BYTES..).and_then(Number::of_key);
            if number.is_some_and(|number| number.lies_in(&bounds)) {
                self.add_all(self.keys.read_postings_from_terminfo(postings, IndexRecordOption::Basic)?, rows);
            }
        }
        Ok(())
    }

    /// Hands over what follows a beginning that keys have, each with its rows, as long as more is wanted.
    fn each_key(&self, beginning: &[u8], mut take: impl FnMut(&[u8], RoaringBitmap) -> bool) -> tantivy::Result<()> {
        let mut keys = self.keys.terms().range().ge(beginning).into_stream()?;
        while let Some((key, postings)) = keys.next() {
            let Some(rest) = key.strip_prefix(beginning) else { break };
            let mut rows = RoaringBitmap::new();
            self.add_all(self.keys.read_postings_from_terminfo(postings, IndexRecordOption::Basic)?, &mut rows);
            if !take(rest, rows) {
                break;
            }
        }
        Ok(())
    }

    fn add_outputs(&self, rows: &[u32], outputs: &mut HashMap<u32, Option<Value>>) -> io::Result<()> {
        let Some(column) = &self.outputs else { return Ok(()) };
        // Few outputs are different.
        let mut known: HashMap<u64, Option<Value>> = HashMap::new();
        for row in rows {
            let Some(ordinal) = self.first_document(*row).and_then(|document| column.ords().first(document)) else { continue };
            if !known.contains_key(&ordinal) {
                let mut json = Vec::new();
                column.ord_to_bytes(ordinal, &mut json)?;
                let output = if json.is_empty() { None } else { Some(serde_json::from_slice(&json)?) };
                known.insert(ordinal, output);
            }
            outputs.extend(known.get(&ordinal).map(|output| (*row, output.clone())));
        }
        Ok(())
    }

    /// Documents stand in the order of rows.
    fn first_document(&self, row: u32) -> Option<u32> {
        let (mut first, mut end) = (0, self.rows.num_docs());
        while first < end {
            let middle = first + (end - first) / 2;
            match self.rows.first(middle)? < u64::from(row) {
                true => first = middle + 1,
                false => end = middle,
            }
        }
        (self.rows.first(first)? == u64::from(row)).then_some(first)
    }

    fn add_every_row(&self, rows: &mut RoaringBitmap) {
        rows.extend(self.rows.values.iter().map(|row| row as u32));
    }

    fn add_all(&self, mut postings: impl DocSet, rows: &mut RoaringBitmap) {
        let mut document = postings.doc();
        while document != TERMINATED {
            self.add_row(document, rows);
            document = postings.advance();
        }
    }

    fn add_row(&self, document: u32, rows: &mut RoaringBitmap) {
        rows.extend(self.rows.first(document).map(|row| row as u32));
    }
}

/// Adds rows to those of a key, if there are any.
fn add_some<K>(entry: Entry<'_, K, RoaringBitmap>, rows: RoaringBitmap) {
    if !rows.is_empty() {
        *entry.or_default() |= rows;
    }
}
