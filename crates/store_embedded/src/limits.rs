//! The bounds of the engine, each with its reason.

use std::time::Duration;

/// Rows in memory before appends are refused.
///
/// Twice what is flushed at once, several times over: a disk that stalls for some seconds does not refuse anybody,
/// and the process stays well under 2 GB.
pub(crate) const TAIL_BYTES_MAX: u64 = 768 << 20;

/// The tail is flushed at this size: large enough for good compression, small enough to sort in memory.
pub(crate) const FLUSH_BYTES: u64 = 64 << 20;

/// The tail is flushed at this age, so that a restart has little to replay.
pub(crate) const FLUSH_INTERVAL: Duration = Duration::from_secs(30);

/// The wait before a failed flush is tried again.
pub(crate) const FLUSH_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// One append, encoded. The receiver takes bodies of at most 64 MiB; columns and previews come on top.
pub(crate) const APPEND_BYTES_MAX: usize = 192 << 20;

/// Waiting appends that are written and synced together: what a disk takes in some ten milliseconds.
pub(crate) const GROUP_BYTES: usize = 4 << 20;

/// A record of the write-ahead log before compression: one group and one more append. A longer length is damage.
pub(crate) const RECORD_BYTES_MAX: usize = 512 << 20;

/// What the encoder of the write-ahead log keeps for the next record: most groups fit, and a huge one is given back.
pub(crate) const ENCODER_BYTES_KEPT: usize = 8 << 20;

/// A file of the write-ahead log is left for the next one at this size, so that flushed ones can go.
pub(crate) const WAL_FILE_BYTES: u64 = 128 << 20;

/// Appends waiting for the writer; their bytes are bounded by `TAIL_BYTES_MAX`.
pub(crate) const QUEUE_APPENDS_MAX: usize = 4_096;

/// When a refused sender may come again: about one flush.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Batches of the tail up to this many rows are merged, so that a scan does not pay for every append.
pub(crate) const TAIL_BATCH_ROWS: usize = 8_192;

/// And up to this size, so that merging copies little.
pub(crate) const TAIL_BATCH_BYTES: usize = 4 << 20;

/// What a row of the tail costs beside its columns: its places in the maps by key and by trace.
pub(crate) const TAIL_ROW_OVERHEAD_BYTES: u64 = 192;

/// Rows read from a segment at once.
pub(crate) const READ_BATCH_ROWS: usize = 8_192;

/// Rows with their raw records read from a segment at once; a raw record may be megabytes long.
pub(crate) const READ_WHOLE_BATCH_ROWS: usize = 256;

/// Rows read first for a page of bounded bytes, before it is known how long they are: hundreds of images would be read for nothing.
pub(crate) const READ_BOUNDED_ROWS_FIRST: usize = 8;

/// Segments of one level that are merged into one of the next: with thirty seconds to a segment a day has some twenty left.
pub(crate) const MERGE_SEGMENTS: usize = 8;

/// Size of the files that are merged at once. They are read into memory, where they take several times as much.
pub(crate) const MERGE_BYTES_MAX: u64 = 48 << 20;

/// Memory of one engine's questions together; what needs more spills to temporary files of ids and times.
pub(crate) const QUESTION_BYTES_MAX: usize = 512 * 1024 * 1024;
