//! What stands in the head of a file, and in its records.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::MetadataVersion;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use serde::{Deserialize, Serialize};
use store::{Ledger, StoreError};

use super::frames::{Damage, FRAME_BYTES, Frames, MARK_BYTES, Mark};
use crate::limits;
use crate::rows::{ROW_FORMAT_VERSION, TableBatches, conform, schemas};

const FILE_MAGIC: &[u8; 8] = b"clew-wal";
/// Version of the frame and the record; the columns have their own. In the first, every record was compressed.
const FILE_FORMAT_VERSION: u32 = 3;
const FILE_FORMAT_VERSION_FIRST: u32 = 1;
/// The first in which a file has a mark of its own.
const FILE_FORMAT_VERSION_MARKED: u32 = 3;
/// Where the mark stands in the head of a file: behind magic, versions and number.
const MARK_AT: usize = 24;
/// In front of a compressed payload stands how long it was before; in front of a plain one, this.
const IS_PLAIN: u32 = 0;
/// What stands before the payload.
const BEFORE_PAYLOAD: usize = FRAME_BYTES + 4;

/// One group of appends.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) head: RecordHead,
    pub(crate) batches: TableBatches,
}

/// What a record says beside its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecordHead {
    /// Each append takes as many numbers as it has rows, and at least one.
    pub(crate) sequence_first: u64,
    pub(crate) sequence_last: u64,
    pub(crate) ledger: Vec<LedgerDelta>,
}

/// What a group adds to the ledger of one minute of receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LedgerDelta {
    pub(crate) minute_unix: u64,
    pub(crate) stored: u64,
    pub(crate) duplicate: u64,
    pub(crate) updated: u64,
    pub(crate) sampled_out: u64,
    pub(crate) rejected: BTreeMap<String, u64>,
}

impl LedgerDelta {
    pub(crate) fn new(minute_unix: u64, ledger: Ledger) -> Self {
        let Ledger { stored, duplicate, updated, sampled_out, rejected } = ledger;
        Self { minute_unix, stored, duplicate, updated, sampled_out, rejected }
    }

    pub(crate) fn ledger(&self) -> Ledger {
        let Self { stored, duplicate, updated, sampled_out, .. } = *self;
        Ledger { stored, duplicate, updated, sampled_out, rejected: self.rejected.clone() }
    }
}

/// Encodes batches of one table; the schema stands once in the head of the file, so that small records stay small.
struct TableEncoder {
    schema_bytes: Vec<u8>,
    writer: StreamWriter<Vec<u8>>,
}

impl TableEncoder {
    fn new(schema: &datafusion::arrow::datatypes::Schema) -> Result<Self, ArrowError> {
        // Alignment 8 in place of 64: a record of one span has some hundred buffers, most of them a few bytes long.
        let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?;
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), schema, options)?;
        let schema_bytes = std::mem::take(writer.get_mut());
        Ok(Self { schema_bytes, writer })
    }

    /// Appends the batch to what the buffer holds already.
    fn encode(&mut self, batch: &RecordBatch, buffer: &mut Vec<u8>) -> Result<(), ArrowError> {
        std::mem::swap(self.writer.get_mut(), buffer);
        let written = self.writer.write(batch);
        std::mem::swap(self.writer.get_mut(), buffer);
        written
    }
}

/// Encodes records for files with the current schemas.
///
/// Buffers are kept from record to record: a group of megabytes would else be paid for in fresh pages each time.
pub(super) struct Encoder {
    tables: Vec<TableEncoder>,
    /// The record, with room for what stands before and behind its payload.
    plain: Vec<u8>,
    /// As long as the longest record that was compressed; empty where none was.
    compressed: Vec<u8>,
    /// None where the last one failed.
    encoded: Option<Encoded>,
    compress_table: CompressTable,
}

/// Where the record stands that was encoded last.
#[derive(Clone, Copy)]
enum Encoded {
    Plain,
    Compressed { bytes: usize },
}

impl Encoder {
    pub(super) fn new() -> Result<Self, StoreError> {
        let tables = schemas().iter().map(|schema| TableEncoder::new(schema)).collect::<Result<_, _>>();
        let (plain, compressed) = (Vec::new(), Vec::new());
        Ok(Self { tables: tables.map_err(encode_failed)?, plain, compressed, encoded: None, compress_table: CompressTable::default() })
    }

