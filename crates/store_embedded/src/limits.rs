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

/// Nothing arrives for so long: the disk gets back the files of the log that are kept to be written over.
pub(crate) const REST_INTERVAL: Duration = Duration::from_secs(5);

/// The wait before a failed flush is tried again.
pub(crate) const FLUSH_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// One append, encoded. The receiver takes bodies of at most 64 MiB; columns and previews come on top.
pub(crate) const APPEND_BYTES_MAX: usize = 192 << 20;

/// Waiting appends that are written and synced together: what a disk takes in some ten milliseconds.
pub(crate) const GROUP_BYTES: usize = 4 << 20;

/// A record of the write-ahead log before compression: one group and one more append. A longer length is damage.
pub(crate) const RECORD_BYTES_MAX: usize = 512 << 20;

/// A record of the write-ahead log that is compressed, since it is mostly the description of empty columns; a longer one is mostly text, which a disk takes faster than it could be compressed.
pub(crate) const RECORD_BYTES_COMPRESSED: usize = 64 << 10;

/// What the encoder of the write-ahead log keeps for the next record: most groups fit, and a huge one is given back.
pub(crate) const ENCODER_BYTES_KEPT: usize = 8 << 20;

/// A file of the write-ahead log is left for the next one at this size, so that flushed ones can go.
pub(crate) const WAL_FILE_BYTES: u64 = 128 << 20;

/// Flushed files of the log that are kept to be written over, together: what arrives while a tail is flushed.
pub(crate) const WAL_SPARE_BYTES: u64 = 256 << 20;

/// So much of a flushed file of the log is freed at once, in about two milliseconds.
pub(crate) const REMOVED_BYTES_AT_ONCE: u64 = 8 << 20;

/// The wait before the next piece is freed.
pub(crate) const REMOVAL_PAUSE: Duration = Duration::from_millis(4);

/// Appends waiting for the writer; their bytes are bounded by `TAIL_BYTES_MAX`.
pub(crate) const QUEUE_APPENDS_MAX: usize = 4_096;

/// When a refused sender may come again: about one flush.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(2);

/// When a sender may come again that the disk had no room for: somebody has to make some.
pub(crate) const NO_ROOM_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Bytes of segments a second that are read in the background to find harm before a question does: a tenth of a slow disk.
pub(crate) const SCRUB_BYTES_PER_SECOND: u64 = 32 << 20;

/// Time between two such readings of everything; disks that go bad do so over weeks.
pub(crate) const SCRUB_INTERVAL: Duration = Duration::from_secs(24 * 3_600);

/// Bytes of a file that are read and summed at once.
pub(crate) const CHECK_CHUNK_BYTES: usize = 1 << 20;

/// Time before a segment that was found well is read again because a question failed.
pub(crate) const CHECK_AGAIN_INTERVAL: Duration = Duration::from_secs(60);

/// Batches of the tail up to this many rows are merged, so that a scan does not pay for every append.
pub(crate) const TAIL_BATCH_ROWS: usize = 2_048;

/// And up to this size, so that merging copies little.
pub(crate) const TAIL_BATCH_BYTES: usize = 1 << 20;

/// What a row of the tail costs beside its columns: its places in the maps by key and by trace.
pub(crate) const TAIL_ROW_OVERHEAD_BYTES: u64 = 192;

/// Rows read from a segment at once.
pub(crate) const READ_BATCH_ROWS: usize = 8_192;

/// Rows of a single column read at once.
pub(crate) const READ_COLUMN_ROWS: usize = 65_536;

/// Rows with their raw records read from a segment at once; a raw record may be megabytes long.
pub(crate) const READ_WHOLE_BATCH_ROWS: usize = 256;

/// Rows read first for a page of bounded bytes, before it is known how long they are: hundreds of images would be read for nothing.
pub(crate) const READ_BOUNDED_ROWS_FIRST: usize = 8;

/// Small segments of one level that are merged into one of the next.
pub(crate) const MERGE_SEGMENTS: usize = 8;

/// Segments below this size are merged by level; what a full tail leaves is larger, and is merged once only.
pub(crate) const MERGE_SMALL_BYTES: u64 = 4 << 20;

/// A segment of this size stays as it is: a day of heavy load has some dozens, and a question opens each of them.
pub(crate) const MERGE_BYTES: u64 = 256 << 20;

/// Rows of a merged segment: where each trace lies is in memory while it is written, some forty bytes for each.
pub(crate) const MERGE_ROWS_MAX: u64 = 4_000_000;

