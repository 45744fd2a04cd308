//! Every byte of a record may be the one that is missing or wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use store::conformance::SpanSeed;
use store::{Ledger, StoreError};
use tempfile::TempDir;

use super::record::FRAME_BYTES;
use super::{LedgerDelta, Record, RecordHead, Replayed, WalWriter, path_of_file, replay};
use crate::files::DiskFiles;
use crate::prepare::prepare;
use crate::rows::TableBatches;

fn record(sequence: u64) -> Record {
    let spans = vec![SpanSeed { span: sequence as u8, start: 1, end: 2, ..SpanSeed::default() }.build()];
    let prepared = prepare(crate::tests::batch(spans)).unwrap();
    let ledger = Ledger { stored: 1, rejected: BTreeMap::from([("bad".into(), sequence)]), ..Ledger::default() };
    let head = RecordHead { sequence_first: sequence, sequence_last: sequence, ledger: vec![LedgerDelta::new(7, ledger)] };
    Record { head, batches: TableBatches::from_rows(&prepared.spans, &[], &[]).unwrap() }
}

/// A log of three records, and where each begins and the last ends.
struct Log {
    directory: TempDir,
    bytes: Vec<u8>,
    offsets: [usize; 4],
}

impl Log {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = WalWriter::create(directory.path(), 1, Arc::new(DiskFiles)).unwrap();
        let length = || std::fs::metadata(path_of_file(directory.path(), 1)).unwrap().len() as usize;
        let mut offsets = [length(); 4];
        for sequence in 1..=3 {
            writer.encode(&record(sequence)).unwrap();
            writer.append().unwrap();
            offsets[sequence as usize] = length();
        }
        let bytes = std::fs::read(path_of_file(directory.path(), 1)).unwrap();
        Self { directory, bytes, offsets }
    }

    fn write(&self, bytes: &[u8]) {
        std::fs::write(path_of_file(self.directory.path(), 1), bytes).unwrap();
    }

    fn replay(&self) -> Result<(Vec<u64>, Replayed), StoreError> {
        sequences(self.directory.path())
    }
}

fn sequences(directory: &Path) -> Result<(Vec<u64>, Replayed), StoreError> {
    let mut sequences = Vec::new();
    let replayed = replay(directory, 0, 0, |record| {
        assert_eq!(record.batches.spans.as_ref().unwrap().num_rows(), 1);
        assert_eq!(record.head.ledger[0].ledger().rejected["bad"], record.head.sequence_last);
        sequences.push(record.head.sequence_last);
        Ok(())
    })?;
    Ok((sequences, replayed))
}

#[test]
fn what_was_written_is_read() {
    let log = Log::new();
    let (sequences, replayed) = log.replay().unwrap();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(replayed, Replayed { file_last: 1, sequence_last: 3, bytes: log.bytes.len() as u64 });
}

#[test]
fn a_record_of_one_span_is_small() {
    let log = Log::new();
    let bytes = log.offsets[2] - log.offsets[1];
    assert!(bytes < 2_500, "{bytes} bytes");
}

#[test]
fn the_last_record_may_end_at_any_byte() {
    let log = Log::new();
    for end in log.offsets[2]..log.offsets[3] {
        log.write(&log.bytes[..end]);
        assert_eq!(log.replay().unwrap().0, [1, 2], "cut at {end}");
        let left = std::fs::metadata(path_of_file(log.directory.path(), 1)).unwrap().len();
        assert_eq!(left as usize, log.offsets[2], "cut at {end}");
    }
}

#[test]
fn any_wrong_byte_of_the_last_record_cuts_it() {
    let log = Log::new();
    for at in log.offsets[2]..log.offsets[3] {
        let mut bytes = log.bytes.clone();
        bytes[at] ^= 1;
        log.write(&bytes);
        assert_eq!(log.replay().unwrap().0, [1, 2], "wrong at {at}");
    }
}

#[test]
fn any_wrong_byte_before_the_last_record_is_named() {
    let log = Log::new();
    for at in 0..log.offsets[2] {
        let mut bytes = log.bytes.clone();
        bytes[at] ^= 1;
        log.write(&bytes);
        let error = log.replay().expect_err("acknowledged records are not dropped");
        let record = log.offsets.iter().rev().find(|offset| **offset <= at).copied().unwrap_or(0);
        assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
        assert!(error.to_string().contains(&format!("0000000001.wal at byte {record}:")), "{error}");
        assert_eq!(std::fs::read(path_of_file(log.directory.path(), 1)).unwrap(), bytes, "nothing was cut");
    }
}

#[test]
fn zeros_at_the_end_are_cut() {
    let log = Log::new();
    log.write(&[log.bytes.as_slice(), &[0; 5_000]].concat());
    assert_eq!(log.replay().unwrap().0, [1, 2, 3]);
    assert_eq!(std::fs::read(path_of_file(log.directory.path(), 1)).unwrap(), log.bytes);
}

#[test]
fn a_file_without_a_whole_head_makes_room() {
    let log = Log::new();
    for end in [0, 1, 8, log.offsets[0] - 1] {
        std::fs::write(path_of_file(log.directory.path(), 2), &log.bytes[..end]).unwrap();
        let (sequences, replayed) = log.replay().unwrap();
        assert_eq!((sequences.len(), replayed.file_last), (3, 1), "head of {end} bytes");
        assert!(!path_of_file(log.directory.path(), 2).exists());
    }
}

#[test]
fn a_cut_file_with_a_file_behind_it_is_named() {
    let log = Log::new();
    drop(WalWriter::create(log.directory.path(), 2, Arc::new(DiskFiles)).unwrap());
    log.write(&log.bytes[..log.offsets[3] - 1]);
    let error = log.replay().unwrap_err();
    assert!(error.to_string().contains("0000000001.wal"), "{error}");
}

#[test]
fn a_record_that_is_left_out_is_named() {
    let log = Log::new();
    log.write(&[&log.bytes[..log.offsets[1]], &log.bytes[log.offsets[2]..]].concat());
    let error = log.replay().unwrap_err();
    assert!(error.to_string().contains("it begins at 3, after 1"), "{error}");
}

#[test]
fn flushed_files_are_not_read() {
    let log = Log::new();
    let mut count = 0;
    let replayed = replay(log.directory.path(), 1, 3, |_| {
        count += 1;
        Ok(())
    });
    assert_eq!((replayed.unwrap(), count), (Replayed { file_last: 1, sequence_last: 3, bytes: 0 }, 0));
}

#[test]
fn a_length_out_of_bounds_is_no_reason_to_panic() {
    let log = Log::new();
    let frame = log.offsets[2];
    let mut bytes = log.bytes.clone();
    bytes[frame + 4..frame + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[frame..frame + FRAME_BYTES - 4]);
    bytes[frame + FRAME_BYTES - 4..frame + FRAME_BYTES].copy_from_slice(&checksum.to_le_bytes());
    log.write(&bytes);
    assert_eq!(log.replay().unwrap().0, [1, 2]);
}
