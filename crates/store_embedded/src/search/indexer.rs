//! The thread that gives each segment its index, after the segment is there and behind all other work.
//!
//! The index is a file beside those of the segment that the manifest does not name, for nothing is lost with it. It is written under
//! another name, forced to disk and then named: under its name it is whole. One that is missing, damaged or out of date is made anew.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use store::{StoreError, with_causes};
use tracing::{debug, warn};

use super::build::{Fields, IndexBuilder};
use super::file::IndexFile;
use super::indexes::Indexes;
use super::pack::Made;
use crate::background::step_back;
use crate::files::sync_directory;
use crate::limits;
use crate::rows::spans::{CONTENT_COLUMNS, raws_from_batch};
use crate::segment::Segment;

const INDEX: &str = "search.index";
const UNFINISHED: &str = "search.index.new";

/// Starts the thread, which asks which segments there are; it ends after `Indexes::stop`.
pub(crate) fn start(
    indexes: Arc<Indexes>,
    segments: impl Fn() -> Arc<Vec<Arc<Segment>>> + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let run = move || {
        step_back(limits::SEARCH_NICENESS);
        map_all(&segments(), &indexes);
        while let Some(id) = indexes.wait() {
            if let Err(error) = index_segment(&indexes, &segments(), id) {
                warn!(error = with_causes(&error), "failed to index a segment for search; it is searched without, and indexed later");
                indexes.pause(limits::SEARCH_RETRY_INTERVAL);
            }
        }
    };
    thread::Builder::new().name("search-indexer".into()).spawn(run).map_err(|source| StoreError::failed("failed to start a thread", source))
}

/// Maps the indexes of before.
fn map_all(segments: &[Arc<Segment>], indexes: &Indexes) {
    for segment in segments {
        if let Some(file) = map(segment, indexes) {
            indexes.add(segment.description.id, file);
        }
    }
}

/// Makes the index of one segment, unless it is gone.
fn index_segment(indexes: &Indexes, segments: &[Arc<Segment>], id: u64) -> Result<(), StoreError> {
    let Some(segment) = segments.iter().find(|segment| segment.description.id == id) else {
        indexes.segments_changed(segments);
        return Ok(());
    };
    if make(segment, indexes)? {
        let unreadable = || StoreError::Damaged(format!("{} cannot be read again", segment.directory().join(INDEX).display()));
        indexes.add(id, map(segment, indexes).ok_or_else(unreadable)?);
    }
    Ok(())
}

/// Maps the index of a segment; None where there is none that is as it should be.
fn map(segment: &Segment, indexes: &Indexes) -> Option<IndexFile> {
    let path = segment.directory().join(INDEX);
    match IndexFile::map(&path) {
        Ok(file) => (file.made == indexes.made_of(segment)).then_some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            warn!(path = %path.display(), %error, "a search index cannot be read and is made anew");
            None
        }
    }
}

/// Writes the index of a segment; returns false where it was time to stop.
fn make(segment: &Segment, indexes: &Indexes) -> Result<bool, StoreError> {
    let (unfinished, path) = (segment.directory().join(UNFINISHED), segment.directory().join(INDEX));
    let failed = |source: io::Error| StoreError::failed(format!("failed to write {}", unfinished.display()), source);
    let file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    let made = indexes.made_of(segment);
    let file = match indexes.file_of_segment(segment.description.id) {
        Some(same) => Some(same.copy_to(file).map_err(failed)?),
        None => build(segment, indexes, &made, file)?,
    };
    let Some(file) = file else {
        return Ok(false);
    };
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&unfinished, &path).and_then(|()| sync_directory(segment.directory())).map_err(failed)?;
    debug!(segment = segment.description.id, rows = made.rows, "indexed a segment for search");
    Ok(true)
}

/// Builds an index from the raw spans of a segment; returns None where it was time to stop.
fn build(segment: &Segment, indexes: &Indexes, made: &Made, file: BufWriter<File>) -> Result<Option<BufWriter<File>>, StoreError> {
    let failed = |source| StoreError::failed("failed to build a search index", source);
    let mut builder = IndexBuilder::new(Fields::new(), file);
    let rows = 0..segment.description.span_rows;
    for batch in segment.content.read(Some(&CONTENT_COLUMNS), std::slice::from_ref(&rows), limits::SEARCH_BATCH_ROWS)? {
        if indexes.is_stopped() {
            return Ok(None);
        }
        for raw in raws_from_batch(&batch?)? {
            builder.add(&indexes.content.derive(raw)).map_err(failed)?;
        }
    }
    builder.finish(made).map(Some).map_err(failed)
}

/// Removes what a crash left of indexes that were not finished.
pub(crate) fn remove_unfinished(segments: &[Arc<Segment>]) -> Result<(), StoreError> {
    for segment in segments {
        remove(&segment.directory().join(UNFINISHED))
            .map_err(|source| StoreError::failed(format!("failed to tidy up {}", segment.directory().display()), source))?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) fn path_of_index(segment: &Segment) -> std::path::PathBuf {
    segment.directory().join(INDEX)
}
