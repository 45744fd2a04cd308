//! What an operator may set.

use std::time::Duration;

use store::{DeriveContent, Summarise};

use crate::limits;

/// When rows are moved and how many wait; everything else has fixed limits.
#[derive(Debug, Clone)]
pub struct Options {
    pub flush_bytes: u64,
    pub flush_interval: Duration,
    /// Rows in memory before appends are refused with `Busy`.
    pub tail_bytes_max: u64,
    /// Segments of one level that are merged into one of the next.
    pub merge_segments: usize,
    /// Understands traces.
    pub summarise: Summarise,
    /// How content is understood that is searched; without it names and raw attributes are.
    pub derive_content: DeriveContent,
    /// The wait before a new segment gets its search index.
    pub search_delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            flush_bytes: limits::FLUSH_BYTES,
            flush_interval: limits::FLUSH_INTERVAL,
            tail_bytes_max: limits::TAIL_BYTES_MAX,
            merge_segments: limits::MERGE_SEGMENTS,
            summarise: Summarise::default(),
            derive_content: DeriveContent::default(),
            search_delay: limits::SEARCH_DELAY,
        }
    }
}