/// Segments that are merged at once; each has a share of the memory, and a smaller one would have pages read twice.
pub(crate) const MERGE_INPUTS_MAX: usize = 64;

/// Small segments of as many days that are merged into one: on a quiet server a year would be hundreds of files.
pub(crate) const MERGE_DAYS: usize = 30;

/// So much of a file of a segment is forced to disk at once: some milliseconds, in which nothing else is.
pub(crate) const SEGMENT_SYNC_BYTES: usize = 2 << 20;

/// A page of raw records, before it is packed: as much is unpacked for a single one, in a third of a millisecond.
pub(crate) const CONTENT_PAGE_BYTES: usize = 640 << 10;

/// Raw records of a page, however short they are; a page of what stands beside them has about as many.
pub(crate) const CONTENT_PAGE_ROWS_MAX: usize = 512;

/// Where records are long, a page has this many of them: those of a conversation repeat each other, and are packed as one.
pub(crate) const CONTENT_PAGE_ROWS: usize = 12;

/// And no more than this: as far back as the packing looks for what it repeats.
pub(crate) const CONTENT_PAGE_BYTES_MAX: usize = 2 << 20;

/// Raw records of a row group: it is in memory, encoded, until it is written.
pub(crate) const ROW_GROUP_BYTES: usize = 32 << 20;

/// What a merge has in memory of all its segments together, of what it reads; encoded, as much again waits to be a row group.
pub(crate) const MERGE_READ_BYTES: usize = 32 << 20;

/// Rows of a segment that a merge reads at once, however long they are: fewer would read the same page again and again.
pub(crate) const MERGE_BATCH_ROWS_MIN: usize = 64;

/// Time between two looks for what is older than it is kept.
pub(crate) const RETENTION_INTERVAL: Duration = Duration::from_secs(3_600);

/// What is older than it is kept stays up to this long, where much would be written again for little.
pub(crate) const RETENTION_GRACE: Duration = Duration::from_secs(24 * 3_600);

/// Of the rows of segments that would be written again, the hundredths that must go before it is worth the work.
pub(crate) const RETENTION_SHARE_PERCENT: u64 = 10;

/// Traces of one deletion: their ids stand in the manifest until it is done, some forty megabytes at most.
pub(crate) const DELETION_TRACES_MAX: usize = 1_000_000;

/// How long a deletion waits for questions that still read what it removed, before it says that they do.
pub(crate) const DELETION_READERS_WAIT: Duration = Duration::from_secs(5);

/// How long a list may take: whoever waits longer has long asked for less.
pub(crate) const QUESTION_TIME: Duration = Duration::from_secs(20);

/// How long finding the records of a deletion, or of one page of an export, may take: nobody waits for a screen.
pub(crate) const CHORE_TIME: Duration = Duration::from_secs(600);

/// Segments that one list looks into at once: each holds its columns and trees until the slowest is done.
pub(crate) const LIST_SEGMENTS_AT_ONCE: usize = 4;

/// Whole traces, with their content, that a question has in memory together.
pub(crate) const WHOLE_TRACES_AT_ONCE: usize = 16;

/// Memory of one engine's questions together; what needs more spills to temporary files of ids and times.
pub(crate) const QUESTION_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Rows of a row group that figures are made of at once: all of them, so that each of its texts is looked at once.
pub(crate) const FIGURE_BATCH_ROWS: usize = 65_536;

/// Spans whose traces are looked at together where columns do not tell whether they meet a filter: some hundred traces.
pub(crate) const FIGURE_SPANS_VERIFIED: usize = 1_024;

/// Rows of one batch of figures once each has one group: lists of a hundred values in each of some ten thousand rows.
pub(crate) const FIGURE_ROWS_EXPLODED_MAX: usize = 4_000_000;

/// Time after which a question for figures is given up: whoever looks at a page has gone by then.
pub(crate) const FIGURE_TIME_MAX: Duration = Duration::from_secs(30);

/// Memory of the groups of one thread of a question for figures; with so many at once it stays under `QUESTION_BYTES_MAX` by far.
pub(crate) const FIGURE_BYTES_MAX: usize = 128 << 20;

/// Questions for figures that are worked on at once; each uses all cores, so that more would only share them.
pub(crate) const FIGURE_QUESTIONS_MAX: usize = 2;

/// Memory of parts of answers that segments gave: a few questions over some hundred segments, or the names of a million traces.
pub(crate) const PARTIALS_BYTES_MAX: usize = 192 << 20;

/// Letters by which a word is known in search; a longer run of letters and digits is no word of a language.
pub(crate) const SEARCH_WORD_CHARS_MAX: usize = 256;

