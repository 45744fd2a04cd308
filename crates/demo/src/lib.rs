//! Invented traffic of a shop for lamps and desks: the same seed, count and now give the same spans.
//!
//! Pure: no IO, no clock. Choices come from the seed alone; ids also from now, so that a second run with the same seed
//! makes new traces instead of growing the old ones.
//! The same output is promised for one build only: the generator of random numbers may change with its version.

mod texts;

mod build;
mod speak;

mod long;
mod ticket;

mod incident;

mod day;

use model::{LogRecord, RawSpan};

/// What to invent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub seed: u64,
    /// How many traces, the drawn run and the long one among them.
    pub traces: usize,
    /// No span starts later than this.
    pub now_unix_nanos: u64,
}

impl Options {
    /// Traces of one day of the shop.
    pub const TRACES_A_DAY: usize = 12_418;
}

/// One trace and what was logged within it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    pub spans: Vec<RawSpan>,
    pub logs: Vec<LogRecord>,
}

/// Returns the traces in order of their start; each is made when it is asked for.
pub fn batches(options: &Options) -> impl ExactSizeIterator<Item = Batch> + use<> {
    let options = *options;
    day::plan(&options).into_iter().map(move |planned| day::perform(&options, &planned))
}

#[cfg(test)]
mod tests;
