//! Files that are written over: what they held before is never read, and what was written last is told from it at every byte.

use super::*;

/// What may stand behind the last record of a file.
fn stale() -> [Vec<u8>; 3] {
    let other = Log::new().bytes.repeat(2);
    // Records of before, all of which begin at other places than those that are written.
    let shifted = [vec![7; 11], other.clone()].concat();
    [vec![0; other.len()], other, shifted]
}

fn over(stale: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut all = stale.to_vec();
    all[..bytes.len()].copy_from_slice(bytes);
    all
}

/// A log that was flushed, with its files kept.
fn flushed() -> (Log, Arc<Spares>) {
    let log = Log::new();
    let spares = Arc::new(Spares::begin(log.directory.path()).unwrap());
    drop(spares.retire_through(1, true).unwrap());
    (log, spares)
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn write(writer: &mut WalWriter, sequence: u64) {
    writer.encode(&record(sequence)).unwrap();
    writer.append().unwrap();
}

#[test]
fn a_file_is_written_over_and_only_what_is_new_is_read() {
    let (log, spares) = flushed();
    let directory = log.directory.path();
    assert_eq!(names(directory), ["0000000001.spare"]);
    let mut writer = WalWriter::create(directory, 2, Arc::new(DiskFiles), Arc::clone(&spares)).unwrap();
    assert_eq!(names(directory), ["0000000002.wal"]);
    let path = path_of_file(directory, 2);
    for written in 1..=2 {
        write(&mut writer, written);
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, log.bytes.len());
        let bytes = std::fs::read(&path).unwrap();
        let (found, scan) = sequences_behind(directory, 1).unwrap();
        assert_eq!((found, scan.file_last, scan.harm, scan.unfinished), ((1..=written).collect(), 2, Vec::new(), None));
        // A start cuts off what is old.
        assert!(std::fs::metadata(&path).unwrap().len() < bytes.len() as u64);
        std::fs::write(&path, bytes).unwrap();
    }
    writer.rotate().unwrap();
    assert_eq!(names(directory), ["0000000002.wal", "0000000003.wal"]);
    assert_eq!(sequences_behind(directory, 1).unwrap().0, [1, 2], "the older of two files has an old end, too");
}

/// The process dies at any byte of a write.
#[test]
fn the_last_record_may_end_at_any_byte_of_what_was_there() {
    let log = Log::new();
    let whole = log.offsets[3] - FRAME_BYTES;
    for stale in stale() {
        for end in places(log.offsets[2]..log.offsets[3]) {
            let bytes = over(&stale, &log.bytes[..end]);
            // The last bytes may be what stood there before.
            let is_whole = bytes[..whole] == log.bytes[..whole];
            log.write(&bytes);
            let (found, scan) = log.replay().unwrap();
            let sequences: &[u64] = if is_whole { &[1, 2, 3] } else { &[1, 2] };
            assert_eq!((found.as_slice(), scan.harm), (sequences, Vec::new()), "cut at {end}");
            let frame = log.offsets[2]..log.offsets[2] + FRAME_BYTES;
            let is_begun = !is_whole && bytes[frame.clone()] == log.bytes[frame];
            assert_eq!(scan.unfinished.is_some(), is_begun, "cut at {end}");
            assert_eq!(log.replay().unwrap().0, found, "what the first start has left is read by the next");
        }
    }
}

/// It was written to its end, and so it may have been acknowledged.
#[test]
fn a_wrong_byte_of_the_last_record_is_named_whatever_is_behind_it() {
    let log = Log::new();
    for stale in stale() {
        let log = Log { bytes: over(&stale, &log.bytes), directory: tempfile::tempdir().unwrap(), offsets: log.offsets };
        assert_wrong_bytes_of_the_last_record_are_named(&log);
        assert_wrong_bytes_of_the_head_lose_no_record(&log);
    }
}

/// The head of a file that holds no record is harmed, and what it held before looks like the records of the first formats.
#[test]
fn a_harmed_head_does_not_bring_back_what_a_file_held() {
    let log = Log::new();
    let directory = tempfile::tempdir().unwrap();
    let forged = forged_record_of_first_formats();
    for at in places(0..log.offsets[0]) {
        let mut bytes = over(&[&log.bytes[..log.offsets[0]], &forged].concat(), &log.bytes[..log.offsets[0]]);
        bytes[at] ^= 1;
        std::fs::write(path_of_file(directory.path(), 1), &bytes).unwrap();
        let (found, scan) = sequences(directory.path()).unwrap();
        assert_eq!((found.len(), scan.harm.len()), (0, 1), "wrong at {at}");
        std::fs::remove_file(directory.path().join("0000000001.wal.damaged")).unwrap();
    }
}

fn forged_record_of_first_formats() -> Vec<u8> {
    let log = before_marks::log();
    log.bytes[log.offsets[0]..log.offsets[1]].to_vec()
}

#[test]
fn no_more_is_kept_than_is_needed_soon() {
    let (log, spares) = flushed();
    let directory = log.directory.path();
    drop(spares.clear().unwrap());
    let long = |number| {
        let file = std::fs::File::create(path_of_file(directory, number)).unwrap();
        file.set_len(limits::WAL_SPARE_BYTES / 2).unwrap();
    };
    (1..=4).for_each(long);
    drop(spares.retire_through(3, true).unwrap());
    assert_eq!(names(directory), ["0000000001.spare", "0000000002.spare", "0000000004.wal"]);
    // It gets quiet.
    drop(spares.retire_through(4, false).unwrap());
    assert_eq!(names(directory), [""; 0]);
}

#[test]
fn none_is_kept_while_somebody_removes_rows() {
    let (log, spares) = flushed();
    let directory = log.directory.path();
    let mut writer = WalWriter::create(directory, 2, Arc::new(DiskFiles), Arc::clone(&spares)).unwrap();
    log.write(b"flushed behind it");
    drop(spares.retire_through(1, true).unwrap());
    assert!(spares.has_some_through(1).unwrap());
    {
        let _closed = spares.close().unwrap();
        assert!(!spares.has_some_through(1).unwrap());
        write(&mut writer, 4);
        writer.forget().unwrap();
        assert!(std::fs::metadata(path_of_file(directory, 2)).unwrap().len() < log.bytes.len() as u64);
        log.write(b"flushed meanwhile");
        drop(spares.retire_through(1, true).unwrap());
        assert_eq!(names(directory), ["0000000002.wal"]);
    }
    write(&mut writer, 5);
    log.write(b"flushed afterwards");
    drop(spares.retire_through(1, true).unwrap());
    assert_eq!(names(directory), ["0000000001.spare", "0000000002.wal"]);
    drop(Spares::begin(directory).unwrap());
    assert_eq!(names(directory), ["0000000002.wal"], "a start leaves none");
}

/// A harmed file stays under another name, for somebody to look into.
#[test]
fn a_file_that_was_kept_aside_is_not_written_over() {
    let log = Log::new();
    let mut bytes = log.bytes.clone();
    bytes[log.offsets[1]] ^= 1;
    log.write(&bytes);
    assert_eq!(log.replay().unwrap().1.harm.len(), 1);
    let spares = Arc::new(Spares::begin(log.directory.path()).unwrap());
    drop(spares.retire_through(1, true).unwrap());
    let mut writer = WalWriter::create(log.directory.path(), 2, Arc::new(DiskFiles), spares).unwrap();
    write(&mut writer, 4);
    assert_eq!(names(log.directory.path()), ["0000000001.wal.damaged", "0000000002.wal"]);
    assert!(std::fs::read(log.directory.path().join("0000000001.wal.damaged")).unwrap() == bytes);
}
