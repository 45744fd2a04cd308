//! The doors for telemetry: OTLP over HTTP and over gRPC.
//!
//! Both edges turn their request into the same few facts, `take` does the work, and each edge answers in its own manner.

mod refusal;

mod take;

mod grpc;
mod http;

pub(crate) use grpc::export as grpc_export;
pub(crate) use http::{export as http_export, wrong_path};
