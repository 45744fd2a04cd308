//! Measures the engine's goals on the release binary, from outside: over its own API, and by what `/proc` says of its process.

pub(crate) mod figure;
pub(crate) mod machine;

mod sending;
mod settling;

pub(crate) mod conversation;
pub(crate) mod ingest;
pub(crate) mod loading;
pub(crate) mod resting;

pub(crate) mod reading;
