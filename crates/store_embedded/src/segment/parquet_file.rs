//! Writes the files of a segment, each with its size and checksum.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use store::StoreError;

use super::description::{Description, FileSeal};
use crate::limits;

pub(super) fn write_failed(name: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::failed(format!("failed to write `{name}` of a segment"), source)
}

fn zstd_level(level: i32) -> ZstdLevel {
    ZstdLevel::try_new(level).expect("zstd has the level")
}

fn properties(level: ZstdLevel) -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(level)).set_created_by("clew".into())
}

/// Takes a seventh less time than the third. Small pages are two hundredths longer; raw records make up for it by being packed in long ones.
const LEVEL: i32 = 2;
/// Looks as far back as the longest page goes.
const LEVEL_OF_LONG_RECORDS: i32 = 3;

/// Columns of which nearly every row is another: a dictionary of them is as long as they are, and is read for a single row.
const ALL_DIFFERENT: [&str; 20] = [
    "trace_id",
    "span_id",
    "parent_span_id",
    "content_hash",
    "version",
    "start_unix_nanos",
    "end_unix_nanos",
    "response_id",
    "tool_call_id",
    "ttft_nanos",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cost_nanousd",
    "cost_computed_nanousd",
    "input_preview",
    "output_preview",
    "duration_nanos",
    "row_first",
    "last_start_unix_nanos",
];

/// Small pages: a trace's rows stand together, and only its pages are to be read. What a page holds is not asked of its statistics.
pub(super) fn core_properties() -> WriterProperties {
    let properties = properties(zstd_level(LEVEL))
        .set_data_page_row_count_limit(1_024)
        .set_data_page_size_limit(32 << 10)
        .set_write_batch_size(256)
        .set_max_row_group_row_count(Some(65_536))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    without_useless_dictionaries(properties).build()
}

fn without_useless_dictionaries(properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
    ALL_DIFFERENT.iter().fold(properties, |properties, column| properties.set_column_dictionary_enabled((*column).into(), false))
}

/// Small beside the rows they are made of, and read by every list: what is quick to unpack is worth more than what is short.
pub(super) fn table_properties() -> WriterProperties {
    core_properties().into_builder().set_compression(Compression::LZ4_RAW).build()
}

/// How raw records are cut into pages: for one record its page is unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordPages {
    pub(super) bytes: usize,
    pub(super) rows: usize,
    pub(super) level: ZstdLevel,
}

impl RecordPages {
    /// Of records that have about so many bytes each.
    pub(super) fn of(record_bytes: usize) -> Self {
        let bytes =
            record_bytes.saturating_mul(limits::CONTENT_PAGE_ROWS).clamp(limits::CONTENT_PAGE_BYTES, limits::CONTENT_PAGE_BYTES_MAX);
        let level = if bytes > limits::CONTENT_PAGE_BYTES { LEVEL_OF_LONG_RECORDS } else { LEVEL };
        Self { bytes, rows: limits::CONTENT_PAGE_ROWS_MAX, level: zstd_level(level) }
    }
}

/// Of the columns beside raw records: who sent them is not another for each.
pub(super) fn record_properties(pages: &RecordPages) -> WriterProperties {
    without_useless_dictionaries(properties(pages.level))
        .set_data_page_row_count_limit(pages.rows)
        .set_write_batch_size(pages.rows)
        .set_data_page_size_limit(pages.bytes)
        .set_column_statistics_enabled("resource".into(), EnabledStatistics::None)
        .set_column_statistics_enabled("scope".into(), EnabledStatistics::None)
        .build()
}

pub(super) struct ParquetFileWriter {
    name: &'static str,
    writer: ArrowWriter<SealedFile>,
}

impl ParquetFileWriter {
    pub(super) fn create(
        directory: &Path,
        name: &'static str,
        schema: SchemaRef,
        properties: WriterProperties,
    ) -> Result<Self, StoreError> {
        let file = SealedFile::create(directory, name).map_err(|source| write_failed(name, source))?;
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|source| write_failed(name, source))?;
        Ok(Self { name, writer })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.writer.write(batch).map_err(|source| write_failed(self.name, source))
    }

    pub(super) fn finish(self, description: &mut Description) -> Result<(), StoreError> {
        let file = self.writer.into_inner().map_err(|source| write_failed(self.name, source))?;
        file.seal(self.name, description)
    }
}

/// A file that knows its size and checksum.
///
/// It goes to disk piece by piece: forced at its end alone, all of it would stand before the next record of the log, whose sender waits.
pub(super) struct SealedFile {
    file: BufWriter<File>,
    seal: FileSeal,
    bytes_not_forced: usize,
}

impl SealedFile {
    pub(super) fn create(directory: &Path, name: &str) -> io::Result<Self> {
        // A page of raw records comes in pieces of some kilobytes.
        const BUFFER_BYTES: usize = 128 << 10;
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create_new(directory.join(name))?);
        Ok(Self { file, seal: FileSeal { bytes: 0, crc32c: 0 }, bytes_not_forced: 0 })
    }

    pub(super) fn seal(mut self, name: &'static str, description: &mut Description) -> Result<(), StoreError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(|source| write_failed(name, source))?;
        description.files.insert(name.to_owned(), self.seal);
        Ok(())
    }
}

impl Write for SealedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.seal.crc32c = crc32c::crc32c_append(self.seal.crc32c, &bytes[..written]);
        self.seal.bytes += written as u64;
        self.bytes_not_forced += written;
        if self.bytes_not_forced >= limits::SEGMENT_SYNC_BYTES {
            self.file.flush()?;
            self.file.get_ref().sync_data()?;
            self.bytes_not_forced = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
