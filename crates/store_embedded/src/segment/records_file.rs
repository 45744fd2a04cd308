//! Writes a file of records: the raw ones as `RawColumn` packs them, the few columns beside them as Parquet's own writer does.

use std::path::Path;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use datafusion::parquet::errors::Result;
use datafusion::parquet::file::writer::SerializedFileWriter;
use store::StoreError;

use super::description::Description;
use super::parquet_file::{RecordPages, SealedFile, record_properties, write_failed};
use super::raw_column::RawColumn;
use crate::limits;
use crate::rows::Columns;
use crate::rows::columns::BytesColumn;

const RAW: &str = "raw";

/// Each of its columns has single values, so that Parquet has as many.
pub(super) struct RecordsFile {
    name: &'static str,
    schema: SchemaRef,
    writer: SerializedFileWriter<SealedFile>,
    column_writers: ArrowRowGroupWriterFactory,
    raw: RawColumn,
    /// Of the row group at hand, one for each column: that of raw records stays empty. None before its first row.
    others: Vec<ArrowColumnWriter>,
}

impl RecordsFile {
    pub(super) fn create(
        directory: &Path,
        name: &'static str,
        schema: SchemaRef,
        pages: RecordPages,
    ) -> std::result::Result<Self, StoreError> {
        let file = SealedFile::create(directory, name).map_err(|source| write_failed(name, source))?;
        Self::begin(file, name, schema, pages).map_err(|source| write_failed(name, source))
    }

    fn begin(file: SealedFile, name: &'static str, schema: SchemaRef, pages: RecordPages) -> Result<Self> {
        let writer = ArrowWriter::try_new(file, SchemaRef::clone(&schema), Some(record_properties(&pages)))?;
        let (writer, column_writers) = writer.into_serialized_writer()?;
        let raw = RawColumn::new(writer.schema_descr().column(schema.index_of(RAW)?), pages)?;
        Ok(Self { name, schema, writer, column_writers, raw, others: Vec::new() })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> std::result::Result<(), StoreError> {
        let records = Columns(batch).bytes(RAW)?;
        if batch.column_by_name(RAW).is_some_and(|column| column.null_count() > 0) {
            return Err(StoreError::Damaged(format!("a row of `{}` has no raw record", self.name)));
        }
        self.write_rows(batch, &records).map_err(|source| write_failed(self.name, source))
    }

    fn write_rows(&mut self, batch: &RecordBatch, records: &BytesColumn<'_>) -> Result<()> {
        let mut first = 0;
        for row in 0..batch.num_rows() {
            self.raw.push(records.value(row))?;
            if self.raw.bytes() >= limits::ROW_GROUP_BYTES {
                self.write_others(&batch.slice(first, row + 1 - first))?;
                self.end_row_group()?;
                first = row + 1;
            }
        }
        self.write_others(&batch.slice(first, batch.num_rows() - first))?;
        let others = self.others.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum::<usize>();
        if self.raw.bytes() + others >= limits::ROW_GROUP_BYTES { self.end_row_group() } else { Ok(()) }
    }

    fn write_others(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() > 0 && self.others.is_empty() {
            self.others = self.column_writers.create_column_writers(self.writer.flushed_row_groups().len())?;
        }
        for ((field, values), column) in self.schema.fields().iter().zip(batch.columns()).zip(&mut self.others) {
            if field.name() != RAW {
                compute_leaves(field, values)?.iter().try_for_each(|leaf| column.write(leaf))?;
            }
        }
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        let mut raw = Some(self.raw.end_row_group()?);
        let mut group = self.writer.next_row_group()?;
        for (field, column) in self.schema.fields().iter().zip(std::mem::take(&mut self.others)) {
            match raw.take_if(|_| field.name() == RAW) {
                Some((pages, closed)) => group.append_column(&pages, closed)?,
                None => column.close()?.append_to_row_group(&mut group)?,
            }
        }
        group.close()?;
        Ok(())
    }

    pub(super) fn finish(mut self, description: &mut Description) -> std::result::Result<(), StoreError> {
        let name = self.name;
        let ended = if self.others.is_empty() { Ok(()) } else { self.end_row_group() };
        let file = ended.and_then(|()| self.writer.into_inner()).map_err(|source| write_failed(name, source))?;
        file.seal(name, description)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, BinaryArray, BinaryViewArray, UInt64Array};
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
    };
    use datafusion::parquet::basic::ZstdLevel;
    use datafusion::parquet::file::metadata::PageIndexPolicy;
    use tempfile::TempDir;

