//! Search: which rows have words, or a value at a place, in what was sent.
//!
//! Raw spans are stored; texts and values are derived from them by a function that the program hands over. Each segment gets an index
//! of them in the background (`indexer`), and until then, like the rows in memory, it is searched by looking at each row (`rows`).
//! Both give the same answer, which `condition` defines. Content told by log records is not searched yet.

mod number;
mod texts;
mod value_hash;
mod words;

mod keys;

mod condition;

mod pack;

mod build;
mod index;

mod file;

mod indexes;

mod indexer;
mod rows;

mod values;

#[cfg(test)]
mod tests;

pub(crate) use condition::Condition;
pub(crate) use indexer::{remove_unfinished, start};
pub(crate) use indexes::Indexes;
pub(crate) use rows::{RowSet, arguments_in_segment, bounds_of_segment, outputs_of_segment, scored_in_segment};
pub(crate) use values::{KnownTexts, NamesAtPlace, NumbersAtPlace, names_in_segment, numbers_in_segment};

/// Every word and key of an index file, one behind the other.
#[cfg(test)]
pub(crate) fn terms_of(path: &std::path::Path) -> Vec<u8> {
    file::IndexFile::map(path).unwrap().index().unwrap().terms()
}
