//! Bounds of what a client may ask of the sockets.

use std::time::Duration;

/// Connections open at once on one port; beyond it, new ones wait in the kernel's queue.
pub const CONNECTIONS_MAX: usize = 4_096;

/// Time until the head of the next request is complete: a slow sender may hold a connection, not forever.
///
/// It counts while a connection is idle too, and metric exporters send once a minute: closing just before that would cost them a retry.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// Time between two pings on an HTTP/2 connection; one that does not answer is closed.
pub const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);

/// Time between two pieces of a body.
pub const BODY_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a body as sent, before decompression; wire::Limits bounds it after.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Room made for a body before its bytes come: whoever announces much and sends nothing holds no more than this.
pub const BODY_BYTES_RESERVED_MAX: usize = 2 * 1024 * 1024;

/// Time that open requests get to finish after a stop; API.md promises an exit within 10 s.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows of a page where the caller names no limit: API.md, conventions.
pub const PAGE_ROWS_DEFAULT: usize = 50;

/// Bytes of a page of exported records; a longer record comes alone.
///
/// gRPC receivers take 4 MiB unless told otherwise, so that a page may be sent to any of them as it is; the frame needs the rest.
pub const EXPORT_PAGE_BYTES_MAX: usize = 4_000_000;

/// Receiver events kept for the first-run page.
pub const JOURNAL_EVENTS_MAX: usize = 50;

/// Changes kept for pages that reconnect; an older `Last-Event-ID` is told to read everything again.
pub const CHANGES_KEPT_MAX: usize = 4_096;

/// Newest spans that are looked at to tell which instrumentations send what: a busy minute, read in about a second.
pub const INSTRUMENTATION_SPANS_MAX: usize = 5_000;

/// Linked traces that are looked at to tell whether a link goes on with its session; each costs a read.
pub const LINKED_TRACES_READ_MAX: usize = 8;

/// Spans of a trace whose skeleton has previews: of more they are most of its bytes, and a row shows one when its span is read.
pub const SKELETON_PREVIEW_SPANS_MAX: usize = 5_000;

/// Characters of a preview or of an error in a skeleton: what a row has room for.
pub const SKELETON_TEXT_CHARS_MAX: usize = 80;

/// Silence after which an event stream sends a comment, so that proxies keep it open.
pub const STREAM_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Characters of a header that are shown to people: a hostile user agent must not flood the page.
pub const HEADER_CHARS_SHOWN_MAX: usize = 200;

/// Bytes of a body that changes prices: as many rows as the table takes, with a note each.
pub const PRICES_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Characters of a name or a note in a row of the own price table: a line of a list.
pub const PRICE_TEXT_CHARS_MAX: usize = 200;

/// Units that one row prices; the largest listed model has six.
pub const PRICE_UNITS_MAX: usize = 64;

/// Points of a range that one answer about metrics reads; of more, the newest are. Enough for a dozen series for nearly three days of
/// minutes, or for eight hundred for an hour; each is some hundred bytes in memory until the answer is made.
pub const METRIC_POINTS_READ_MAX: usize = 50_000;

/// Points before a range that are looked at to find where cumulative counters stood when it began.
pub const METRIC_POINTS_BEFORE_MAX: usize = 10_000;

/// Bytes of points that one answer about metrics reads: points of histograms take up to a few kilobytes.
pub const METRIC_BYTES_READ_MAX: usize = 64 * 1024 * 1024;

/// Spans that are looked at to tell whether a metric is a second telling of what traces count.
pub const METRIC_SPANS_READ_MAX: usize = 5_000;

/// Series of a metric that an answer shows; groups count all.
pub const METRIC_SERIES_SHOWN_MAX: usize = 500;

/// Groups of a metric that an answer shows.
pub const METRIC_GROUPS_SHOWN_MAX: usize = 500;

/// Attributes that series are grouped by at once.
pub const METRIC_GROUP_KEYS_MAX: usize = 8;

/// Steps of an answer: a day of minutes.
pub const METRIC_STEPS_MAX: usize = 1_500;

/// Values of a facet where the caller names no limit: what fits beside a list.
pub const FACET_VALUES_DEFAULT: usize = 10;

/// Values that a histogram is split by where the caller names no limit; more colours nobody tells apart.
pub const HISTOGRAM_PARTS_DEFAULT: usize = 10;

/// Buckets of a histogram whose length is chosen for it stay under this: a bar of some pixels each.
pub const BUCKETS_FITTING: u64 = 60;

/// Trace ids of one deletion: they come in one body, some forty bytes each.
pub const DELETION_TRACE_IDS_MAX: usize = 10_000;

/// Groups of an answer where the caller names no limit.
pub const GROUPS_DEFAULT: usize = 100;

/// Runs of a step whose outputs are looked at; each is translated again.
pub const STEP_RUNS_MAX: usize = 1_000;

/// Places of a step's outputs that an answer lists; some outputs have a key for each id they met.
pub const STEP_PATHS_MAX: usize = 500;

