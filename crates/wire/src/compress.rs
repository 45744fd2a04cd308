//! Content encodings: a body as it came becomes the message, never more of it than allowed.

use std::borrow::Cow;
use std::io::{self, Read};

use crate::error::DecodeError;
use crate::limits::ZSTD_WINDOW_LOG_MAX;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncoding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

impl ContentEncoding {
    /// Reads a `Content-Encoding` or `grpc-encoding` header; an empty one means no compression.
    pub fn from_header(value: &str) -> Result<Self, DecodeError> {
        match value.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            _ => Err(DecodeError::UnknownEncoding { encoding: value.chars().take(64).collect() }),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }
}

/// Undoes the compression of a body; stops with an error as soon as the result is over `bytes_max`, however small the body.
pub fn decompress(body: &[u8], encoding: ContentEncoding, bytes_max: usize) -> Result<Cow<'_, [u8]>, DecodeError> {
    let inflated = match encoding {
        ContentEncoding::Identity if body.len() > bytes_max => return Err(DecodeError::TooLarge { bytes_max }),
        ContentEncoding::Identity => return Ok(Cow::Borrowed(body)),
        ContentEncoding::Gzip => read_bounded(flate2::read::MultiGzDecoder::new(body), bytes_max),
        ContentEncoding::Deflate => inflate(body, bytes_max),
        ContentEncoding::Zstd => zstd_decoder(body).and_then(|decoder| read_bounded(decoder, bytes_max)),
    };
    match inflated {
        Ok(Some(bytes)) => Ok(Cow::Owned(bytes)),
        Ok(None) => Err(DecodeError::TooLarge { bytes_max }),
        Err(source) => Err(DecodeError::Compression { encoding: encoding.as_str(), source }),
    }
}

/// HTTP means zlib by `deflate` (RFC 9110, section 8.4.1.2), but some senders leave the wrapper out.
fn inflate(body: &[u8], bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    if !starts_like_zlib(body) {
        return read_bounded(flate2::read::DeflateDecoder::new(body), bytes_max);
    }
    // A bare stream can look like a zlib header by chance.
    read_bounded(flate2::read::ZlibDecoder::new(body), bytes_max)
        .or_else(|error| read_bounded(flate2::read::DeflateDecoder::new(body), bytes_max).map_err(|_| error))
}

/// RFC 1950, section 2.2: method 8 in the low half of the first byte, and both bytes together divisible by 31.
fn starts_like_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

fn zstd_decoder(body: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// Reads to the end; None where that is beyond `bytes_max`.
fn read_bounded(reader: impl Read, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= bytes_max).then_some(bytes))
}

#[cfg(test)]
mod tests;
