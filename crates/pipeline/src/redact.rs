//! The last stage before the disk: whatever passes here may be stored.
//!
//! No redaction rules exist yet, so records pass as they came.
//! The stage stands already because it is the only place that may seal a batch: rules will have to go through here.

use store::{BatchParts, CleanBatch};

/// Applies the redaction rules and seals the batch.
pub(crate) fn redact(parts: BatchParts) -> CleanBatch {
    CleanBatch::seal(parts)
}
