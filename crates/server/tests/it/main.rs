//! The server as its clients see it, over real sockets.

mod harness;

mod export;
mod grpc;
mod live;
mod metrics;
mod openapi;
mod otlp_http;
mod prices;
mod reading;
mod trees;
