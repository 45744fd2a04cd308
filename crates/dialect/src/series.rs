//! Metric points to series, and what a series says over a time: pure arithmetic on OTLP's data model.
//!
//! A series is what one sender tells under one name with one set of attributes.
//! Of a counter the increase is asked for, whichever way it is sent: a delta is one, a cumulative value is compared with the value before it.
//! Cumulative values of one series that count from different starts are different runs of the sender: a restart begins from nothing, and a
//! run that overlaps another is counted beside it.
//! An increase counts at the time of the point that tells it, like a delta; it is never spread over the time since the point before.

mod distribution;
mod number;

mod tally;

mod runs;

mod set;

pub use distribution::Distribution;
pub use number::Number;
pub use set::{Series, SeriesSet};
pub use tally::Tally;

#[cfg(test)]
mod tests;
