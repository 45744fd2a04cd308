//! The case pages of the language, and the reference made from its tables.

mod page;
mod pages;
mod trace;
