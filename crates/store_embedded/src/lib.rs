//! The store of one machine: write-ahead log, rows in memory, segments on disk.
//!
//! `append` prepares rows, the writer thread sorts new from known, writes them to the log, forces it to disk and publishes them in
//! the tail; a flush moves the tail into a segment and the manifest names it. Questions are answered from tail and segments alike.
//! The only crate that sees Arrow, Parquet and DataFusion.

mod limits;

mod background;
mod files;
mod keys;
mod lock;

mod options;

mod partials;

mod rows;

mod claims;
mod contents;

mod prepare;
mod versions;
mod wal;

mod tail;

mod footers;
mod sql_threads;

mod planner;
mod segment;

mod manifest;

mod leftovers;
mod search;

mod engine;

mod damage;

mod read;
mod writer;

mod sql;

mod flush;

mod backup;
mod deletion;
mod rederive;

mod restore;
mod retention;
mod verify;

mod store;

#[cfg(test)]
mod tests;

pub use self::manifest::Rebuilt;
pub use self::options::Options;
pub use self::restore::{Restored, restore};
pub use self::store::{EmbeddedStore, open};
pub use self::verify::{Verified, VerifyProgress, rebuild_manifest, verify};
