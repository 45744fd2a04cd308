//! The project's own tools: build and run, test, check, measure.
//!
//! Std and `toml` only: compiling this crate is the first thing a newcomer waits for.

mod arguments;
mod json_text;
mod random;
mod workspace;

mod counts;
mod http_client;
mod process;
mod protobuf;

mod mix;
mod otlp_request;
mod server_process;
mod tally;

mod bench;
mod bomb;
mod limits_page;
mod tools;

pub mod tidy;

mod commands;

pub use commands::main;

/// What every tool returns: its errors are read by people only.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
