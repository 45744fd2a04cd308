//! Bodies as senders compress them, and as attackers do.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_encoding_gives_the_message_back() {
    let message = b"the same message, the same message, the same message".as_slice();
    let cases = [
        (ContentEncoding::Identity, message.to_vec()),
        (ContentEncoding::Gzip, gzip(message)),
        (ContentEncoding::Deflate, zlib(message)),
        (ContentEncoding::Deflate, raw_deflate(message)),
        (ContentEncoding::Zstd, zstd::encode_all(message, 3).unwrap()),
    ];
    for (encoding, body) in cases {
        assert_eq!(decompress(&body, encoding, message.len()).unwrap(), message, "{encoding:?}");
        let error = decompress(&body, encoding, message.len() - 1).unwrap_err();
        assert!(error.is_too_large(), "{encoding:?}: {error}");
    }
}

#[test]
fn gzip_of_several_members_is_one_message() {
    let body = [gzip(b"one, "), gzip(b"two")].concat();
    assert_eq!(decompress(&body, ContentEncoding::Gzip, 100).unwrap().as_ref(), b"one, two");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = vec![0; 64 << 20];
    let bodies = [
        (ContentEncoding::Gzip, gzip(&zeros)),
        (ContentEncoding::Deflate, zlib(&zeros)),
        (ContentEncoding::Zstd, zstd::encode_all(zeros.as_slice(), 3).unwrap()),
    ];
    for (encoding, body) in bodies {
        assert!(body.len() < 100_000, "{encoding:?} bomb is {} bytes", body.len());
        assert!(decompress(&body, encoding, 1 << 20).unwrap_err().is_too_large());
        assert_eq!(decompress(&body, encoding, 64 << 20).unwrap().len(), 64 << 20);
    }
}

#[test]
fn a_cut_or_foreign_body_is_an_error_that_names_the_encoding() {
    let message = vec![7; 10_000];
    for (encoding, body) in [
        (ContentEncoding::Gzip, gzip(&message)),
        (ContentEncoding::Deflate, zlib(&message)),
        (ContentEncoding::Zstd, zstd::encode_all(message.as_slice(), 3).unwrap()),
    ] {
        let cut = decompress(&body[..body.len() / 2], encoding, 1 << 20).unwrap_err();
        assert!(cut.to_string().contains(encoding.as_str()), "{cut}");
        assert!(decompress(b"\x0a\x05plain", encoding, 1 << 20).is_err());
    }
}

#[test]
fn header_is_read_in_any_case_and_unknown_ones_are_named() {
    assert_eq!(ContentEncoding::from_header(" GZIP ").unwrap(), ContentEncoding::Gzip);
    assert_eq!(ContentEncoding::from_header("").unwrap(), ContentEncoding::Identity);
    let error = ContentEncoding::from_header("br").unwrap_err();
    assert!(error.is_unknown_encoding());
    assert!(error.to_string().contains("`br`"));
}
