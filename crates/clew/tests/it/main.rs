//! The binary as its users run it: a real server on a real directory, and the other commands beside it.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic like the test itself")]

mod running;

mod backup;
mod delete;
mod doctor;
mod durability;
mod export;
mod figures;
mod help;
mod metrics;
mod prices;
mod printing;
mod query;
mod random_queries;
mod reading;
mod status;
mod tail;
mod understanding;
mod why;
