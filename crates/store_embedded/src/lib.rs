//! The store of one machine: write-ahead log, rows in memory, segments on disk.
//!
//! `append` prepares rows, the writer thread sorts new from known, writes them to the log, forces it to disk and publishes them in
//! the tail; a flush moves the tail into a segment and the manifest names it. Questions are answered from tail and segments alike.
//! The only crate that sees Arrow, Parquet and DataFusion.

mod files;
mod keys;
mod limits;
mod lock;

mod options;

mod rows;

mod claims;

mod prepare;
mod versions;
mod wal;

mod tail;

mod planner;
mod segment;

mod manifest;

#[cfg_attr(not(test), expect(dead_code, reason = "lists do not ask about content yet"))]
mod search;

mod engine;

mod read;
mod writer;

mod flush;

mod rederive;

mod store;

#[cfg(test)]
mod tests;

pub use self::options::Options;
pub use self::store::{EmbeddedStore, open};
