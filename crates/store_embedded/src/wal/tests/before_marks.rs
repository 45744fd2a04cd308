//! Files of the first two formats: nothing stands behind a last record, and what was sent may look like one.

use super::*;
use crate::wal::frames::Mark;

const FRAME_BYTES_BEFORE: usize = 16;

/// A log as the second format had it.
pub(super) fn log() -> Log {
    let Log { directory, bytes, offsets } = Log::new();
    let head = offsets[0] - 4;
    let mut before = [&bytes[..24], &bytes[24 + MARK_BYTES..head]].concat();
    before[8..12].copy_from_slice(&2_u32.to_le_bytes());
    before.extend(crc32c::crc32c(&before).to_le_bytes());
    let mut offsets_before = [before.len(); 4];
    for record in 0..3 {
        before.extend(framed(&bytes[offsets[record] + FRAME_BYTES..offsets[record + 1] - FRAME_BYTES]));
        offsets_before[record + 1] = before.len();
    }
    let log = Log { directory, bytes: before, offsets: offsets_before };
    log.write(&log.bytes);
    log
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut record = [&[0; FRAME_BYTES_BEFORE], payload].concat();
    let (frame, payload) = record.split_at_mut(FRAME_BYTES_BEFORE);
    Mark::Common.write_frame(frame, payload);
    record
}

#[test]
fn they_are_read_to_any_end() {
    let log = log();
    let (found, scan) = log.replay().unwrap();
    assert_eq!((found.as_slice(), scan.harm, scan.unfinished), (&[1, 2, 3][..], Vec::new(), None));
    for end in places(log.offsets[2]..log.offsets[3]).skip(1) {
        log.write(&log.bytes[..end]);
        let (found, scan) = log.replay().unwrap();
        assert_eq!((found.as_slice(), scan.harm, scan.unfinished.is_some()), (&[1, 2][..], Vec::new(), true), "cut at {end}");
        assert_eq!(std::fs::metadata(path_of_file(log.directory.path(), 1)).unwrap().len() as usize, log.offsets[2]);
    }
    log.write(&[log.bytes.as_slice(), &[0; 5_000]].concat());
    assert_eq!(log.replay().unwrap().0, [1, 2, 3]);
}

#[test]
fn any_wrong_byte_of_them_is_named() {
    let log = log();
    for (record, left) in [(0, [2, 3]), (1, [1, 3]), (2, [1, 2])] {
        for at in places(log.offsets[record]..log.offsets[record + 1]) {
            let (found, harm) = with_wrong_byte(&log, at);
            assert_eq!((found.as_slice(), harm.len()), (&left[..], 1), "wrong at {at}: {harm:?}");
        }
    }
    for at in places(0..log.offsets[0]) {
        let (found, harm) = with_wrong_byte(&log, at);
        assert_eq!((found.as_slice(), harm.len()), (&[1, 2, 3][..], 1), "wrong at {at}: {harm:?}");
    }
}

#[test]
fn what_was_sent_is_not_read_as_a_record_of_them() {
    let log = log();
    let forged = framed(&log.bytes[log.offsets[0] + FRAME_BYTES_BEFORE..log.offsets[1]]);
    let head = &log.bytes[..log.offsets[0]];
    let mut whole = [head, &framed(&[b"beside ", forged.as_slice()].concat())].concat();
    log.write(&whole[..whole.len() - 1]);
    let (found, scan) = log.replay().unwrap();
    assert_eq!((found.len(), scan.harm.len(), scan.unfinished.is_some()), (0, 0, true));
    whole[log.offsets[0] + FRAME_BYTES_BEFORE] ^= 1;
    log.write(&whole);
    let (found, scan) = log.replay().unwrap();
    assert_eq!((found.len(), scan.harm.len()), (0, 1));
}
