//! The file of an index, which is opened when somebody asks and let go when nobody does.
//!
//! Opening an index looks at pages all over it, and the kernel maps up to 2 MB around each: with all of them open, a store that
//! nobody asks would hold more of their pages than memory of its own.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tantivy::HasLen;

use super::index::SearchIndex;
use super::pack::{self, Made, Pack};

/// A file that is mapped, and so stays when its name goes.
pub(super) struct IndexFile {
    path: PathBuf,
    pub(super) made: Made,
    pub(super) bytes: u64,
    state: Mutex<State>,
}

struct State {
    pack: Pack,
    /// With when it was last asked for.
    open: Option<(Arc<SearchIndex>, Instant)>,
}

impl State {
    fn is_unasked(&self, time: Duration) -> bool {
        self.open.as_ref().is_some_and(|(_, asked)| asked.elapsed() >= time)
    }
}

impl IndexFile {
    /// Maps a file; an error of kind `NotFound` where there is none, `InvalidData` where its end is damaged.
    ///
    /// An index of another format says what it was made of, and finds nothing.
    pub(super) fn map(path: &Path) -> io::Result<Self> {
        let pack = pack::open(path)?;
        let (made, bytes) = (pack.made.clone(), pack.file.len() as u64);
        Ok(Self { path: path.to_owned(), made, bytes, state: Mutex::new(State { pack, open: None }) })
    }

    /// Opens the index, if it is not open.
    pub(super) fn index(&self) -> io::Result<Arc<SearchIndex>> {
        let pack = {
            let mut state = self.state();
            if let Some((index, asked)) = &mut state.open {
                *asked = Instant::now();
                return Ok(Arc::clone(index));
            }
            state.pack.clone()
        };
        // Without the lock: from a cold disk it takes a while. Of two that open it at once, one stays.
        let index = Arc::new(open_pack(&pack)?);
        self.state().open = Some((Arc::clone(&index), Instant::now()));
        Ok(index)
    }

    /// Closes an index that nobody asked for in a while; its pages go when the last question has its answer.
    pub(super) fn rest(&self, unasked: Duration) {
        if !self.state().is_unasked(unasked) {
            return;
        }
        // Where the name is gone or stands for another file by now, this one is on its way out.
        let Ok(pack) = pack::open(&self.path) else { return };
        let mut state = self.state();
        if pack.made == self.made && state.is_unasked(unasked) {
            *state = State { pack, open: None };
        }
    }

    /// Writes the file again.
    pub(super) fn copy_to<W: Write>(&self, mut to: W) -> io::Result<W> {
        let file = self.state().pack.file.clone();
        to.write_all(&file.read_bytes()?)?;
        Ok(to)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while the lock is held")
    }
}

/// Of some damage tantivy says nothing and panics: no checksum covers how long its parts are.
fn open_pack(pack: &Pack) -> io::Result<SearchIndex> {
    let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
    catch_unwind(AssertUnwindSafe(|| SearchIndex::open(pack))).map_err(damaged)?.map_err(io::Error::other)
}