/// Texts shorter than this are names, numbers and single words: to have each by itself would only cost.
pub(crate) const SEARCH_TEXT_BYTES_MIN: usize = 32;

/// Longer texts of one span that are indexed each by itself; a conversation of so many turns has most of its words in the first.
pub(crate) const SEARCH_TEXTS_MAX: usize = 256;

/// Outputs up to this length, as JSON, stand in the index whole: decisions and other small values.
pub(crate) const SEARCH_OUTPUT_BYTES_MAX: usize = 256;

/// An output that is one text stands there up to this length: a longer one is an answer, and nearly every answer is another.
pub(crate) const SEARCH_OUTPUT_TEXT_BYTES_MAX: usize = 32;

/// Values of one span that are indexed by their places. A span with more, a vector for instance, is looked at itself.
pub(crate) const SEARCH_KEYS_MAX: usize = 1_024;

/// Texts at a place that are known by all of their hash from the first on: names, ids, most addresses. Longer ones from the second on.
pub(crate) const SEARCH_KEY_TEXT_BYTES_MAX: usize = 64;

/// Objects inside objects whose values are indexed; more is seen in recursive types only.
pub(crate) const SEARCH_DEPTH_MAX: usize = 16;

/// Memory of the index that is being built; at this size a part of it is written.
pub(crate) const SEARCH_PART_BYTES: usize = 64 << 20;

/// Rows decoded at once for the index: few, so that it can stop soon.
pub(crate) const SEARCH_BATCH_ROWS: usize = 64;

/// The wait before a new segment gets its search index: longer than the merge that may follow a flush and take its place.
pub(crate) const SEARCH_DELAY: Duration = Duration::from_secs(2);

/// The wait before an index is tried again that could not be written.
pub(crate) const SEARCH_RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// How long nobody asks a search index before it is closed; to open it again takes some milliseconds, and it frees its pages.
pub(crate) const SEARCH_UNASKED: Duration = Duration::from_secs(300);

/// How often it is looked which indexes nobody asks.
pub(crate) const SEARCH_REST_INTERVAL: Duration = Duration::from_secs(60);

/// How far a flush steps back behind those who wait for an answer, in steps of nice(2): it must keep up with what arrives.
pub(crate) const FLUSH_NICENESS: i32 = 3;

/// How far a merge steps back: nobody waits for one.
pub(crate) const MERGE_NICENESS: i32 = 8;

/// How far the indexing thread steps back behind all others, in steps of nice(2): it gets about a tenth of a busy core.
pub(crate) const SEARCH_NICENESS: i32 = 10;

/// Questions in SQL that are worked on at once; each uses all cores.
pub(crate) const SQL_QUESTIONS_MAX: usize = 2;

/// How long a question in SQL waits for its turn.
pub(crate) const SQL_WAIT_MAX: Duration = Duration::from_secs(5);

/// How long a question in SQL may take.
pub(crate) const SQL_TIME_MAX: Duration = Duration::from_secs(30);

/// Memory of joins, groups and sorts of one question in SQL; nothing is written to a disk instead.
pub(crate) const SQL_MEMORY_BYTES_MAX: usize = 256 << 20;

/// What one call of a function that joins texts or lists may make of some rows; no pool counts it.
pub(crate) const SQL_MADE_BYTES_MAX: usize = 128 << 20;

/// Rows that questions in SQL work on at once: few, for a row may have a whole conversation in it.
pub(crate) const SQL_BATCH_ROWS: usize = 1_024;

/// Threads that read tables for questions in SQL; two are enough for most, and each has some rows in memory.
pub(crate) const SQL_READERS_MAX: usize = 16;

/// Parentheses, subqueries and cases inside each other in a question in SQL.
pub(crate) const SQL_DEPTH_MAX: usize = 50;

/// Operators inside each other in a question in SQL, as a chain of `OR` has them; what planning takes grows with the square.
pub(crate) const SQL_CHAIN_MAX: usize = 200;

/// Values and operators of a question in SQL; a list of some thousand ids fits.
pub(crate) const SQL_EXPRESSIONS_MAX: usize = 5_000;

/// SELECTs of a question in SQL, and tables that it reads, with what names of `WITH` stand for: each that stands twice is planned twice.
pub(crate) const SQL_TABLES_MAX: usize = 64;

/// Stack of a thread that works on questions in SQL: the deepest plan that the limits allow, several times over.
pub(crate) const SQL_STACK_BYTES: usize = 64 << 20;
