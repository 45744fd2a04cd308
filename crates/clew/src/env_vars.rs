//! Names of the environment variables that clew reads, all of them.

/// Folder in which the server keeps its data.
pub(crate) const DATA: &str = "CLEW_DATA";
/// Address on which the server listens for HTTP: OTLP, the API and the UI.
pub(crate) const LISTEN: &str = "CLEW_LISTEN";
/// Address on which the server listens for OTLP over gRPC.
pub(crate) const GRPC: &str = "CLEW_GRPC";
/// How long records are kept, e.g. `30d` or `90d,chat=7d`.
pub(crate) const RETENTION: &str = "CLEW_RETENTION";
/// Address of the server that the clients ask.
pub(crate) const SERVER: &str = "CLEW_SERVER";
/// Project that the clients read from and write to.
pub(crate) const PROJECT: &str = "CLEW_PROJECT";
/// Any value but the empty one switches colours off (no-color.org).
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// What the server logs to stderr, as a `tracing` filter, e.g. `info` or `server=debug`.
pub(crate) const LOG: &str = "CLEW_LOG";
