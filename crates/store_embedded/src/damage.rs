//! Finds segments that are not as they were written, and takes them out of all questions.
//!
//! Every file of a segment has a size and a checksum in its description. They are looked at when a question fails, before rows go
//! into another segment, and by a thread that reads everything once a day: Parquet pages carry no checksum of their own.
//! What is set aside stays so until the next start; its files are never touched, and records that are sent again are stored anew.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use store::{StoreError, with_causes};

use crate::engine::Engine;
use crate::limits;
use crate::segment::{Description, FileSeal, Segment};

/// Reads all files of a segment against their seals; `read` is told of each piece and says whether to go on. Returns what is wrong.
pub(crate) fn check_files(directory: &Path, description: &Description, mut read: impl FnMut(usize) -> bool) -> Vec<String> {
    let check = |(name, seal): (&String, &FileSeal)| {
        let wrong = check_file(&directory.join(name), *seal, &mut read);
        wrong.map(|reason| format!("{name}: {reason}"))
    };
    description.files.iter().filter_map(check).collect()
}

/// Returns what is wrong with a file.
pub(crate) fn check_file(path: &Path, seal: FileSeal, mut read: impl FnMut(usize) -> bool) -> Option<String> {
    let found = match seal_of_file(path, &mut read) {
        Ok(found) => found,
        Err(error) if is_passing(&error) => return None,
        Err(error) => return Some(error.to_string()),
    };
    if found.bytes != seal.bytes {
        return Some(format!("it has {} bytes in place of {}", found.bytes, seal.bytes));
    }
    (found.crc32c != seal.crc32c).then(|| "its checksum does not match".into())
}

/// Whether a failure says something about this moment and nothing about the file: too many open files, no memory.
fn is_passing(error: &io::Error) -> bool {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENOMEM | ENFILE | EMFILE)) || error.kind() == io::ErrorKind::Interrupted
}

/// Reads a file and sums it up.
pub(crate) fn seal_of_file(path: &Path, mut read: impl FnMut(usize) -> bool) -> io::Result<FileSeal> {
    let mut file = File::open(path)?;
    let mut seal = FileSeal { bytes: 0, crc32c: 0 };
    let mut buffer = vec![0; limits::CHECK_CHUNK_BYTES];
    loop {
        let bytes = file.read(&mut buffer)?;
        if bytes == 0 {
            return Ok(seal);
        }
        seal.crc32c = crc32c::crc32c_append(seal.crc32c, &buffer[..bytes]);
        seal.bytes += bytes as u64;
        if !read(bytes) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
}

/// Sets a segment aside if its files are not as they were written; returns whether they are not.
pub(crate) fn set_aside_if_damaged(engine: &Engine, segment: &Segment) -> bool {
    let wrong = check_files(segment.directory(), &segment.description, |_| true);
    if wrong.is_empty() {
        return false;
    }
    // Another may have done so meanwhile; it is damaged all the same.
    engine.set_aside(segment.description.id, &wrong.join("; "));
    true
}

/// After a question failed, sets the segments aside that are to blame; returns whether it is worth to ask again.
pub(crate) fn set_damaged_aside(engine: &Engine, error: &StoreError) -> bool {
    if !matches!(error, StoreError::Damaged(_) | StoreError::Failed { .. }) {
        return false;
    }
    let text = with_causes(error);
    // A question that wants more memory than there is says nothing about files.
    if text.contains("Resources exhausted") {
        return false;
    }
    let segments = Arc::clone(&engine.read().segments);
    let is_named = |segment: &&Arc<Segment>| text.contains(&*segment.directory().to_string_lossy());
    let is_any_named = segments.iter().any(|segment| is_named(&segment));
    // Where none is named it may be any. Each is read, but not again and again.
    let is_suspect = |segment: &&Arc<Segment>| !is_any_named || is_named(segment);
    let suspects = segments.iter().filter(is_suspect).filter(|segment| engine.is_due_for_check(segment.description.id));
    let mut is_any = false;
    for segment in suspects {
        if set_aside_if_damaged(engine, segment) {
            is_any = true;
        }
    }
    is_any
}

/// The thread that reads everything against its checksums; ends when it is dropped.
pub(crate) struct Scrubber {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Scrubber {
    pub(crate) fn start(engine: &Arc<Engine>, bytes_per_second: u64) -> Result<Self, StoreError> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let mut thread = None;
        if bytes_per_second > 0 {
            let pace = Pace { bytes_per_second, stop: Arc::clone(&stop) };
            let engine = Arc::downgrade(engine);
            let spawned = std::thread::Builder::new().name("store-scrub".into()).spawn(move || scrub(&engine, &pace));
            thread = Some(spawned.map_err(|source| StoreError::failed("failed to start the thread that checks segments", source))?);
        }
        Ok(Self { stop, thread })
    }
}

impl Drop for Scrubber {
    fn drop(&mut self) {
        let (stopped, changed) = &*self.stop;
        *stopped.lock().expect("nothing panics while the lock is held") = true;
        changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that checks segments panicked");
        }
    }
}

struct Pace {
    bytes_per_second: u64,
    stop: Arc<(Mutex<bool>, Condvar)>,
}

impl Pace {
    /// Waits, and returns whether to stop.
    fn wait(&self, time: Duration) -> bool {
        let (stopped, changed) = &*self.stop;
        let stopped = stopped.lock().expect("nothing panics while the lock is held");
        *changed.wait_timeout_while(stopped, time, |stopped| !*stopped).expect("nothing panics while the lock is held").0
    }

    fn wait_for(&self, bytes: usize) -> bool {
        self.wait(Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64))
    }
}

fn scrub(engine: &Weak<Engine>, pace: &Pace) {
    loop {
        // The newest first: they are asked for most, and were written to pages that may never have been read.
        let segments = engine.upgrade().map(|engine| Arc::clone(&engine.read().segments)).unwrap_or_default();
        let segments: Vec<_> = segments.iter().rev().map(Arc::downgrade).collect();
        for segment in segments {
            // Not held between the pieces: a merged one may go meanwhile.
            let Some((directory, description)) =
                segment.upgrade().map(|segment| (segment.directory().to_owned(), segment.description.clone()))
            else {
                continue;
            };
            let mut is_stopped = false;
            let started = Instant::now();
            let wrong = check_files(&directory, &description, |bytes| {
                is_stopped = pace.wait_for(bytes);
                !is_stopped
            });
            if is_stopped {
                return;
            }
            let Some(engine) = engine.upgrade() else { return };
            if !wrong.is_empty() && segment.upgrade().is_some() {
                engine.set_aside(description.id, &wrong.join("; "));
            }
            tracing::debug!(segment = description.id, millis = started.elapsed().as_millis() as u64, "checked a segment");
        }
        if pace.wait(limits::SCRUB_INTERVAL) {
            return;
        }
    }
}
