//! The column of raw records, most of a segment's bytes, as the pages of Parquet that it becomes.
//!
//! Parquet's own writer gathers and packs each page in memory that it takes for it, and for pages as long as these the system has to
//! clear it first, each time: a third of what packing costs, by samples of a flush. Here both are kept from one page to the next.
//! The pages are of the second kind (`DATA_PAGE_V2` of the Parquet format), in which only the values are packed: what says which rows
//! have one stands before them, and nothing needs to be put together first.

use std::io::{self, Read};

use bytes::Bytes;
use datafusion::parquet::basic::{Compression, Encoding, EncodingMask, PageType};
use datafusion::parquet::column::page::{CompressedPage, Page, PageWriter};
use datafusion::parquet::column::writer::ColumnCloseResult;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use datafusion::parquet::file::reader::{ChunkReader, Length};
use datafusion::parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use datafusion::parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use super::parquet_file::RecordPages;

/// Records on their way into the row group at hand.
pub(super) struct RawColumn {
    column: ColumnDescPtr,
    size: RecordPages,
    compressor: Compressor<'static>,
    /// The records of the page at hand, each behind its length, as Parquet writes them plainly.
    page: Vec<u8>,
    rows_of_page: usize,
    /// Room for a page packed.
    packed: Vec<u8>,
    ended: EndedPages,
}

/// The pages of a row group that are done.
#[derive(Default)]
struct EndedPages {
    pages: Vec<Bytes>,
    places: OffsetIndexBuilder,
    rows: usize,
    bytes: usize,
    bytes_unpacked: usize,
}

impl RawColumn {
    pub(super) fn new(column: ColumnDescPtr, size: RecordPages) -> Result<Self> {
        // Its pages say that each row has a value, as those of a column must that could do without.
        if column.max_def_level() != 1 || column.max_rep_level() != 0 {
            return Err(ParquetError::General(format!("the column `{}` has other values than records", column.name())));
        }
        let compressor = Compressor::new(size.level.compression_level())?;
        let (page, packed, ended) = (Vec::new(), Vec::new(), EndedPages::default());
        Ok(Self { column, size, compressor, page, rows_of_page: 0, packed, ended })
    }

    /// About so long is the row group so far.
    pub(super) fn bytes(&self) -> usize {
        self.ended.bytes + self.page.len()
    }

    pub(super) fn push(&mut self, record: &[u8]) -> Result<()> {
        let length = u32::try_from(record.len())
            .map_err(|_| ParquetError::General(format!("a record of {} bytes is longer than Parquet can say", record.len())))?;
        let is_full = self.page.len() >= self.size.bytes || self.rows_of_page == self.size.rows;
        // One that is longer than a page is a page by itself: those beside it are read without it.
        if self.rows_of_page > 0 && (is_full || record.len() > self.size.bytes) {
            self.end_page()?;
        }
        self.page.extend_from_slice(&length.to_le_bytes());
        self.page.extend_from_slice(record);
        self.rows_of_page += 1;
        Ok(())
    }

    fn end_page(&mut self) -> Result<()> {
        let bound = compress_bound(self.page.len());
        if self.packed.len() < bound {
            self.packed.resize(bound, 0);
        }
        let packed = self.compressor.compress_to_buffer(&self.page, self.packed.as_mut_slice())?;
        let levels = all_present(self.rows_of_page);
        let page = Page::DataPageV2 {
            buf: [levels.as_slice(), &self.packed[..packed]].concat().into(),
            num_values: self.rows_of_page as u32,
            encoding: Encoding::PLAIN,
            num_nulls: 0,
            num_rows: self.rows_of_page as u32,
            def_levels_byte_len: levels.len() as u32,
            rep_levels_byte_len: 0,
            is_compressed: true,
            statistics: None,
        };
        self.ended.add(CompressedPage::new(page, levels.len() + self.page.len()), self.rows_of_page)?;
        self.page.clear();
        self.rows_of_page = 0;
        // What one long record took is not kept for all others.
        let kept = 2 * self.size.bytes;
        self.page.shrink_to(kept);
        self.packed.truncate(compress_bound(kept));
        self.packed.shrink_to_fit();
        Ok(())
    }

    /// Ends the row group; what comes now belongs to the next one.
    pub(super) fn end_row_group(&mut self) -> Result<(RawPages, ColumnCloseResult)> {
        if self.rows_of_page > 0 {
            self.end_page()?;
        }
        let EndedPages { pages, places, rows, bytes, bytes_unpacked } = std::mem::take(&mut self.ended);
        let page_kind = PageEncodingStats { page_type: PageType::DATA_PAGE_V2, encoding: Encoding::PLAIN, count: pages.len() as i32 };
        let metadata = ColumnChunkMetaData::builder(self.column.clone())
            .set_compression(Compression::ZSTD(self.size.level))
            .set_encodings_mask(EncodingMask::new_from_encodings([Encoding::PLAIN, Encoding::RLE].iter()))
            .set_page_encoding_stats(vec![page_kind])
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes as i64)
            .set_total_uncompressed_size(bytes_unpacked as i64)
            .set_data_page_offset(0)
            .build()?;
        let closed = ColumnCloseResult {
            bytes_written: bytes as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(places.build()),
        };
        Ok((RawPages(pages), closed))
    }
}

impl EndedPages {
    fn add(&mut self, page: CompressedPage, rows: usize) -> Result<()> {
        /// More than the head of a page takes.
        const HEAD_BYTES: usize = 64;
        let mut written = TrackedWrite::new(Vec::with_capacity(page.compressed_size() + HEAD_BYTES));
        let spec = SerializedPageWriter::new(&mut written).write_page(page)?;
        let page: Bytes = written.into_inner()?.into();
        self.places.append_row_count(rows as i64);
        self.places.append_offset_and_size(self.bytes as i64, page.len() as i32);
        self.rows += rows;
        self.bytes += page.len();
        self.bytes_unpacked += spec.uncompressed_size;
        self.pages.push(page);
        Ok(())
    }
}

/// Says that so many rows have a value: one run of ones, as `RLE` of Parquet has it without its length.
fn all_present(rows: usize) -> Vec<u8> {
    let (mut run, mut levels) = (rows << 1, Vec::new());
    while run > 0x7f {
        levels.push(run as u8 | 0x80);
        run >>= 7;
    }
    levels.extend([run as u8, 1]);
    levels
}

/// The pages of a row group, one after the other.
pub(super) struct RawPages(Vec<Bytes>);

impl Length for RawPages {
    fn len(&self) -> u64 {
        self.0.iter().map(|page| page.len() as u64).sum()
    }
}

impl ChunkReader for RawPages {
    type T = PagesReader;

    fn get_read(&self, start: u64) -> Result<PagesReader> {
        let mut reader = PagesReader(self.0.iter().rev().cloned().collect());
        io::copy(&mut reader.by_ref().take(start), &mut io::sink())?;
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// What is left of the pages, the next one last.
pub(super) struct PagesReader(Vec<Bytes>);

impl Read for PagesReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(page) = self.0.last_mut() {
            if !page.is_empty() {
                let length = page.len().min(into.len());
                into[..length].copy_from_slice(&page.split_to(length));
                return Ok(length);
            }
            self.0.pop();
        }
        Ok(0)
    }
}
