//! Why a whole request is refused. What is wrong with a single record is a `Rejection`.

use std::io;

/// Why nothing of a request could be read; always the sender's turn, and sending the same bytes again does not help.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("body is over the limit of {bytes_max} bytes. Send smaller batches.")]
    TooLarge { bytes_max: usize },
    #[error("request has more than {records_max} records. Send smaller batches.")]
    TooManyRecords { records_max: usize },
    #[error("content encoding `{encoding}` is not known: expected gzip, deflate, zstd or identity")]
    UnknownEncoding { encoding: String },
    #[error("body is not valid {encoding}")]
    Compression { encoding: &'static str, source: io::Error },
    #[error("body is not an OTLP protobuf request: {what}")]
    Protobuf { what: &'static str },
    #[error("body is not an OTLP JSON request: {what} at line {line}, column {column}")]
    Json { what: &'static str, line: usize, column: usize },
    #[error("JSON body is not UTF-8: invalid byte at offset {offset}")]
    JsonUtf8 { offset: usize },
}

impl DecodeError {
    /// Whether smaller batches would pass.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::TooManyRecords { .. })
    }

    /// Whether the content encoding is one we do not speak.
    pub fn is_unknown_encoding(&self) -> bool {
        matches!(self, Self::UnknownEncoding { .. })
    }
}