    use super::*;

    const RAW_PLACE: usize = 1;

    /// A file of records, numbered in a column before them, with the resource of each behind them.
    struct Written {
        _directory: TempDir,
        path: PathBuf,
        footer: ArrowReaderMetadata,
    }

    impl Written {
        fn write(pages: RecordPages, batches: &[&[Vec<u8>]]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let fields = [("version", DataType::UInt64), (RAW, DataType::Binary), ("resource", DataType::Binary)];
            let schema: SchemaRef = Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec()).into();
            let mut file = RecordsFile::create(directory.path(), "records.parquet", schema, pages).unwrap();
            let mut first = 0;
            for batch in batches {
                file.write(&numbered(first, batch)).unwrap();
                first += batch.len() as u64;
            }
            let mut description = Description::new(1, 0, first);
            file.finish(&mut description).unwrap();
            let path = directory.path().join("records.parquet");
            assert_eq!(description.files["records.parquet"].bytes, std::fs::metadata(&path).unwrap().len());
            let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
            let footer = ArrowReaderMetadata::load(&File::open(&path).unwrap(), options).unwrap();
            Self { _directory: directory, path, footer }
        }

        /// The rows that are selected, or all: each with its number.
        fn read(&self, selected: Option<Vec<RowSelector>>) -> Vec<(u64, Vec<u8>)> {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&self.path).unwrap(), self.footer.clone());
            let builder = match selected {
                Some(selectors) => builder.with_row_selection(RowSelection::from(selectors)),
                None => builder,
            };
            let mut rows = Vec::new();
            for batch in builder.build().unwrap() {
                let batch = batch.unwrap();
                let (versions, raws) = (Columns(&batch).get::<UInt64Array>("version").unwrap(), Columns(&batch).bytes(RAW).unwrap());
                let resources = Columns(&batch).bytes("resource").unwrap();
                for row in 0..batch.num_rows() {
                    assert_eq!(resources.value(row), b"one service");
                    rows.push((versions.value(row), raws.value(row).to_vec()));
                }
            }
            rows
        }

        /// The first rows of the pages of records, by row group.
        fn pages(&self) -> Vec<Vec<i64>> {
            let groups = self.footer.metadata().offset_index().unwrap().iter();
            groups.map(|columns| columns[RAW_PLACE].page_locations().iter().map(|page| page.first_row_index).collect()).collect()
        }
    }

    fn numbered(first: u64, records: &[Vec<u8>]) -> RecordBatch {
        let raws = BinaryViewArray::from_iter_values(records);
        let columns: [(&str, ArrayRef); 3] = [
            ("version", Arc::new(UInt64Array::from_iter_values((first..).take(records.len())))),
            (RAW, Arc::new(raws)),
            ("resource", Arc::new(BinaryArray::from_iter_values(records.iter().map(|_| b"one service")))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn pages(bytes: usize, rows: usize) -> RecordPages {
        RecordPages { bytes, rows, level: ZstdLevel::try_new(1).unwrap() }
    }

    /// Bytes that nothing makes shorter.
    fn record(number: usize, length: usize) -> Vec<u8> {
        let mut state = number as u64 + 1;
        let mut next = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    fn all(batches: &[&[Vec<u8>]]) -> Vec<(u64, Vec<u8>)> {
        (0..).zip(batches.iter().flat_map(|batch| batch.iter().cloned())).collect()
    }

    #[test]
    fn records_come_back_however_long_they_are_and_however_they_came() {
        let lengths = [0, 1, 3, 0, 500, 992, 996, 997, 5_000, 0, 0, 0, 0, 0, 0, 127, 128, 40, 5_000, 60];
        let records: Vec<_> = lengths.iter().enumerate().map(|(number, length)| record(number, *length)).collect();
        for size in [1, 3, 7, lengths.len()] {
            let batches: Vec<_> = records.chunks(size).collect();
            let written = Written::write(pages(1_000, 4), &batches);
            assert_eq!(written.read(None), all(&batches), "batches of {size}");
            for (row, record) in records.iter().enumerate() {
                let selected = vec![RowSelector::skip(row), RowSelector::select(1), RowSelector::skip(records.len() - row - 1)];
                assert_eq!(written.read(Some(selected)), [(row as u64, record.clone())]);
            }
        }
    }

    #[test]
    fn a_page_ends_with_the_record_that_makes_it_long_enough_or_has_one_that_is_longer() {
        let starts = |lengths: &[usize]| {
            let records: Vec<_> = lengths.iter().enumerate().map(|(number, length)| record(number, *length)).collect();
            Written::write(pages(1_000, 4), &[&records]).pages()
        };
        // Each record takes four bytes more than it has.
        assert_eq!(starts(&[492, 500, 0]), [[0, 2]]);
        assert_eq!(starts(&[492, 499, 0]), [[0]]);
        assert_eq!(starts(&[1, 1_000, 1]), [[0, 2]]);
        assert_eq!(starts(&[1, 1_001, 1]), [[0, 1, 2]]);
        assert_eq!(starts(&[5_000, 5_000, 1]), [[0, 1, 2]]);
        assert_eq!(starts(&[0, 0, 0, 0]), [[0]]);
        assert_eq!(starts(&[0, 0, 0, 0, 0]), [[0, 4]]);
    }

    #[test]
    fn a_page_of_as_many_rows_as_there_may_be_says_that_all_are_there() {
        for rows in [63, 64, limits::CONTENT_PAGE_ROWS_MAX] {
            let records: Vec<_> = (0..2 * rows + 1).map(|number| record(number, 5)).collect();
            let written = Written::write(pages(limits::CONTENT_PAGE_BYTES, rows), &[&records]);
            assert_eq!(written.pages(), [[0, rows as i64, 2 * rows as i64]]);
            assert_eq!(written.read(None), all(&[&records]));
        }
    }

    #[test]
    fn a_row_group_ends_with_the_record_that_fills_it_also_amid_a_batch() {
        const RECORD_BYTES: usize = 5 << 20;
        let records: Vec<_> = (0..9).map(|number| record(number, RECORD_BYTES)).collect();
        let written = Written::write(pages(limits::CONTENT_PAGE_BYTES, 512), &[&records[..1], &records[1..8], &records[8..]]);
        let groups = written.footer.metadata().row_groups();
        assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [7, 2]);
        assert!(groups.iter().all(|group| group.compressed_size() <= (limits::ROW_GROUP_BYTES + 2 * RECORD_BYTES) as i64));
        assert_eq!(written.read(None), all(&[&records]));
    }

    #[test]
    fn a_row_without_a_record_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let schema: SchemaRef = Schema::new(vec![Field::new(RAW, DataType::Binary, true)]).into();
        let raws: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![Some(b"record"), None]));
        let batch = RecordBatch::try_new(SchemaRef::clone(&schema), vec![raws]).unwrap();
        let mut file = RecordsFile::create(directory.path(), "records.parquet", schema, RecordPages::of(0)).unwrap();
        assert!(matches!(file.write(&batch), Err(StoreError::Damaged(_))));
    }

    #[test]
    fn who_sent_them_may_fill_a_row_group_too() {
        let directory = tempfile::tempdir().unwrap();
        let schema: SchemaRef = Schema::new([RAW, "resource"].map(|name| Field::new(name, DataType::Binary, true)).to_vec()).into();
        let batch = |numbers: std::ops::Range<usize>| {
            let raws: ArrayRef = Arc::new(BinaryArray::from_iter_values(numbers.clone().map(|_| b"record")));
            let resources: ArrayRef = Arc::new(BinaryArray::from_iter_values(numbers.map(|number| record(number, 1 << 20))));
            RecordBatch::try_new(SchemaRef::clone(&schema), vec![raws, resources]).unwrap()
        };
        let mut file = RecordsFile::create(directory.path(), "records.parquet", SchemaRef::clone(&schema), RecordPages::of(0)).unwrap();
        (0..5).for_each(|part| file.write(&batch(10 * part..10 * part + 10)).unwrap());
        file.finish(&mut Description::new(1, 0, 50)).unwrap();
        let footer = ArrowReaderMetadata::load(&File::open(directory.path().join("records.parquet")).unwrap(), Default::default()).unwrap();
        let rows: Vec<_> = footer.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(rows, [40, 10]);
    }
}
