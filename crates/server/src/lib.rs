//! Sockets in, answers out: the only crate that knows HTTP and gRPC.
//!
//! Receivers take telemetry, the API answers questions, the UI is a set of embedded files.

pub mod limits;

mod leaves;

mod problem;
mod stop;

mod aside;

mod listen;

mod auth;
mod disk;
mod journal;
mod live;
mod questions;

mod metrics;

mod seen;

mod app;

mod receive;

mod api;
mod ui;

mod routes;

mod start;

pub use api::openapi_json;
pub use start::{Addresses, Server, ServerConfig, StartError, start};
