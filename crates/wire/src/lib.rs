//! Bytes to `Incoming`: what senders put on the wire becomes the records of `model`, and back.
//!
//! Pure: no IO, no async, no clock. The only crate that knows protobuf and OTLP/JSON.
//! Lenient by record, strict by request: a record that cannot be read is rejected alone and by name, with a reason from a closed set;
//! only an outer structure that does not parse refuses the whole request.
//! OTLP/JSON is not read by a second decoder: each record is rewritten as protobuf by a table of the schema (`schema`) and then read
//! by the one reader, so that both formats cannot drift apart.

mod limits;
mod signal;

mod error;
mod rejection;

mod compress;
mod protobuf;

mod schema;

mod incoming;

mod otlp;

mod intake;

mod frame;
mod json;

mod decode;

pub mod raw;
mod response;

pub use compress::{ContentEncoding, decompress};
pub use decode::{decode, decode_sharing};
pub use error::DecodeError;
pub use incoming::Incoming;
pub use limits::Limits;
pub use rejection::{Reason, RecordError, Rejection};
pub use response::{PartialSuccess, decode_response, encode_response, encode_retry_status, encode_status};
pub use signal::{Format, Signal};