    /// The first bytes of a file: magic, versions, number, mark, schemas, checksum.
    pub(super) fn file_header(&self, number: u64, mark: Mark) -> Vec<u8> {
        let mut bytes = FILE_MAGIC.to_vec();
        bytes.extend(FILE_FORMAT_VERSION.to_le_bytes());
        bytes.extend(ROW_FORMAT_VERSION.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        bytes.extend(mark.bytes());
        for table in &self.tables {
            bytes.extend((table.schema_bytes.len() as u32).to_le_bytes());
            bytes.extend(&table.schema_bytes);
        }
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// The record that was encoded last, as it stands in a file of this mark: with its frame, and an empty one behind it.
    pub(super) fn framed(&mut self, mark: Mark) -> &[u8] {
        let record = match self.encoded {
            Some(Encoded::Plain) => self.plain.as_mut_slice(),
            Some(Encoded::Compressed { bytes }) => &mut self.compressed[..bytes],
            None => return &[],
        };
        let (frame, framed) = record.split_at_mut(FRAME_BYTES);
        let (framed, empty_frame) = framed.split_at_mut(framed.len() - FRAME_BYTES);
        mark.write_frame(frame, framed);
        mark.write_frame(empty_frame, &[]);
        record
    }

    /// Encodes a record in place of the last one.
    ///
    /// A record of few rows is mostly the description of columns in which nothing stands, and a quarter of its length when compressed.
    /// A longer one is mostly text, which a disk takes faster than it could be compressed, on the one thread that writes.
    pub(super) fn encode(&mut self, record: &Record) -> Result<(), StoreError> {
        self.encoded = None;
        self.plain.clear();
        let head = serde_json::to_vec(&record.head).map_err(|source| StoreError::failed("failed to encode a log record", source))?;
        let plain = &mut self.plain;
        plain.shrink_to(limits::ENCODER_BYTES_KEPT);
        plain.extend([0; BEFORE_PAYLOAD]);
        plain.extend((head.len() as u32).to_le_bytes());
        plain.extend(&head);
        for (table, batch) in self.tables.iter_mut().zip(record.batches.tables()) {
            let size_at = plain.len();
            plain.extend([0; 4]);
            batch.map(|batch| table.encode(batch, plain)).transpose().map_err(encode_failed)?;
            let size = (plain.len() - size_at - 4) as u32;
            plain[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
        }
        let bytes = plain.len() - BEFORE_PAYLOAD;
        if bytes > limits::RECORD_BYTES_MAX {
            return Err(StoreError::Invalid(format!("a log record of {bytes} bytes is over the limit")));
        }
        if bytes <= limits::RECORD_BYTES_COMPRESSED {
            return self.compress();
        }
        plain.extend([0; FRAME_BYTES]);
        note_length_before(plain, IS_PLAIN);
        self.encoded = Some(Encoded::Plain);
        Ok(())
    }

    fn compress(&mut self) -> Result<(), StoreError> {
        let payload = &self.plain[BEFORE_PAYLOAD..];
        let room = BEFORE_PAYLOAD + get_maximum_output_size(payload.len()) + FRAME_BYTES;
        self.compressed.resize(self.compressed.len().max(room), 0);
        let block = compress_into_with_table(payload, &mut self.compressed[BEFORE_PAYLOAD..], &mut self.compress_table)
            .map_err(|source| StoreError::failed("failed to compress a log record", source))?;
        let bytes = BEFORE_PAYLOAD + block + FRAME_BYTES;
        note_length_before(&mut self.compressed, payload.len() as u32);
        self.encoded = Some(Encoded::Compressed { bytes });
        Ok(())
    }
}

/// Writes how long the payload was before compression.
fn note_length_before(record: &mut [u8], length: u32) {
    record[FRAME_BYTES..BEFORE_PAYLOAD].copy_from_slice(&length.to_le_bytes());
}

fn encode_failed(source: ArrowError) -> StoreError {
    StoreError::failed("failed to encode rows for the write-ahead log", source)
}

/// Takes parts off the front of bytes.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (part, rest) = self.0.split_at_checked(length).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(part)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Damage> {
        Ok(self.take(LENGTH)?.try_into().expect("so many were taken"))
    }

    fn number(&mut self) -> Result<u32, Damage> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn sized(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.number()? as usize;
        self.take(length)
    }
}

/// Why the head of a file cannot be used.
#[derive(Debug)]
pub(super) enum HeadError {
    Harmed(Damage),
    /// It is as it was written, by a version whose files this one does not read.
    OtherFormat(String),
}

impl From<Damage> for HeadError {
    fn from(damage: Damage) -> Self {
        Self::Harmed(damage)
    }
}

/// Reads the records of one file.
pub(super) struct Decoder {
    schema_bytes: [Vec<u8>; 3],
    pub(super) header_length: usize,
    pub(super) mark: Mark,
}

impl Decoder {
    /// Reads the head of a file.
    pub(super) fn new(bytes: &[u8], number: u64) -> Result<Self, HeadError> {
        let mut parts = Parts(bytes);
        if parts.take(FILE_MAGIC.len())? != FILE_MAGIC {
            return Err(Damage::from("it does not begin as a log file does").into());
        }
        let (file_format, row_format) = (parts.number()?, parts.number()?);
        let number_found = u64::from_le_bytes(parts.array()?);
        // Of a later format too, this tells whether its head is as it was written: all of them are of the same parts.
        let mark = if file_format < FILE_FORMAT_VERSION_MARKED { Mark::Common } else { Mark::Own(parts.array()?) };
        let schema_bytes = [parts.sized()?.to_vec(), parts.sized()?.to_vec(), parts.sized()?.to_vec()];
        let header = &bytes[..bytes.len() - parts.0.len()];
        if crc32c::crc32c(header) != parts.number()? {
            return Err(Damage::from("the checksum of its head does not match").into());
        }
        let is_known = (FILE_FORMAT_VERSION_FIRST..=FILE_FORMAT_VERSION).contains(&file_format);
        if !is_known || row_format != ROW_FORMAT_VERSION {
            let text = format!("it has the format {file_format}.{row_format}, which this version does not read");
            return Err(HeadError::OtherFormat(text));
        }
        if number_found != number {
            return Err(format!("it says that it is file {number_found}").into());
        }
        Ok(Self { schema_bytes, header_length: header.len() + 4, mark })
    }

