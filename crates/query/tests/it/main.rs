//! The case pages of the language, and the reference made from its tables.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod page;
mod pages;
mod recordings;
mod reference;
mod trace;
