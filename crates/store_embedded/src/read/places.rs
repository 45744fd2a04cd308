//! Reads single rows where a scan found them, in the order of a page and no more of them than the page may have bytes.

use std::collections::HashMap;
use std::hash::Hash;

use datafusion::arrow::array::{BinaryArray, RecordBatch};
use datafusion::arrow::compute::interleave_record_batch;
use store::{KeysetCursor, StoreError};

use super::page::PageKeys;
use crate::limits;
use crate::rows::Columns;
use crate::rows::spans::CONTENT_COLUMNS;
use crate::segment::RowFile;
use crate::tail::SharedBatches;

/// Where a row lies: its source (batches of the tails first, then segments) and its row there.
pub(super) type Place = (usize, u64);

/// A row breaks ties by its version, which no other row has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowTie {
    version: [u8; 8],
    place: Place,
}

impl RowTie {
    pub(super) fn new(version: u64, place: Place) -> Self {
        Self { version: version.to_be_bytes(), place }
    }

    /// The one row of a record that is never updated.
    pub(super) fn places(&self) -> &[Place] {
        std::slice::from_ref(&self.place)
    }
}

impl AsRef<[u8]> for RowTie {
    fn as_ref(&self) -> &[u8] {
        &self.version
    }
}

/// The rows of one table in one state of the store; all three tables have the columns of what was sent.
pub(super) struct Sources<'a> {
    pub(super) batches: &'a SharedBatches,
    /// Of every segment.
    pub(super) files: Vec<&'a RowFile>,
    /// What is read of a row of a segment.
    pub(super) columns: &'a [&'a str],
}

/// Records of a page, and where the next page begins.
pub(super) struct Records<Record> {
    pub(super) records: Vec<Record>,
    pub(super) next: Option<KeysetCursor>,
    /// Of what was sent.
    pub(super) bytes: u64,
}

impl Sources<'_> {
    /// Reads the records of a page in its order; ends before they take more than `bytes_max`, but not before the first.
    ///
    /// `places` says in which rows a record lies; `decode` makes something of every row of a batch, `join` one record of its rows.
    pub(super) fn read_page<Tie: AsRef<[u8]>, Row, Record>(
        &self,
        page: &PageKeys<Tie>,
        bytes_max: Option<usize>,
        places: impl Fn(&Tie) -> &[Place],
        decode: impl Fn(&RecordBatch) -> Result<Vec<Row>, StoreError>,
        join: impl Fn(Vec<Row>) -> Option<Record>,
    ) -> Result<Records<Record>, StoreError> {
        let (mut records, mut bytes_taken, mut first) = (Vec::new(), 0, 0);
        // How long records are is known when they are read: a few first, and then twice as many each time.
        let mut chunk = if bytes_max.is_some() { limits::READ_BOUNDED_ROWS_FIRST } else { page.keys.len() };
        while first < page.keys.len() {
            let keys = &page.keys[first..page.keys.len().min(first + chunk)];
            let mut found = self.read(keys.iter().flat_map(|(_, tie)| places(tie)).copied().collect(), &decode)?;
            for (at, (_, tie)) in keys.iter().enumerate() {
                let rows: Vec<_> = places(tie).iter().filter_map(|place| found.remove(place)).collect();
                bytes_taken += rows.iter().map(|(_, bytes)| bytes).sum::<usize>();
                if !records.is_empty() && bytes_max.is_some_and(|bytes_max| bytes_taken > bytes_max) {
                    return Ok(Records { records, next: page.cursor_behind(first + at - 1), bytes: bytes_taken as u64 });
                }
                records.extend(join(rows.into_iter().map(|(row, _)| row).collect()));
            }
            first += keys.len();
            chunk = (chunk * 2).min(limits::READ_WHOLE_BATCH_ROWS);
        }
        Ok(Records { records, next: page.next.clone(), bytes: bytes_taken as u64 })
    }

    /// Reads rows and how many bytes was sent of each.
    fn read<Row>(
        &self,
        mut places: Vec<Place>,
        decode: impl Fn(&RecordBatch) -> Result<Vec<Row>, StoreError>,
    ) -> Result<HashMap<Place, (Row, usize)>, StoreError> {
        places.sort_unstable();
        let mut found = HashMap::with_capacity(places.len());
        for places in places.chunk_by(|a, b| a.0 == b.0) {
            let source = places[0].0;
            match self.batches.get(source) {
                Some(batch) => add(&mut found, places, &rows_of_batch(batch, places)?, &decode)?,
                None => {
                    let ranges: Vec<_> = places.iter().map(|(_, row)| *row..row + 1).collect();
                    let mut rest = places;
                    let file = self.files[source - self.batches.len()];
                    for batch in file.read(Some(self.columns), &ranges, limits::READ_WHOLE_BATCH_ROWS)? {
                        let batch = batch?;
                        let (of_batch, behind) = rest.split_at_checked(batch.num_rows()).ok_or_else(|| too_many_rows(file))?;
                        add(&mut found, of_batch, &batch, &decode)?;
                        rest = behind;
                    }
                }
            }
        }
        Ok(found)
    }
}

/// What was sent of a row, and its version.
pub(super) const CONTENT_COLUMNS_AND_VERSION: [&str; 4] = ["version", CONTENT_COLUMNS[0], CONTENT_COLUMNS[1], CONTENT_COLUMNS[2]];

fn too_many_rows(file: &RowFile) -> StoreError {
    StoreError::Damaged(format!("{} answers with more rows than were asked for", file.path().display()))
}

fn add<Key: Copy + Eq + Hash, Row>(
    found: &mut HashMap<Key, (Row, usize)>,
    keys: &[Key],
    batch: &RecordBatch,
    decode: impl Fn(&RecordBatch) -> Result<Vec<Row>, StoreError>,
) -> Result<(), StoreError> {
    let bytes = bytes_sent(batch)?;
    found.extend(keys.iter().copied().zip(decode(batch)?.into_iter().zip(bytes)));
    Ok(())
}

/// The bytes of each record and of who sent it; the latter counts for each, for records of many senders share little.
fn bytes_sent(batch: &RecordBatch) -> Result<Vec<usize>, StoreError> {
    let mut bytes = vec![0; batch.num_rows()];
    for name in CONTENT_COLUMNS {
        let column = Columns(batch).get::<BinaryArray>(name)?;
        bytes.iter_mut().enumerate().for_each(|(row, bytes)| *bytes += column.value_length(row) as usize);
    }
    Ok(bytes)
}

fn rows_of_batch(batch: &RecordBatch, places: &[Place]) -> Result<RecordBatch, StoreError> {
    let positions: Vec<_> = places.iter().map(|(_, row)| (0, *row as usize)).collect();
    interleave_record_batch(&[batch], &positions).map_err(|source| StoreError::failed("failed to gather rows of a page", source))
}
