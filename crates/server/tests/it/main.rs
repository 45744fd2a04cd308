//! The server as its clients see it, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod harness;

mod difference;
mod export;
mod figures;
mod grpc;
mod live;
mod metrics;
mod openapi;
mod otlp_http;
mod prices;
mod query;
mod reading;
mod skeleton;
mod system;
mod trees;
mod views;
