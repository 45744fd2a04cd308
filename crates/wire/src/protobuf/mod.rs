//! The protobuf wire format, without any schema.
//!
//! Written here rather than generated: a generated decoder refuses a whole request for one bad text in one span,
//! and hides the bytes of single messages that must be kept as they came.

mod reader;
mod writer;

pub(crate) use reader::{Field, ReadError, Reader, Wire, text_of};
pub(crate) use writer::{Writer, length_of_varint, signed};
