//! Rows of an answer in the format that was asked for.

mod cells;

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use serde_json::Value;
use store::StoreError;
use store::limits::SQL_ANSWER_BYTES_MAX;
use store::sql::SqlFormat;

use self::cells::Cells;

/// Rows that are written before anybody looks how long the answer is.
const ROWS_AT_ONCE: usize = 256;

/// Writes batches one after the other.
pub(super) enum Writer {
    Json(Vec<u8>, Vec<String>),
    Csv(Vec<u8>),
    Arrow(Box<StreamWriter<Vec<u8>>>),
    Parquet(Box<ArrowWriter<Vec<u8>>>),
}

impl Writer {
    pub(super) fn new(format: SqlFormat, schema: &SchemaRef) -> Result<Self, StoreError> {
        let names = || schema.fields().iter().map(|field| field.name().clone());
        Ok(match format {
            SqlFormat::Json => Self::Json(vec![b'['], names().map(|name| Value::String(name).to_string()).collect()),
            SqlFormat::Csv => {
                let mut line = names().map(|name| quoted(&name)).collect::<Vec<_>>().join(",").into_bytes();
                line.extend(b"\r\n");
                Self::Csv(line)
            }
            SqlFormat::Arrow => Self::Arrow(Box::new(StreamWriter::try_new(Vec::new(), schema).map_err(failed)?)),
            SqlFormat::Parquet => {
                let compression = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(compression).set_created_by("clew".into()).build();
                Self::Parquet(Box::new(ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).map_err(failed)?))
            }
        })
    }

    /// Writes rows; stops early where the answer is too long already.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        for first in (0..batch.num_rows()).step_by(ROWS_AT_ONCE) {
            if self.bytes() > SQL_ANSWER_BYTES_MAX {
                return Ok(());
            }
            let rows = batch.slice(first, ROWS_AT_ONCE.min(batch.num_rows() - first));
            match self {
                Self::Json(text, names) => write_json(text, names, &rows)?,
                Self::Csv(text) => write_csv(text, &rows)?,
                Self::Arrow(writer) => writer.write(&rows).map_err(failed)?,
                Self::Parquet(writer) => writer.write(&rows).map_err(failed)?,
            }
        }
        Ok(())
    }

    /// What is written so far, and what waits to be.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Json(text, _) | Self::Csv(text) => text.len(),
            Self::Arrow(writer) => writer.get_ref().len(),
            Self::Parquet(writer) => writer.bytes_written() + writer.memory_size(),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Json(mut text, _) => {
                text.push(b']');
                Ok(text)
            }
            Self::Csv(text) => Ok(text),
            Self::Arrow(writer) => writer.into_inner().map_err(failed),
            Self::Parquet(writer) => writer.into_inner().map_err(failed),
        }
    }
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::failed("failed to write an answer", source)
}

fn write_json(text: &mut Vec<u8>, names: &[String], batch: &RecordBatch) -> Result<(), StoreError> {
    let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        text.extend(if text.len() > 1 { b",\n" as &[u8] } else { b"" });
        text.push(b'{');
        for (place, (name, cells)) in names.iter().zip(&columns).enumerate() {
            text.extend(if place > 0 { b"," as &[u8] } else { b"" });
            write!(text, "{name}:{}", cells.value(row)).map_err(failed)?;
        }
        text.push(b'}');
    }
    Ok(())
}

fn write_csv(text: &mut Vec<u8>, batch: &RecordBatch) -> Result<(), StoreError> {
    let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        for (place, cells) in columns.iter().enumerate() {
            text.extend(if place > 0 { b"," as &[u8] } else { b"" });
            match cells.value(row) {
                Value::Null => {}
                Value::String(cell) => text.extend(quoted(&cell).bytes()),
                cell => text.extend(quoted(&cell.to_string()).bytes()),
            }
        }
        text.extend(b"\r\n");
    }
    Ok(())
}

/// RFC 4180; an empty text is quoted, for nothing at all says that it is unknown.
fn quoted(cell: &str) -> String {
    match cell.is_empty() || cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

/// What SQL calls a type.
pub(super) fn kind(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "TEXT".into(),
        DataType::Int64 => "BIGINT".into(),
        DataType::UInt64 => "BIGINT UNSIGNED".into(),
        DataType::Int32 => "INT".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Timestamp(..) => "TIMESTAMP".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Decimal128(digits, scale) => format!("DECIMAL({digits},{scale})"),
        DataType::List(item) | DataType::LargeList(item) => format!("{}[]", self::kind(item.data_type())),
        DataType::Dictionary(_, value) => self::kind(value),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_csv_say_whether_they_are_empty_or_unknown() {
        assert_eq!([quoted("plain"), quoted(""), quoted("a \"b\", c")], ["plain", "\"\"", "\"a \"\"b\"\", c\""]);
    }
}
