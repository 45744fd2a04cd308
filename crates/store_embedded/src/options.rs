//! What an operator may set.

use std::sync::Arc;
use std::time::Duration;

use store::{DeriveContent, PlainUnderstanding, Retention, Understand};

use crate::limits;

/// When rows are moved and how many wait; everything else has fixed limits.
#[derive(Clone)]
pub struct Options {
    pub flush_bytes: u64,
    pub flush_interval: Duration,
    /// How long nothing arrives before what is kept for more is given back.
    pub rest_interval: Duration,
    /// Rows in memory before appends are refused with `Busy`.
    pub tail_bytes_max: u64,
    /// Segments of one level that are merged into one of the next.
    pub merge_segments: usize,
    /// Understands traces, for what lists filter by.
    pub understand: Arc<dyn Understand>,
    /// Bytes of segments a second that are read in the background against their checksums; 0 for none.
    pub scrub_bytes_per_second: u64,
    /// How content is understood that is searched; without it names and raw attributes are.
    pub derive_content: DeriveContent,
    /// The wait before a new segment gets its search index.
    pub search_delay: Duration,
    pub retention: Retention,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            flush_bytes: limits::FLUSH_BYTES,
            flush_interval: limits::FLUSH_INTERVAL,
            rest_interval: limits::REST_INTERVAL,
            tail_bytes_max: limits::TAIL_BYTES_MAX,
            merge_segments: limits::MERGE_SEGMENTS,
            understand: Arc::new(PlainUnderstanding),
            scrub_bytes_per_second: limits::SCRUB_BYTES_PER_SECOND,
            derive_content: DeriveContent::default(),
            search_delay: limits::SEARCH_DELAY,
            retention: Retention::default(),
        }
    }
}