/// Most frequent values of a place that an answer shows.
pub const STEP_VALUES_SHOWN_MAX: usize = 20;

/// Characters of a value that are shown; it is counted whole.
pub const STEP_VALUE_CHARS_MAX: usize = 200;

/// Groups that runs are split into where a field is named.
pub const STEP_PARTS_MAX: usize = 20;

/// Values of one output that are looked at, counted over all its places: a list of a million numbers is one output too.
pub const STEP_LEAVES_MAX: usize = 10_000;

/// Values of a field that are suggested while a query is typed.
pub const COMPLETION_VALUES_MAX: usize = 20;

/// The most frequent values of a field among which those are sought that begin as what is typed.
pub const COMPLETION_VALUES_READ_MAX: usize = 1_000;

/// Bytes of a body with a question in SQL: the question, each letter escaped at worst, and what stands beside it.
pub const SQL_BODY_BYTES_MAX: usize = 256 * 1024;

/// Rows of an answer to a question in SQL where the caller names no limit: some megabytes at most, and more than anybody reads.
pub const SQL_ROWS_DEFAULT: usize = 10_000;

/// Traces of each of two selections that are compared; a difference of a few percent shows among so many.
pub const DIFFERENCE_TRACES_MAX: usize = 1_000;

/// Slices of the time from which a selection that has more traces gives its share.
pub const DIFFERENCE_SLICES: u64 = 12;

/// Spans of each of two selections that are compared.
pub const DIFFERENCE_SPANS_MAX: u64 = 50_000;

/// Spans that are in memory at once for it, columns only; a trace that has more is not compared.
pub const DIFFERENCE_SPANS_AT_ONCE: u64 = 20_000;

/// Runs of steps of each of two selections whose outputs are compared; each is translated again.
pub const DIFFERENCE_RUNS_MAX: u64 = 4_000;

/// Runs that are in memory at once for it, with their content.
pub const DIFFERENCE_RUNS_AT_ONCE: u64 = 200;

/// Values of one output, or of the metadata of one span, that are compared, counted over all its places.
pub const DIFFERENCE_LEAVES_MAX: usize = 200;

/// Characters of a text that is compared as a value; longer ones are prose, and no two are the same.
pub const DIFFERENCE_VALUE_CHARS_MAX: usize = 200;

/// Fields that two selections are compared in, those that most traces know.
pub const DIFFERENCE_FIELDS_MAX: usize = 500;

/// Fields of a comparison that are shown where the caller names no limit.
pub const DIFFERENCE_FIELDS_DEFAULT: usize = 50;

/// Values of a field that two selections are compared by, the most frequent ones of both.
pub const DIFFERENCE_VALUES_MAX: usize = 50;

/// Values of a field that a comparison shows.
pub const DIFFERENCE_VALUES_SHOWN_MAX: usize = 10;

/// Newest spans whose names are gathered; each is translated again.
pub const SEEN_SPANS_MAX: usize = 500;

/// Steps with the most runs whose outputs are looked at for names, whenever they ran last.
pub const SEEN_STEPS_MAX: usize = 20;

/// Newest runs of each such step.
pub const SEEN_RUNS_OF_STEP: usize = 50;

/// Values of one input, output or piece of metadata that are looked at for names.
pub const SEEN_LEAVES_MAX: usize = 200;

/// Names that are gathered; some senders make a key of each id.
pub const SEEN_NAMES_MAX: usize = 2_000;

/// Different values of a name that are counted.
pub const SEEN_VALUES_COUNTED_MAX: usize = 200;

/// Values of a name that are known afterwards, the most frequent ones.
pub const SEEN_VALUES_MAX: usize = 20;

/// Characters of a text that is suggested as a value.
pub const SEEN_VALUE_CHARS_MAX: usize = 80;

/// Time for which gathered names are told again: longer than it takes to write a query, shorter than to wonder where a new name is.
pub const SEEN_KEPT: Duration = Duration::from_secs(20);

/// Projects and ranges whose names are kept at once, some hundred kilobytes each at most.
pub const SEEN_RANGES_MAX: usize = 64;

/// Values of a field where the caller names no limit.
pub const VALUES_DEFAULT: usize = 20;

/// Bytes of a body that saves a view: the longest SQL, or the longest query and its columns, each letter escaped at worst.
pub const VIEW_BODY_BYTES_MAX: usize = 256 * 1024;

/// Characters of the id that a request gives itself, to be asked about while it is answered.
pub const REQUEST_ID_CHARS_MAX: usize = 100;

/// Requests that can be asked about at once; of more nobody is told how far they are.
pub const FOLLOWED_REQUESTS_MAX: usize = 1_024;

/// Characters of the name of a saved view: a line of a menu.
pub const VIEW_NAME_CHARS_MAX: usize = 100;

/// Columns of a saved view.
pub const VIEW_COLUMNS_MAX: usize = 50;

/// Characters of the name of a column.
pub const VIEW_COLUMN_CHARS_MAX: usize = 200;
