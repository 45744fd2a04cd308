//! The path of a batch from receiver to store: admit, normalise, price, redact, append.
//!
//! Each stage is a module and hands on a type of its own, so that none can be skipped.
//! Sampling has no stage yet: every record that decodes is kept.

pub mod limits;

mod admit;
mod normalise;
mod price;
mod redact;

mod understand;

mod entrance;

pub use admit::{Admission, Permit, Refusal, UnpackTurn};
pub use entrance::{Change, Entrance, Outcome, SubmitError, start};
pub use price::{Calculation, Line, Match, PriceShelf, PriceTables, explain, price_of, reprice, total_of, units_per_price};
pub use understand::{Understanding, renewed, understand};
