//! What the wire crate promises, checked from outside: against recordings of real SDKs, against prost as an independent reader,
//! against generated records, and against senders that mean harm.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod oracle;
mod recordings;
mod request;

mod formats;
mod hostile;
mod limits;
mod recorded;
mod rejected;
mod response;
mod round_trip;
mod values;
