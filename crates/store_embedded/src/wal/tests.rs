//! Every byte of a record may be the one that is missing or wrong.

mod before_marks;
mod written_over;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::Span;
use store::conformance::SpanSeed;
use store::{Ledger, StoreError};
use tempfile::TempDir;

use super::frames::{FRAME_BYTES, MARK_BYTES};
use super::{LedgerDelta, Record, RecordHead, Scan, Spares, WalWriter, kept_aside, path_of_file, replay};
use crate::files::DiskFiles;
use crate::limits;
use crate::prepare::prepare;
use crate::rows::TableBatches;

fn record(sequence: u64) -> Record {
    record_of(SpanSeed { span: sequence as u8, start: 1, end: 2, ..SpanSeed::default() }.build(), sequence)
}

fn record_of(span: Span, sequence: u64) -> Record {
    let prepared = prepare(crate::tests::batch(vec![span])).unwrap();
    let ledger = Ledger { stored: 1, rejected: BTreeMap::from([("bad".into(), sequence)]), ..Ledger::default() };
    let head = RecordHead { sequence_first: sequence, sequence_last: sequence, ledger: vec![LedgerDelta::new(7, ledger)] };
    Record { head, batches: TableBatches::from_rows(&prepared.spans, &[], &[]).unwrap() }
}

fn writer(directory: &Path, number: u64) -> WalWriter {
    let spares = Spares::begin(directory).unwrap();
    WalWriter::create(directory, number, Arc::new(DiskFiles), Arc::new(spares)).unwrap()
}

/// A log of three records, and where each begins and the last ends, with the empty frame behind it.
struct Log {
    directory: TempDir,
    bytes: Vec<u8>,
    offsets: [usize; 4],
}

impl Log {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = writer(directory.path(), 1);
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

    fn replay(&self) -> Result<(Vec<u64>, Scan), StoreError> {
        sequences(self.directory.path())
    }
}

fn sequences(directory: &Path) -> Result<(Vec<u64>, Scan), StoreError> {
    sequences_behind(directory, 0)
}

