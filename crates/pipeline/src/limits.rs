//! How much the pipeline takes in at once.

use std::time::Duration;

/// Bytes of request bodies in flight, from the first byte read to the receipt.
///
/// A body of the largest size decodes to about three times its bytes, so that a full house stays near one gigabyte.
pub const IN_FLIGHT_BYTES_MAX: usize = 320 * 1024 * 1024;

/// Requests in flight: enough for the 1,000 senders of a busy day to wait for one fsync together.
pub const IN_FLIGHT_REQUESTS_MAX: usize = 1_024;

/// Compressed bodies unpacked at once: what one unpacks to is known only afterwards, and may be the largest body there is.
pub const UNPACKING_MAX: usize = 4;

/// When a sender that was refused should come again: a full house empties within a few group commits.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Changes a slow page may fall behind before it is told to read everything again.
pub const CHANGES_BUFFERED_MAX: usize = 4_096;

/// Projects remembered to be in the catalog. More are asked for with each request, which is slower and else the same.
pub const KNOWN_PROJECTS_MAX: usize = 10_000;