    /// Reads a file whose head is harmed as one that this version has written: a log is rarely older than a minute.
    pub(super) fn of_harmed(bytes: &[u8]) -> Result<Self, StoreError> {
        let encoder = Encoder::new()?;
        let header_length = encoder.file_header(0, Mark::new(0)).len();
        let schema_bytes: Vec<Vec<u8>> = encoder.tables.into_iter().map(|table| table.schema_bytes).collect();
        let schema_bytes = schema_bytes.try_into().expect("there are three tables");
        let own_at = |at: usize| bytes.get(at..at + MARK_BYTES)?.try_into().ok().map(Mark::Own);
        let common_at = |at: usize| bytes.get(at..)?.starts_with(Mark::Common.bytes()).then_some(Mark::Common);
        // It stands in the head and in front of the first record; before there were marks, there was none in the head. Where a file that
        // is written over has no record yet, the second is that of the records before, which are known by their sequence to be flushed.
        let marks = [own_at(MARK_AT), own_at(header_length), common_at(header_length - MARK_BYTES)];
        let mark = marks.into_iter().flatten().find(|mark| Frames { bytes, mark: *mark }.first_from(0).is_some());
        Ok(Self { schema_bytes, header_length, mark: mark.unwrap_or_else(|| Mark::new(0)) })
    }

    /// Decodes the payload of a record.
    pub(super) fn record(&self, payload: &[u8]) -> Result<Record, Damage> {
        let plain = plain(payload)?;
        let mut parts = Parts(&plain);
        let head = serde_json::from_slice(parts.sized()?).map_err(|error| error.to_string())?;
        let mut tables = [None, None, None];
        for ((table, schema_bytes), schema) in tables.iter_mut().zip(&self.schema_bytes).zip(schemas()) {
            let bytes = parts.sized()?;
            if !bytes.is_empty() {
                let batch = read_batch(schema_bytes, bytes).map_err(|error| error.to_string())?;
                *table = Some(conform(&batch, &schema).map_err(|error| error.to_string())?);
            }
        }
        Ok(Record { head, batches: TableBatches::from_tables(tables) })
    }
}

/// The payload as it was before compression, if it was compressed.
fn plain(payload: &[u8]) -> Result<Cow<'_, [u8]>, Damage> {
    let (length, block) = lz4_flex::block::uncompressed_size(payload).map_err(|error| error.to_string())?;
    if length == IS_PLAIN as usize {
        return Ok(Cow::Borrowed(block));
    }
    if length > limits::RECORD_BYTES_MAX {
        return Err(format!("it says that it has {length} bytes"));
    }
    lz4_flex::block::decompress(block, length).map(Cow::Owned).map_err(|error| error.to_string())
}

fn read_batch(schema_bytes: &[u8], bytes: &[u8]) -> Result<RecordBatch, ArrowError> {
    let reader = StreamReader::try_new(Cursor::new(schema_bytes).chain(Cursor::new(bytes)), None)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => Ok(batch),
        Err(batches) => concat_batches(&schema, &batches),
    }
}