fn sequences_behind(directory: &Path, flushed_file: u64) -> Result<(Vec<u64>, Scan), StoreError> {
    let mut sequences = Vec::new();
    let replayed = replay(directory, flushed_file, 0, |record| {
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
    assert_eq!((replayed.file_last, replayed.sequence_last, replayed.bytes), (1, 3, (log.bytes.len() - log.offsets[0]) as u64));
    assert_eq!((replayed.harm, replayed.unfinished, replayed.ends), (Vec::new(), None, Vec::new()));
}

#[test]
fn a_record_of_one_span_is_small() {
    let log = Log::new();
    let bytes = log.offsets[2] - log.offsets[1];
    assert!(bytes < 2_600, "{bytes} bytes");
}

#[test]
fn the_last_record_may_end_at_any_byte() {
    let log = Log::new();
    let whole = log.offsets[3] - FRAME_BYTES;
    for end in places(log.offsets[2]..log.offsets[3]) {
        log.write(&log.bytes[..end]);
        // All of the last record may be there without the frame that says so.
        let (sequences, left): (&[u64], _) = if end < whole { (&[1, 2], log.offsets[2]) } else { (&[1, 2, 3], whole) };
        let (found, scan) = log.replay().unwrap();
        assert_eq!((found.as_slice(), scan.harm.len()), (sequences, 0), "cut at {end}");
        assert_eq!(std::fs::metadata(path_of_file(log.directory.path(), 1)).unwrap().len() as usize, left, "cut at {end}");
    }
}

/// Longer records are not compressed.
#[test]
fn a_long_record_is_read_and_every_wrong_byte_of_it_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_of_file(directory.path(), 1);
    let mut writer = writer(directory.path(), 1);
    let start = std::fs::metadata(&path).unwrap().len() as usize;
    let name = "a long name ".repeat(limits::RECORD_BYTES_COMPRESSED / 10);
    writer.encode(&record_of(Span { name: name.clone(), ..SpanSeed::default().build() }, 1)).unwrap();
    writer.append().unwrap();
    writer.encode(&record(2)).unwrap();
    writer.append().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(contains(&bytes, name.as_bytes()));
    assert_eq!(sequences(directory.path()).unwrap().0, [1, 2]);
    for at in (start..start + FRAME_BYTES + 4).chain((start..start + name.len()).step_by(10_007)) {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        std::fs::write(&path, &wrong).unwrap();
        let (sequences, found) = sequences(directory.path()).unwrap();
        assert_eq!((sequences.as_slice(), found.harm.len()), (&[2][..], 1), "wrong at {at}");
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// A span may hold anything, also the bytes of a log.
#[test]
fn what_was_sent_is_not_read_as_a_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = path_of_file(directory.path(), 1);
    let written = |record: &Record| {
        let mut writer = writer(directory.path(), 1);
        let start = std::fs::metadata(&path).unwrap().len() as usize;
        writer.encode(record).unwrap();
        writer.append().unwrap();
        (start, std::fs::read(&path).unwrap())
    };
    let (start, forged) = written(&record(7));
    let forged = &forged[start..];
    let mut prepared = prepare(crate::tests::batch(vec![SpanSeed::default().build()])).unwrap();
    prepared.spans[0].raw.extend(forged.repeat(limits::RECORD_BYTES_COMPRESSED / forged.len() + 1));
    let (_, whole) = written(&Record { batches: TableBatches::from_rows(&prepared.spans, &[], &[]).unwrap(), ..record(1) });
    assert!(contains(&whole, forged));

    std::fs::write(&path, &whole[..whole.len() - FRAME_BYTES - 1]).unwrap();
    let (found, scan) = sequences(directory.path()).unwrap();
    assert_eq!((found.len(), scan.harm.len(), scan.unfinished.is_some()), (0, 0, true));
    let mut wrong = whole.clone();
    wrong[start + FRAME_BYTES + 4] ^= 1;
    std::fs::write(&path, &wrong).unwrap();
    let (found, scan) = sequences(directory.path()).unwrap();
    assert_eq!((found.len(), scan.harm.len()), (0, 1));
    // Where the frame itself is wrong, nothing tells how long the record is.
    wrong[start] ^= 1;
    std::fs::write(&path, &wrong).unwrap();
    let (found, scan) = sequences(directory.path()).unwrap();
    assert_eq!((found.len(), scan.harm.len()), (0, 1));
}

/// The places worth a try: all of frames, and some of what comes behind, which one checksum covers.
fn places(range: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let (start, end) = (range.start, range.end);
    range.filter(move |at| at - start < 2 * FRAME_BYTES || (at - start).is_multiple_of(97) || end - at <= 2)
}

/// What a log with one wrong byte gives back: the numbers of its whole records, and the harm that is told.
fn with_wrong_byte(log: &Log, at: usize) -> (Vec<u64>, Vec<String>) {
    let mut bytes = log.bytes.clone();
    bytes[at] ^= 1;
    log.write(&bytes);
    let (sequences, found) = log.replay().unwrap();
    assert_eq!(std::fs::read(path_of_file(log.directory.path(), 1)).unwrap(), bytes, "nothing is cut");
    let aside = log.directory.path().join("0000000001.wal.damaged");
    assert_eq!(std::fs::read(&aside).unwrap(), bytes, "wrong at {at}");
    assert_eq!(kept_aside(log.directory.path()).unwrap()[0].name, "wal/0000000001.wal.damaged");
    std::fs::remove_file(aside).unwrap();
    assert!(found.harm.iter().all(|harm| harm.damage.name == "wal/0000000001.wal"), "{:?}", found.harm);
    (sequences, found.harm.into_iter().map(|harm| harm.damage.reason).collect())
}

/// A record that is whole in length and has wrong bytes was not left by a crash: it may have been acknowledged.
#[test]
fn any_wrong_byte_of_the_last_record_is_named() {
    assert_wrong_bytes_of_the_last_record_are_named(&Log::new());
}

fn assert_wrong_bytes_of_the_last_record_are_named(log: &Log) {
    for at in places(log.offsets[2]..log.offsets[3] - FRAME_BYTES) {
        let (sequences, harm) = with_wrong_byte(log, at);
        assert_eq!(sequences, [1, 2], "wrong at {at}");
        assert!(harm[0].starts_with(&format!("at byte {}: ", log.offsets[2])), "{harm:?}");
        assert!(harm[0].ends_with("the rows from 3 on are lost, if there were any"), "{harm:?}");
    }
}

#[test]
fn records_before_and_behind_a_wrong_byte_are_read() {
    let log = Log::new();
    for at in places(log.offsets[1]..log.offsets[2] - FRAME_BYTES) {
        let (sequences, harm) = with_wrong_byte(&log, at);
        assert_eq!(sequences, [1, 3], "wrong at {at}");
        assert_eq!(harm.len(), 1, "{harm:?}");
        assert!(harm[0].starts_with(&format!("at byte {}: ", log.offsets[1])), "{harm:?}");
        assert!(harm[0].ends_with("; the rows 2 to 2 are lost"), "{harm:?}");
    }
}

#[test]
fn a_wrong_byte_between_records_loses_none() {
    let log = Log::new();
    for at in log.offsets[2] - FRAME_BYTES..log.offsets[2] {
        let (sequences, harm) = with_wrong_byte(&log, at);
        assert_eq!(sequences, [1, 2, 3], "wrong at {at}");
        assert!(harm[0].ends_with("no row is lost"), "{harm:?}");
    }
}

#[test]
fn a_wrong_byte_in_the_head_loses_no_record() {
    assert_wrong_bytes_of_the_head_lose_no_record(&Log::new());
}

fn assert_wrong_bytes_of_the_head_lose_no_record(log: &Log) {
    // Behind the versions, which are told apart from harm by the checksum alone.
    for at in places(0..log.offsets[0]) {
        let (sequences, harm) = with_wrong_byte(log, at);
        assert_eq!(sequences, [1, 2, 3], "wrong at {at}");
        assert!(harm[0].ends_with("no row is lost"), "{harm:?}");
    }
}

#[test]
fn a_file_of_another_format_is_refused_as_it_is() {
    let log = Log::new();
    let mut bytes = log.bytes.clone();
    bytes[8] = 9;
    let head = log.offsets[0] - 4;
    let checksum = crc32c::crc32c(&bytes[..head]);
    bytes[head..head + 4].copy_from_slice(&checksum.to_le_bytes());
    log.write(&bytes);
    let error = log.replay().unwrap_err();
    assert!(matches!(&error, StoreError::Invalid(text) if text.contains("format 9.")), "{error:?}");
    assert_eq!(std::fs::read(path_of_file(log.directory.path(), 1)).unwrap(), bytes);
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
    drop(writer(log.directory.path(), 2));
    log.write(&log.bytes[..log.offsets[3] - FRAME_BYTES - 1]);
    let (sequences, found) = log.replay().unwrap();
    assert_eq!((sequences.as_slice(), found.file_last), (&[1, 2][..], 2));
    assert!(found.harm[0].damage.reason.contains("the record is cut off"), "{:?}", found.harm);
}

#[test]
fn a_record_that_is_left_out_is_named() {
    let log = Log::new();
    log.write(&[&log.bytes[..log.offsets[1]], &log.bytes[log.offsets[2]..]].concat());
    let (sequences, found) = log.replay().unwrap();
    assert_eq!(sequences, [1, 3]);
    assert!(found.harm[0].damage.reason.contains("records before it are missing; the rows 2 to 2 are lost"), "{:?}", found.harm);
}

#[test]
fn a_record_that_stands_twice_is_read_once() {
    let log = Log::new();
    log.write(&[&log.bytes[..log.offsets[2]], &log.bytes[log.offsets[1]..]].concat());
    assert_eq!(log.replay().unwrap().0, [1, 2, 3]);
}

#[test]
fn flushed_files_are_not_read() {
    let log = Log::new();
    let mut count = 0;
    let replayed = replay(log.directory.path(), 1, 3, |_| {
        count += 1;
        Ok(())
    });
    let replayed = replayed.unwrap();
    assert_eq!((replayed.file_last, replayed.sequence_last, replayed.bytes, count), (1, 3, 0, 0));
}

#[test]
fn a_length_out_of_bounds_is_no_reason_to_panic() {
    let log = Log::new();
    let frame = log.offsets[2];
    let mut bytes = log.bytes.clone();
    bytes[frame + MARK_BYTES..frame + MARK_BYTES + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[frame..frame + FRAME_BYTES - 4]);
    bytes[frame + FRAME_BYTES - 4..frame + FRAME_BYTES].copy_from_slice(&checksum.to_le_bytes());
    log.write(&bytes);
    assert_eq!(log.replay().unwrap().0, [1, 2]);
}
